"""What is on record reaches the SIEM, whatever breaks: nothing is missing, and what comes
twice comes under the same number.  Over real TLS, from either database.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from gateway.adapters.database_deeds import DatabaseDeeds
from gateway.adapters.siem import Source, rfc5424
from gateway.adapters.siem_delivery import TlsSettings, TlsSink, octet_counted
from gateway.adapters.siem_feed import CLAIM, PAGE, SiemFeed
from gateway.adapters.tables_log import log_cursors, log_entries
from gateway.domain.audit import MACHINE, Action
from gateway.domain.stops import Reason, Reject
from tests import world
from tests.contracts.flow import (
    DatabaseWorld,
    database_url,
    database_world,
    handled,
    received,
    stopped,
)
from tests.house_files import ROOT
from tests.servers.listener import Listener, Manner
from tests.servers.process import wait_until
from tests.syslog_grammar import read
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from tests.servers.tls import Certificates

SOURCE = Source(instance="poort-1", version="0.1.0", sd_id="taalpoort@32473")
NOW = world.Clock().now
# The gateway that is killed: passes on until it is, as the runner's loop does.
GATEWAY = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.adapters.database import Database
from gateway.adapters.vault import Vault
from tests.adapters.test_siem_feed import feed

async def main(url, master, port, ca):
    feeding = feed(Database(url), Vault(bytes.fromhex(master)), int(port), Path(ca))
    print("at work", flush=True)
    while True:
        if await feeding.pass_on(datetime.now(UTC)) is None:
            await asyncio.sleep(0.01)

asyncio.run(main(*sys.argv[1:]))
"""


def nobody(_trouble: str, _seconds: float) -> None:
    """Hears nothing of what goes wrong."""


def feed(
    database: Database,
    vault: Vault,
    port: int,
    ca: Path,
    *,
    instance: str = "poort-1",
    tell: Callable[[str, float], None] = nobody,
) -> SiemFeed:
    settings = TlsSettings(host="localhost", port=port, ca_file=ca, timeout_seconds=20.0)
    sink = TlsSink(settings, rfc5424(SOURCE), octet_counted, tell=tell)
    return SiemFeed(database, vault, sink, instance)


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseWorld]:
    found = await database_world(database_url(request, tmp_path), bytes(range(32)))
    yield found
    await found.close()


@pytest.fixture
def listener(certificates: Certificates) -> Iterator[Listener]:
    with Listener(certificates.server_context()) as listening:
        yield listening


async def acted(store: DatabaseWorld, count: int) -> None:
    """So many deeds, each a transaction."""
    deeds = DatabaseDeeds(store.database, world.deeds(store.vault), "beheer", lambda: NOW)
    for _ in range(count):
        await deeds.by_machine(Action.EXAMINED, "poort-1")


async def numbers_on_record(store: DatabaseWorld) -> list[int]:
    async with store.database.reading() as connection:
        audit = select(log_entries.c.seq).where(log_entries.c.kind == "audit")
        return list((await connection.execute(audit.order_by(log_entries.c.seq))).scalars())


def arrived(listener: Listener) -> list[tuple[int, bytes]]:
    """Number and line of everything that came in whole frames; what was cut off is none."""
    lines = [line for content in list(listener.received) for line in whole(content)]
    return [(int(read(line).data[SOURCE.sd_id]["seq"]), line) for line in lines]


def whole(content: bytes) -> Iterator[bytes]:
    length, space, rest = content.partition(b" ")
    while space and len(rest) >= int(length):
        yield rest[: int(length)]
        length, space, rest = rest[int(length) :].partition(b" ")


async def drain(feeding: SiemFeed) -> int:
    total = 0
    while (count := await feeding.pass_on(NOW)) is not None:
        total += count
    return total


async def test_every_deed_arrives_once_in_order(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    await acted(store, 5)
    feeding = feed(store.database, store.vault, listener.port, certificates.ca)
    assert await drain(feeding) == 5
    await acted(store, 2)
    assert await drain(feeding) == 2
    assert await drain(feeding) == 0
    wait_until(lambda: len(arrived(listener)) == 7, what="seven deeds")
    assert [seq for seq, _ in arrived(listener)] == await numbers_on_record(store)


async def test_of_mail_what_concerns_security_and_nothing_else(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    """By reason, as the gateway's own deed; no sender, no person, no everyday refusal."""
    claimed = await received(store, 3)
    reasons = (
        Reject(Reason.UNKNOWN_SIGNER),
        Reject(Reason.NO_CONSENT),
        Reject(Reason.SENDER_NOT_DESIGNATED),
    )
    for each, reason, number in zip(claimed, reasons, (None, 0, 0), strict=True):
        await store.ledger.release([(each, handled(each, stopped(reason, number)))], NOW)
    assert await drain(feed(store.database, store.vault, listener.port, certificates.ca)) == 2
    wait_until(lambda: len(arrived(listener)) == 2, what="two alarms")
    found = [read(line).data[SOURCE.sd_id] for _, line in arrived(listener)]
    assert [each["action"] for each in found] == [
        "security.unknown-signer",
        "security.strangers-report",
    ]
    assert {each["actor"] for each in found} == {MACHINE}
    assert {each["result"] for each in found} == {"refused"}
    assert [each["trace"] for each in found] == [claimed[0].raw.trace, claimed[2].raw.trace]
    everything = b"".join(listener.received)
    assert b"dossier-1" not in everything
    assert b"contact-" not in everything


async def test_a_lost_connection_loses_nothing(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    await acted(store, 20)
    told: list[str] = []

    def again() -> SiemFeed:  # a receiver that failed is left alone for a second
        return feed(
            store.database,
            store.vault,
            listener.port,
            certificates.ca,
            tell=lambda trouble, _seconds: told.append(trouble),
        )

    for manner in (Manner.CUT, Manner.RUDE, Manner.EARLY):
        listener.manner = manner
        assert await again().pass_on(NOW) is None
    assert len(told) == 3
    listener.manner = Manner.GOOD
    assert await drain(again()) == 20
    found = arrived(listener)
    assert {seq for seq, _ in found} == set(await numbers_on_record(store))
    assert len(dict(found)) == len(set(found))  # what came twice is the same, to the byte


async def test_one_gateway_at_a_time_and_another_when_that_one_is_gone(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    await acted(store, 3)
    first, second = (
        feed(store.database, store.vault, listener.port, certificates.ca, instance=instance)
        for instance in ("poort-1", "poort-2")
    )
    listener.manner = Manner.RUDE
    assert await first.pass_on(NOW) is None  # it holds the claim, and got nothing across
    listener.manner = Manner.GOOD
    assert await second.pass_on(NOW) is None
    assert await second.pass_on(NOW + CLAIM + timedelta(seconds=1)) == 3
    # Whoever came back late does not put the cursor back.
    assert await first.pass_on(NOW + CLAIM) is None
    assert await drain(second) == 0


async def test_an_entry_that_was_altered_is_an_alarm_and_holds_nothing_up(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    claimed = await received(store, 1)
    stop = stopped(Reject(Reason.SENDER_NOT_DESIGNATED))
    await store.ledger.release([(claimed[0], handled(claimed[0], stop))], NOW)
    await acted(store, 1)
    async with store.database.transaction() as connection:
        await unguard(connection, "log_entries")
        of = log_entries.c.kind == "report"
        entry = await connection.scalar(select(log_entries.c.entry).where(of))
        altered = bytes(entry or b"")[:-1] + bytes([(entry or b"\0")[-1] ^ 1])
        await connection.execute(update(log_entries).where(of).values(entry=altered))
    assert await drain(feed(store.database, store.vault, listener.port, certificates.ca)) == 2
    wait_until(lambda: len(arrived(listener)) == 2, what="alarm and deed")
    actions = [read(line).data[SOURCE.sd_id]["action"] for _, line in arrived(listener)]
    assert actions == ["security.log-broken", "gateway.examined"]


async def test_a_deed_is_not_hidden_by_the_column_beside_it(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    """That column is not hashed; what the entry is, its head says."""
    await acted(store, 1)
    async with store.database.transaction() as connection:
        await unguard(connection, "log_entries")
        await connection.execute(update(log_entries).values(kind="sent"))
    assert await drain(feed(store.database, store.vault, listener.port, certificates.ca)) == 1


async def test_more_than_a_page(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    deeds = world.deeds(store.vault)
    made = DatabaseDeeds(store.database, deeds, "beheer", lambda: NOW)._deed(
        Action.EXAMINED, "poort-1", detail=""
    )
    await store.database.write(lambda connection: deeds.write(connection, [made] * (PAGE + 7)))
    feeding = feed(store.database, store.vault, listener.port, certificates.ca)
    assert [await feeding.pass_on(NOW) for _ in range(3)] == [PAGE, 7, None]
    async with store.database.reading() as connection:
        assert await connection.scalar(select(log_cursors.c.next_seq)) == PAGE + 7


def begun_and_killed(where: Sequence[str], seconds: float) -> None:
    """A gateway at work for so long, and then gone without a word."""
    gateway = subprocess.Popen(
        [sys.executable, "-c", GATEWAY, *where],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert gateway.stdout is not None
    assert gateway.stdout.readline() == b"at work\n"
    time.sleep(seconds)
    gateway.send_signal(signal.SIGKILL)
    gateway.wait(300)
    gateway.stdout.close()


async def test_killed_again_and_again_nothing_is_missing(
    store: DatabaseWorld, listener: Listener, certificates: Certificates
) -> None:
    """Deeds go on while the gateway that passes them on is killed in the midst of it."""
    url = store.database.engine.url.render_as_string(hide_password=False)
    url = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    where = (url, bytes(range(32)).hex(), str(listener.port), str(certificates.ca))
    for kill in range(4):
        await acted(store, 15)
        await asyncio.to_thread(begun_and_killed, where, 0.02 * kill)
    await drain(feed(store.database, store.vault, listener.port, certificates.ca))
    expected = await numbers_on_record(store)
    wait_until(lambda: {seq for seq, _ in arrived(listener)} >= set(expected), what="every deed")
    found = arrived(listener)
    assert {seq for seq, _ in found} == set(expected)
    assert len(dict(found)) == len(set(found))
