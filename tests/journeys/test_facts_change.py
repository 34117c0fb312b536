"""Between release and sending: what has changed since then stops what has not yet left.

The relay is down, so a released report lies in the outbox; the register changes;
the relay comes back.  The decision is taken anew from the sealed original, and
the receipt says what became of it in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.parties import Standing
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, have_walked, walks
from tests.servers.postfix import Postfix
from tests.world import CARLA, CASPER, OFFICER, SAAR, SAM, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town
    from tests.servers.dovecot import Dovecot
    from tests.servers.tls import Certificates


@pytest.fixture(scope="module")
def relay(certificates: Certificates, dovecot: Dovecot) -> Iterator[Postfix]:
    """A Postfix of this module's own, to be stopped."""
    with Postfix(certificates, dovecot) as server:
        yield server


@pytest.fixture(scope="module")
def sqlite_town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, relay: Postfix
) -> Iterator[Town]:
    """A town whose gateway sends through that Postfix."""
    with (
        a_town("sqlite", request, tmp_path_factory, relay=relay, settings=OFTEN) as town,
        at_work(town),
    ):
        yield town


@pytest.fixture(scope="module")
def postgresql_town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, relay: Postfix
) -> Iterator[Town]:
    """The same on PostgreSQL."""
    with (
        a_town("postgresql", request, tmp_path_factory, relay=relay, settings=OFTEN) as town,
        at_work(town),
    ):
        yield town


@pytest.fixture
def waiting(sqlite_town: Town) -> Iterator[tuple[Town, int]]:
    """A report to Casper that is on record and cannot leave: the number of its inburgeraar."""
    yield from released(sqlite_town)


@pytest.fixture(params=KINDS)
def waiting_anywhere(request: pytest.FixtureRequest) -> Iterator[tuple[Town, int]]:
    """The same, once on each database."""
    yield from released(request.getfixturevalue(f"{request.param}_town"))


def released(town: Town) -> Iterator[tuple[Town, int]]:
    """The relay is back after the test at the latest."""
    town.new_day()
    number = town.inburgeraar()
    town.relay.stop()
    try:
        before = len(town.gateway.told("report.postponed"))
        town.post(SAAR, town.sealed(SAAR, report(number)))
        town.gateway.wait_until_told("report.postponed", count=before + 1)
        assert town.posted()[-1][1] == "waiting"
        yield town, number
    finally:
        if not town.relay.processes():
            town.relay.start()
    assert town.faults() == []


def relay_comes_back(town: Town) -> None:
    town.relay.start()
    town.settle(1)


def test_nothing_changed_and_it_leaves(waiting: tuple[Town, int]) -> None:
    """The ordinary end of an outage: one report, one receipt."""
    town, _ = waiting
    relay_comes_back(town)
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.became(SAAR) == [("forward", set())]


def test_consent_withdrawn(waiting_anywhere: tuple[Town, int]) -> None:
    """A withdrawal stops what sits in a queue."""
    town, number = waiting_anywhere
    town.change(
        lambda change: change.consents.record(f"dossier-{number}", SCHOOL_1, ConsentKind.WITHDRAWN)
    )
    relay_comes_back(town)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.4/consent-withdrawn"})]
    assert town.posted()[-1][1] == "withdrawn"
    (record,) = town.records()
    assert record.standing == ((0, "reject", frozenset({"art-12.4/consent-withdrawn"})),)


def test_consent_narrowed(waiting: tuple[Town, int]) -> None:
    """What goes in the end is what may go in the end."""
    town, number = waiting
    town.change(
        lambda change: change.consents.record(
            f"dossier-{number}",
            SCHOOL_1,
            ConsentKind.GIVEN,
            categories=(ConsentCategory.T1, ConsentCategory.T2),
        )
    )
    relay_comes_back(town)
    assert town.got() == {CASPER: 1, SAAR: 1}
    mail = town.read(CASPER).report
    assert "persoonlijkPlan" in mail
    assert "voortgang" not in mail
    assert "inburgeringstraject" not in mail


def test_casemanager_replaced(waiting: tuple[Town, int]) -> None:
    """It goes to the one who is designated now; the earlier one gets nothing."""
    town, number = waiting
    town.change(lambda change: change.designations.designate(f"dossier-{number}", CARLA))
    relay_comes_back(town)
    assert town.got() == {CARLA: 1, SAAR: 1}


def test_sender_replaced(waiting: tuple[Town, int]) -> None:
    """Who is no contact any more when it would leave, has not sent it."""
    town, number = waiting
    town.change(lambda change: change.designations.designate(f"dossier-{number}", SAM))
    relay_comes_back(town)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.5/sender-not-designated"})]


def test_key_of_the_recipient_revoked(waiting_anywhere: tuple[Town, int]) -> None:
    """Sealed to a key that has been revoked since: it waits, and goes once there is a key again."""
    town, _ = waiting_anywhere
    town.change(lambda change: change.contacts.revoke(CASPER))
    try:
        relay_comes_back(town)
        assert town.got() == {OFFICER: 1, SAAR: 1}
        assert town.became(SAAR) == [("hold", {"art-12.5/recipient-key-revoked"})]
    finally:
        count = walks(town)
        pin_again(town, CASPER)
    have_walked(town, count)
    assert town.got() == {CASPER: 1, OFFICER: 1, SAAR: 2}


def test_key_of_the_sender_revoked(waiting: tuple[Town, int]) -> None:
    """Nobody who has her key speaks for Saar any more; there is no key to answer to either."""
    town, _ = waiting
    town.change(lambda change: change.contacts.revoke(SAAR))
    try:
        relay_comes_back(town)
        assert town.got() == {}
        (record,) = town.records()
        assert record.standing == ((-1, "reject", frozenset({"art-12.5/sender-key-revoked"})),)
    finally:
        pin_again(town, SAAR)


def test_provider_excluded_and_taken_in_again(waiting: tuple[Town, int]) -> None:
    """What counts is how things stand at the moment of sending."""
    town, _ = waiting
    for standing in (Standing.EXCLUDED, Standing.ACTIVE):
        town.change(lambda change, s=standing: change.parties.set_standing(SCHOOL_1, s))  # type: ignore[misc]  # bound now
    relay_comes_back(town)
    assert town.got() == {CASPER: 1, SAAR: 1}


def pin_again(town: Town, who: str) -> None:
    """A key that holds, as before."""
    certificate = town.resident(who).key.cert
    town.pin(who, certificate)
