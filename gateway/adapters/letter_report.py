"""The report as the designated contact reads it: what may be known, and nothing of the rest.

Everything here is made from the disclosure alone, which holds nothing that was
withheld, and from what its recipient had before; a heading stands only over something
that is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.adapters.letter_history import history
from gateway.adapters.letter_replacing import changed
from gateway.adapters.page import Page, Section, Table
from gateway.domain.bijsluiter import Berichttype
from gateway.domain.deadlines import day_of
from gateway.domain.elip import ElipHint, elip_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.bijsluiter import (
        Bericht,
        Bijzonderheid,
        Inburgeringstraject,
        PersoonlijkPlan,
        Taalniveau,
        Voortgang,
    )
    from gateway.domain.earlier import EarlierReport
    from gateway.domain.stages import Addressed, Disclosure

Facts = list[tuple[str, str]]
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.-]")


def report_page(
    addressed: Addressed,
    words: Words,
    zone: tzinfo,
    *,
    ground: str,
    contact: str,
    reference: str,
    printed: bool = False,
) -> Page:
    """The whole report; `ground`, `contact` and `reference` are said as they are.

    `printed` when it goes as PDF too.

    The reference is short enough to be read out over the telephone; ``gateway log show``
    finds it.
    """
    disclosure = addressed.disclosure
    bericht = disclosure.content
    return Page(
        language=words.language.value,
        title=f"{words.code('berichttype', bericht.berichttype)}: {full_name(bericht)}",
        lead=tuple(_lead(disclosure, words, zone)),
        sections=(
            _person(bericht, words),
            *_content(bericht, addressed.earlier, words),
            *changed(addressed.before, bericht, words, sections=_sections),
            _origin(disclosure, words, zone, ground),
            _advice(disclosure, words, contact, reference, printed=printed),
        ),
    )


def report_subject(disclosure: Disclosure, words: Words) -> str:
    """Type, dossierkenmerk and period; never a name."""
    bericht = disclosure.content
    kind = words.code("berichttype", bericht.berichttype)
    subject = f"{kind} {bericht.betrokkene.dossierkenmerk}"
    return f"{subject}, {_period(bericht.voortgang, words)}" if bericht.voortgang else subject


def report_file_name(disclosure: Disclosure) -> str:
    """``<dossierkenmerk>_<type>_<period>.pdf``: sorts by person, then kind, then time.

    Where there is no period, the day that the sender signed.
    """
    bericht = disclosure.content
    period = bericht.voortgang.periode if bericht.voortgang else None
    days = (period.van, period.tot_en_met) if period else (day_of(disclosure.signed_at),)
    parts = (
        _NOT_IN_A_NAME.sub("-", bericht.betrokkene.dossierkenmerk).lstrip("."),
        bericht.berichttype.value.lower().replace("_", "-"),
        *(day.isoformat() for day in days),
    )
    return f"{'_'.join(parts)}.pdf"


def full_name(bericht: Bericht) -> str:
    """First names, prefix and surname, as far as they were given."""
    person = bericht.betrokkene
    parts = (person.voornamen, person.voorvoegsel_geslachtsnaam, person.geslachtsnaam)
    return " ".join(part for part in parts if part)


def _lead(disclosure: Disclosure, words: Words, zone: tzinfo) -> Iterator[str]:
    bericht = disclosure.content
    yield words.say(
        "{organisatie} stuurt u dit bericht. U krijgt het omdat u de aangewezen "
        "contactpersoon van deze inburgeraar bent."
    ).format(organisatie=disclosure.sender.party.name)
    if bericht.berichttype is Berichttype.ELIP_SIGNAAL:
        yield words.say(
            "De afzender denkt dat deze inburgeraar onder ELIP valt: de termijn of de DUO-lening "
            "is bijna op. Beoordeel zelf of dat klopt."
        )
        yield _elip(disclosure, words, zone)
    if bericht.vervangt is not None:
        yield words.say(
            "Dit is een correctie. Gebruik het eerdere bericht met nummer {nummer} niet meer. "
            "Wat daarin stond en hier niet staat, geldt ook niet meer."
        ).format(nummer=bericht.vervangt)


def _elip(disclosure: Disclosure, words: Words, zone: tzinfo) -> str:
    """What the disclosed figures say of article 1c: a hint, and the reader decides."""
    hint = elip_hint(disclosure.content, disclosure.instant)
    if hint is ElipHint.OTHER_GROUP:
        return words.say(
            "Let op: ELIP is er alleen voor asielstatushouders onder de Wi2013 "
            "(Convenant, artikel 1c). Deze inburgeraar hoort daar niet bij."
        )
    if hint is ElipHint.TOO_FEW_FIGURES:
        return words.say(
            "In dit bericht staan te weinig cijfers om dat na te gaan. Vraag de afzender "
            "hoeveel er van termijn en lening over is (Convenant, artikel 1c)."
        )
    told = {
        ElipHint.FITS: words.say(
            "De cijfers in dit bericht passen op {datum} bij de omschrijving van ELIP "
            "(Convenant, artikel 1c)."
        ),
        ElipHint.FITS_NOT: words.say(
            "Let op: de cijfers in dit bericht passen op {datum} niet bij de omschrijving van "
            "ELIP (Convenant, artikel 1c)."
        ),
    }
    return told[hint].format(datum=words.date(disclosure.instant.astimezone(zone).date()))


def _person(bericht: Bericht, words: Words) -> Section:
    person = bericht.betrokkene
    facts: Facts = [
        (words.say("Naam"), full_name(bericht)),
        (words.say("Geboortedatum"), words.partial_date(person.geboortedatum)),
        (words.say("Dossierkenmerk"), person.dossierkenmerk),
    ]
    if person.email:
        facts.append((words.say("E-mail"), person.email))
    if person.telefoonnummer:
        facts.append((words.say("Telefoon"), person.telefoonnummer))
    return Section(heading=words.say("Over wie gaat het"), facts=tuple(facts))


def _sections(bericht: Bericht, words: Words) -> tuple[Section, ...]:
    return (_person(bericht, words), *_content(bericht, (), words))


def _content(bericht: Bericht, earlier: Sequence[EarlierReport], words: Words) -> Iterator[Section]:
    if bericht.voortgang is not None:
        yield _progress(bericht.voortgang, words)
        past = history(earlier, bericht.voortgang, words, _period)
        if past is not None:
            yield past
    if bericht.inburgeringstraject is not None:
        yield _trajectory(bericht.inburgeringstraject, words)
    if bericht.persoonlijk_plan is not None:
        yield _plan(bericht.persoonlijk_plan, words)
    if bericht.bijzonderheden:
        yield _particulars(bericht.bijzonderheden, words)


def _period(voortgang: Voortgang, words: Words) -> str:
    return words.say("{van} tot en met {tot}").format(
        van=words.date(voortgang.periode.van), tot=words.date(voortgang.periode.tot_en_met)
    )


def _progress(voortgang: Voortgang, words: Words) -> Section:
    facts: Facts = [(words.say("Periode"), _period(voortgang, words))]
    hours = voortgang.gevolgde_uren
    _add_hours(facts, words.say("Aangeboden uren"), voortgang.aangeboden_uren, words)
    if hours is not None:
        _add_hours(facts, words.say("Gevolgde uren"), hours.formeel, words)
        _add_hours(facts, words.say("Gevolgde non-formele uren"), hours.non_formeel, words)
    if voortgang.verzuim is not None:
        absent = voortgang.verzuim
        _add_hours(facts, words.say("Geoorloofd verzuim"), absent.uren_geoorloofd, words)
        _add_hours(facts, words.say("Ongeoorloofd verzuim"), absent.uren_ongeoorloofd, words)
    if voortgang.verwachte_einddatum_opleiding is not None:
        expected = words.date(voortgang.verwachte_einddatum_opleiding)
        facts.append((words.say("Verwacht einde opleiding"), expected))
    levels = (_levels(voortgang.taalniveaus, words),) if voortgang.taalniveaus else ()
    return Section(heading=words.say("Voortgang"), facts=tuple(facts), tables=levels)


def _add_hours(facts: Facts, name: str, hours: int | None, words: Words) -> None:
    if hours is not None:
        facts.append((name, words.say("{uren} uur").format(uren=words.number(hours))))


def _levels(levels: tuple[Taalniveau, ...], words: Words) -> Table:
    tested = any(level.toets or level.toetsdatum for level in levels)
    headings = [words.say(name) for name in ("Vaardigheid", "Begin", "Nu", "Doel")]
    rows = [(*_level(level, words), *([_test(level, words)] if tested else ())) for level in levels]
    return Table(
        caption=words.say("Taalniveau"),
        headings=(*headings, words.say("Toets")) if tested else tuple(headings),
        rows=tuple(rows),
    )


def _level(level: Taalniveau, words: Words) -> tuple[str, ...]:
    steps = (level.begin, level.huidig, level.doel)
    return (
        words.code("vaardigheid", level.vaardigheid),
        *(words.code("niveau", step) if step else words.say("niet vermeld") for step in steps),
    )


def _test(level: Taalniveau, words: Words) -> str:
    day = words.date(level.toetsdatum) if level.toetsdatum else ""
    said = ", ".join(part for part in (level.toets, day) if part)
    return said or words.say("niet vermeld")


def _trajectory(traject: Inburgeringstraject, words: Words) -> Section:
    facts: Facts = []
    term, hours, loan = traject.inburgeringstermijn, traject.inburgeringsuren, traject.duo_lening
    if term is not None:
        until = words.say("van {start} tot {einde}").format(
            start=words.date(term.startdatum), einde=words.date(term.einddatum)
        )
        facts.append((words.say("Inburgeringstermijn"), until))
        if term.verlengingsgrondcode:
            facts.append((words.say("Verlengd op grond van"), term.verlengingsgrondcode))
    if hours is not None:
        known = words.say("{uren} uur, bekend tot {datum}").format(
            uren=words.number(hours.uren), datum=words.date(hours.bekend_tot)
        )
        facts.append((words.say("Inburgeringsuren"), known))
    if loan is not None:
        left = words.say("{bedrag} over op {datum}").format(
            bedrag=words.amount(loan.resterend_bedrag), datum=words.date(loan.peildatum)
        )
        facts.append((words.say("DUO-lening"), left))
    exams = (_exams(traject, words),) if traject.behaalde_examens else ()
    return Section(heading=words.say("Inburgeringstraject"), facts=tuple(facts), tables=exams)


def _exams(traject: Inburgeringstraject, words: Words) -> Table:
    return Table(
        caption=words.say("Behaalde examens"),
        headings=tuple(words.say(name) for name in ("Onderdeel", "Niveau", "Datum")),
        rows=tuple(
            (
                words.code("examen", exam.onderdeel),
                words.code("niveau", exam.niveau) if exam.niveau else words.say("niet vermeld"),
                words.date(exam.examendatum),
            )
            for exam in traject.behaalde_examens or ()
        ),
    )


def _plan(plan: PersoonlijkPlan, words: Words) -> Section:
    facts: Facts = [(words.say("Soort plan"), words.code("plan", plan.soort))]
    if plan.dagtekening_pip is not None:
        facts.append((words.say("Datum PIP"), words.date(plan.dagtekening_pip)))
    if plan.leerroute is not None:
        facts.append((words.say("Leerroute"), words.code("leerroute", plan.leerroute)))
    if plan.niveau is not None:
        facts.append((words.say("Niveau van het plan"), words.code("niveau", plan.niveau)))
    _add_hours(
        facts, words.say("Geschatte intensiteit"), plan.geschatte_intensiteit_b1_route, words
    )
    literacy = plan.indicator_alfabetiseringsonderwijs
    if literacy is not None:
        facts.append((words.say("Alfabetisering"), words.code("alfabetisering", literacy)))
    if plan.indicator_mag_opleiding_afmaken is not None:
        answer = words.say("ja") if plan.indicator_mag_opleiding_afmaken else words.say("nee")
        facts.append((words.say("Mag opleiding afmaken"), answer))
    facts += _plan_changes(plan, words)
    return Section(heading=words.say("Persoonlijk plan"), facts=tuple(facts))


def _plan_changes(plan: PersoonlijkPlan, words: Words) -> Iterator[tuple[str, str]]:
    if plan.wijziging is not None:
        told = plan.wijziging.omschrijving
        day = words.date(plan.wijziging.datum)
        yield words.say("Wijziging"), f"{day}: {told}" if told else day
    if plan.document is not None:
        yield words.say("Document"), plan.document.naam


def _particulars(particulars: tuple[Bijzonderheid, ...], words: Words) -> Section:
    return Section(
        heading=words.say("Bijzonderheden"),
        facts=tuple(
            (
                words.date(each.datum),
                "\n".join(
                    part for part in (words.code("bijzonderheid", each.soort), each.signaal) if part
                ),
            )
            for each in particulars
        ),
    )


def _origin(disclosure: Disclosure, words: Words, zone: tzinfo, ground: str) -> Section:
    sender = disclosure.sender
    facts: Facts = [
        (words.say("Organisatie"), sender.party.name),
        (words.say("Contactpersoon"), f"{sender.name}, {sender.address}"),
        (words.say("Verstuurd"), words.moment(disclosure.signed_at, zone)),
        (words.say("Gedeeld op grond van"), ground),
    ]
    return Section(heading=words.say("Van wie komt het"), facts=tuple(facts))


def _files(words: Words, *, printed: bool) -> str:
    if printed:
        return words.say(
            "In de bijlagen staan dezelfde gegevens: als PDF voor het dossier en als bestand "
            "voor uw eigen systeem."
        )
    return words.say("In de bijlage staan dezelfde gegevens als bestand voor uw eigen systeem.")


def _advice(
    disclosure: Disclosure, words: Words, contact: str, reference: str, *, printed: bool
) -> Section:
    kenmerk = disclosure.content.betrokkene.dossierkenmerk
    points = (
        words.say(
            "Bewaar dit bericht in het dossier met kenmerk {kenmerk}. Referentie: {referentie}. "
            "Berichtnummer: {nummer}."
        ).format(
            kenmerk=kenmerk,
            referentie=reference,
            nummer=disclosure.content.bericht_id,
        ),
        _files(words, printed=printed),
        words.say(
            "Is dit geen inburgeraar van u? Gebruik de gegevens dan niet, stuur ze niet door en "
            "meld het meteen aan uw privacy officer."
        ),
        words.say("Vragen over het uitwisselpunt? {contact}").format(contact=contact),
    )
    return Section(heading=words.say("Wat u moet weten"), points=points)
