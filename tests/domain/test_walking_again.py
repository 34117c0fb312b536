"""Which held reports have reason to walk by themselves; a closed question, so all is asked."""

from __future__ import annotations

from itertools import combinations

import pytest

from gateway.domain.policy import Effect, Verdict
from gateway.domain.stops import Reason
from gateway.domain.walking_again import FOR_A_FACT, Resting, waits_for_a_fact, walks

BEFORE, NOW = "a" * 64, "b" * 64


def resting(*reasons: Reason, digest: str | None = BEFORE) -> Resting:
    return Resting(
        trace="00" * 16,
        round=1,
        number=0,
        sender_id="contact-1",
        dossier_id="dossier-1",
        reasons=reasons,
        digest=digest,
    )


def verdict(effect: Effect) -> Verdict:
    return Verdict(effect=effect, rows=(), articles=(), reasons=())


@pytest.mark.parametrize("reason", Reason)
def test_a_report_goes_by_itself_only_when_it_waited_for_a_key_or_a_lifting_alone(
    reason: Reason,
) -> None:
    assert walks(resting(reason), NOW, verdict(Effect.ADMIT)) is (reason in FOR_A_FACT)
    for key in FOR_A_FACT:
        both = walks(resting(key, reason), NOW, verdict(Effect.ADMIT))
        assert both is (reason in FOR_A_FACT)


@pytest.mark.parametrize("reason", Reason)
def test_whatever_it_waits_for_it_is_refused_once_it_may_not_be_shared(reason: Reason) -> None:
    assert walks(resting(reason), NOW, verdict(Effect.REJECT))


@pytest.mark.parametrize("effect", [Effect.ADMIT, Effect.REJECT, Effect.HOLD])
@pytest.mark.parametrize("reason", Reason)
def test_never_while_the_facts_are_those_it_was_held_on(reason: Reason, effect: Effect) -> None:
    assert not walks(resting(reason, digest=NOW), NOW, verdict(effect))


def test_never_into_another_hold() -> None:
    assert not walks(resting(Reason.RECIPIENT_NO_KEY), NOW, verdict(Effect.HOLD))


def test_without_kept_facts_it_is_judged_by_those_of_now() -> None:
    unknown = resting(Reason.RECIPIENT_NO_KEY, digest=None)
    assert walks(unknown, NOW, verdict(Effect.ADMIT))


def test_no_reason_at_all_waits_for_nothing() -> None:
    assert not waits_for_a_fact(())
    assert all(waits_for_a_fact(pair) for pair in combinations(FOR_A_FACT, 2))
