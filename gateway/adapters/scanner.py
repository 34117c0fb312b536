"""The scanner: points at what may not belong in a free text, for those who decide about it.

It clears nothing.  Nothing that decides imports it, and what it returns has no word
for "in order": an empty result says that it knows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.scan_folding import folded
from gateway.adapters.scan_numbers import numbers
from gateway.adapters.scan_people import PeopleScanner
from gateway.adapters.scan_places import addresses, birth_dates
from gateway.adapters.scan_words import WordScanner
from gateway.domain.annotations import settled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.annotations import AboutWhom, Annotation
    from gateway.domain.histories import Identity
    from gateway.domain.lexicon import Lexicon


class Scanner:
    """Over one lexicon and the people of one reading of the register."""

    def __init__(self, lexicon: Lexicon, people: Iterable[Identity] = ()) -> None:
        self._words = WordScanner(lexicon)
        self._people = PeopleScanner(people)

    def annotations(self, text: str, whom: AboutWhom) -> tuple[Annotation, ...]:
        """Everything it recognises in this text about this person, in the order of the text."""
        read = folded(text)
        return settled(
            [
                *numbers(read),
                *addresses(read),
                *birth_dates(read, whom),
                *self._people.found(read, whom),
                *self._words.found(read),
            ]
        )
