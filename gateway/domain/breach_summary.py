"""What a breach concerns, in numbers: papers for others hold no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.domain.bijsluiter import Category
from gateway.domain.received import Came
from gateway.domain.silent import Silent
from gateway.domain.sureness import Sureness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.affected import Affected
    from gateway.domain.histories import Identity

_LEFT_OUT: Final = "[naam]"
# A number with signs between, a word or an address; a date stays, unless somebody is born on it.
_WORD: Final = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){7,}|\w[\w'’@.+/-]*\w|\w")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}([-/.])\d{1,2}\1\d{4}")
# What a name is joined with in a word, as in "Verzonnen's"; its parts are looked at as well.
_PARTS: Final = re.compile(r"[^\W_]+")
_LEAST: Final = 2  # letters of a name that is worth hiding
_MOST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts over what may have left, and apart from it over what was never passed on.

    `people` are all of them, each once; `people_disclosed` are in something that may have
    left, `people_received` in something that was never passed on: some may be in both.
    `reports` may have left, and of `sealed` of them the protecting key is known.  `received`
    were never passed on, nor the rest of those `in_part`; of `nobody` of them nobody knows
    whom they are about, and of `unread` not what they held.  Of `possible` others nobody knows
    whether they belong here, nor whom they are about.  `categories` are those of all of them,
    `passed_on` those of what may have left.
    """

    people: int
    people_disclosed: int
    people_received: int
    reports: int
    received: int
    in_part: int
    nobody: int
    possible: int
    unread: int
    received_first: datetime | None
    received_last: datetime | None
    mails: int
    sealed: int
    categories: tuple[Category, ...]
    passed_on: tuple[Category, ...]
    fields: tuple[str, ...]
    contacts: tuple[str, ...]
    first: datetime | None
    last: datetime | None

    @property
    def beside(self) -> bool:
        """Whether there is, or may be, more than what may have left."""
        return bool(self.received or self.in_part or self.possible)

    @property
    def is_known(self) -> bool:
        """Whether anything that it concerns is on record with the breach."""
        return bool(self.reports or self.received or self.possible)

    @property
    def is_whole(self) -> bool:
        """Whether everybody is known whom it concerns."""
        return self.is_known and not self.nobody and not self.possible


def summary(affected: Sequence[Affected]) -> Summary:
    """These, counted."""
    left = [each for each in affected if each.passed_on]
    parts = [each for each in affected if each.state == Came.IN_PART]
    stayed = [each for each in affected if not each.passed_on and each.state != Came.IN_PART]
    kept = [each for each in stayed if each.sure != Sureness.POSSIBLE]
    moments = [each.sent_at for each in affected if each.sent_at is not None]
    came = [each.received_at for each in kept if each.received_at is not None]
    contacts = {who for each in affected for who in (each.sender_id, each.recipient_id)}
    return Summary(
        people=_people(affected),
        people_disclosed=_people(left),
        people_received=_people([*kept, *parts]),
        reports=len(left),
        received=len(kept),
        in_part=len(parts),
        nobody=sum(not each.dossier_id for each in kept),
        possible=len(stayed) - len(kept),
        unread=sum(not each.categories for each in kept),
        received_first=min(came, default=None),
        received_last=max(came, default=None),
        mails=len({each.trace for each in (*left, *kept)}),
        sealed=sum(bool(each.sealed_to) for each in left),
        categories=_categories(affected),
        passed_on=_categories(left),
        fields=tuple(sorted({path for each in affected for path in each.fields})),
        contacts=tuple(sorted(contacts - {""})),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def _people(affected: Iterable[Affected]) -> int:
    return len({each.dossier_id for each in affected} - {""})


def _categories(affected: Iterable[Affected]) -> tuple[Category, ...]:
    found = {category for each in affected for category in each.categories}
    return tuple(each for each in Category if each in found)


def by_person(affected: Iterable[Affected]) -> Mapping[str, tuple[Affected, ...]]:
    """What is about each, by dossier; nothing that is about nobody known."""
    found: dict[str, list[Affected]] = {}
    for each in (each for each in affected if each.dossier_id):
        found.setdefault(each.dossier_id, []).append(each)
    return {dossier_id: tuple(of_one) for dossier_id, of_one in sorted(found.items())}


class Names(Silent):
    """Whom a text must not name: what people are called, born on, reached at and filed under."""

    __slots__ = ("_values", "_words")

    def __init__(self, identities: Iterable[Identity], others: Iterable[str] = ()) -> None:
        """`others` are further names, such as those of contacts."""
        self._words: set[str] = set()
        self._values: set[str] = set()
        for each in identities:
            self._take(each.voornamen, each.geslachtsnaam)
            self._values |= {each.dossierkenmerk.casefold(), *_dates(each.geboortedatum)}
        self._take(*others)
        self._values.discard("")

    def left_out(self, text: str) -> tuple[str, int]:
        """The text with each of these replaced, and how many there were.

        A part of a name counts where it begins with a capital: "groot" is a word, "Groot"
        a person.  Addresses and numbers of six digits and more go whoever's they are.
        """
        kept: list[str] = []
        last, count = 0, 0
        for found in _WORD.finditer(text):
            if self._is_named(text[found.start() : found.end()]):
                kept += [text[last : found.start()], _LEFT_OUT]
                last, count = found.end(), count + 1
        return "".join([*kept, text[last:]]), count

    def _take(self, *names: str) -> None:
        self._words |= {
            part.casefold() for name in names for part in _parts(name) if len(part) >= _LEAST
        }

    def _is_named(self, word: str) -> bool:
        if word.casefold() in self._values or "@" in word:
            return True
        if _DATE.fullmatch(word):
            return False
        if sum(letter.isdigit() for letter in word) >= _MOST_DIGITS:
            return True
        return any(part[0].isupper() and part.casefold() in self._words for part in _parts(word))


def _parts(text: str) -> list[str]:
    return [text[found.start() : found.end()] for found in _PARTS.finditer(text)]


def _dates(birth: str) -> set[str]:
    """A birth date as people write it with signs between; in words nobody could find it all."""
    parts = birth.split("-")
    if len(parts) != 3:
        return set()
    year, month, day = parts
    plain = {f"{int(day)}-{int(month)}-{year}", f"{day}-{month}-{year}", birth}
    return plain | {each.replace("-", "/") for each in plain} | {f"{day}.{month}.{year}"}
