"""What is explained is what is decided: the account of `permit` in every world that is made."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Category
from gateway.domain.categories import FREE_TEXT, free_text
from gateway.domain.policy import Effect
from gateway.domain.situation import Ground, Text
from gateway.domain.stops import Outcome, Reason, Stop
from gateway.pipeline.explaining import explain, supposed
from gateway.pipeline.permitting import judge, permit
from gateway.pipeline.redacting import redact
from gateway.pipeline.routing import route
from tests import corridor, generators
from tests.pipeline.test_permitting import facts_of, worlds
from tests.strategies import berichten, readings

if TYPE_CHECKING:
    from gateway.domain.explaining import Decision, Explanation
    from gateway.domain.facts import Dossier, Facts
    from gateway.domain.stages import Disclosure, Known, Permitted
    from gateway.domain.wire import Json

POLICY = corridor.policy()


def decided(known: Known) -> Permitted | Stop:
    try:
        return permit(judge(known, POLICY))
    except Stop as stop:
        return stop


def sent(found: Permitted) -> Disclosure | Stop:
    try:
        return route(redact(found)).disclosure
    except Stop as stop:
        return stop


def matched(explanation: Explanation) -> set[str]:
    """The rows that spoke, at the gate and about the categories that the report carries."""
    judged = explanation.judged
    assert judged is not None
    accounts = [judged.gate, *(each.account for each in judged.categories if each.present)]
    return {each.row.id for one in accounts for each in one.rows if each.matched}


def agrees(known: Known) -> None:
    """The explanation of one report with what the walk's own steps come to."""
    explanation, found = explain(known, POLICY), decided(known)
    (decision,) = explanation.decisions
    judged = explanation.judged
    assert judged is not None
    if isinstance(found, Stop):
        assert (decision.outcome, decision.reasons) == (found.outcome, found.reasons)
        assert decision.shared == ()
    else:
        assert {*found.gate.rows} <= matched(explanation)
        assert judged.gate.verdict == found.gate
        assert judged.ground is found.ground
        for each in judged.categories:
            assert each.present is (each.category in found.categories)
            if each.present:
                assert each.account.verdict == found.categories[each.category]
                assert {*each.account.verdict.rows} <= matched(explanation)
        agrees_to_the_end(decision, explanation, found)


def agrees_to_the_end(decision: Decision, explanation: Explanation, found: Permitted) -> None:
    left = sent(found)
    if isinstance(left, Stop):
        assert (decision.outcome, decision.reasons) == (left.outcome, left.reasons)
        return
    assert decision.outcome is Outcome.FORWARD
    assert decision.shared == left.categories
    assert (explanation.disclosed, explanation.withheld) == (left.disclosed, left.withheld)
    assert {*left.rows} <= matched(explanation)


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_in_any_world_the_explanation_is_the_decision(world: dict[str, object]) -> None:
    agrees(corridor.known(generators.bericht(1), facts_of(world)))


@settings(deadline=None, max_examples=150)
@given(berichten(), readings())
def test_for_any_report_the_explanation_is_the_decision(
    bericht: dict[str, Json], facts: Facts
) -> None:
    agrees(corridor.known(bericht, facts))


@settings(deadline=None, max_examples=200)
@given(worlds())
def test_whatever_stops_at_the_gate_has_its_row(world: dict[str, object]) -> None:
    """Every reason that is given is that of a row marked as matched, and no other row's is left."""
    known = corridor.known(generators.bericht(1), facts_of(world))
    explanation = explain(known, POLICY)
    assert explanation.judged is not None
    gate = explanation.judged.gate
    stopping = {each.row.reason for each in gate.rows if each.matched} - {None}
    if gate.verdict.effect is not Effect.ADMIT:
        assert set(explanation.decisions[0].reasons) == (stopping or {Reason.NOT_PERMITTED})
    else:
        assert stopping == set()


def full(text: Text, *, regime: str = "WI2013") -> tuple[dict[str, Json], bool]:
    """A real report with every category, its free text as in `text`; whether it was released."""
    bericht = generators.full_bericht(1, regime=regime)
    if text is not Text.NONE:
        plan: Json = {
            **generators.plan(),
            "wijziging": {"datum": "2025-09-15", "omschrijving": "iets"},
        }
        signal: Json = [{"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": "iets"}]
        bericht = {**bericht, "persoonlijkPlan": plan, "bijzonderheden": signal}
    return bericht, text is Text.RELEASED


def agrees_with_a_real_report(facts: Facts, regime: str) -> None:
    """What is said of a supposed report is what a real one that says all of it comes to."""
    explanation = supposed(facts, POLICY)
    for decision in explanation.decisions:
        assert decision.text is not None
        bericht, released = full(decision.text, regime=regime)
        mail = corridor.raw(approved=[generators.bericht_id(1)] if released else [])
        found = decided(corridor.known(bericht, facts, mail=mail))
        if isinstance(found, Stop):
            assert (decision.outcome, decision.reasons) == (found.outcome, found.reasons)
            assert decision.shared == ()
        else:
            assert decision.outcome is Outcome.FORWARD
            assert set(decision.shared) == {
                name for name, said in found.categories.items() if said.effect is Effect.SHARE
            }


@settings(deadline=None, max_examples=200)
@given(worlds())
def test_a_supposed_report_is_judged_as_a_real_one_in_any_world(world: dict[str, object]) -> None:
    agrees_with_a_real_report(facts_of(world), "WI2013")


@settings(deadline=None, max_examples=100)
@given(readings(), st.sampled_from(["WI2013", "WI2021"]))
def test_a_supposed_report_is_judged_as_a_real_one_under_either_act(
    facts: Facts, regime: str
) -> None:
    dossier = generators.dossier(1, regime=regime)
    agrees_with_a_real_report(dataclasses.replace(facts, dossier=dossier), regime)


def test_a_supposed_report_has_every_category_and_every_state_of_free_text() -> None:
    judged = supposed(generators.facts(), POLICY).judged
    assert judged is not None
    found = [(each.category, each.text) for each in judged.categories]
    assert len(found) == len(set(found)) == len(Category) + 2 * len(FREE_TEXT)
    assert all((category, text) in found for category in FREE_TEXT for text in Text)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(Text))
def test_free_text_stands_only_where_there_is_room_for_it(text: Text) -> None:
    bericht, _ = full(text)
    written = free_text(corridor.checked(bericht).bericht)
    assert written == (frozenset() if text is Text.NONE else FREE_TEXT)


@pytest.mark.parametrize(
    "dossier",
    [
        dataclasses.replace(generators.dossier(1), regime=None),
        dataclasses.replace(generators.dossier(1), doelgroep=None),
    ],
    ids=["regime", "group"],
)
def test_without_a_ground_the_explanation_names_none(dossier: Dossier) -> None:
    explanation = supposed(generators.facts(of=dossier), POLICY)
    assert explanation.judged is not None
    assert explanation.judged.ground is None
    assert {each.outcome for each in explanation.decisions} == {Outcome.HOLD}
    assert all(
        each.account.verdict.effect is not Effect.SHARE for each in explanation.judged.categories
    )


def test_a_report_under_another_table_than_the_one_in_force_is_held() -> None:
    """As the walk holds it; it is not explained by rows that do not decide."""
    facts = dataclasses.replace(generators.facts(), policy_digest="0" * 64)
    (decision,) = explain(corridor.known(generators.bericht(1), facts), POLICY).decisions
    assert (decision.outcome, decision.reasons) == (Outcome.HOLD, (Reason.UNEXPECTED,))


def test_a_report_that_was_disclosed_before_is_refused_whatever_the_rows_say() -> None:
    facts = dataclasses.replace(generators.facts(), disclosed_before=True)
    agrees(corridor.known(generators.bericht(1), facts))
    explanation = explain(corridor.known(generators.bericht(1), facts), POLICY)
    assert explanation.decisions[0].reasons == (Reason.DUPLICATE_REPORT,)
    assert explanation.judged is not None
    assert explanation.judged.ground is Ground.CONSENT
