"""AVG 18 and 21: under a restriction nothing leaves, whatever else happens; lifting widens nothing.

Whole histories of a register, with restrictions that begin and end among everything else,
from which a report walks through the gateway's own steps (as in `test_never_wider`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Regime
from gateway.domain.consent import Consent, ConsentState
from gateway.domain.parties import Interval
from gateway.domain.policy import Effect
from gateway.domain.restricting import RESTRAINED, Restriction, RestrictionReason, in_force
from gateway.domain.stops import Outcome, Reason, Stop
from gateway.pipeline.explaining import supposed
from gateway.pipeline.permitting import outlook
from tests import corridor, generators
from tests.generators import INSTANT, bericht
from tests.pipeline.test_never_wider import DAY, World, disclosed, together

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.domain.facts import Facts
    from gateway.domain.wire import Json

WITHDRAWN = Consent(state=ConsentState.WITHDRAWN)
TEXT: Json = {"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": "Een zin."}
LIMITING = tuple(each for each in RestrictionReason if each is not RestrictionReason.OBJECTION)
# Begins and ends so many days from now; without an end it stands.
SPANS = st.tuples(
    st.sampled_from(RestrictionReason), st.integers(-9, 3), st.none() | st.integers(-8, 4)
)


def restriction(why: RestrictionReason, began: int, lifted: int | None) -> Restriction:
    end = None if lifted is None else INSTANT + max(lifted, began) * DAY
    return Restriction(
        restriction_id=f"{why}-{began}",
        case_id="case",
        reason=why,
        period=Interval(start=INSTANT + began * DAY, end=end),
    )


@settings(deadline=None, max_examples=120)
@given(together, st.lists(SPANS, max_size=4), st.integers(-9, 6))
def test_whatever_happens_nothing_leaves_while_one_is_in_force(
    both: tuple[World, dict[str, Json]],
    spans: list[tuple[RestrictionReason, int, int | None]],
    day: int,
) -> None:
    """And once all are lifted, exactly what would have gone without them: never more."""
    there, report = both
    found = tuple(restriction(*each) for each in spans)
    at = INSTANT + day * DAY
    free = disclosed(there, report, at)
    sent = disclosed(replace(there, restrictions=found), report, at)
    standing = in_force(found, at)
    objected = RestrictionReason.OBJECTION in standing and there.regime is Regime.WI2021
    if standing & set(LIMITING) or objected:
        assert sent == {}
    else:
        assert sent == free


@pytest.mark.parametrize("why", LIMITING)
def test_what_two_people_released_waits_all_the_same(why: RestrictionReason) -> None:
    text = bericht(1, regime="WI2021", bijzonderheden=[TEXT])
    facts = replace(generators.facts(1, regime="WI2021"), restrictions=frozenset({why}))
    before, after = ended(text, facts), ended(text, facts, approved=(generators.bericht_id(1),))
    assert (before.outcome, after.outcome) == (Outcome.HOLD, Outcome.HOLD)
    assert (before.reasons, after.reasons) == (
        (Reason.FREE_TEXT, Reason.RESTRICTED),
        (Reason.RESTRICTED,),
    )


def test_an_objection_holds_what_rests_on_the_public_task_alone() -> None:
    objected = frozenset({RestrictionReason.OBJECTION})
    by_statute = replace(generators.facts(1, regime="WI2021"), restrictions=objected)
    stop = ended(bericht(1, regime="WI2021"), by_statute)
    assert (stop.outcome, stop.reasons) == (Outcome.HOLD, (Reason.OBJECTED,))
    by_consent = replace(generators.facts(1), restrictions=objected)
    assert corridor.disclosure(bericht(1), by_consent).disclosed


def test_what_may_not_be_shared_at_all_is_refused_and_does_not_wait() -> None:
    """Or its sender would go on sending it."""
    without = generators.facts(1, consent=WITHDRAWN)
    stop = ended(bericht(1), replace(without, restrictions=frozenset(LIMITING)))
    assert stop.outcome is Outcome.REJECT
    assert not RESTRAINED & set(stop.reasons)


@pytest.mark.parametrize("why", LIMITING)
def test_what_is_held_looks_forward_to_a_hold_until_it_is_lifted(why: RestrictionReason) -> None:
    facts = generators.facts(1)
    held = replace(facts, restrictions=frozenset({why}))
    assert outlook(held, corridor.policy()).effect is Effect.HOLD
    assert outlook(facts, corridor.policy()).effect is Effect.ADMIT
    assert held.digest() != facts.digest()
    assert held.of_sender_alone().digest() == facts.of_sender_alone().digest()


@pytest.mark.parametrize("why", LIMITING)
def test_whoever_asks_what_may_be_shared_hears_of_it(why: RestrictionReason) -> None:
    """`gateway policy explain`, without a report at hand."""
    held = replace(generators.facts(1), restrictions=frozenset({why}))
    for free, now in zip(
        supposed(generators.facts(1), corridor.policy()).decisions,
        supposed(held, corridor.policy()).decisions,
        strict=True,
    ):
        assert now.outcome is Outcome.HOLD
        assert (now.reasons, now.shared) == ((*free.reasons, Reason.RESTRICTED), ())


def ended(report: dict[str, Json], facts: Facts, approved: tuple[UUID, ...] = ()) -> Stop:
    mail = corridor.raw(approved=approved)
    with pytest.raises(Stop) as stopped:
        corridor.disclosure(report, facts, mail=mail)
    return stopped.value
