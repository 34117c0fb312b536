"""Replaying the past: the same table says the same, another one what asking it anew would say."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gateway.domain.backtest import Backtest, Change
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import Consent, ConsentState
from gateway.domain.parties import Standing
from gateway.domain.policy import Policy, switched
from gateway.domain.situation import YesNo
from gateway.domain.stops import Outcome, Reason
from gateway.resources import policy_text
from tests import corridor, generators
from tests.policy.pasts import Moment, asked, kept, moments, mutants, walked

if TYPE_CHECKING:
    from gateway.domain.backtest import Kept

OPENED = Policy(switched(policy_text(), "non_formal_hours_under_consent", on=True))
ORDINARY = Moment(bericht=generators.full_bericht(1), facts=generators.facts())


def replayed(table: Policy, *decisions: Kept, then: Policy | None = None) -> Backtest:
    found = Backtest(table=table)
    for each in decisions:
        found.replay(each, then or corridor.policy())
    return found


@settings(deadline=None, max_examples=150)
@given(moments())
def test_the_walk_is_the_table_asked_row_by_row(moment: Moment) -> None:
    """What is kept of a walk is what the table says of the facts, and what the walk came to.

    A table that permits may still be followed by a stop, when nothing is left.
    """
    outcome, judgement = walked(moment, corridor.policy())
    said = asked(moment, corridor.policy())
    assert judgement is not None
    event(outcome)
    assert (judgement.outcome, judgement.reasons, judgement.shared) == (
        said.outcome,
        said.reasons,
        said.shared,
    )
    if outcome is not judgement.outcome:
        assert judgement.outcome is Outcome.FORWARD


@settings(deadline=None, max_examples=100)
@given(st.lists(moments(), min_size=1, max_size=6))
def test_under_the_same_table_nothing_differs(past: list[Moment]) -> None:
    decisions = [kept(moment, corridor.policy(), n) for n, moment in enumerate(past)]
    found = replayed(corridor.policy(), *decisions)
    assert found.is_faithful
    assert found.differences == []
    assert found.counts[Change.SAME] == found.replayed == len(past)


@settings(deadline=None, max_examples=200)
@given(past=st.lists(moments(), min_size=1, max_size=6), table=mutants | st.just(OPENED))
def test_under_another_table_it_is_what_asking_that_table_says(
    past: list[Moment], table: Policy
) -> None:
    """Brute force: every report of the past judged anew by the other table, from its facts."""
    decisions = [kept(moment, corridor.policy(), n) for n, moment in enumerate(past)]
    found = replayed(table, *decisions)
    before = [asked(moment, corridor.policy()) for moment in past]
    after = [asked(moment, table) for moment in past]
    pairs = zip(before, after, strict=True)
    differ = {number for number, (then, now) in enumerate(pairs) if then != now}
    listed = {each.kept.number: each for each in found.differences}
    assert differ == listed.keys()
    event("differs" if differ else "same")
    for number, each in listed.items():
        then, now = before[number], after[number]
        assert (each.after.outcome, each.after.reasons, each.after.shared) == (
            now.outcome,
            now.reasons,
            now.shared,
        )
        assert (each.gained, each.lost) == (now.shared - then.shared, then.shared - now.shared)
        assert each.change is not Change.SAME
        assert (each.change is Change.WIDER) == bool(now.shared - then.shared)
    assert found.replayed == len(past)


def test_what_would_be_shared_that_was_not_is_wider() -> None:
    (difference,) = replayed(OPENED, kept(ORDINARY, corridor.policy())).differences
    assert difference.change is Change.WIDER
    assert difference.gained == {Category.P3_NON_FORMEEL}
    assert difference.lost == frozenset()
    ((name, before, after),) = difference.verdicts
    assert name == "P3-non-formele-uren"
    assert before is not None
    assert after is not None
    assert (before.rows, before.reasons) == (("P3-non-formele-uren-uit",), (Reason.NOT_IN_FORM,))
    assert (after.rows, after.reasons) == (("P3-non-formele-uren-aan",), ())


def test_back_again_is_narrower() -> None:
    decision = kept(ORDINARY, OPENED)
    (difference,) = replayed(corridor.policy(), decision, then=OPENED).differences
    assert difference.change is Change.NARROWER
    assert difference.lost == {Category.P3_NON_FORMEEL}


def test_a_refusal_for_another_reason_is_neither_wider_nor_narrower() -> None:
    refused = dataclasses.replace(
        ORDINARY,
        facts=dataclasses.replace(
            generators.facts(), consent=Consent(state=ConsentState.WITHDRAWN)
        ),
    )
    other = policy_text().replace("art-12.4/consent-withdrawn", "art-12.4/consent-invalidated")
    (difference,) = replayed(Policy(other), kept(refused, corridor.policy())).differences
    assert difference.change is Change.OTHERWISE
    assert difference.after.reasons == (Reason.CONSENT_INVALIDATED,)


def test_a_report_that_was_refused_is_judged_in_full_by_a_table_that_admits_it() -> None:
    """The circumstances of its categories are kept too, though nobody asked for them then."""
    suspended = generators.provider(standing=Standing.SUSPENDED)
    moment = dataclasses.replace(
        ORDINARY, facts=dataclasses.replace(generators.facts(), provider=suspended)
    )
    text = policy_text().replace('standing = ["suspended"]', 'standing = ["none"]', 1)
    text = text.replace('["aspirant", "active"]', '["aspirant", "active", "suspended"]')
    (difference,) = replayed(Policy(text), kept(moment, corridor.policy())).differences
    assert difference.before.outcome is Outcome.HOLD
    assert difference.after.outcome is Outcome.FORWARD
    assert difference.gained == asked(ORDINARY, corridor.policy()).shared


@pytest.mark.parametrize("what", ["table gone", "another table", "unreadable", "verdict", "facts"])
def test_what_does_not_come_out_as_recorded_is_told_apart(what: str) -> None:
    """It proves nothing about the new table, so it is in none of the counts."""
    decision = kept(ORDINARY, corridor.policy())
    judgement = decision.judgement
    assert judgement is not None
    then: Policy | None = None if what == "table gone" else corridor.policy()
    if what == "another table":
        decision = dataclasses.replace(
            decision, judgement=dataclasses.replace(judgement, policy_digest="00" * 32)
        )
    elif what == "unreadable":
        decision = dataclasses.replace(decision, judgement=None)
    elif what == "verdict":
        changed = dataclasses.replace(judgement, outcome=Outcome.HOLD)
        decision = dataclasses.replace(decision, judgement=changed)
    elif what == "facts":
        bent = judgement.circumstances._replace(t4=YesNo.NO)
        changed = dataclasses.replace(judgement, circumstances=bent)
        decision = dataclasses.replace(decision, judgement=changed)
    found = Backtest(table=OPENED)
    found.replay(decision, then)
    assert found.unfaithful == [decision]
    assert not found.is_faithful
    assert (found.replayed, found.differences) == (0, [])
