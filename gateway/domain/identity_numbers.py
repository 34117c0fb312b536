"""Numbers that somebody's identity could be stolen by, and that are never kept in words."""

from __future__ import annotations

import re

_OF_A_CITIZEN, _OF_A_DOCUMENT = 9, 10  # digits
# Nine or ten digits with a few signs between, or eight that stand together.
_RUN = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ .\-/]{0,2}[0-9]){8,9}(?![0-9A-Za-z])")
_EIGHT = re.compile(r"(?<![0-9A-Za-z-])[0-9]{8}(?![0-9A-Za-z-])")
_DOCUMENT = re.compile(r"\b(?=[A-Z0-9]*[0-9])[A-NP-Z]{2}[A-NP-Z0-9]{6}[0-9]\b")
_MACHINE_READABLE = re.compile(r"[A-Z0-9]<<|<[A-Z0-9]+<")


def holds_number(text: str, *, prose: bool = False) -> bool:
    """Whether this may hold a citizen service number or the number of an identity document.

    Nine digits that pass the 11-test (in `prose` eight too, as old ones have), ten that are
    no telephone number (a driving licence, an alien's number), the form of a Dutch passport
    or identity card, or a line of one as machines read it.  Rather one too many: the words
    are asked for anew without it.
    """
    if _DOCUMENT.search(text) or _MACHINE_READABLE.search(text):
        return True
    return _some(_RUN, text) or (prose and _some(_EIGHT, text))


def _some(pattern: re.Pattern[str], text: str) -> bool:
    found = (text[each.start() : each.end()] for each in pattern.finditer(text))
    return any(_is_personal(re.sub(r"\D", "", each)) for each in found)


def _is_personal(digits: str) -> bool:
    if len(digits) == _OF_A_DOCUMENT:
        return digits[0] != "0"
    padded = digits.zfill(_OF_A_CITIZEN)
    total = sum((9 - place) * int(digit) for place, digit in enumerate(padded[:-1]))
    return (total - int(padded[-1])) % 11 == 0
