"""What reads mail in the clear that is no report, servers' notifications above all."""

from __future__ import annotations

import flufl.bounce  # noqa: F401 - before the search hooks into what compiles patterns, and fails

from gateway.adapters.mime_headers import ADDR_SPEC
from gateway.adapters.not_a_report import no_report
from gateway.adapters.told_frames import told_in, told_out
from gateway.domain.delivery import MOST_NAMED, DeliveryTold
from gateway.domain.stops import Ignore
from tests.fuzzing.registry import target
from tests.mails.servers_words import FORMATS


def notices() -> list[bytes]:
    """As servers write them."""
    return [write() for write in FORMATS.values()]


@target("notices", notices)
def notice(data: bytes) -> None:
    """No report, for a reason; or few names and addresses, which cross to the gateway unchanged."""
    stop = no_report(data)
    assert stop is None or isinstance(stop, Ignore)
    if not isinstance(stop, DeliveryTold):
        return
    told = stop.notification
    assert len(told.message_ids) <= MOST_NAMED
    assert len(told.deliveries) <= 2 * MOST_NAMED
    for each in told.deliveries:
        assert all(not name or ADDR_SPEC.fullmatch(name) for name in (each.final, each.original))
    assert told_in(told_out(told)) == told
