"""Addresses, e-mail addresses and birth dates in a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.annotations import Annotation, Certainty, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.scan_folding import Folded
    from gateway.domain.annotations import AboutWhom

_EMAIL: Final = re.compile(
    r"[a-z0-9._%+\-]{1,64} ?(?:@|\(at\)|\[at\]|\bapenstaartje\b|\bapestaartje\b) ?"
    r"[a-z0-9\-]+(?: ?(?:\.|\(punt\)|\bpunt\b|\bdot\b|\(dot\)) ?[a-z0-9\-]+){1,4}"
)
_POSTCODE: Final = re.compile(r"(?<![a-z0-9])[1-9]\d{3}[ \-]{0,2}(?!sa|sd|ss)[a-z]{2}(?![a-z0-9])")
# Words of two letters that follow a year or an amount.
_AFTER_A_NUMBER: Final = frozenset(
    re.findall(
        r"\w+",
        "in en is op te de om of nu we ze er al ik je me na uw ga km mg kg ml cm mm nt zo"
        " ja la he el ad bv dd mb gb kb mw dr ec st nl cv zn",
    )
)
_KINDS_OF_STREET: Final = (
    "straat|straatje|laan|weg|plein|kade|singel|gracht|hof|dreef|pad|steeg|dijk|plantsoen"
    "|boulevard|markt|park|baan|zijde|wal|haven|hage|oord|veld|wijk|kamp|poort|burg|tuin"
)
_STREET: Final = re.compile(
    rf"(?<![a-z])(?:[a-z'.\-]*(?:{_KINDS_OF_STREET})|str\.?)"
    r"(?: (?:van|de|den|der|het|[a-z']{3,})){0,3}"
    r"[ ,]{1,2}(?:nr\.? ?|nummer |no\.? ?|huisnummer )?\d{1,4} ?[a-z]?(?![a-z0-9])"
)
_BOX: Final = re.compile(r"\bpostbus(?:nummer)? ?\d{1,6}\b")
_MONTHS: Final = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
)
_SHORT: Final = "jan|feb|mrt|apr|mei|jun|jul|aug|sep|sept|okt|nov|dec"
_DATE: Final = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4}) ?[\-/.] ?(?P<m>\d{1,2}) ?[\-/.] ?(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2}) ?[\-/. ] ?(?P<m2>\d{1,2}) ?[\-/. ] ?(?P<y2>\d{4}|\d{2})"
    rf"|(?P<d3>\d{{1,2}})(?:e|ste|de)? ?(?P<m3>{_MONTHS}|{_SHORT})\.?,? ?"
    r"(?P<y3>\d{4}|'?\d{2}))(?!\d)"
)
_BORN: Final = re.compile(r"\b(geb|geboren|geboorte|geboortedatum|geb\.datum|verjaar|jarig)")
_BORN_IN: Final = re.compile(
    r"\b(?:geboren|geb\.?|bouwjaar|van bouwjaar)(?: in)? ((?:19|20)\d{2})\b"
)
_AROUND: Final = 30
_OLDEST, _YOUNGEST = 1920, 2015  # years in which who writes or is written about may be born


def addresses(text: Folded) -> Iterator[Annotation]:
    """Of people and of mailboxes."""
    for match in _EMAIL.finditer(text.text):
        plain = "@" in match.group()
        sure = Certainty.LIKELY if plain else Certainty.POSSIBLE
        yield _at(text, match, Kind.EMAIL, sure, "form of an e-mail address")
    for match in _POSTCODE.finditer(text.text):
        postcode = _of_postcode(text, match)
        if postcode is not None:
            yield _at(text, match, Kind.ADDRESS, postcode, "form of a postcode")
    for match in _STREET.finditer(text.text):
        yield _at(text, match, Kind.ADDRESS, Certainty.LIKELY, "a street with a number")
    for match in _BOX.finditer(text.text):
        yield _at(text, match, Kind.ADDRESS, Certainty.LIKELY, "a post box")


def _of_postcode(text: Folded, match: re.Match[str]) -> Certainty | None:
    letters = text.as_sent(match.end() - 2, match.end())
    apart = not match.group()[-3].isdigit()
    if letters.isupper() or not apart:
        return Certainty.LIKELY
    return None if letters.casefold() in _AFTER_A_NUMBER else Certainty.POSSIBLE


def birth_dates(text: Folded, whom: AboutWhom) -> Iterator[Annotation]:
    """Dates that are said to be one, are this person's, or lie as long ago as one."""
    for match in _DATE.finditer(text.text):
        year, day = _read(match)
        near = text.text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
        if day == whom.geboortedatum:
            why = "the birth date of the person whom the report is about"
            yield _at(text, match, Kind.BIRTH_DATE, Certainty.LIKELY, why)
        elif _BORN.search(near):
            why = "a date beside a word for birth"
            yield _at(text, match, Kind.BIRTH_DATE, Certainty.LIKELY, why)
        elif year is not None and _OLDEST <= year <= _YOUNGEST:
            why = "a date as long ago as a birth date"
            yield _at(text, match, Kind.BIRTH_DATE, Certainty.POSSIBLE, why)
    for match in _BORN_IN.finditer(text.text):
        why = "a year beside a word for birth"
        yield _at(text, match, Kind.BIRTH_DATE, Certainty.LIKELY, why)


def _read(match: re.Match[str]) -> tuple[int | None, str]:
    """The year, where all four digits of it are there, and the day as the wire has it."""
    for year, month, day in (("y", "m", "d"), ("y2", "m2", "d2"), ("y3", "m3", "d3")):
        if match[year] is not None:
            number = _month(match[month])
            written = f"{match[year]}-{number:02}-{int(match[day]):02}"
            return (int(match[year]) if len(match[year]) == 4 else None), written
    raise AssertionError("a date without a year")


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return [name[:3] for name in _MONTHS.split("|")].index("maa" if text == "mrt" else text[:3]) + 1


def _at(
    text: Folded, match: re.Match[str], kind: Kind, certainty: Certainty, why: str
) -> Annotation:
    start, end = text.span(match.start(), match.end())
    return Annotation(start=start, end=end, kind=kind, certainty=certainty, why=why)
