"""Every row gives its account, and what differs is exactly what keeps it from matching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.articles import Articles, ArticlesError, named_in, place_of
from gateway.domain.bijsluiter import Category
from gateway.domain.explaining import explain_category, explain_gate, ground_for
from gateway.domain.policy import Effect
from gateway.domain.situation import (
    CATEGORY_DOMAIN,
    GATE_DOMAIN,
    CategorySituation,
    GateSituation,
    Ground,
    Scope,
)
from gateway.resources import articles_text
from tests import corridor

if TYPE_CHECKING:
    from gateway.domain.explaining import Account

POLICY = corridor.policy()
GATES = st.builds(GateSituation, **{k: st.sampled_from(v) for k, v in GATE_DOMAIN.items()})
CATEGORIES = st.builds(
    CategorySituation,
    **{k: st.sampled_from(v) for k, v in CATEGORY_DOMAIN.items() if k != "non_formal"},
)


def check_accounts(account: Account) -> None:
    """What differs, and nothing else, has to change for a row to match."""
    for each in account.rows:
        assert each.matched is each.row.matches(account.attributes)
        changed = {**account.attributes, **{d.attribute: d.wanted[0] for d in each.differs}}
        assert each.row.matches(changed)
        for one in each.differs:
            assert one.found == account.attributes[one.attribute]
            assert not each.row.matches({**changed, one.attribute: one.found})


@settings(deadline=None, max_examples=200)
@given(GATES)
def test_the_gate_gives_account_of_every_row(situation: GateSituation) -> None:
    account = explain_gate(POLICY, situation)
    assert [each.row for each in account.rows] == [*POLICY.table.admit, *POLICY.table.gate]
    assert account.verdict == POLICY.gate(situation)
    check_accounts(account)
    assert set(account.verdict.rows) <= {each.row.id for each in account.rows if each.matched}


@settings(deadline=None, max_examples=200)
@given(CATEGORIES)
def test_a_category_gives_account_of_every_row_about_it(situation: CategorySituation) -> None:
    account = explain_category(POLICY, situation)
    about = [row for row in POLICY.table.category if situation.category in row.when["category"]]
    assert [each.row for each in account.rows] == about
    assert account.verdict == POLICY.category(situation)
    check_accounts(account)


@settings(deadline=None, max_examples=100)
@given(CATEGORIES)
def test_without_a_ground_no_row_shares(situation: CategorySituation) -> None:
    account = explain_category(POLICY, situation, grounded=False)
    assert account.verdict.effect is not Effect.SHARE
    assert not any(each.matched and each.row.effect is Effect.SHARE for each in account.rows)


def test_every_row_of_the_table_is_about_the_gate_or_some_category() -> None:
    about = {row.id for row in (*POLICY.table.admit, *POLICY.table.gate)}
    for category in Category:
        for row in POLICY.table.category:
            about |= {row.id} if category in row.when["category"] else set()
    assert about == {row.id for row in POLICY.rows}


@settings(deadline=None, max_examples=60)
@given(GATES)
def test_the_ground_is_the_one_that_such_people_are_admitted_on(situation: GateSituation) -> None:
    expected = {
        Scope.WI2013: Ground.CONSENT,
        Scope.WI2021_GEZIN_OVERIG: Ground.STATUTE,
    }.get(situation.scope)
    assert ground_for(POLICY, situation) is expected
    admitted = explain_gate(POLICY, situation).verdict.ground
    assert admitted in {None, expected}


# --- the list of articles ------------------------------------------------------


def test_numbers_sort_as_the_covenant_has_them() -> None:
    numbers = ["12.10", "2.3", "15", "12.2", "1c", "12"]
    assert sorted(numbers, key=place_of) == ["1c", "2.3", "12", "12.2", "12.10", "15"]


def test_a_sentence_names_paragraphs_and_a_law_none() -> None:
    assert named_in("zie artikel 12.5, en art. 3.2") == ("12.5", "3.2")
    assert named_in("artikel 35 lid 3 Wi2021") == ()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"12.4" =', '"21.4" =', "21.4"),
        ('"12.4" =', '"twaalf" =', "twaalf"),
        ("[titles]", "[titels]", "titles"),
        ("[text]", "text", "TOML"),
        ('15 = "Uitsluiting deelname convenant"', '15 = ""', "15"),
    ],
)
def test_a_list_that_is_not_sound_is_refused_by_entry(old: str, new: str, named: str) -> None:
    text = articles_text()
    assert old in text
    with pytest.raises(ArticlesError, match=named):
        Articles(text.replace(old, new, 1))
