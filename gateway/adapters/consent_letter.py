"""The consent receipt as a letter to the inburgeraar, in Dutch at level A2 (AVG 12(1), 13).

Who gets what, why, until when, how to stop, which rights there are and where to
complain; and where there is no consent, that nothing is shared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Section
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentState

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.consent_receipt import Receipt

# The Autoriteit Persoonsgegevens, as it asks to be reached.
AUTHORITY = "www.autoriteitpersoonsgegevens.nl"
AUTHORITY_PHONE = "088 - 1805 250"
_NOT_GIVEN = {
    ConsentState.REFUSED: "U hebt gezegd: ik geef geen toestemming.",
    ConsentState.WITHDRAWN: "U hebt uw toestemming gestopt.",
    ConsentState.EXPIRED: "Uw toestemming is afgelopen.",
    ConsentState.INVALIDATED: "Uw toestemming telt niet meer. Het formulier was niet goed.",
    ConsentState.NONE: "U hebt nog geen toestemming gegeven.",
}
# What a hand-added row covers, where its own words are not on record.
_COVERS = {
    Category.IDENTITEIT: "Uw naam, geboortedatum en contactgegevens",
    Category.P1: "Uw persoonlijk plan",
    Category.P2: "Uw inburgeringstraject",
    Category.P3_TAALNIVEAU: "Uw taalniveau",
    Category.P3_VERZUIM: "De uren dat u niet in de les was",
    Category.P3_FORMEEL: "De uren dat u les had",
    Category.P3_NON_FORMEEL: "De uren dat u buiten de les oefende",
    Category.P4: "Bijzonderheden",
}


class ConsentLetters:
    """Pure rendering: the same receipt gives the same page."""

    def __init__(self, words: Words, zone: tzinfo) -> None:
        self._words = words
        self._zone = zone

    def page(self, receipt: Receipt, name: str) -> Page:
        """The letter to the person of this name."""
        given = receipt.consent.state is ConsentState.GIVEN
        middle = self._given(receipt) if given else self._not_given(receipt)
        title = "Uw toestemming" if given else "Wij delen geen gegevens"
        return Page(
            language=self._words.language.value,
            title=self._say(title),
            lead=(self._say("Beste {naam},", naam=name), *self._opening(receipt)),
            sections=(*middle, self._rights(), self._complaint(receipt), self._numbers(receipt)),
        )

    def _opening(self, receipt: Receipt) -> tuple[str, ...]:
        both = {"gemeente": receipt.municipality, "school": receipt.provider}
        if receipt.consent.state is ConsentState.GIVEN:
            return (
                self._say("U hebt een formulier getekend. In deze brief staat wat u goed vindt."),
                self._say("Deze twee delen gegevens over u: {gemeente} en {school}.", **both),
            )
        return (
            self._say(_NOT_GIVEN[receipt.consent.state]),
            self._say(
                "Zij delen met uw toestemming geen gegevens over u: {gemeente} en {school}.", **both
            ),
        )

    def _given(self, receipt: Receipt) -> tuple[Section, ...]:
        return (
            Section(
                heading=self._say("Welke gegevens?"),
                points=self._shared(receipt),
                closing=(self._say("Andere gegevens delen wij niet."),),
            ),
            self._why(receipt),
            self._until(receipt),
            self._stopping(receipt),
        )

    def _shared(self, receipt: Receipt) -> tuple[str, ...]:
        rows = sorted(receipt.consent.categories)
        printed = [receipt.form.plain[row] if receipt.form else row.value for row in rows]
        own = [each.text for each in receipt.added]
        told = {each.covers for each in receipt.added}
        untold = [self._say(_COVERS[each]) for each in sorted(receipt.consent.extra - told)]
        return (*printed, *own, *untold)

    def _why(self, receipt: Receipt) -> Section:
        purpose = receipt.form.purpose if receipt.form else ""
        return Section(heading=self._say("Waarom?"), lead=(purpose,) if purpose else ())

    def _until(self, receipt: Receipt) -> Section:
        lines = [self._say("Uw toestemming stopt als uw inburgering klaar is.")]
        if receipt.since is not None:
            since = self._day(receipt.since)
            lines.insert(0, self._say("Uw toestemming geldt vanaf {dag}.", dag=since))
        if receipt.until is not None:
            until = self._day(receipt.until)
            lines.append(self._say("Dat is nu op {dag}.", dag=until))
        return Section(heading=self._say("Hoe lang?"), lead=tuple(lines))

    def _stopping(self, receipt: Receipt) -> Section:
        return Section(
            heading=self._say("Wilt u stoppen?"),
            lead=(
                self._say("U mag altijd stoppen. U hoeft niet te zeggen waarom."),
                self._say(
                    "Vraag het aan uw casemanager of aan: {contact}.", contact=receipt.contact
                ),
                self._say("U mag ook stoppen met één soort gegevens."),
                self._say(
                    "Daarna delen wij ze niet meer. Wat al gedeeld is, kunnen wij niet terughalen."
                ),
            ),
        )

    def _not_given(self, receipt: Receipt) -> tuple[Section, ...]:
        if receipt.consent.state is ConsentState.EXPIRED:
            return ()
        return (
            Section(
                heading=self._say("Wilt u wel toestemming geven?"),
                lead=(
                    self._say("Dat mag altijd. Het hoeft niet."),
                    self._say(
                        "Vraag het aan uw casemanager of aan: {contact}.", contact=receipt.contact
                    ),
                ),
            ),
        )

    def _rights(self) -> Section:
        return Section(
            heading=self._say("Uw rechten"),
            lead=(self._say("U mag ons vragen:"),),
            points=(
                self._say("Welke gegevens hebben jullie van mij? Ik wil een kopie."),
                self._say("Er staat iets fout. Maak het goed."),
                self._say("Haal mijn gegevens weg."),
                self._say("Gebruik mijn gegevens nu even niet."),
                self._say("Geef mij mijn gegevens mee als bestand."),
            ),
            closing=(self._say("U krijgt binnen één maand antwoord."),),
        )

    def _complaint(self, receipt: Receipt) -> Section:
        return Section(
            heading=self._say("Bent u niet tevreden?"),
            lead=(
                self._say("Praat dan eerst met ons: {contact}.", contact=receipt.contact),
                self._say("U mag ook een klacht sturen naar de Autoriteit Persoonsgegevens."),
            ),
            points=(
                self._say("Op internet: {adres}", adres=AUTHORITY),
                self._say("Telefoon: {telefoon}", telefoon=AUTHORITY_PHONE),
            ),
        )

    def _numbers(self, receipt: Receipt) -> Section:
        return Section(
            heading=self._say("Nummers"),
            facts=(
                (self._say("Dossierkenmerk"), receipt.dossierkenmerk),
                (self._say("Nummer van deze toestemming"), receipt.record_id),
                (self._say("Datum van deze brief"), self._day(receipt.made_at)),
            ),
        )

    def _say(self, text: str, **values: str) -> str:
        return self._words.say(text).format(**values)

    def _day(self, instant: datetime) -> str:
        return self._words.date(instant.astimezone(self._zone).date())
