"""What partners read about the gateway's keys: a sheet to compare by, and a signed statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pysequoia
from pysequoia import SignatureMode, Tsk

from gateway.adapters.page import Page, Section
from gateway.domain.own_keys import OwnKeyState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.own_keys import OwnKey

_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """In whose name the sheet is written."""

    name: str
    address: str
    municipality: str
    contact: str


def grouped(fingerprint: str) -> str:
    """A fingerprint as it is read out: groups of four, twice as far apart in the middle."""
    groups = [fingerprint[at : at + _GROUP].upper() for at in range(0, len(fingerprint), _GROUP)]
    half = len(groups) // 2
    return f"{' '.join(groups[:half])}  {' '.join(groups[half:])}"


class KeySheet:
    """Writes the sheet in one language; `expires` of a key is its certificate's own."""

    def __init__(self, words: Words, whose: Whose, zone: tzinfo) -> None:
        self._words = words
        self._whose = whose
        self._zone = zone

    def page(
        self, keys: Sequence[tuple[OwnKey, datetime | None]], extra: Sequence[str], at: datetime
    ) -> Page:
        """All keys that partners may come across, each with its end; `extra` are fingerprints
        of certificates for S/MIME."""
        say = self._words.say
        wanted = {
            OwnKeyState.CURRENT: say("Gebruik deze sleutel"),
            OwnKeyState.NEXT: say("Deze sleutel komt straks"),
            OwnKeyState.OLDER: say("Oude sleutel, nog even geldig"),
            OwnKeyState.CLOSED: say("Oude sleutel, niet meer gebruiken"),
            OwnKeyState.REVOKED: say("Ingetrokken, niet meer gebruiken"),
        }
        ordered = [
            (wanted[state], key, end)
            for state in wanted
            for key, end in keys
            if key.state(at) is state
        ]
        return Page(
            language=self._words.language.value,
            title=say("Controleer onze sleutel"),
            lead=(
                say("Dit blad hoort bij {naam} ({adres}) van {gemeente}.").format(
                    naam=self._whose.name,
                    adres=self._whose.address,
                    gemeente=self._whose.municipality,
                ),
                say("Stand op {moment}.").format(moment=self._words.moment(at, self._zone)),
            ),
            sections=(
                *(self._key(heading, key, end) for heading, key, end in ordered),
                *((self._smime(extra),) if extra else ()),
                self._how(),
            ),
        )

    def _day(self, instant: datetime) -> str:
        return self._words.date(instant.astimezone(self._zone).date())

    def _key(self, heading: str, key: OwnKey, expires: datetime | None) -> Section:
        say = self._words.say
        facts = [(say("Vingerafdruk"), grouped(key.fingerprint))]
        if key.revoked is not None:
            facts.append((say("Ingetrokken op"), self._day(key.revoked)))
        elif expires is not None:
            facts.append((say("Certificaat geldig tot"), self._day(expires)))
        if key.closes is not None and not key.current:
            facts.append(
                (say("Wij openen hiermee tot"), self._words.moment(key.closes, self._zone))
            )
        return Section(heading=heading, facts=tuple(facts))

    def _smime(self, fingerprints: Sequence[str]) -> Section:
        say = self._words.say
        name = say("Vingerafdruk (SHA-256)")
        return Section(
            heading=say("Certificaat voor S/MIME"),
            facts=tuple((name, grouped(each)) for each in fingerprints),
        )

    def _how(self) -> Section:
        say = self._words.say
        return Section(
            heading=say("Zo controleert u"),
            points=(
                say("Open het certificaat dat u van ons kreeg in uw mailprogramma."),
                say("Kijk daar naar de vingerafdruk."),
                say("Vergelijk alle groepen met dit blad. Een klein verschil is ook een verschil."),
                say("Kreeg u dit blad per mail? Bel ons dan en vergelijk samen."),
                say("Klopt het niet? Gebruik het certificaat niet, en bel: {contact}.").format(
                    contact=self._whose.contact
                ),
            ),
        )


def statement(words: Words, whose: Whose, *, old: OwnKey, new: OwnKey, until: str) -> str:
    """That the gateway has another key, and which; to be signed by the old one."""
    say = words.say
    lines = [
        say("{naam} ({adres}) heeft een nieuwe sleutel.").format(
            naam=whose.name, adres=whose.address
        ),
        "",
        f"{say('Nieuwe sleutel')}: {grouped(new.fingerprint)}",
        f"{say('Oude sleutel')}:  {grouped(old.fingerprint)}",
        "",
        say("Dit bericht is ondertekend met de oude sleutel, die u al heeft."),
        say("Versleutel uw berichten aan ons voortaan met het certificaat van de nieuwe sleutel."),
    ]
    if until:
        lines.append(
            say("Berichten aan de oude sleutel openen wij tot {moment}.").format(moment=until)
        )
    lines += [
        say("Twijfelt u? Bel: {contact}.").format(contact=whose.contact),
    ]
    return "\n".join([*lines, ""])


def clear_signed(secret: bytes, text: str) -> bytes:
    """The text with a signature that a person can read around (RFC 9580, section 7)."""
    signer = Tsk.from_bytes(secret).signer()
    return bytes(pysequoia.sign(signer, text.encode(), mode=SignatureMode.CLEAR))
