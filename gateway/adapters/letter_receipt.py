"""The receipt a sender gets, and the notice an officer gets: what became of each report.

Codes, articles, paths and texts; never a value out of a report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.letter_again import Again
from gateway.adapters.letter_correction import how
from gateway.adapters.letter_question import question_sections
from gateway.adapters.letter_reasons import Places, Reasons, report_heading
from gateway.adapters.page import Page, Section, Table
from gateway.adapters.place_words import place_in
from gateway.domain.form_reading import place_of
from gateway.domain.outcomes import Ended
from gateway.domain.parties import Role
from gateway.domain.restricting import outward
from gateway.domain.stops import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.outcomes import Handled, Later, Settled
    from gateway.domain.parties import Contact
    from gateway.domain.stages import Withheld
    from gateway.domain.stops import Fault
    from gateway.domain.texts import Texts

MAX_ROWS = 40  # of one report; the attached file holds more
ALL_ROWS = 1_000  # of a whole mail


class Receipts:
    """Writes receipts and notices in one language, on one clock."""

    def __init__(self, texts: Texts, words: Words, zone: tzinfo, contact: str) -> None:
        self._texts = texts
        self._words = words
        self._zone = zone
        self._contact = contact
        self._reasons = Reasons(texts, words)
        self._again = Again(words, zone, self._reasons)

    def subject(self, handled: Handled) -> str:
        """How many reports went on, of how many."""
        numbered = [each for each in handled.outcomes if _number(each) is not None]
        if not numbered and handled.outcome is Outcome.HOLD:
            return self._words.say("Uw mail wacht op de gemeente")
        if not numbered:
            return self._words.say("Uw mail is niet verwerkt")
        before = sum(map(_went_before, numbered))
        if before == len(numbered):
            return self._words.say("Ontvangstbevestiging: alles was al eerder doorgegeven")
        counted = self._words.say(
            "Ontvangstbevestiging: {doorgegeven} van {alle} berichten doorgegeven"
        )
        if before:
            counted = self._words.say(
                "Ontvangstbevestiging: {nu} van {alle} berichten doorgegeven, {eerder} al eerder"
            )
        passed = sum(not isinstance(each, Ended) for each in numbered)
        return counted.format(doorgegeven=passed, nu=passed, alle=len(numbered), eerder=before)

    def receipt(self, handled: Handled, given_back: str = "") -> Page:
        """For the proven sender: every report, what was withheld and why, what to do.

        `given_back` is the name of the file that is attached to be mended, where there is one.
        """
        say = self._words.say
        lead = say("Wij hebben uw mail van {moment} ontvangen.").format(
            moment=self._received(handled)
        )
        limit = min(MAX_ROWS, ALL_ROWS // max(1, len(handled.outcomes)))
        return Page(
            language=self._words.language.value,
            title=self.subject(handled),
            lead=tuple(each for each in (lead, self._again.lead(handled.outcomes)) if each),
            sections=(
                *self._overview(handled.outcomes),
                *self._given_back(given_back),
                *(
                    section
                    for each in handled.outcomes
                    if (section := self._details(each, limit, handled.places)) is not None
                ),
                *self._numbers(handled),
                self._further(handled, attached=True),
            ),
        )

    def unproven(self, handled: Handled) -> Page:
        """For the holder of an address that somebody used: that a mail came, and no more."""
        say = self._words.say
        return Page(
            language=self._words.language.value,
            title=say("Uw mail is niet verwerkt"),
            lead=(
                say(
                    "Op {moment} kwam hier een mail binnen met uw adres als afzender. "
                    "Wij konden die mail niet aannemen."
                ).format(moment=self._received(handled)),
            ),
            sections=(
                Section(
                    heading=say("Wat er aan de hand is"),
                    points=self._reasons.in_one_go(_reasons(handled.outcomes)),
                    closing=(
                        say(
                            "Hebt u deze mail niet zelf gestuurd? Meld dat dan meteen aan de "
                            "functioneel beheerder."
                        ),
                    ),
                ),
                self._further(handled, attached=False),
            ),
        )

    def notice(self, handled: Handled) -> Page:
        """For the officer: references and codes of what waits; no name, no kenmerk."""
        say, trace = self._words.say, handled.raw.trace
        held = [
            each
            for each in handled.outcomes
            if isinstance(each, Ended) and each.stop.outcome is Outcome.HOLD
        ]
        reasons = _reasons(held)
        return Page(
            language=self._words.language.value,
            title=say("Er wacht een mail op uw beslissing"),
            lead=(
                say("Deze mail kwam binnen op {moment}. Hij wordt versleuteld bewaard.").format(
                    moment=self._received(handled)
                ),
            ),
            sections=(
                Section(
                    heading=say("Wat er wacht"),
                    facts=((say("Referentie"), trace),),
                    tables=(self._waiting(held),),
                ),
                Section(
                    heading=say("Wat u kunt doen"),
                    lead=(
                        say("Bekijk de mail met: {opdracht}").format(
                            opdracht=f"gateway held show {trace}"
                        ),
                    ),
                    points=tuple(self._reasons.advice(each) for each in reasons),
                ),
            ),
        )

    def afterwards(self, later: Later, to: Contact) -> Page:
        """For the sender or the officer of a mail that was handled before: what happened since."""
        say, language = self._words.say, self._words.language
        text = self._texts.reason(later.reason)
        officer = to.role is Role.PRIVACY_OFFICER
        advice = text.advice(language) if officer else text.to_sender(language)
        command = say("Bekijk de mail met: {opdracht}").format(
            opdracht=f"gateway held show {later.trace}"
        )
        facts = [(say("Referentie"), later.trace)]
        if later.numbers:
            numbers = ", ".join(str(number + 1) for number in later.numbers)
            facts.append((say("Bericht"), numbers))
        return Page(
            language=language.value,
            title=say(
                "Wilt u een bericht anders opschrijven?"
                if later.questions
                else "Nieuws over een eerdere mail"
            ),
            lead=(f"{text.said(language)} {advice}",),
            sections=(
                *question_sections(later.questions, self._words),
                Section(
                    heading=say("Wat u moet weten"),
                    facts=tuple(facts),
                    points=(
                        command
                        if officer
                        else say("Vragen over het uitwisselpunt? {contact}").format(
                            contact=self._contact
                        ),
                    ),
                ),
            ),
        )

    def _received(self, handled: Handled) -> str:
        return self._words.moment(handled.raw.received_at, self._zone)

    def _overview(self, outcomes: Sequence[Settled]) -> Iterator[Section]:
        say = self._words.say
        numbered = [each for each in outcomes if _number(each) is not None]
        if numbered:
            headings = ("Nr.", "Dossierkenmerk", "Wat is ermee gebeurd", "Ontvanger")
            table = Table(
                caption=say("Uw berichten"),
                headings=tuple(say(heading) for heading in headings),
                rows=tuple(self._row(each) for each in numbered),
            )
            yield Section(heading=say("Overzicht"), tables=(table,))

    def _numbers(self, handled: Handled) -> Iterator[Section]:
        """What a form's sender needs for a correction: who writes JSON gave the numbers."""
        say = self._words.say
        rows = tuple(
            (str((_number(each) or 0) + 1), _kenmerk(each) or say("niet bekend"), bericht_id)
            for each in handled.outcomes
            if handled.places and (bericht_id := _went_as(each))
        )
        if rows:
            headings = (say("Nr."), say("Dossierkenmerk"), say("Berichtnummer"))
            yield Section(
                heading=say("Klopt een bericht later niet?"),
                lead=(
                    say(
                        "Stuur dan een CORRECTIE. Vul daarin het berichtnummer in van het bericht "
                        "dat niet klopt."
                    ),
                ),
                tables=(Table(caption=say("Berichtnummers"), headings=headings, rows=rows),),
            )

    def _row(self, settled: Settled) -> tuple[str, ...]:
        number = str((_number(settled) or 0) + 1)
        if isinstance(settled, Ended):
            stopped = self._words.code("uitkomst", settled.stop.outcome)
            became = self._again.became(settled) or stopped
            unknown = self._words.say("niet bekend")
            nobody = self._words.say("niemand")
            return (number, settled.dossierkenmerk or unknown, became, nobody)
        disclosure, recipient = settled.addressed.disclosure, settled.addressed.recipient
        became = self._words.code("uitkomst", Outcome.FORWARD)
        if disclosure.withheld:
            became = self._words.say("deels doorgegeven")
        kenmerk = disclosure.content.betrokkene.dossierkenmerk
        return (number, kenmerk, became, self._recipient(recipient))

    def _recipient(self, recipient: Contact) -> str:
        role = self._words.code("rol", recipient.role)
        return f"{recipient.name} ({role}, {recipient.party.name})"

    def _given_back(self, file: str) -> Iterator[Section]:
        if file:
            heading = self._words.say("Wat u kunt verbeteren")
            yield Section(heading=heading, points=how(self._words, file))

    def _details(self, settled: Settled, limit: int, places: Mapping[str, str]) -> Section | None:
        reasons = outward(_reasons((settled,)))
        withheld, remarks = _withheld(settled), _remarks(settled)
        faults = settled.stop.faults if isinstance(settled, Ended) else ()
        first = settled.first if isinstance(settled, Ended) else None
        if not (reasons or withheld or remarks):
            return None
        say, said = self._words.say, self._reasons
        where = Places(self._words, places)
        return Section(
            heading=self._heading(settled),
            facts=(
                *said.facts(reasons, self._where(settled, places)),
                *(self._again.facts(first) if first else ()),
            ),
            tables=(
                *(self._again.withheld(first, limit) if first else ()),
                *said.withheld(withheld, limit, Places(self._words, places, _number(settled))),
                *said.faults(say("Deze fouten moet u verbeteren"), faults, limit, where),
                *said.faults(say("Let ook op dit"), remarks, limit, where),
            ),
        )

    def _where(self, settled: Settled, places: Mapping[str, str]) -> str:
        say, number = self._words.say, _number(settled)
        if number is None:
            return say("De mail als geheel")
        place = place_in(self._words, place_of(places, f"berichten[{number}]"))
        where = say("Bericht {nummer} van uw bijsluiter").format(nummer=number + 1)
        return f"{where} ({place})" if place else where

    def _heading(self, settled: Settled) -> str:
        number = _number(settled)
        if number is None:
            return self._words.say("Wat er aan de hand is")
        return report_heading(self._words, number, _kenmerk(settled))

    def _waiting(self, held: Sequence[Ended]) -> Table:
        say = self._words.say
        rows = [
            (
                say("De mail als geheel") if each.number is None else str(each.number + 1),
                reason.value,
                self._reasons.said(reason),
            )
            for each in held
            for reason in each.stop.reasons
        ]
        headings = (say("Bericht"), say("Code"), say("Uitleg"))
        return Table(caption=say("Waarom"), headings=headings, rows=tuple(rows))

    def _further(self, handled: Handled, *, attached: bool) -> Section:
        say = self._words.say
        points = [
            say("Referentie: {referentie}. Noem die als u contact opneemt.").format(
                referentie=handled.raw.trace
            ),
            say("Vragen over het uitwisselpunt? {contact}").format(contact=self._contact),
        ]
        if attached:
            points.insert(1, say("In de bijlage staat dit overzicht als bestand voor uw systeem."))
        return Section(heading=say("Wat u moet weten"), points=tuple(points))


def _number(settled: Settled) -> int | None:
    if isinstance(settled, Ended):
        return settled.number
    return settled.addressed.disclosure.number


def _went_as(settled: Settled) -> str:
    """The number that a correction of it names; empty where it never went."""
    if not isinstance(settled, Ended):
        return str(settled.addressed.disclosure.content.bericht_id)
    return str(settled.bericht_id) if _went_before(settled) and settled.bericht_id else ""


def _kenmerk(settled: Settled) -> str:
    if isinstance(settled, Ended):
        return settled.dossierkenmerk
    return settled.addressed.disclosure.content.betrokkene.dossierkenmerk


def _withheld(settled: Settled) -> tuple[Withheld, ...]:
    return settled.withheld if isinstance(settled, Ended) else settled.addressed.disclosure.withheld


def _remarks(settled: Settled) -> tuple[Fault, ...]:
    return settled.remarks if isinstance(settled, Ended) else settled.addressed.disclosure.remarks


def _reasons(outcomes: Sequence[Settled]) -> tuple[Reason, ...]:
    found = [r for each in outcomes if isinstance(each, Ended) for r in each.stop.reasons]
    return tuple(dict.fromkeys(found))


def _went_before(settled: Settled) -> bool:
    return isinstance(settled, Ended) and Reason.DUPLICATE_REPORT in settled.stop.reasons
