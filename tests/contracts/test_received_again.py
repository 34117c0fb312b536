"""33(3)(a): whom a mail was about once is known still, whatever becomes of the mail afterwards."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.erasing_mail import unlink
from gateway.adapters.held_ending import put_back
from gateway.domain.scope import Criterion
from gateway.domain.stops import Hold, Reason, Reject
from gateway.domain.sureness import Sureness
from gateway.domain.together import together
from tests.contracts.flow import HELD_TEXT, handled, stopped
from tests.contracts.test_received import (
    GATEWAY,
    NOW,
    about,
    office,
    passing,
    scopes,
    walked,
    whole,
)
from tests.world import SAAR

if TYPE_CHECKING:
    from gateway.domain.outcomes import Ended
    from tests.adapters.test_late import Office

__all__ = ["office"]


async def again(office: Office, ended: Ended, *, known: bool = True) -> None:
    """What waits walks once more, and this becomes of all of it."""
    (claimed,) = await office.flow.inbox.claim(1, NOW)
    found = handled(claimed, ended, answers=False)
    found = found if known else replace(found, sender=None)
    await office.flow.ledger.release([(claimed, found)], NOW)


@pytest.mark.parametrize("stop", [Reject(Reason.NOT_ENCRYPTED), Hold(Reason.UNEXPECTED)])
async def test_who_was_recognised_once_stays_so_where_the_mail_is_stopped_as_a_whole_since(
    office: Office, stop: Reject | Hold
) -> None:
    """A contact is suspended, or a key of ours goes: what was read of its mail before counts."""
    held = (about(f"dossier-{each}", stopped(HELD_TEXT, each, report=60 + each)) for each in (2, 3))
    trace = await walked(office, 1, *held)
    before = await scopes(office).together(Criterion(contact=SAAR))
    assert before.people == 2
    await office.database.write(partial(put_back, trace=trace, now=NOW))
    await again(office, stopped(stop, None), known=False)
    for asked in (GATEWAY, Criterion(contact=SAAR)):
        found = await scopes(office).together(asked)
        assert found == together(await whole(office, asked)), asked.given()
        assert found.people == before.people, asked.given()
    sure = {each.sureness for each in (await whole(office, GATEWAY, verify=True)).received}
    assert sure == {Sureness.VERIFIED}
    await office.database.write(partial(put_back, trace=trace, now=NOW))
    assert (await scopes(office).together(GATEWAY)).people == before.people


async def test_a_report_is_found_by_its_senders_number_also_where_it_was_passed_on(
    office: Office,
) -> None:
    """Else a number that is on record would look as if nobody were concerned."""
    held = stopped(HELD_TEXT, 0, report=61)
    trace = await walked(office, 1, about("dossier-2", held), passing(1, 62))
    both = await whole(office, Criterion(mail=trace))
    (passed_on,), (stayed,) = both.disclosures, both.received
    number = stopped(HELD_TEXT, 1, report=62).bericht_id
    for asked, found in ((number, (passed_on, None)), (held.bericht_id, (None, stayed))):
        scope = await whole(office, Criterion(mail=str(asked)))
        assert (scope.disclosures, scope.received) == tuple(
            () if each is None else (each,) for each in found
        )
        assert await scopes(office).together(scope.criterion) == together(scope)


@pytest.mark.parametrize(
    ("reason", "known"), [(Reason.SENDER_NOT_DESIGNATED, True), (Reason.PERSON_DIFFERS, False)]
)
async def test_who_was_recognised_stays_so_where_its_sender_may_not_write_of_them_any_more(
    office: Office, reason: Reason, known: bool
) -> None:
    """But not where it was found to be somebody else."""
    trace = await walked(office, 1, about("dossier-2", stopped(HELD_TEXT, 0, report=60)))
    await office.database.write(partial(put_back, trace=trace, now=NOW))
    await again(office, replace(stopped(Reject(reason), 0, report=60), dossier_id=""))
    for asked in (GATEWAY, Criterion(person="dossier-2")):
        found = await scopes(office).together(asked)
        assert found == together(await whole(office, asked)), asked.given()
        assert found.people == int(known), asked.given()
    await office.database.write(lambda connection: unlink(connection, ["dossier-2"]))
    assert (await scopes(office).together(GATEWAY)).people == 0
