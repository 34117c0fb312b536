"""What the papers of a school's kit share: whom they are for, their words, the names of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.kits import Reach

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words

SHEET = "sleutelblad.pdf"
CERTIFICATE = "uitwisselpunt"
GUIDE = "handleiding.pdf"
README = "README.txt"
SUMS = "SHA256SUMS.txt"
FORMS = "formulieren"
OWN_CERTIFICATE = "mijn-certificaat.asc"
OWN_NAME = "Voornaam Achternaam <naam@school.example>"


@dataclass(frozen=True, slots=True, kw_only=True)
class KitFacts:
    """Whom the kit is for and by, and until when it can be used; nobody's personal data."""

    school: str
    number: str
    gateway: str
    address: str
    municipality: str
    contact: str
    fingerprint: str
    smime: bool
    version: str
    made: datetime
    until: datetime
    begins: datetime | None
    aspirant: bool
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What stands under one heading of the guide, in this order."""

    heading: str
    level: int = 2
    new_page: bool = False
    lead: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    points: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KitWords:
    """Says things to one school, in one language, on one clock."""

    words: Words
    facts: KitFacts
    zone: tzinfo

    def say(self, text: str) -> str:
        """A sentence, by its Dutch wording, with the kit's own names in it."""
        facts, words = self.facts, self.words
        return words.say(text).format(
            school=facts.school,
            nummer=facts.number,
            gemeente=facts.municipality,
            adres=facts.address,
            contact=facts.contact,
            versie=facts.version,
            datum=words.date(facts.made.astimezone(self.zone).date()),
            einde=words.date(facts.until.astimezone(self.zone).date()),
            begin=words.date(facts.begins.astimezone(self.zone).date()) if facts.begins else "",
        )

    def lead(self) -> tuple[str, ...]:
        """For whom, from when, until when, and what is still lacking."""
        facts, say = self.facts, self.say
        lacking = {
            Reach.NO_CONTACT: say(
                "Let op: voor uw school staat nog niemand als contactpersoon in ons register. Tot "
                "dat is geregeld, weigeren wij elk bericht."
            ),
            Reach.NOT_READY: say(
                "Let op: van de contactpersoon van uw school missen wij nog een gecontroleerde "
                "sleutel of een getekende geheimhoudingsverklaring. Tot dan weigeren wij elk "
                "bericht."
            ),
            Reach.NOT_DESIGNATED: say(
                "Let op: niemand van uw school is nu aangewezen als contactpersoon van een "
                "inburgeraar (artikel 12.5). Tot dan geven wij niets door."
            ),
        }
        notes = (
            say("Uw school doet mee als aspirant (artikel 5.1).") if facts.aspirant else "",
            say("Uw school kan berichten sturen vanaf {begin}.") if facts.begins else "",
            lacking.get(facts.reach, ""),
        )
        return (
            say(
                "Dit pakket is voor {school} (instellingsnummer {nummer}). Het is gemaakt op "
                "{datum}, versie {versie}. Gebruik het tot {einde} en vraag dan een nieuw pakket."
            ),
            *(note for note in notes if note),
        )
