"""The table decides as was reviewed, over the whole domain, and foresees nothing by accident."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.articles import Articles
from gateway.domain.policy import Effect, Policy
from gateway.domain.situation import CATEGORY_DOMAIN, GATE_DOMAIN, Ground
from gateway.domain.stops import Reason
from gateway.domain.truth import gates, said, situations, truth_table
from gateway.resources import articles_text, policy_text, truth_text
from tests import corridor
from tests.house_files import ROOT, listed

POLICY = corridor.policy()

# Articles of the covenant: how many paragraphs each has (article 1 is the list of terms).
PARAGRAPHS = {
    1: 0, 2: 3, 3: 6, 4: 5, 5: 9, 6: 6, 7: 4, 8: 8, 9: 3, 10: 4, 11: 12, 12: 11, 13: 2, 14: 3,
    15: 5, 16: 1, 17: 2, 18: 1, 19: 2, 20: 4,
}  # fmt: skip
ARTICLES = {str(article) for article in PARAGRAPHS} | {
    f"{article}.{paragraph}"
    for article, paragraphs in PARAGRAPHS.items()
    for paragraph in range(1, paragraphs + 1)
}

# Where nothing that decides is out of order: the two situations that article 12 admits.
IN_ORDER = {
    "claim": "agrees",
    "person": "matches",
    "term": "running",
    "standing": "active",
    "duty": "running",
    "sender": "designated",
    "sender_bound": "yes",
    "recipient": "ready",
    "recipient_bound": "yes",
}
UNDER_CONSENT = {**IN_ORDER, "scope": "wi2013", "consent": "given"}
UNDER_STATUTE = {**IN_ORDER, "scope": "wi2021-gezin-overig", "consent": "not-needed"}


def test_the_table_decides_as_was_reviewed() -> None:
    """Over all situations, reasons included.  ``gateway policy truth FILE`` writes it anew."""
    assert truth_table(POLICY) == truth_text()


def test_the_table_is_that_of_each_situation_by_itself() -> None:
    """Writing it asks once for all situations that meet the same rows; here every one is asked."""
    effects: Counter[Effect] = Counter()
    fires: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    digest = hashlib.sha256()
    for attributes in situations(GATE_DOMAIN):
        verdict = POLICY.evaluate_gate(attributes)
        effects[verdict.effect] += 1
        fires.update(verdict.rows)
        if len(verdict.rows) == 1:
            alone.update(verdict.rows)
        digest.update(f"{' '.join(attributes.values())} > {said(verdict)}\n".encode())
    found = gates(POLICY)
    assert found.digest == digest.hexdigest()
    assert (found.effects, found.fires, found.alone) == (effects, fires, alone)


def test_every_article_named_is_in_the_covenant() -> None:
    assert {row.article for row in POLICY.rows} <= ARTICLES
    assert {text.article for text in POLICY.table.grounds.values()} <= ARTICLES


def test_every_article_that_the_program_cites_is_in_the_covenant() -> None:
    """In docstrings and comments, where the covenant is cited by paragraph."""
    cited = re.compile(r"\b(?:covenant|articles?|artikel)\s+(\d+\.\d+)")
    found = {
        number
        for name in listed("gateway")
        if name.endswith(".py")
        for number in cited.findall((ROOT / name).read_text(encoding="utf-8"))
    }
    assert len(found) > 4
    assert found <= ARTICLES


def test_the_list_of_articles_is_the_covenant() -> None:
    """Counted by hand in the covenant, besides the terms of article 1 by their letters."""
    articles = Articles(articles_text())
    terms = {number for number in articles.numbers if re.fullmatch(r"1[a-p]", number)}
    assert len(terms) == 16
    assert set(articles.numbers) - terms == ARTICLES
    assert articles.title("12.4") == articles.title("12") == "Informatie-uitwisseling met gemeente"
    assert articles.text("12.4").startswith("Als de inburgeraar uit de ondertussengroep geen")


def test_every_row_speaks_dutch_and_english() -> None:
    for row in POLICY.rows:
        assert row.nl.endswith("."), row.id
        assert row.en.endswith("."), row.id
        assert row.nl != row.en, row.id


def test_every_value_of_the_domain_is_named_by_some_row() -> None:
    """What no row names is denied for want of a row; nobody should rely on that unawares."""
    named = {
        (name, value)
        for row in POLICY.rows
        for name, values in row.when.items()
        for value in values
    }
    unnamed = {
        (name, str(value))
        for domain in (GATE_DOMAIN, CATEGORY_DOMAIN)
        for name, values in domain.items()
        for value in values
        if (name, str(value)) not in named
    }
    # Free text that is none, or that two people released, withholds nothing by itself.
    assert unnamed == {("text", "none"), ("text", "released")}


@pytest.mark.parametrize("order", [UNDER_CONSENT, UNDER_STATUTE], ids=["consent", "statute"])
def test_one_thing_out_of_order_is_enough_to_stop(order: dict[str, str]) -> None:
    assert POLICY.evaluate_gate(order).effect is Effect.ADMIT
    for name, values in GATE_DOMAIN.items():
        for value in set(map(str, values)) - {order[name]}:
            if (name, value) == ("standing", "aspirant"):  # 5.1: takes part conditionally
                continue
            verdict = POLICY.evaluate_gate({**order, name: value})
            assert verdict.effect in {Effect.REJECT, Effect.HOLD}, (name, value)
            assert verdict.reasons, (name, value)


def unknown(name: str) -> st.SearchStrategy[str]:
    """Text that is none of this attribute's values."""
    known = set(map(str, GATE_DOMAIN[name]))
    return st.text(max_size=12).filter(lambda text: text not in known)


@settings(deadline=None, max_examples=300)
@given(st.fixed_dictionaries({name: unknown(name) for name in GATE_DOMAIN}))
def test_what_nobody_foresaw_is_held(attributes: dict[str, str]) -> None:
    verdict = POLICY.evaluate_gate(attributes)
    assert verdict.effect is Effect.HOLD
    assert verdict.reasons == (Reason.NOT_PERMITTED,)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_one_unknown_value_is_never_admitted(data: st.DataObject) -> None:
    order = data.draw(st.sampled_from([UNDER_CONSENT, UNDER_STATUTE]))
    name = data.draw(st.sampled_from(sorted(GATE_DOMAIN)))
    value = data.draw(unknown(name))
    assert POLICY.evaluate_gate({**order, name: value}).effect is not Effect.ADMIT


@pytest.mark.parametrize("name", sorted(GATE_DOMAIN))
def test_a_missing_attribute_decides_nothing(name: str) -> None:
    missing = {key: value for key, value in UNDER_CONSENT.items() if key != name}
    with pytest.raises(KeyError):
        POLICY.evaluate_gate(missing)


def test_nothing_is_shared_of_a_category_that_no_row_shares() -> None:
    for attributes in situations(CATEGORY_DOMAIN):
        unknown = {**attributes, "ground": "another"}
        verdict = POLICY.evaluate_category(unknown)
        assert verdict.effect in {Effect.WITHHOLD, Effect.HOLD}
        assert verdict.reasons


def test_the_switch_opens_non_formal_hours_and_nothing_else() -> None:
    off = policy_text()
    on = Policy(off.replace("hours_under_consent = false", "hours_under_consent = true"))
    for attributes in situations(CATEGORY_DOMAIN):
        closed = POLICY.evaluate_category({**attributes, "non_formal": "off"})
        opened = on.evaluate_category({**attributes, "non_formal": "on"})
        if attributes["category"] != "P3-non-formele-uren" or attributes["ground"] == "statute":
            assert closed == opened
        elif attributes["t4"] == "yes":
            assert (closed.effect, opened.effect) == (Effect.WITHHOLD, Effect.SHARE)
    assert on.digest != POLICY.digest


def test_every_ground_is_explained() -> None:
    for ground in Ground:
        text = POLICY.table.grounds[ground]
        assert re.search(r"art\. \d", text.nl)
        assert text.nl != text.en
