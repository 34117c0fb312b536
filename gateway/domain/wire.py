"""JSON as it travels: strict reading, and the paths of what is in it.

RFC 8259 leaves duplicate names, depth and huge numbers to the reader; here they
are faults, because two readers who disagree about a document disagree about
what was shared.
"""

from __future__ import annotations

import json
import math
import re
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

MAX_DEPTH = 12
MAX_DIGITS = 25  # characters of a number with a fraction or an exponent; a double needs no more
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


class NotJsonError(Exception):
    """The bytes are not one JSON text as this gateway reads it; says nothing of the content."""


def read(content: bytes) -> Json:
    """Parse UTF-8 JSON; raises `NotJsonError` on anything a second reader might read otherwise."""
    text = ""
    try:
        text = content.decode("utf-8-sig")
        value: Json = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_int=_bounded,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        value = None
    if value is None or too_deep(value):
        raise NotJsonError
    # UTF-8 holds no surrogates (RFC 3629, section 3): only an escape can bring one.
    if "\\u" in text and _has_surrogate(value):
        raise NotJsonError
    return value


def written(text: str) -> Json:
    """Parse what this gateway wrote itself, without the suspicion that a stranger's JSON meets."""
    value: Json = json.loads(text)
    return value


def values_at_most(content: bytes) -> int:
    """How many values the text can hold at most, told from its bytes without parsing it."""
    return 1 + sum(content.count(mark) for mark in (b",", b"[", b"{"))


def too_deep(value: Json, limit: int = MAX_DEPTH) -> bool:
    """Whether `value` nests deeper than `limit` containers."""
    if not isinstance(value, (dict, list)):
        return False
    if limit == 0:
        return True
    children = value.values() if isinstance(value, dict) else value
    return any(too_deep(child, limit - 1) for child in children if isinstance(child, (dict, list)))


def leaves(value: Json, path: str = "") -> list[str]:
    """Dotted paths of all leaves, in document order; an empty container is a leaf too."""
    found: list[str] = []
    _gather(value, path, found)
    return found


def _gather(value: Json, path: str, found: list[str]) -> None:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            _gather(child, f"{path}.{_shown(key)}" if path else _shown(key), found)
    elif isinstance(value, list) and value:
        for number, child in enumerate(value):
            _gather(child, f"{path}[{number}]", found)
    elif path:
        found.append(path)


def strings(value: Json, path: str = "") -> list[tuple[str, str]]:
    """Every text in it with its dotted path, names as they were written: not for who may not see.

    In document order.
    """
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, dict):
        return [
            found
            for key, child in value.items()
            for found in strings(child, f"{path}.{key}" if path else key)
        ]
    if isinstance(value, list):
        return [
            found
            for number, child in enumerate(value)
            for found in strings(child, f"{path}[{number}]")
        ]
    return []


def member(value: Json, name: str) -> Json:
    """The member `name` of an object, None where there is no such object or member."""
    return value.get(name) if isinstance(value, dict) else None


def _shown(key: str) -> str:
    # A key written by a stranger can itself be a sentence about a person.
    return key if _PLAIN_KEY.fullmatch(key) else "?"


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(_name: str) -> Json:
    raise ValueError


def _bounded(digits: str) -> int:
    if len(digits) > 18:
        raise ValueError
    return int(digits)


def _finite(digits: str) -> float:
    """No number of more digits than a double keeps, too large for one, or so small that it is 0."""
    number = float(digits) if len(digits) <= MAX_DIGITS else math.inf
    vanished = number == 0 and any(digit in "123456789" for digit in digits.lower().split("e")[0])
    if vanished or not math.isfinite(number):
        raise ValueError
    return number


def _has_surrogate(value: Json) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, dict):
        return any(_has_surrogate(key) or _has_surrogate(child) for key, child in value.items())
    return isinstance(value, list) and any(_has_surrogate(child) for child in value)


def without_empties(value: Json) -> Json:
    """The same document without members that are null or empty: they say nothing about anybody.

    Elements of a list stay, so that the paths of the others stay theirs.
    """
    if isinstance(value, dict):
        kept = {key: without_empties(child) for key, child in value.items()}
        return {key: child for key, child in kept.items() if child not in (None, {}, [])}
    if isinstance(value, list):
        return [without_empties(child) for child in value]
    return value
