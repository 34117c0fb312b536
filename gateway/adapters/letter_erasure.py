"""A certificate of erasure as people read it, and the letter to the person (A2, AVG 12(1))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Section, Table
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo

    from gateway.adapters.words import Words
    from gateway.ledger.certificates import Certificate, Checkpoint

# What stays readable, and linked to the person, where only a part of them was erased.
_READ_STILL = frozenset({"log", "deeds", "case"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ToPerson(Silent):
    """What the letter to somebody who is about to be erased says; made while they are known.

    `kept_until` is when the term of retention ends of what stays with a part of it.
    """

    kenmerk: str
    whole: bool
    kept_until: date | None
    backups_until: date


class ErasureLetters:
    """Pure rendering: the same certificate gives the same page."""

    def __init__(self, words: Words, zone: tzinfo) -> None:
        self._words = words
        self._zone = zone

    # --- the certificate, which names nobody -----------------------------------

    def certificate(self, made: Certificate, key: str) -> Page:
        """What was certified; `key` is the public key that signed it."""
        return Page(
            language=self._words.language.value,
            title=self._say("Verklaring van wissen"),
            lead=(
                self._say(
                    "Deze verklaring noemt niemand. Bij wie zij hoort, staat in het verzoek "
                    "of in de brief."
                ),
            ),
            sections=(
                Section(heading=self._say("Verklaring"), facts=self._facts(made)),
                self._gone(made),
                self._stays(made),
                self._storage(made),
                self._log(made),
                self._checking(key),
            ),
        )

    def _facts(self, made: Certificate) -> tuple[tuple[str, str], ...]:
        none = self._say("geen: de bewaartermijn is voorbij")
        whole, part = "alles over deze persoon", "alleen wat op ingetrokken toestemming rustte"
        number = self._say("{nummer} van deze wissing", nummer=self._words.number(made.number))
        return (
            (self._say("Nummer"), made.erasure),
            (self._say("Verklaring"), number),
            (self._say("Verzoek"), made.case or none),
            (self._say("Grond"), self._words.code("wisgrond", made.reason)),
            (self._say("Wat"), self._say(whole if made.whole else part)),
            (self._say("Gewist"), self._moment(made.erased_at)),
            (self._say("Verklaard"), self._moment(made.certified_at)),
        )

    def _gone(self, made: Certificate) -> Section:
        rows = tuple(
            (self._words.code("gewist", name), self._words.number(count))
            for name, count in sorted(made.gone.items())
            if count
        )
        table = Table(
            caption=self._say("Per soort"),
            headings=(self._say("Soort"), self._say("Aantal")),
            rows=rows,
        )
        waits = self._say(
            "Er wacht nog mail waarin ook iets over een ander staat: {aantal}. Die mail gaat weg "
            "als dat is afgehandeld. Dan komt er een nieuwe verklaring.",
            aantal=self._words.number(made.waiting),
        )
        return Section(
            heading=self._say("Wat is gewist"),
            lead=() if rows else (self._say("Er is niets gevonden om te wissen."),),
            tables=(table,) if rows else (),
            closing=(waits,) if made.waiting else (),
        )

    def _stays(self, made: Certificate) -> Section:
        unknown = self._say("niet bekend")
        table = Table(
            caption=self._say("Per soort"),
            headings=(self._say("Soort"), self._say("Artikel AVG"), self._say("Tot")),
            rows=tuple(
                (
                    self._words.code("blijft", _what(each.what, whole=made.whole)),
                    each.article,
                    self._day(each.until) if each.until else unknown,
                )
                for each in made.stays
            ),
        )
        return Section(
            heading=self._say("Wat blijft, en waarom"),
            tables=(table,) if table.rows else (),
            closing=(
                *self._still(made),
                self._say(
                    "In een kopie van voor het wissen kunnen de gegevens nog staan. De laatste "
                    "moet weg zijn op {datum}. Wordt er een teruggezet, dan wist de poort opnieuw.",
                    datum=self._day(made.backups_until),
                ),
            ),
        )

    def _still(self, made: Certificate) -> tuple[str, ...]:
        """What is still to go outside the database; a further certificate follows on it."""
        mails, files = made.originals or 0, made.files or 0
        said = (
            ("Mails die nog uit de mailbox moeten: {aantal}.", mails),
            ("Keren dat iemand bestanden liet maken, die nog weg moeten: {aantal}.", files),
        )
        found = [self._say(text, aantal=self._words.number(n)) for text, n in said if n]
        after = "Zijn die weg, dan komt er een nieuwe verklaring."
        return (*found, self._say(after)) if found else ()

    def _storage(self, made: Certificate) -> Section:
        done = self._say("Schoongemaakt: {wat}.", wat=self._codes(made.cleaned))
        said = [done if made.cleaned else self._say("Er is nog niets schoongemaakt.")]
        if made.left:
            said.append(
                self._say(
                    "Hier kunnen nog resten staan: {wat}. Zie docs/operating.md.",
                    wat=self._codes(made.left),
                )
            )
        return Section(heading=self._say("Opslag"), lead=tuple(said))

    def _log(self, made: Certificate) -> Section:
        before = "Voor het wissen: {aantal} regels, wortel {wortel}"
        points = [self._checkpoint(before, made.before)] if made.before else []
        points.append(self._checkpoint("Erna: {aantal} regels, wortel {wortel}", made.after))
        gone = "Het logboek is nog heel. De regels over deze persoon kan niemand meer lezen."
        kept = "Het logboek is nog heel. De regels over deze persoon staan er nog."
        return Section(
            heading=self._say("Het logboek"),
            lead=(self._say(gone if made.whole else kept),),
            points=tuple(points),
        )

    def _checking(self, key: str) -> Section:
        signed = "Het bestand met .note is ondertekend met de sleutel van het logboek: {sleutel}."
        how = "Controleer het met: gateway request certificate --check BESTAND --key SLEUTEL"
        return Section(
            heading=self._say("Controleren"), lead=(self._say(signed, sleutel=key), self._say(how))
        )

    # --- the letter, which is not kept ------------------------------------------

    def to_person(self, about: ToPerson) -> Page:
        """What was erased and what stays, for the letter that goes with the certificate."""
        title = (
            "Wij hebben uw gegevens gewist"
            if about.whole
            else "Wij hebben een deel van uw gegevens gewist"
        )
        done = (
            "U vroeg ons om uw gegevens te wissen. Dat hebben wij gedaan."
            if about.whole
            else "U vroeg ons om uw gegevens te wissen. Een deel hebben wij gewist. "
            "Een deel moeten wij bewaren."
        )
        number = (
            "Uw dossierkenmerk was: {kenmerk}."
            if about.whole
            else "Uw dossierkenmerk is: {kenmerk}."
        )
        return Page(
            language=self._words.language.value,
            title=self._say(title),
            lead=(
                self._say(done),
                self._say(number, kenmerk=about.kenmerk),
            ),
            sections=(
                self._what_is_gone(whole=about.whole),
                self._what_stays(about),
                self._others(whole=about.whole),
                self._keeping(),
            ),
        )

    def _what_is_gone(self, *, whole: bool) -> Section:
        kept = "De berichten over u die wij bewaarden."
        points = (
            (
                "Uw naam en uw andere gegevens in ons register.",
                "Uw toestemming en de formulieren die u tekende.",
                kept,
            )
            if whole
            else ("De formulieren waarvan u de toestemming hebt gestopt.", kept)
        )
        return Section(
            heading=self._say("Wat is weg?"), points=tuple(self._say(each) for each in points)
        )

    def _what_stays(self, about: ToPerson) -> Section:
        backups = self._words.date(about.backups_until)
        points = [
            self._say("Dat u dit hebt gevraagd, en wat wij besloten."),
            self._say("Kopieën voor noodgevallen. De laatste is weg op {datum}.", datum=backups),
        ]
        if about.whole:
            log = "Een logboek. Daarin kan niemand meer lezen dat het over u ging."
            points.insert(0, self._say(log))
        else:
            law = "Uw gegevens in ons register, want dat moet van de wet."
            points.insert(0, f"{self._say(law)} {self._how_long(about)}")
        return Section(heading=self._say("Wat blijft?"), points=tuple(points))

    def _how_long(self, about: ToPerson) -> str:
        if about.kept_until is None:
            return self._say("Hoe lang dat duurt, weten wij nog niet.")
        until = self._words.date(about.kept_until)
        return self._say("Wij moeten ze bewaren tot {datum}.", datum=until)

    def _others(self, *, whole: bool) -> Section:
        told = (
            "Wie van ons berichten over u kreeg, krijgt een brief van ons: wis dit ook. "
            "Wilt u weten wie dat zijn? Vraag het ons."
        )
        asking = (
            "Wie op uw toestemming berichten over u kreeg, krijgt een brief van ons: wis dit ook. "
            "Wilt u weten wie dat zijn? Vraag het ons."
        )
        return Section(
            heading=self._say("Wie moeten dit ook doen?"),
            lead=(
                self._say(told if whole else asking),
                self._say("Zij hebben zelf ook regels."),
            ),
        )

    def _keeping(self) -> Section:
        return Section(
            heading=self._say("Bewaar deze brief"),
            lead=(
                self._say("Wij kunnen hem niet nog eens maken."),
                self._say("Ons nummer voor het wissen staat op de verklaring bij deze brief."),
            ),
        )

    # --- saying -------------------------------------------------------------------

    def _say(self, text: str, **values: str) -> str:
        return self._words.say(text).format(**values)

    def _codes(self, codes: Sequence[str]) -> str:
        return ", ".join(self._words.code("opslag", each) for each in codes)

    def _checkpoint(self, text: str, found: Checkpoint) -> str:
        return self._say(text, aantal=self._words.number(found.size), wortel=found.root)

    def _moment(self, text: str) -> str:
        return self._words.moment(datetime.fromisoformat(text), self._zone)

    def _day(self, text: str) -> str:
        return self._words.date(datetime.fromisoformat(text).astimezone(self._zone).date())


def _what(code: str, *, whole: bool) -> str:
    """What stays, as it is after this erasure: of a part the person's key is still there."""
    return code if whole or code not in _READ_STILL else f"{code}-part"
