"""An access dossier as a letter to the person, in Dutch at level A2 (AVG 12(1), 15).

What `schemas/access-dossier-1.schema.json` has in codes, here in words; nothing is said
here that the dossier does not hold, and nothing of it is left out.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.adapters.consent_letter import AUTHORITY, AUTHORITY_PHONE
from gateway.adapters.dossier_person import PersonSections
from gateway.adapters.dossier_reports import ReportSections
from gateway.adapters.dossier_saying import Saying
from gateway.adapters.page import Page, Section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.dossier import Dossier, Missing, Named, Report
    from gateway.domain.dossier_terms import Purpose, Term
    from gateway.domain.texts import Texts


# What a duration of ISO 8601 ends in.
_UNITS = {"Y": "{n} jaar", "M": "{n} maanden", "D": "{n} dagen"}


class DossierPages(Saying):
    """Pure rendering: the same dossier gives the same page."""

    def __init__(
        self, words: Words, fields: Words, codes: Words, texts: Texts, zone: tzinfo
    ) -> None:
        """`words` are of the catalogue ``dossier``, `fields` of ``letters``.

        `codes` are of ``explanations``.
        """
        super().__init__(words, zone)
        self._person = PersonSections(words, codes, zone)
        self._reports = ReportSections(words, fields, codes, texts, zone)

    def page(self, dossier: Dossier) -> Page:
        """The whole dossier."""
        say = self._say
        who = dossier.identity
        named = (
            " ".join(filter(None, (who.voornamen, who.voorvoegsel, who.geslachtsnaam)))
            if who
            else ""
        )
        return Page(
            language=self._words.language.value,
            title=say("Uw gegevens"),
            lead=(
                say("Beste {naam},", naam=named or say("meneer of mevrouw")),
                say("U wilt weten welke gegevens wij van u hebben. Hier staat het antwoord."),
                say(
                    "Het gaat over het uitwisselpunt van {gemeente}. "
                    "Daar gaan berichten over uw inburgering langs.",
                    gemeente=dossier.controller.municipality,
                ),
            ),
            sections=tuple(self._sections(dossier)),
        )

    def _sections(self, dossier: Dossier) -> Iterator[Section]:
        yield self._short(dossier)
        yield self._controller(dossier)
        yield self._missing(dossier)
        yield self._left_out(dossier)
        yield from self._person.sections(dossier)
        yield self._recipients(dossier)
        yield from (
            self._reports.section(number, each)
            for number, each in enumerate(dossier.reports, start=1)
        )
        yield self._consulted(dossier)
        yield self._processed(dossier)
        yield from (self._purpose(each) for each in dossier.activities)
        yield self._retention(dossier)
        yield from self._asked(dossier)
        yield from self._carried_out(dossier)
        yield from self._suspected(dossier)
        yield self._statements(dossier)
        yield self._rights()
        yield self._complaint(dossier)
        yield self._checking(dossier)

    # --- in short, and what is not here ------------------------------------------

    def _short(self, dossier: Dossier) -> Section:
        say, left = self._say, dossier.disclosures
        people = {each.recipient.contact_id for each in left if each.recipient is not None}
        return Section(
            heading=say("In het kort"),
            facts=(
                (say("Berichten over u"), str(len({each.place for each in dossier.reports}))),
                (say("Keer dat wij iets deelden"), str(len(left))),
                (say("Mensen die iets kregen"), str(len(people))),
                (say("Keer dat iemand keek of iets deed"), str(len(dossier.consultations))),
                (say("Bestanden hierbij"), str(len(dossier.files))),
                (say("Nummer van uw vraag"), dossier.case),
                (say("Uitgave"), str(dossier.edition)),
                (say("Datum"), self._moment(dossier.made_at)),
            ),
        )

    def _controller(self, dossier: Dossier) -> Section:
        say, controller = self._say, dossier.controller
        return Section(
            heading=say("Wie zijn wij?"),
            facts=(
                (say("Naam"), controller.municipality),
                (say("Vragen?"), controller.contact),
                (say("Toezicht (FG)"), controller.officer or say("zie onze website")),
            ),
        )

    def _missing(self, dossier: Dossier) -> Section:
        say = self._say
        if not dossier.missing:
            lead = (say("Alles wat wij van u hebben, konden wij lezen."),)
        else:
            lead = (say("Dit hebben wij, maar wij konden het niet lezen:"),)
        return Section(
            heading=say("Wat konden wij niet lezen?"),
            lead=lead,
            points=tuple(map(self._gap, dossier.missing)),
        )

    def _gap(self, each: Missing) -> str:
        said = self._words.code("gap", each.gap.value)
        when = f", {self._moment(each.at)}" if each.at else ""
        return f"{said} ({each.where}{when})"

    def _left_out(self, dossier: Dossier) -> Section:
        say = self._say
        return Section(
            heading=say("Wat laten wij niet zien?"),
            lead=(say("De wet zegt dat wij dit mogen weglaten:"),),
            points=tuple(
                f"{self._words.code('omission', each.what.value)} ({each.article})"
                + (f": {each.count}" if each.count is not None else "")
                for each in dossier.left_out
            ),
        )

    # --- whom it went to --------------------------------------------------------------

    def _recipients(self, dossier: Dossier) -> Section:
        found: dict[str, list[Report]] = defaultdict(list)
        people: dict[str, Named] = {}
        for each in dossier.disclosures:
            if each.recipient is not None:
                found[each.recipient.contact_id].append(each)
                people[each.recipient.contact_id] = each.recipient
        rows = [
            (
                people[who].name,
                people[who].organisation,
                str(len(reports)),
                self._day(min(each.sent_at for each in reports if each.sent_at)),
                self._day(max(each.sent_at for each in reports if each.sent_at)),
            )
            for who, reports in found.items()
        ]
        headings = ("Naam", "Werkt bij", "Keer", "Eerste keer", "Laatste keer")
        return self._tabled("Wie kreeg iets over u?", "Wie iets kreeg", headings, rows)

    # --- what was done -----------------------------------------------------------------

    def _consulted(self, dossier: Dossier) -> Section:
        rows = [(self._moment(each.at), self._deed(each.action)) for each in dossier.consultations]
        section = self._tabled("Wie keek, en wat deden wij?", "Elke keer", ("Wanneer", "Wat"), rows)
        names = self._say("Namen van onze mensen staan hier niet. Dat hoeft niet van de wet.")
        return Section(
            heading=section.heading, lead=section.lead, tables=section.tables, closing=(names,)
        )

    def _deed(self, action: str) -> str:
        said = self._words.code("deed", action)
        if said != action:
            return said
        kind = "look" if action.endswith(("looked", "listed", "explained")) else "other"
        return self._words.code("deed", kind)

    def _processed(self, dossier: Dossier) -> Section:
        rows = [
            (str(each.number), self._moment(each.at), self._words.code("kind", each.kind))
            for each in dossier.processing
        ]
        headings = ("Nummer", "Wanneer", "Wat")
        return self._tabled("Elke stap met uw gegevens", "Uit ons logboek", headings, rows)

    def _purpose(self, each: Purpose) -> Section:
        say = self._say
        return Section(
            heading=say("Waarom: {naam}", naam=each.name),
            facts=(
                (say("Doel"), "\n".join(each.purposes)),
                (say("Dat mag door"), "\n".join(each.grounds)),
                (say("Voor wie"), "\n".join(each.recipients) or say("niemand")),
                (say("Buiten Europa"), ", ".join(each.third_countries) or say("nee")),
                (say("Nummer"), each.activity_id),
            ),
        )

    def _retention(self, dossier: Dossier) -> Section:
        rows = [(each.what, self._term(each), self._day(each.until)) for each in dossier.terms]
        section = self._tabled(
            "Hoe lang bewaren wij dit?", "Hoe lang", ("Wat", "Hoe lang", "Tot"), rows
        )
        hold = self._say("Nu geldt een bewaarplicht: wij halen niets weg tot die voorbij is.")
        return Section(
            heading=section.heading,
            lead=section.lead,
            tables=section.tables,
            closing=(hold,) if dossier.on_hold else (),
        )

    def _term(self, each: Term) -> str:
        count, unit = each.duration[1:-1], _UNITS[each.duration[-1]]
        long = self._say(unit, n=count)
        return self._say("{hoe_lang} na {wat}", hoe_lang=long, wat=each.since)

    def _asked(self, dossier: Dossier) -> Iterator[Section]:
        for each in dossier.requests:
            kind = self._words.code("request", each.kind)
            yield Section(
                heading=self._say("Uw vraag {nummer}: {soort}", nummer=each.reference, soort=kind),
                points=tuple(
                    f"{self._moment(step.at)}: {self._words.code('step', step.step)}"
                    + (f": {step.words}" if step.words else "")
                    for step in each.steps
                ),
            )

    def _carried_out(self, dossier: Dossier) -> Iterator[Section]:
        nobody = self._say("niet van toepassing")
        rows = [
            (
                self._moment(each.at),
                self._words.code("right", f"{each.kind.value} {each.code}")
                + (f": {each.words}" if each.words else ""),
                f"{each.who.name}, {each.who.organisation}" if each.who else nobody,
                each.reference,
            )
            for each in dossier.rights
        ]
        if rows:
            headings = ("Wanneer", "Wat", "Voor wie", "Nummer")
            yield self._tabled("Wat deden wij met uw vragen?", "Elke keer", headings, rows)

    def _suspected(self, dossier: Dossier) -> Iterator[Section]:
        if dossier.suspected:
            yield Section(
                heading=self._say("Misschien ging er iets fout"),
                points=tuple(
                    f"{self._moment(each.occurred_at)}: "
                    f"{self._words.code('incident', each.kind)} ({each.incident_id})"
                    for each in dossier.suspected
                ),
            )

    # --- what is always said -------------------------------------------------------------

    def _statements(self, dossier: Dossier) -> Section:
        say = self._say
        abroad = {country for each in dossier.activities for country in each.third_countries}
        where = ", ".join(sorted(abroad))
        return Section(
            heading=say("Beslist een computer over u?"),
            lead=(
                say("Nee. Een computer kijkt alleen welke gegevens verder mogen."),
                say("Dat heeft geen gevolg voor uw rechten of plichten (AVG 22)."),
                say("Gegevens gingen ook naar: {waar}.", waar=where)
                if where
                else say("Er gaan geen gegevens naar landen buiten Europa."),
                say(
                    "De gegevens komen van de school of de gemeente. Bij elk bericht staat van wie."
                ),
            ),
        )

    def _rights(self) -> Section:
        say = self._say
        return Section(
            heading=say("Uw rechten"),
            lead=(say("U mag ons vragen:"),),
            points=(
                say("Er staat iets fout. Maak het goed."),
                say("Haal mijn gegevens weg."),
                say("Gebruik mijn gegevens nu even niet."),
                say("Geef mij mijn gegevens mee als bestand."),
                say("Ik wil niet dat jullie mijn gegevens gebruiken."),
                say("Ik stop met mijn toestemming."),
            ),
            closing=(say("U krijgt binnen één maand antwoord."),),
        )

    def _complaint(self, dossier: Dossier) -> Section:
        say = self._say
        return Section(
            heading=say("Bent u niet tevreden?"),
            lead=(
                say("Praat dan eerst met ons: {contact}.", contact=dossier.controller.contact),
                say("U mag ook een klacht sturen naar de Autoriteit Persoonsgegevens."),
            ),
            points=(
                say("Op internet: {adres}", adres=AUTHORITY),
                say("Telefoon: {telefoon}", telefoon=AUTHORITY_PHONE),
            ),
        )

    def _checking(self, dossier: Dossier) -> Section:
        say = self._say
        return Section(
            heading=say("Zelf nakijken"),
            lead=(
                say("Bij dit stuk hoort een bestand: bewijs.zip."),
                say("Daarmee kan een ander nakijken of dit klopt met ons logboek."),
                say("In LEESMIJ.txt staat hoe dat gaat. Het kan zonder ons."),
            ),
            points=tuple(
                say("{bestand}, van {dag}", bestand=each.name, dag=self._day(each.at))
                for each in dossier.files
            ),
        )
