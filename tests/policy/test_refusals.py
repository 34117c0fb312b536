"""A table that is not well formed is refused when it is loaded, and names the row."""

from __future__ import annotations

import re

import pytest

from gateway.domain.policy import Policy, PolicyError
from gateway.resources import policy_text
from tests import corridor
from tests.policy.writing import to_toml

TEXT = policy_text()
ROW = '{}\n[[gate]]\nid = "extra"\narticle = "2.3"\neffect = "hold"\nnl = "a"\nen = "b"\n{}\n'


def with_row(rest: str) -> str:
    """The table with one more gate row."""
    return ROW.format(to_toml(corridor.policy().table), rest)


REASON = 'reason = "art-2.3/regime-unknown"'

WHEN = 'when = { scope = ["wi2013"] }'
T1 = 't1 = ["yes"]'

BROKEN = {
    "not toml": (TEXT + "\n=", "not TOML"),
    "unknown attribute": (with_row(f'{REASON}\nwhen = {{ weather = ["wet"] }}'), "extra: unknown"),
    "unknown value": (with_row(f'{REASON}\nwhen = {{ scope = ["wi2007"] }}'), "extra: scope"),
    "no value": (with_row(f"{REASON}\nwhen = {{ scope = [] }}"), "extra: scope"),
    "no condition": (with_row(f"{REASON}\nwhen = {{}}"), "extra: a row without conditions"),
    "no reason": (with_row('when = { scope = ["wi2013"] }'), "extra: what stops"),
    "unknown reason": (with_row('reason = "x"\nwhen = { scope = ["wi2013"] }'), "reason"),
    "value that is no list": (with_row(f'{REASON}\nwhen = {{ scope = "wi2013" }}'), "when.scope"),
    "unknown field": (
        with_row(f'{REASON}\nunless = "x"\nwhen = {{ scope = ["wi2013"] }}'),
        "unless",
    ),
    "same id twice": (
        with_row(f'{REASON}\nwhen = {{ scope = ["wi2013"] }}').replace(
            '"extra"', '"scope-onbekend"'
        ),
        "same id",
    ),
    "a gate that shares": (
        with_row('when = { scope = ["wi2013"] }').replace(
            'effect = "hold"\nnl = "a"', 'effect = "share"\nnl = "a"'
        ),
        "extra: effect share",
    ),
    "a category that admits": (
        TEXT.replace('effect = "share"', 'effect = "admit"', 1),
        "identiteit-T1: effect admit",
    ),
    "a category row for no category": (
        TEXT.replace(
            'category = ["identiteit"], ground = ["consent"], t1 = ["yes"]', 't1 = ["yes"]'
        ),
        "identiteit-T1: a category row",
    ),
    "an admission without a ground": (
        TEXT.replace('ground = "consent"\n', "", 1),
        "ondertussengroep: admitting needs",
    ),
    "an admission that leaves an attribute open": (
        TEXT.replace(', recipient_bound = ["yes"]', "", 1),
        "ondertussengroep: admitting needs",
    ),
    "an admission under another effect": (
        TEXT.replace('ground = "consent"\n', 'ground = "consent"\neffect = "hold"\n', 1),
        "ondertussengroep",
    ),
    "a gate with a ground": (
        with_row(f'{REASON}\nground = "consent"\nwhen = {{ scope = ["wi2013"] }}'),
        "extra: only what admits",
    ),
    "no ground explained": (re.sub(r"\[grounds\.statute\]\n(.+\n)+", "", TEXT), "every ground"),
    "no switch": (TEXT.replace("non_formal_hours_under_consent = false", ""), "switches"),
    "a switch that is no truth value": (
        TEXT.replace("hours_under_consent = false", 'hours_under_consent = "maybe"'),
        "switches",
    ),
    "no gate rows": (
        to_toml(corridor.policy().table, {row.id: None for row in corridor.policy().table.gate}),
        "gate",
    ),
    "no article": (TEXT.replace('article = "2.3"\n', "", 1), "article"),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_broken_table_is_refused_by_name(what: str) -> None:
    text, named = BROKEN[what]
    assert text != TEXT
    with pytest.raises(PolicyError, match=re.escape(named)):
        Policy(text)


def test_the_digest_is_of_the_text() -> None:
    """A comment counts too: what was reviewed is a text."""
    assert Policy(TEXT).digest == corridor.policy().digest
    assert Policy(TEXT + "# seen\n").digest != corridor.policy().digest
