"""Whatever is sent how often in whatever order, by whom, with a crash wherever: the promise.

Each report's number is disclosed at most once, and the sender of each mail has an outcome for
each of its reports and a receipt that tells it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.stops import Outcome, Reason
from tests import generators
from tests.contracts.resending import AFTER_A_LEASE, House, became, memory_house
from tests.world import SAAR, SAM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.memory_flow import StoredMail
    from gateway.domain.wire import Json

_PLAN: dict[str, Json] = {"wijziging": {"datum": "2025-09-15", "omschrijving": "andere lesgroep"}}
VARIANTS: dict[str, dict[str, Json]] = {
    "plain": {},
    "changed": {"voortgang": {**generators.voortgang(), "aangebodenUren": 399}},
    "faulty": {"berichttype": "ROMAN"},
    "text": {"persoonlijkPlan": {**generators.plan(), **_PLAN}},
}
AGAIN = {Reason.DUPLICATE_REPORT, Reason.REPORT_CHANGED, Reason.REPORT_WAITS}

_reports = st.lists(
    st.tuples(st.sampled_from([1, 7, 11]), st.sampled_from(sorted(VARIANTS))),
    min_size=1,
    max_size=3,
)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from([SAAR, SAAR, SAM]), _reports),
        st.tuples(st.just("walk"), st.integers(1, 3)),
        st.tuples(st.just("crash"), st.integers(1, 2)),
        st.tuples(st.just("release")),
    ),
    max_size=9,
)


@given(_steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_number_passes_once_and_each_mail_is_answered(
    steps: Sequence[tuple[object, ...]],
) -> None:
    asyncio.run(_live_through(steps))


async def _live_through(steps: Sequence[tuple[object, ...]]) -> None:
    house = await memory_house()
    sent: list[int] = []
    for step in steps:
        match step:
            case ("send", str(who), list(reports)):
                await house.arrives(who, *[_bericht(*each) for each in reports])
                sent.append(len(reports))
            case ("walk", int(limit)):
                await house.records(await house.walks(await house.claims(limit)))
            case ("crash", int(limit)):
                await house.walks(await house.claims(limit))
            case _:
                _release_all(house)
    house.clock.now += AFTER_A_LEASE
    await house.to_the_end()
    _kept(house, sent)


def _bericht(number: int, variant: str) -> dict[str, Json]:
    return {**generators.bericht(number), **VARIANTS[variant]}


def _mails(house: House) -> list[StoredMail]:
    assert house.flow is not None
    return list(house.flow.mails.values())


def _release_all(house: House) -> None:
    """Two people release all that waits, as the desk puts it back."""
    assert house.flow is not None
    for mail in _mails(house):
        if mail.state == "held":
            standing = house.flow.standing(mail.trace)
            held = [each.report for each in standing if each.outcome is Outcome.HOLD]
            mail.approved = frozenset(each.bericht_id for each in held if each is not None)
            mail.free(house.clock.now, counted=False)


def _kept(house: House, sent: Sequence[int]) -> None:
    flow = house.flow
    assert flow is not None
    passed: Counter[tuple[str, str]] = Counter()
    for mail, count in zip(_mails(house), sent, strict=True):
        standing = flow.standing(mail.trace)
        assert mail.state in {"done", "held"}
        assert sorted(each.number for each in standing) == list(range(count))
        passed.update(each.disclosed for each in standing if each.disclosed is not None)
        told = [
            each
            for each in flow.outgoing.values()
            if each.trace == mail.trace and each.kind == "receipt" and each.state == "waiting"
        ]
        assert len(told) == 1
    assert all(times == 1 for times in passed.values())
    for handled in house.handled.values():
        assert handled.sender is not None
        for each in became(handled):
            # Only who was told before is told of it.
            assert each.first is None or AGAIN & set(each.reasons)
