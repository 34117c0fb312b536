"""Text as a scanner compares it, with where each character of it came from.

No capitals, accents, invisible characters or letters that only look like Latin ones;
digits of every script are ASCII.  What people hide by tricks, or write by accident,
is found by what it looks like.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

# Letters of other scripts that look like Latin ones; NFKD does not take them together.
_ALIKE: Final = str.maketrans(
    "аеорсхуіјѕԁԛһӏкмтвнԝүАВЕКМНОРСТХУІЈЅ"
    "αβεικνορτυχηγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
    "օսոաеіɡɑıøłđħŧᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢØŁĐ",
    "aeopcxyijsdqhlkmtbhwyABEKMHOPCTXYIJS"
    "abeiknoptuxhywABEZHIKMNOPTYX"
    "ounweigaioldhtabcdefghijklmnoprstuvwyzOLD",
)
_SHARP: Final = {"æ": "ae", "œ": "oe", "ß": "ss", "€": " "}
# Blank to the eye although they are letters or signs.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_DASHES: Final = frozenset("‐‑‒–—―−⁃﹘﹣－·•∙‧・")
_QUOTES: Final = frozenset("’‘`´ʼ′")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Folded(Silent):
    """`text` as compared; character `i` of it came from `origin[i]` of the `original`."""

    original: str
    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where this part of `text`, which is not empty, stands in the original."""
        return self.origin[start], self.origin[end - 1] + 1

    def as_sent(self, start: int, end: int) -> str:
        """That part of the original."""
        first, last = self.span(start, end)
        return self.original[first:last]


def folded(original: str) -> Folded:
    """This text, ready to be compared."""
    chars: list[str] = []
    origin: list[int] = []
    for place, char in enumerate(original):
        for each in _plain(char):
            chars.append(each)
            origin.append(place)
    return Folded(original=original, text="".join(chars), origin=tuple(origin))


def plain(text: str) -> str:
    """The same, without the places."""
    return folded(text).text


def _plain(char: str) -> Iterator[str]:
    for each in unicodedata.normalize("NFKD", char.translate(_ALIKE)):
        folded_char = _SHARP.get(each, each).casefold().translate(_ALIKE)
        for single in folded_char:
            yield from _visible(single)


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Mn", "Me", "Cf"} or char in _BLANK:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char in _DASHES:
        return "-"
    if char in _QUOTES:
        return "'"
    return " " if char.isspace() else char


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Token(Silent):
    """A word of a folded text: `start` and `end` are places in that."""

    word: str
    start: int
    end: int


_WORD: Final = re.compile(r"[a-z0-9]+")
# l-e-t-t-e-r-s apart, by one sign each.
_APART: Final = re.compile(r"(?<![a-z0-9])[a-z](?:[ .\-_*/]{1,2}[a-z](?![a-z0-9])){3,}")
# One sign in the middle of a word.
_BROKEN: Final = re.compile(r"(?<![a-z0-9])[a-z]{2,}[.\-_*/][a-z]{2,}(?![a-z0-9])")
# Digits and signs that stand for letters, inside a word.
_SIGNS: Final = re.compile(r"[a-z0-9@$!|]*[0-9@$!|][a-z0-9@$!|]*")
_AS_LETTER: Final = str.maketrans("0134578@$!|", "oieastbasil")
_AGAIN: Final = re.compile(r"([a-z])\1{2,}")


def tokens(text: Folded) -> list[Token]:
    """The words, in order."""
    return [_token(found) for found in _WORD.finditer(text.text)]


def hidden_tokens(text: Folded) -> list[Token]:
    """Words as they would be without the signs, spaces or digits that break them up."""
    found = [*_joined(_APART, text.text), *_joined(_BROKEN, text.text)]
    found += [
        _token(match, match.group().translate(_AS_LETTER))
        for match in _SIGNS.finditer(text.text)
        if sum(char.isalpha() for char in match.group()) >= 2 and len(match.group()) >= 4
    ]
    for token in tokens(text):
        for times in (r"\1", r"\1\1"):
            once = _AGAIN.sub(times, token.word)
            if once != token.word:
                found.append(Token(word=once, start=token.start, end=token.end))
    return found


def _joined(pattern: re.Pattern[str], text: str) -> Iterator[Token]:
    for match in pattern.finditer(text):
        yield _token(match, re.sub(r"[^a-z]", "", match.group()))


def _token(match: re.Match[str], word: str = "") -> Token:
    return Token(word=word or match.group(), start=match.start(), end=match.end())
