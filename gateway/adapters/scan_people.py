"""Names and numbers of other registered people in a text.

What is pointed at says that the register knows such a name, and not whose it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.adapters.scan_folding import plain, tokens
from gateway.domain.annotations import Annotation, Certainty, Kind
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.adapters.scan_folding import Folded, Token
    from gateway.domain.annotations import AboutWhom
    from gateway.domain.histories import Identity

_PREFIXES: Final = frozenset(
    re.findall(
        r"\w+",
        "van de der den het t ten ter te la le el al von di da du ibn bin abu ben",
    )
)
_TITLES: Final = frozenset(
    re.findall(
        r"\w+",
        "mevrouw mevr mw meneer heer dhr mr juf meester broer zus vriend vriendin man vrouw"
        " echtgenoot echtgenote partner zoon dochter neef nicht oom tante vader moeder",
    )
)
_SHORTEST: Final = 3
_PARTS: Final = 6  # of a dossierkenmerk, between signs or spaces
_WHY: Final = "a name that another dossier has too"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Name(Silent):
    words: tuple[str, ...]
    first: bool
    owner: int


class PeopleScanner:
    """Over the people of the register; made anew for each look, because the register changes."""

    def __init__(self, people: Iterable[Identity]) -> None:
        self._names: dict[str, list[_Name]] = defaultdict(list)
        self._firsts: dict[int, frozenset[str]] = {}
        self._numbers: dict[str, int] = {}
        self._kenmerken: list[str] = []
        for owner, person in enumerate(people):
            self._kenmerken.append(person.dossierkenmerk)
            self._numbers[_bare(person.dossierkenmerk)] = owner
            given = tuple(word for word in _words(person.voornamen) if len(word) >= _SHORTEST)
            self._firsts[owner] = frozenset(given)
            surname = _without_prefix(_words(person.geslachtsnaam))
            if surname and len("".join(surname)) >= _SHORTEST:
                self._names[surname[0]].append(_Name(words=surname, first=False, owner=owner))
            for name in given:
                self._names[name].append(_Name(words=(name,), first=True, owner=owner))

    def found(self, text: Folded, whom: AboutWhom) -> Iterator[Annotation]:
        """Names and dossierkenmerken of others than the one whom the text is about."""
        own = {word for name in whom.names for word in _words(name)}
        read = tokens(text)
        for place, token in enumerate(read):
            for name in self._names.get(token.word, ()):
                last = place + len(name.words)
                if tuple(each.word for each in read[place:last]) != name.words:
                    continue
                if self._kenmerken[name.owner] == whom.dossierkenmerk or own & set(name.words):
                    continue
                yield from self._name(text, read, place, name)
        yield from self._file_numbers(text, read, whom)

    def _name(
        self, text: Folded, read: Sequence[Token], place: int, name: _Name
    ) -> Iterator[Annotation]:
        start, last = place, place + len(name.words) - 1
        before = start - 1
        while before >= 0 and read[before].word in _PREFIXES:
            before -= 1
        whole = before >= 0 and read[before].word in self._firsts[name.owner] and not name.first
        titled = before >= 0 and read[before].word in _TITLES
        capital = text.as_sent(read[place].start, read[place].start + 1).isupper()
        if name.first and not (capital or titled):
            return
        sure = whole or titled or (capital and not _begins_a_sentence(text, read[place]))
        begin, end = text.span(read[before if whole else start].start, read[last].end)
        yield Annotation(
            start=begin,
            end=end,
            kind=Kind.OTHER_PERSON,
            certainty=Certainty.LIKELY if sure else Certainty.POSSIBLE,
            why=_WHY,
        )

    def _file_numbers(
        self, text: Folded, read: Sequence[Token], whom: AboutWhom
    ) -> Iterator[Annotation]:
        own = _bare(whom.dossierkenmerk)
        for first in range(len(read)):
            bare = ""
            for last in range(first, min(first + _PARTS, len(read))):
                bare += read[last].word
                if bare in self._numbers and bare != own:
                    start, end = text.span(read[first].start, read[last].end)
                    yield Annotation(
                        start=start,
                        end=end,
                        kind=Kind.FILE_NUMBER,
                        certainty=Certainty.LIKELY,
                        why="the dossierkenmerk of another dossier",
                    )


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z]+", plain(name)))


def _without_prefix(words: tuple[str, ...]) -> tuple[str, ...]:
    while len(words) > 1 and words[0] in _PREFIXES:
        words = words[1:]
    return words


def _bare(kenmerk: str) -> str:
    return re.sub(r"[^a-z0-9]", "", plain(kenmerk))


def _begins_a_sentence(text: Folded, token: Token) -> bool:
    before = text.text[: token.start].rstrip(" \"'(")
    return not before or before[-1] in ".!?:;\n"
