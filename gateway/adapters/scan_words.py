"""Words of the lexicon in a text: as they are, inflected, inside a compound, or misspelt."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.adapters.scan_folding import hidden_tokens, tokens
from gateway.domain.annotations import Annotation, Certainty
from gateway.domain.lexicon import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.adapters.scan_folding import Folded, Token
    from gateway.domain.lexicon import Category, Lexicon

# Shorter words with a letter wrong are too often another word.
_LONG_ENOUGH: Final = 7


class _Entry(NamedTuple):
    """A term with the words it consists of."""

    term: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """Tokens `first` up to `last`, by this entry; `exact` unless it is misspelt."""

    first: int
    last: int
    term: str
    exact: bool


class WordScanner:
    """Looks for one lexicon's words; made once, used for every text."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._categories = [_Sought(category) for category in lexicon.categories]

    def found(self, text: Folded) -> Iterator[Annotation]:
        """Everything a category's terms match, but for what its ordinary words explain."""
        yield from self._in(text, tokens(text), hidden=False)
        for token in hidden_tokens(text):
            yield from self._in(text, [token], hidden=True)

    def _in(self, text: Folded, read: Sequence[Token], *, hidden: bool) -> Iterator[Annotation]:
        exact: set[int] = set()
        for category in self._categories:
            for hit in category.exact(read):
                exact.update(range(hit.first, hit.last + 1))
                yield category.annotation(text, read, hit, hidden=hidden)
        for category in self._categories:
            for hit in category.misspelt(read):
                # A word that is known is not another one, misspelt.
                if hit.first not in exact:
                    yield category.annotation(text, read, hit, hidden=hidden)


class _Sought:
    def __init__(self, category: Category) -> None:
        self._category = category
        self._terms = _index(category.terms)
        self._ordinary = _index(category.ordinary)
        self._near: dict[str, list[_Near]] = defaultdict(list)
        for term in category.terms:
            words = words_of(term)
            if len(words) == 1 and not words[0].startswith("*"):
                near = _Near(term, words[0].rstrip("*"), words[0].endswith("*"))
                if len(near.stem) >= _LONG_ENOUGH - 1:
                    self._near[near.stem[0]].append(near)

    def exact(self, read: Sequence[Token]) -> Iterator[_Hit]:
        """Terms as they stand there."""
        usual = self._usual(read)
        return (hit for hit in self._terms.hits(read) if not _within(hit, usual))

    def misspelt(self, read: Sequence[Token]) -> Iterator[_Hit]:
        """Long words that are one letter off."""
        usual = self._usual(read)
        for place, token in enumerate(read):
            if len(token.word) < _LONG_ENOUGH:
                continue
            for near in self._near.get(token.word[0], ()):
                if near.fits(token.word):
                    hit = _Hit(first=place, last=place, term=near.term, exact=False)
                    if not _within(hit, usual):
                        yield hit
                    break

    def _usual(self, read: Sequence[Token]) -> list[_Hit]:
        return list(self._ordinary.hits(read))

    def annotation(
        self, text: Folded, read: Sequence[Token], hit: _Hit, *, hidden: bool
    ) -> Annotation:
        """This hit, at its place in the text as it was sent."""
        start, end = text.span(read[hit.first].start, read[hit.last].end)
        return Annotation(
            start=start,
            end=end,
            kind=self._category.kind,
            certainty=Certainty.LIKELY if hit.exact and not hidden else Certainty.POSSIBLE,
            why=self._why(hit, hidden=hidden),
        )

    def _why(self, hit: _Hit, *, hidden: bool) -> str:
        how = "read as" if hidden else "word" if hit.exact else "looks like"
        article = f" (art. {self._category.article} AVG)" if self._category.article else ""
        return f"{self._category.en}{article}: {how} '{hit.term}'"


def _within(hit: _Hit, others: Sequence[_Hit]) -> bool:
    return any(other.first <= hit.first and hit.last <= other.last for other in others)


class _Index:
    """Terms by how their first word has to be compared."""

    def __init__(self) -> None:
        self.whole: dict[str, list[_Entry]] = defaultdict(list)
        self.other: list[tuple[re.Pattern[str], list[_Entry]]] = []

    def hits(self, read: Sequence[Token]) -> Iterator[_Hit]:
        for place, token in enumerate(read):
            entries = [*self.whole.get(token.word, ())]
            for pattern, others in self.other:
                if pattern.search(token.word):
                    entries += [each for each in others if _matches(each.words[0], token.word)]
            for entry in entries:
                last = place + len(entry.words) - 1
                following = [each.word for each in read[place + 1 : last + 1]]
                if len(following) == len(entry.words) - 1 and all(
                    map(_matches, entry.words[1:], following)
                ):
                    yield _Hit(first=place, last=last, term=entry.term, exact=True)


def _index(terms: Sequence[str]) -> _Index:
    index = _Index()
    begin: list[_Entry] = []
    inside: list[_Entry] = []
    for term in terms:
        entry = _Entry(term, words_of(term))
        first = entry.words[0]
        if "*" not in first:
            index.whole[first].append(entry)
        else:
            (inside if first.startswith("*") else begin).append(entry)
    # One pattern says quickly that none of them fits, which is nearly always so.
    for anchor, entries in (("^", begin), ("", inside)):
        if entries:
            parts = sorted({re.escape(each.words[0].strip("*")) for each in entries})
            index.other.append((re.compile(f"{anchor}(?:{'|'.join(parts)})"), entries))
    return index


def _matches(wanted: str, word: str) -> bool:
    core = wanted.strip("*")
    if wanted.startswith("*"):
        return core in word if wanted.endswith("*") else word.endswith(core)
    return word.startswith(core) if wanted.endswith("*") else word == core


class _Near(NamedTuple):
    """A word that may be misspelt; of an `open` one only the beginning counts."""

    term: str
    stem: str
    open: bool

    def fits(self, word: str) -> bool:
        """Whether one letter is wrong, missing, too many, or swapped with the next."""
        if word.startswith(self.stem):
            return False
        if not self.open:
            return one_off(self.stem, word)
        lengths = range(len(self.stem) - 1, len(self.stem) + 2)
        return any(one_off(self.stem, word[:length]) for length in lengths if length <= len(word))


def one_off(wanted: str, word: str) -> bool:
    """Whether two words differ by one letter: another, one more, one fewer, or two swapped."""
    if abs(len(wanted) - len(word)) > 1 or wanted == word:
        return False
    same = 0
    while same < min(len(wanted), len(word)) and wanted[same] == word[same]:
        same += 1
    left, other = wanted[same:], word[same:]
    swapped = len(left) >= 2 and left[:2] == other[1::-1] and left[2:] == other[2:]
    return swapped or left[1:] == other[1:] or left[1:] == other or left == other[1:]
