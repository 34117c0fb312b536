"""When a server is down or a disk is full: nothing lost, nothing doubled, and on by itself.

Each test stops a real server of its own while mail is under way, and starts it
again; nobody touches the gateway meanwhile.
"""

from __future__ import annotations

from email import message_from_bytes
from functools import partial
from typing import TYPE_CHECKING, Self

import pytest
from sqlalchemy import Connection, Engine, event

from tests import generators
from tests.journeys.conftest import a_town, at_work
from tests.journeys.residents import Household
from tests.journeys.town import Town, report
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import wait_until
from tests.world import CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.tls import Certificates

EVERYBODY = {CASPER: 2, SAAR: 2}


def two_mails(town: Town) -> list[bytes]:
    number = town.inburgeraar()
    return [town.sealed(SAAR, report(number)) for _ in range(2)]


def all_went_once(town: Town) -> None:
    """Both reports and receipts, each under one Message-ID and each once."""
    assert town.got() == EVERYBODY
    ids = [str(mail.outer["Message-ID"]) for mail in town.all_read(CASPER)]
    assert len(set(ids)) == 2
    assert [state for _, state in town.posted()] == ["sent", "sent"]
    assert [record.state for record in town.records()] == ["done", "done"]
    assert town.household.mails(town.household.gateway) == []
    assert town.faults() == []


def test_database_down(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What comes in while PostgreSQL is away stays in the mailbox, and goes on when it is back."""
    with Postgres() as server:
        url = server.create_database()
        with a_town(url, request, tmp_path_factory) as town, at_work(town):
            first, second = two_mails(town)
            town.post(SAAR, first)
            town.settle(1)
            server.stop()
            town.post(SAAR, second)
            waiting = partial(town.household.mails, town.household.gateway)
            wait_until(lambda: len(waiting()) == 1, what="the mail in its mailbox")
            told = len(town.gateway.told("database.unreachable"))
            town.gateway.wait_until_told("database.unreachable", count=told + 3)
            assert len(waiting()) == 1
            server.start()
            town.settle(2)
            all_went_once(town)


def test_database_down_in_the_middle_of_work(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Gone while mail is walked and sent: what left is noted afterwards, and not sent again."""
    with Postgres() as server:
        url = server.create_database()
        few = "[run]\nbatch = 3\n"
        with a_town(url, request, tmp_path_factory, settings=few) as town, at_work(town):
            number = town.inburgeraar()
            mails = [town.sealed(SAAR, report(number), style="sequoia") for _ in range(20)]
            town.household.dovecot.deliver(town.household.gateway, *mails)
            town.gateway.wait_until_told("report.sent")
            server.kill()
            town.gateway.wait_until_told("database.unreachable", count=3)
            server.start()
            town.settle(20)
            assert town.got() == {CASPER: 20, SAAR: 20}
            ids = [message_from_bytes(mail)["Message-ID"] for mail in town.inbox(CASPER)]
            assert len(set(ids)) == 20
            assert [each.state for each in town.records()] == ["done"] * 20


def test_next_mail_server_down(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    dovecot: Dovecot,
) -> None:
    """Reports wait in the outbox, receipts behind them, and leave when Postfix is back."""
    with (
        Postfix(certificates, dovecot) as relay,
        a_town("sqlite", request, tmp_path_factory, relay=relay) as town,
        at_work(town),
    ):
        first, second = two_mails(town)
        relay.stop()
        town.post(SAAR, first)
        town.gateway.wait_until_told("report.postponed")
        town.post(SAAR, second)
        town.gateway.wait_until_told("mail.handled", count=2)
        assert town.got() == {}
        relay.start()
        town.settle(2)
        all_went_once(town)


def test_next_mail_server_hangs_after_it_took_the_mail(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    dovecot: Dovecot,
) -> None:
    """Killed in the middle: what may have arrived comes again under the same Message-ID."""
    with (
        Postfix(certificates, dovecot) as relay,
        a_town("sqlite", request, tmp_path_factory, relay=relay) as town,
        at_work(town),
    ):
        first, second = two_mails(town)
        town.post(SAAR, first)
        town.settle(1)
        relay.kill()
        town.post(SAAR, second)
        town.gateway.wait_until_told("report.postponed")
        relay.start()
        town.settle(2)
        all_went_once(town)


@pytest.fixture
def own_mail_servers(certificates: Certificates) -> Iterator[Household]:
    """People on a Dovecot and Postfix that only this test stops."""
    with Dovecot(certificates) as dovecot, Postfix(certificates, dovecot) as postfix:
        household = Household(dovecot, postfix)
        try:
            yield household
        finally:
            household.close()


def test_mailbox_down(own_mail_servers: Household, tmp_path: Path) -> None:
    """While Dovecot is away the gateway keeps trying; the mail lies there when it is back."""
    household = own_mail_servers
    postfix, account = household.postfix, household.gateway
    town = Town(tmp_path, f"sqlite:///{tmp_path / 'gateway.db'}", household, postfix)
    with at_work(town):
        first, second = two_mails(town)
        town.post(SAAR, first)
        town.settle(1)
        household.dovecot.stop()
        town.gateway.wait_until_told("mailbox.unreachable")
        household.dovecot.deliver(account, second)
        household.dovecot.start()
        town.settle(2)
        all_went_once(town)
    town.close()


class Disk:
    """SQLite's own limit on its file: writing beyond it is SQLITE_FULL, as on a full disk.

    `room` is how many pages there still are, from the next transaction on.
    """

    def __init__(self) -> None:
        self.room: int | None = None
        self._most = 0

    def __enter__(self) -> Self:
        event.listen(Engine, "begin", self._limit)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "begin", self._limit)

    def _limit(self, connection: Connection) -> None:
        if connection.dialect.name != "sqlite":
            return
        if self.room is None:
            self._most = 0
        elif not self._most:
            now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            self._most = int(now) + self.room
        connection.exec_driver_sql(f"PRAGMA max_page_count = {self._most or 2**30}")


PAGE = 4096


@pytest.mark.parametrize("reports", [1, 40], ids=["in-de-postbus", "bij-het-vastleggen"])
def test_disk_full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, reports: int
) -> None:
    """What cannot be written is not lost: it waits in the mailbox or the inbox for room.

    A long mail does not fit in the inbox; one with many reports does, and then what
    would go out does not fit beside it.
    """
    with Disk() as disk, a_town("sqlite", request, tmp_path_factory) as town, at_work(town):
        first, _ = two_mails(town)
        town.post(SAAR, first)
        town.settle(1)
        number = town.inburgeraar()
        document = generators.document_json(
            *(report(number) for _ in range(reports)), size=400_000 if reports == 1 else 0
        )
        second = town.sealed(SAAR, document=document, style="gnupg-plain")
        disk.room = 0 if reports == 1 else len(second) // PAGE + 20
        town.post(SAAR, second)
        town.gateway.wait_until_told("database.unreachable", count=2)
        in_mailbox, on_record = (1, 1) if reports == 1 else (0, 2)

        def lies() -> int:
            return len(town.household.mails(town.household.gateway))

        # It is filed beside the walk that tells of the trouble.
        wait_until(lambda: lies() == in_mailbox, what="the mail where it belongs")
        assert len(town.records()) == on_record
        assert len(town.inbox(CASPER)) == 1
        disk.room = None
        town.settle(2)
        assert town.got() == {CASPER: 1 + reports, SAAR: 2}
        ids = [message_from_bytes(mail)["Message-ID"] for mail in town.inbox(CASPER)]
        assert len(set(ids)) == 1 + reports
        assert town.faults() == []


def test_mails_in_the_mailbox_of_a_gateway_that_was_off(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What came while nothing ran is handled at the next start, once."""
    with a_town("sqlite", request, tmp_path_factory) as town:
        account = town.household.gateway
        town.household.dovecot.deliver(account, *two_mails(town))
        wait_until(lambda: len(town.household.mails(account)) == 2)
        with at_work(town):
            town.settle(2)
            all_went_once(town)
