"""What is kept of what a scanner points at, and what a sender is told of it."""

from __future__ import annotations

import pytest

from gateway.domain.annotations import Annotation, Certainty, Kind, asked, settled
from gateway.domain.lexicon import Lexicon, LexiconError


def at(start: int, end: int, kind: Kind, certainty: Certainty = Certainty.LIKELY) -> Annotation:
    return Annotation(start=start, end=end, kind=kind, certainty=certainty, why="because")


def test_within_one_kind_what_lies_inside_another_goes() -> None:
    wide, inside = at(0, 9, Kind.HEALTH), at(2, 5, Kind.HEALTH)
    assert settled([inside, wide, wide]) == (wide,)


def test_of_two_kinds_both_stay() -> None:
    health, belief = at(0, 9, Kind.HEALTH), at(2, 5, Kind.BELIEF)
    assert settled([belief, health]) == (health, belief)


def test_what_is_likely_is_not_hidden_by_what_is_possible() -> None:
    wide, inside = at(0, 9, Kind.BSN, Certainty.POSSIBLE), at(2, 5, Kind.BSN)
    assert settled([wide, inside]) == (wide, inside)


def test_a_sender_is_told_of_what_was_pointed_at_and_of_what_a_person_named() -> None:
    """In one order whatever the text, so that the order tells nothing."""
    pointed = (at(0, 1, Kind.HEALTH), at(3, 4, Kind.BSN), at(5, 6, Kind.HEALTH))
    assert asked(pointed, (Kind.UNION,)) == (Kind.BSN, Kind.HEALTH, Kind.UNION)


@pytest.mark.parametrize("kind", [Kind.OTHER_PERSON, Kind.FILE_NUMBER])
def test_what_only_the_register_knows_is_told_when_a_person_says_so(kind: Kind) -> None:
    assert asked((at(0, 1, kind),), ()) == ()
    assert asked((at(0, 1, kind),), (kind,)) == (kind,)


FILE = """
version = "1"
[[category]]
kind = "gezondheid"
article = "9"
nl = "gezondheid"
en = "health"
terms = [{terms}]
ordinary = []
"""


@pytest.mark.parametrize(
    "terms", ['"Ziek"', '"zi!ek"', '"ziek", "ziek"', '"*"', '"hiv-*"', '""', "1"]
)
def test_a_lexicon_that_could_not_match_is_refused(terms: str) -> None:
    with pytest.raises(LexiconError):
        Lexicon(FILE.format(terms=terms))


def test_a_category_that_stands_twice_is_refused() -> None:
    once = FILE.format(terms='"ziek"')
    with pytest.raises(LexiconError, match="twice"):
        Lexicon(once + once.partition('version = "1"')[2])
