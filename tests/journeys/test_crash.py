"""Whenever the gateway is killed: every mail has one outcome, none is lost, none goes out as two.

The real ``gateway serve`` dies by SIGKILL at every commit point, on either side
of it, and at random moments, and starts again.  What a casemanager may see
twice is the very same mail, under the same Message-ID, as with any mail server
that crashes between sending and noting it (RFC 5321, 4.5.4.2).
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from gateway.wiring import parts
from tests.journeys import on_record
from tests.journeys.conftest import a_town
from tests.journeys.crashing import LAUNCHER, POINTS
from tests.journeys.gateways import GatewayProcess
from tests.journeys.town import report
from tests.servers.process import wait_until
from tests.world import CARLA, CASPER, SAAR, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town

SEED = 20260112
# Where the two databases could differ: a life of the command takes a second or two.
TELLING = [
    ("store", "after"),
    ("release", "before"),
    ("release", "after"),
    ("send", "after"),
    ("integrate", "before"),
    ("integrate", "after"),
]


@pytest.fixture
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """With one opener process, so that a life begins quickly."""
    more = "[run]\npoll_seconds = 0.2\nbatch = 4\n"
    with a_town(request.param, request, tmp_path_factory, settings=more) as made:
        yield made


class Post:
    """Mails that are on their way in: `expected` is whom each report has to reach."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ordinary = town.inburgeraar()
        self._other = town.inburgeraar(Setting(casemanager=CARLA))
        self._without = town.inburgeraar(Setting(consent=()))
        self.expected: dict[str, str] = {}
        self.mails = 0

    def arrives(self, count: int = 1) -> None:
        """So many mails, each with two reports that go on and one that may not."""
        made = []
        for _ in range(count):
            one, other, third = (
                report(number) for number in (self._ordinary, self._other, self._without)
            )
            self.expected |= {str(one["berichtId"]): CASPER, str(other["berichtId"]): CARLA}
            made.append(self._town.sealed(SAAR, one, other, third, style="sequoia"))
        self.mails += count
        self._town.household.dovecot.deliver(self._town.household.gateway, *made)

    def all_went_well(self) -> None:
        """One standing outcome for each report, every mail kept, and nothing lost or doubled."""
        town = self._town
        assert len(town.records()) == self.mails
        for record in town.records():
            outcomes = [outcome for _, outcome, _ in record.standing]
            assert outcomes == ["forward", "forward", "reject"]
            assert record.kept > 0
        assert town.faults() == []
        assert town.run(on_record.logged_twice(town.database, parts.vault(town.config))) == []
        self._delivered_under_one_id()
        assert town.household.mails(town.household.gateway) == []

    def _delivered_under_one_id(self) -> None:
        town = self._town
        counts = town.got()
        assert set(counts) == {CASPER, CARLA, SAAR}
        ids: defaultdict[str, set[str]] = defaultdict(set)
        for who in (CASPER, CARLA):
            for mail in town.all_read(who):
                report_id = str(mail.report["berichtId"])
                ids[report_id].add(str(mail.outer["Message-ID"]))
                assert self.expected[report_id] == who
        assert ids.keys() == self.expected.keys()
        assert {len(each) for each in ids.values()} == {1}
        receipts = {str(mail.outer["Message-ID"]) for mail in town.all_read(SAAR)}
        assert len(receipts) == self.mails


@pytest.mark.parametrize(
    ("town", "points"), [("sqlite", POINTS), ("postgresql", TELLING)], indirect=["town"]
)
def test_killed_at_every_commit_point(town: Town, points: list[tuple[str, str]]) -> None:
    """Before and after storing, filing, claiming, releasing, sending, noting, sequencing."""
    post = Post(town)
    for point in points:
        post.arrives()
        life = GatewayProcess(town.file, launcher=(*LAUNCHER, *point))
        life.start()
        wait_until(lambda life=life: life.has_ended, what=f"died {point}")  # type: ignore[misc]  # bound now
        assert life.process.returncode == -9, (point, life.log.read_text())
    last = GatewayProcess(town.file)
    last.start()
    last.wait_until_started()
    town.settle(post.mails)
    assert last.stop() == 0
    post.all_went_well()


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_killed_at_random_moments(town: Town) -> None:
    """Seeded, so that a failure can be seen again."""
    chance = random.Random(SEED)
    post = Post(town)
    for _ in range(4):
        post.arrives(2)
        life = GatewayProcess(town.file)
        life.start()
        life.wait_until_started()
        time.sleep(chance.uniform(0.0, 0.6))
        life.kill()
    last = GatewayProcess(town.file)
    last.start()
    last.wait_until_started()
    town.settle(post.mails)
    assert last.stop() == 0
    post.all_went_well()


@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_two_gateways_share_the_work_while_one_is_killed(town: Town) -> None:
    """Neither does what the other has in hand, and what the dead one held comes back."""
    chance = random.Random(SEED)
    post = Post(town)
    names = ("poort-1", "poort-2")
    first, second = (
        GatewayProcess(town.file, environment={"TAALPOORT_GATEWAY__INSTANCE": name})
        for name in names
    )
    for each in (first, second):
        each.start()
    for each in (first, second):
        each.wait_until_started()
    for _ in range(3):
        post.arrives(4)
        time.sleep(chance.uniform(0.3, 1.0))
        first.kill()
        first.start()
        first.wait_until_started()
    handled = [0, 0]
    for _ in range(20):  # whichever is quicker takes all that is there: until both were once
        post.arrives(8)
        town.settle(post.mails)  # the work of the dead comes back after a while
        handled = [len(each.told("mail.handled")) for each in (first, second)]
        if min(handled) > 0:
            break
    assert min(handled) > 0, handled
    assert [each.stop() for each in (first, second)] == [0, 0]
    post.all_went_well()
