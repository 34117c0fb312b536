"""33(4): a mail that was in a breach as a whole, and has been read since, is all that was in it.

Mails go through the real inbox, ledger and outbox, and the scopes are counted by the database.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.database_scope import DatabaseScopes
from gateway.adapters.held_ending import put_back
from gateway.domain.breach_extending import added, standing, unsettled
from gateway.domain.breach_summary import summary
from gateway.domain.scope import DISCLOSED, Criterion
from gateway.domain.stops import WHOLE_MAIL, Hold, Reason, Reject
from gateway.domain.together import together
from gateway.wiring.breach_affected import of_mails, of_scope
from tests.contracts.flow import HELD_TEXT, handled, stopped
from tests.contracts.test_received import (
    GATEWAY,
    NOW,
    a_busy_week,
    about,
    office,
    passing,
    scopes,
    walked,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gateway.domain.affected import Affected
    from gateway.domain.outcomes import Settled
    from gateway.domain.scope import Scope
    from gateway.domain.stages import RawMail
    from tests.adapters.test_late import Office

__all__ = ["office"]


async def walks(office: Office, trace: str, *ended: Callable[[RawMail], Settled]) -> None:
    """It walks once more, and this becomes of each report; what passes leaves."""
    await office.database.write(partial(put_back, trace=trace, now=NOW))
    (claimed,) = await office.flow.inbox.claim(1, NOW)
    found = handled(claimed, *(each(claimed.raw) for each in ended), answers=False)
    await office.flow.ledger.release([(claimed, found)], NOW)
    await office.flow.outbox.sent(await office.flow.outbox.claim(9, NOW), NOW)


async def extended(
    office: Office, known: Sequence[Affected], asked: Criterion
) -> Sequence[Affected]:
    """The rows of the breach once it was extended by this, as the command does it."""
    found = of_scope(await scopes(office).whole(asked, NOW))
    found += await of_mails(scopes(office), unsettled(known, found))
    return [*known, *(replace(each, extension=1) for each in added(known, found))]


@pytest.mark.parametrize(
    "asked",
    [GATEWAY, Criterion(person="dossier-1"), Criterion(person="dossier-1", only=DISCLOSED)],
)
async def test_a_mail_that_nobody_could_read_is_its_reports_once_somebody_did(
    office: Office, asked: Criterion
) -> None:
    """Whichever of them it was found by: the others lay there too, and none counts twice."""
    held = stopped(Hold(Reason.UNEXPECTED), None)
    trace = await walked(office, 1, about("", held))
    known = list(of_scope(await whole(office, GATEWAY)))
    assert [(each.number, each.dossier_id) for each in known] == [(WHOLE_MAIL, "")]
    assert (summary(known).people, summary(known).nobody) == (0, 1)
    await walks(office, trace, about("dossier-2", stopped(HELD_TEXT, 0, report=71)), passing(1, 72))
    rows = await extended(office, known, asked)
    counted, fresh = summary(standing(rows)), together(await whole(office, GATEWAY))
    assert (counted.people, counted.nobody) == (fresh.people, 0) == (2, 0)
    assert (counted.reports, counted.received) == (fresh.counts.left, fresh.received.reports)
    assert (counted.reports, counted.received, counted.in_part) == (1, 1, 1)
    assert added(rows, of_scope(await whole(office, GATEWAY))) == ()


@pytest.mark.parametrize("only", ["", DISCLOSED])
async def test_what_stayed_behind_of_what_went_on_since_is_not_lost(
    office: Office, only: str
) -> None:
    """Also where the officer asks only for what was passed on: all of it lay here before."""
    trace = await walked(office, 1, about("dossier-1", stopped(HELD_TEXT, 1, report=72)))
    known = list(of_scope(await whole(office, GATEWAY)))
    await walks(office, trace, passing(1, 72))
    rows = await extended(office, known, Criterion(person="dossier-1", only=only))
    counted = summary(standing(rows))
    assert (counted.people, counted.reports, counted.received, counted.in_part) == (1, 1, 0, 1)
    assert counted.fields == summary(of_scope(await whole(office, GATEWAY))).fields


async def test_who_it_is_not_about_after_all_makes_nobody_disappear(office: Office) -> None:
    """Held for the one, and refused since because it is about another whom nobody knows."""
    trace = await walked(office, 1, about("dossier-2", stopped(HELD_TEXT, 0, report=71)))
    known = list(of_scope(await whole(office, GATEWAY)))
    await walks(office, trace, about("", stopped(Reject(Reason.PERSON_DIFFERS), 0, report=71)))
    rows = await extended(office, known, GATEWAY)
    counted = summary(standing([replace(each, differs=False) for each in rows]))
    assert (counted.people, counted.nobody, counted.received) == (1, 1, 2)
    assert added(rows, of_scope(await whole(office, GATEWAY))) == ()


async def test_many_mails_are_looked_up_together(office: Office) -> None:
    """As each would be alone; one by one a week of mail takes minutes."""
    traces = await a_busy_week(office)
    reading = Counting(office.database, office.flow.vault)
    found = await of_mails(reading, sorted(traces.values()))
    assert reading.asked == 1
    alone = [each for trace in traces.values() for each in await of_mails(reading, [trace])]
    assert sorted(found, key=place) == sorted(alone, key=place)
    assert {each.trace for each in found} == set(traces.values())
    assert await of_mails(reading, []) == ()


def place(each: Affected) -> tuple[str, int, str, str]:
    return each.trace, each.number, each.span_id, each.state


class Counting(DatabaseScopes):
    """How often it was asked."""

    asked = 0

    async def whole(self, criterion: Criterion, at: datetime, *, verify: bool = False) -> Scope:
        self.asked += 1
        return await super().whole(criterion, at, verify=verify)
