"""Numbers in a text that may be somebody's: citizen service number, account, telephone, V-number.

What stands around a number counts: 9.1% of all numbers of nine digits pass the 11-test
of the citizen service number by chance, so the test alone says "possible".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stdnum import iban
from stdnum.nl import bsn

from gateway.domain.annotations import Annotation, Certainty, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.scan_folding import Folded

_AROUND: Final = 45  # characters on either side that count as beside it
_BSN_WORDS: Final = re.compile(r"\b(bsn|burger ?service|sofi|burger ?nr|persoonsnummer)")
_PHONE_WORDS: Final = re.compile(r"\b(tel|bel|gebeld|bereikbaar|mobiel|whatsapp|app|sms)")
_V_WORDS: Final = re.compile(r"\b(v[ .\-]?(nummer|nr)|vnr|vreemdelingen ?nummer|ind)\b")
# Groups of digits with a few signs between; o, l and i stand for digits that they look like.
_RUN: Final = re.compile(
    r"(?<![a-z0-9])[+(]{0,2}[0-9o][0-9oli]*(?:[ .\-/_,()]{1,3}[0-9oli]+)*(?![a-z0-9])"
)
_GROUP: Final = re.compile(r"[0-9oli]+")
_AS_DIGIT: Final = str.maketrans("oli", "011")
_SAID: Final = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")
_SPOKEN: Final = re.compile(
    rf"\b(?:{'|'.join(_SAID)})(?:[ ,.\-]{{1,3}}(?:{'|'.join(_SAID)})){{7,}}\b"
)
_SAID_ONE: Final = re.compile("|".join(_SAID))
_IBAN: Final = re.compile(r"(?<![a-z0-9])(?=([a-z]{2}[ .\-]?\d{2}(?:[ .\-]?[a-z0-9]){11,30}))")
_IBAN_NL: Final = re.compile(r"nl\d{2}[a-z]{4}\d{10}")
_NL: Final = 18  # characters of a Dutch IBAN
_REAL_DIGITS: Final = 5  # below these it is a word


class _Run(NamedTuple):
    """Digits that stand together, group by group; the places are of the folded text."""

    start: int
    end: int
    groups: tuple[tuple[int, int, str], ...]
    plus: bool

    @property
    def digits(self) -> str:
        return "".join(group for _, _, group in self.groups)

    def parts(self, *lengths: int) -> Iterator[_Run]:
        """Whole groups, one after another, that together have so many digits."""
        most = max(lengths)
        for first in range(len(self.groups)):
            found = 0
            for last in range(first, len(self.groups)):
                found += len(self.groups[last][2])
                if found in lengths:
                    chosen = self.groups[first : last + 1]
                    yield _Run(chosen[0][0], chosen[-1][1], chosen, self.plus and first == 0)
                if found >= most:  # a group has a digit at least: it only grows
                    break


def numbers(text: Folded) -> Iterator[Annotation]:
    """Everything of these forms, as certain as what stands around it makes it."""
    accounts = list(_ibans(text))
    yield from accounts
    for run in (*_runs(text.text), *_spoken(text.text)):
        first, last = text.span(run.start, run.end)
        if any(each.start <= first and last <= each.end for each in accounts):
            continue
        phones = list(_telephones(run))
        for phone in phones:
            yield _at(text, phone, Kind.TELEPHONE, Certainty.LIKELY, "form of a telephone number")
        beside = 7 <= len(run.digits) <= 15 and not phones and _beside(text.text, run, _PHONE_WORDS)
        if beside:
            yield _at(text, run, Kind.TELEPHONE, Certainty.POSSIBLE, "digits beside a word for it")
        yield from _v_numbers(text, run, phones)
        yield from _service_numbers(text, run, phones)


def _runs(text: str) -> Iterator[_Run]:
    for match in _RUN.finditer(text):
        groups = tuple(
            (found.start(), found.end(), found.group().translate(_AS_DIGIT))
            for found in _GROUP.finditer(text, match.start(), match.end())
        )
        real = sum(char.isdigit() for char in match.group())
        if real >= _REAL_DIGITS:
            yield _Run(match.start(), match.end(), groups, match.group().startswith(("+", "(+")))


def _spoken(text: str) -> Iterator[_Run]:
    for match in _SPOKEN.finditer(text):
        groups = tuple(
            (found.start(), found.end(), str(_SAID.index(found.group())))
            for found in _SAID_ONE.finditer(text, match.start(), match.end())
        )
        yield _Run(match.start(), match.end(), groups, plus=False)


def _service_numbers(text: Folded, run: _Run, phones: list[_Run]) -> Iterator[Annotation]:
    named = _beside(text.text, run, _BSN_WORDS)
    for part in run.parts(9, *((8,) if named else ())):
        in_phone = any(each.start <= part.start and part.end <= each.end for each in phones)
        if in_phone and not named:
            continue
        if bsn.is_valid(part.digits):
            why = "passes the 11-test of the citizen service number"
            sure = Certainty.LIKELY if named else Certainty.POSSIBLE
            yield _at(text, part, Kind.BSN, sure, why + (", a word for it beside" if named else ""))
        elif named and not in_phone and len(part.digits) == 9:
            why = "nine digits beside a word for it, though they fail the 11-test"
            yield _at(text, part, Kind.BSN, Certainty.POSSIBLE, why)


def _v_numbers(text: Folded, run: _Run, phones: list[_Run]) -> Iterator[Annotation]:
    named = _beside(text.text, run, _V_WORDS)
    for part in run.parts(10):
        marked = text.text[: part.start].rstrip(" .:-").endswith((" v", "\nv")) or named
        in_phone = any(each.start <= part.start and part.end <= each.end for each in phones)
        if marked:
            why = "ten digits beside a word for the number of an alien"
            yield _at(text, part, Kind.V_NUMBER, Certainty.LIKELY, why)
        elif not in_phone and part.digits[0] != "0":
            yield _at(text, part, Kind.V_NUMBER, Certainty.POSSIBLE, "ten digits")


def _telephones(run: _Run) -> Iterator[_Run]:
    for part in run.parts(*range(10, 15)):
        digits = part.digits
        if part.plus and digits[:2] == "31":
            digits = "0" + digits[2:].removeprefix("0")
        elif digits.startswith("0031"):
            digits = "0" + digits[4:].removeprefix("0")
        elif (part.plus or digits.startswith("00")) and len(digits) >= 10:
            yield part
            continue
        if len(digits) == 10 and digits[0] == "0" and digits[1] != "0":
            yield part


def _ibans(text: Folded) -> Iterator[Annotation]:
    for match in _IBAN.finditer(text.text):
        places = [place for place in range(*match.span(1)) if text.text[place].isalnum()]
        account = "".join(text.text[place] for place in places)
        valid = [
            size
            for size in range(len(account), 14, -1)
            if iban.is_valid(account[:size], check_country=False)
        ]
        if valid:
            start, end = text.span(places[0], places[valid[0] - 1] + 1)
            why = "an IBAN, and its check digits are right"
            yield _annotation(start, end, Kind.IBAN, Certainty.LIKELY, why)
        elif _IBAN_NL.match(account):
            start, end = text.span(places[0], places[_NL - 1] + 1)
            why = "form of a Dutch IBAN, though its check digits are wrong"
            yield _annotation(start, end, Kind.IBAN, Certainty.POSSIBLE, why)


def _beside(text: str, run: _Run, words: re.Pattern[str]) -> bool:
    return words.search(text, max(0, run.start - _AROUND), run.end + _AROUND) is not None


def _at(text: Folded, run: _Run, kind: Kind, certainty: Certainty, why: str) -> Annotation:
    return _annotation(*text.span(run.start, run.end), kind, certainty, why)


def _annotation(start: int, end: int, kind: Kind, certainty: Certainty, why: str) -> Annotation:
    return Annotation(start=start, end=end, kind=kind, certainty=certainty, why=why)
