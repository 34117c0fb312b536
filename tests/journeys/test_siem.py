"""The SIEM beside a gateway at work: it gets what people did, and holds up no mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.parties import Standing
from tests.adapters.test_siem_feed import SOURCE, arrived
from tests.journeys.conftest import a_town, at_work
from tests.journeys.town import report
from tests.servers.listener import Listener, Manner
from tests.servers.process import wait_until
from tests.syslog_grammar import read
from tests.world import CASPER, SAAR, SCHOOL_2

if TYPE_CHECKING:
    import pytest

    from tests.servers.tls import Certificates


def told(listener: Listener) -> set[str]:
    """Which actions arrived."""
    return {read(line).data[SOURCE.sd_id]["action"] for _, line in arrived(listener)}


def test_a_siem_that_is_away_holds_up_no_mail_and_gets_everything_later(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
) -> None:
    with Listener(certificates.server_context()) as listener:
        settings = (
            f'[siem]\nhost = "localhost"\nport = {listener.port}\n'
            f'ca_file = "{certificates.ca}"\ntimeout_seconds = 20\n'
        )
        with a_town("sqlite", request, tmp_path_factory, settings=settings) as town, at_work(town):
            wait_until(lambda: "gateway.started" in told(listener), what="the start at the SIEM")
            listener.manner, trouble = Manner.RUDE, len(town.gateway.told("siem.unreachable"))
            town.change(lambda change: change.parties.set_standing(SCHOOL_2, Standing.SUSPENDED))
            town.gateway.wait_until_told("siem.unreachable", count=trouble + 1)
            town.send(SAAR, report(town.inburgeraar()))
            assert town.got() == {CASPER: 1, SAAR: 1}
            listener.manner = Manner.GOOD
            wait_until(
                lambda: {"party.standing-set", "register.dossier-added"} <= told(listener),
                what="the rest at the SIEM",
            )
            town.post(SAAR, b"From: a\r\nTo: b\r\n\r\nnot encrypted")
            wait_until(lambda: "security.not-encrypted" in told(listener), what="an alarm")
        # What happened before the SIEM was there came too, and doubles are the same line.
        found = arrived(listener)
        numbers = {seq for seq, _ in found}
        assert len(numbers) == len(set(found))
        assert 0 in numbers
        text = b"".join(line for _, line in found)
        assert b"Proefpersoon" not in text
        assert b"@" not in text.replace(SOURCE.sd_id.encode(), b"")
        assert town.gateway.told("siem.delivered")
