"""Kept decisions are codes in one spelling; what was written is read back, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from gateway.adapters.decision_rows import digest_of, read, written
from gateway.domain.bijsluiter import Category
from gateway.domain.policy import Effect
from gateway.domain.situation import CATEGORY_DOMAIN, GATE_DOMAIN, Ground
from gateway.domain.stops import Outcome, Reason
from tests import corridor, generators
from tests.policy.pasts import Moment, moments, walked

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {
    *GATE_DOMAIN,
    *("gate", "disclosed_before", "own_document", "rows", "extra", "texts"),
    *("outcome", "reasons", "categories", "effect", "articles", "ground"),
}
CODES = {
    *(str(value) for values in GATE_DOMAIN.values() for value in values),
    *(str(value) for values in CATEGORY_DOMAIN.values() for value in values),
    *("t1", "t2", "t3", "t4"),
    *Category,
    *Effect,
    *Ground,
    *Outcome,
    *Reason,
    *(row.id for row in corridor.policy().rows),
    *(row.article for row in corridor.policy().rows),
}


def words(value: object) -> Iterator[str]:
    """Every name and value in a JSON value."""
    if isinstance(value, dict):
        for name, inside in value.items():
            assert name in NAMES
            yield from words(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from words(inside)
    elif value is not None:
        assert isinstance(value, str)
        yield value


@settings(deadline=None, max_examples=150)
@given(moments())
def test_what_was_written_is_read_back_and_is_nothing_but_codes(moment: Moment) -> None:
    """No name, no date, no number, no text of anybody: every word is on a list of ours."""
    _, judgement = walked(moment, corridor.policy())
    assert judgement is not None
    text = written(judgement)
    assert read(text.circumstances, text.judgement, judgement.policy_digest) == judgement
    assert text.digest == digest_of(text.circumstances, text.judgement)
    found = {*words(json.loads(text.circumstances)), *words(json.loads(text.judgement))}
    assert found <= CODES


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"consent":"given"', '"consent":"granted"'),
        ('"consent":"given",', ""),
        ('"rows":["t1"', '"rows":["t1","t5"'),
        ('"rows":["t1"', '"rows":["t1","t1"'),
        ('"extra":[]', '"extra":[], "more":1'),
        ('"extra":[]', '"extra":[ ]'),
        ('"extra":[]', '"extra":null'),
        ('{"disclosed_before"', '[{"disclosed_before"'),
    ],
)
def test_what_this_gateway_did_not_write_is_not_read(old: str, new: str) -> None:
    """An unknown code, a missing one, something more, another spelling: all the same."""
    text = written(corridor.judgement(generators.full_bericht(1), generators.facts()))
    assert old in text.circumstances
    spoiled = text.circumstances.replace(old, new, 1)
    assert read(spoiled, text.judgement, corridor.policy().digest) is None
