"""Killed while held mail walks again or somebody is reminded: done once, and done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.parties import Standing
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.gateways import GatewayProcess
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, about
from tests.servers.process import wait_until
from tests.world import CASPER, OFFICER, SAAR, SCHOOL_2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town

LAUNCHER = ("-m", "tests.journeys.crashing")


@pytest.fixture(params=KINDS)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with a_town(request.param, request, tmp_path_factory, settings=OFTEN) as made:
        yield made


def dies(town: Town, step: str, moment: str) -> None:
    """One life of the command, that ends by itself there."""
    life = GatewayProcess(town.file, launcher=(*LAUNCHER, step, moment))
    life.start()
    wait_until(lambda: life.has_ended, what=f"died {moment} {step}")
    assert life.process.returncode == -9, life.log.read_text()


def a_life(town: Town) -> None:
    """One life of the command, that ends when asked and leaves nothing to send."""
    life = GatewayProcess(town.file)
    life.start()
    life.wait_until_started()
    town.settle(1)
    assert life.stop() == 0


def test_killed_around_both_commits(town: Town) -> None:
    """One report in the end, one reminder, and a record without a fault."""
    number = town.inburgeraar()
    town.change(lambda change: change.contacts.revoke(CASPER))
    with at_work(town):
        town.send(SAAR, report(number))
    assert town.got() == {OFFICER: 1, SAAR: 1}
    town.pin(CASPER, town.resident(CASPER).key.cert)
    for moment in ("before", "after"):
        dies(town, "walk_again", moment)
    # What is being handed over at a kill may come twice: that is not looked at here.
    a_life(town)
    assert town.got() == {CASPER: 1, OFFICER: 1, SAAR: 2}
    town.change(lambda change: change.parties.set_standing(SCHOOL_2, Standing.EXCLUDED))
    for moment in ("before", "after"):
        dies(town, "tell", moment)
    a_life(town)
    assert town.got() == {CASPER: 1, OFFICER: 2, SAAR: 2}
    about(town, OFFICER, "Een aanbieder is uitgesloten")
    assert [each.state for each in town.records()] == ["done"]
    assert [state for _, state in town.posted("reminder")] == ["sent"]
