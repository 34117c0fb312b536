"""Every record of the log reaches a real collector over TLS, on either database; none is lost."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from gateway.adapters.evidence import milliseconds
from gateway.adapters.log_export import AUDIT, READER, LogExport, _advance
from gateway.adapters.log_writing import LogWriter, sequence
from gateway.adapters.otlp import OtlpCollector, OtlpSettings
from gateway.adapters.otlp_trouble import Trouble
from gateway.adapters.tables_log import log_cursors, log_entries
from gateway.adapters.tables_register import dossier_secret
from gateway.ledger.reading import EVERYTHING
from gateway.ledger.records import Entry
from tests.contracts.flow import (
    ACTIVITY,
    LATER,
    NO_CONSENT,
    NOW,
    DatabaseWorld,
    another_gateway,
    database_url,
    database_world,
    handled,
    received,
    sealed,
    stopped,
)
from tests.databases import ready
from tests.servers.collector import Collector, Manner
from tests.servers.process import free_port
from tests.servers.tls import issue
from tests.tampering import unguard

_numbers = itertools.count()
GONE = {"wrapped_key": None, "destroyed_at": 1, "destroyed_by": "test"}

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.ledger.reading import Passed
    from tests.servers.postgres import Postgres
    from tests.servers.tls import Certificates


@pytest.fixture(params=("sqlite", "postgresql"))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseWorld]:
    """Two mails: one that went, one that was refused."""
    made = await database_world(database_url(request, tmp_path))
    await mails(made, 2)
    yield made
    await made.close()


@pytest.fixture
def collector(certificates: Certificates) -> Iterator[Collector]:
    with Collector(certificates.server_context()) as listening:
        yield listening


async def mails(world: DatabaseWorld, count: int) -> None:
    for _ in range(count):
        number = next(_numbers)
        (mail,) = await received(world)
        report = stopped(NO_CONSENT) if number % 2 else sealed(mail.raw, report=number)
        await world.ledger.release([(mail, handled(mail, report))], LATER)


def export(world: DatabaseWorld, port: int, ca: Path, **how: Any) -> LogExport:
    facts: dict[str, Any] = {"batch": 500, "timeout": 2.0, "headers": None} | how
    settings = OtlpSettings(
        endpoint=f"https://localhost:{port}/v1/traces",
        ca_file=ca,
        headers=facts["headers"],
        timeout_seconds=facts["timeout"],
    )
    return LogExport(world.database, world.vault, OtlpCollector(settings), batch=facts["batch"])


async def all_of_it(exporting: LogExport) -> list[Passed]:
    turns = [await exporting.pass_on()]
    while turns[-1].more:
        turns.append(await exporting.pass_on())
    return turns


async def records(world: DatabaseWorld) -> list[dict[str, Any]]:
    found = await world.log.show(EVERYTHING, None)
    return [
        each.content["record"]
        for each in found
        if each.content is not None and each.head.kind != AUDIT
    ]


async def cursor(world: DatabaseWorld) -> int | None:
    async with world.database.reading() as connection:
        return await connection.scalar(select(log_cursors.c.next_seq))


async def test_every_field_arrives_as_it_stands_in_the_log(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    expected = await records(world)
    assert await all_of_it(export(world, collector.port, certificates.ca))
    assert len(expected) == len(collector.spans) == 4
    for record, span, resource in zip(expected, collector.spans, collector.resources, strict=True):
        assert (len(span.trace_id), len(span.span_id)) == (16, 8)
        assert span.trace_id.hex() == record["trace_id"]
        assert span.span_id.hex() == record["span_id"]
        assert span.parent_span_id.hex() == record.get("parent_span_id", "")
        assert span.name == record["name"]
        assert span.start_time_unix_nano == record["start_time"] * 1_000_000
        assert span.end_time_unix_nano == record["end_time"] * 1_000_000
        assert ("Unset", "Ok", "Error")[span.status.code] == record["status"]
        said = {each.key: each.value.string_value for each in span.attributes}
        assert said == record["attributes"]
        assert set(resource) == {"service.name", "service.version"}
        assert resource["service.name"] == record["resource"]["name"]


async def test_nothing_but_the_record_leaves(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    """Own evidence (digests, reasons, contacts) stays in the log."""
    await all_of_it(export(world, collector.port, certificates.ca))
    found = await world.log.show(EVERYTHING, None)
    left = "".join(map(str, collector.spans))
    digests = [each.content["evidence"]["message_digest"] for each in found if each.content]
    assert digests
    assert [each for each in digests if each in left] == []
    assert "contact-" not in left


async def test_in_batches_each_once_and_then_only_what_is_new(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    exporting = export(world, collector.port, certificates.ca, batch=3)
    assert [(each.count, each.more) for each in await all_of_it(exporting)] == [
        (3, True),
        (1, False),
    ]
    assert (await exporting.pass_on()).count == 0
    await mails(world, 1)
    assert (await exporting.pass_on()).count == 2
    assert collector.ids() == [each["span_id"] for each in await records(world)]
    assert await cursor(world) == 6


@pytest.mark.parametrize(
    ("manner", "trouble"),
    [
        (Manner.BUSY, Trouble.REFUSED),
        (Manner.PARTLY, Trouble.REFUSED),
        (Manner.MOVED, Trouble.REFUSED),
        (Manner.PORTAL, Trouble.REFUSED),
        (Manner.FORGETFUL, Trouble.UNREACHABLE),
    ],
    ids=lambda each: each.value,
)
async def test_what_was_not_accepted_whole_is_handed_over_again(
    world: DatabaseWorld,
    collector: Collector,
    certificates: Certificates,
    manner: Manner,
    trouble: Trouble,
) -> None:
    exporting = export(world, collector.port, certificates.ca, timeout=20)
    collector.manner = manner
    assert (await exporting.pass_on()).trouble == trouble
    assert await cursor(world) is None
    collector.manner = Manner.GOOD
    assert (await exporting.pass_on()).count == 4
    assert set(collector.ids()) == {each["span_id"] for each in await records(world)}


async def test_restarts_of_either_side_lose_nothing(
    world: DatabaseWorld, certificates: Certificates
) -> None:
    context = certificates.server_context()
    port = free_port()  # which nobody takes while it is down
    with Collector(context, port) as first:
        assert (await export(world, port, certificates.ca).pass_on()).count == 4
    await mails(world, 1)
    exporting = export(world, port, certificates.ca, timeout=20)
    assert (await exporting.pass_on()).trouble == Trouble.UNREACHABLE
    with Collector(context, port) as second:
        # the gateway too begins anew, and knows from the database where it was
        assert (await export(world, port, certificates.ca).pass_on()).count == 2
        assert first.ids() + second.ids() == [each["span_id"] for each in await records(world)]
        await mails(world, 1)
        assert (await exporting.pass_on()).count == 2


async def test_a_gateway_killed_between_delivery_and_cursor_sends_the_same_again(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    await export(world, collector.port, certificates.ca).pass_on()
    async with world.database.transaction() as connection:
        await connection.execute(update(log_cursors).values(next_seq=1))
    await export(world, collector.port, certificates.ca).pass_on()
    ids = [each["span_id"] for each in await records(world)]
    assert collector.ids() == ids + ids[1:]


async def test_a_collector_that_nobody_vouches_for_gets_nothing(
    world: DatabaseWorld, collector: Collector, tmp_path: Path
) -> None:
    strangers = issue(tmp_path / "strangers")
    passed = await export(world, collector.port, strangers.ca, timeout=20).pass_on()
    assert passed.trouble == Trouble.CERTIFICATE
    assert collector.requests == []


async def test_only_what_is_configured_is_said_and_believed(
    world: DatabaseWorld,
    collector: Collector,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No proxy, sampler, resource or authority from the environment."""
    for name, value in {
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "REQUESTS_CA_BUNDLE": "/nonexistent",
        "OTEL_TRACES_SAMPLER": "always_off",
        "OTEL_SDK_DISABLED": "true",
        "OTEL_RESOURCE_ATTRIBUTES": "host.name=vreemd",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1",
    }.items():
        monkeypatch.setenv(name, value)
    headers = {"Authorization": "Bearer geheim"}
    exporting = export(world, collector.port, certificates.ca, headers=headers)
    assert (await exporting.pass_on()).count == 4
    (said,) = collector.requests
    assert {name.lower(): value for name, value in said.items()}["authorization"] == (
        "Bearer geheim"
    )
    assert said["path"] == "/v1/traces"
    assert all(len(resource) == 2 for resource in collector.resources)
    assert all(span.attributes for span in collector.spans)


async def test_what_people_did_stays_in_the_house(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    await append_audit(world)
    passed = await export(world, collector.port, certificates.ca).pass_on()
    assert passed.count == 4
    assert await cursor(world) == 5
    assert "tess" not in "".join(map(str, collector.spans))


async def append_audit(world: DatabaseWorld) -> None:
    deed = Entry(
        kind=AUDIT,
        at=milliseconds(NOW),
        trace_id="ab" * 16,
        span_id="cd" * 8,
        activity_id=ACTIVITY,
        body=lambda _pseudonym: {"deed": {"actor": "tess"}},
    )

    def append(connection: Connection) -> None:
        sequence(connection)
        LogWriter(world.vault).append(connection, [deed], NOW)

    await world.database.write(append)


async def test_what_was_erased_has_nothing_to_hand_over_and_stops_nothing(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    async with world.database.transaction() as connection:
        await unguard(connection, "dossier_secret")
        await connection.execute(update(dossier_secret).values(GONE))
    passed = await export(world, collector.port, certificates.ca).pass_on()
    assert (passed.count, passed.trouble) == (2, "")  # the mails, which are about nobody
    assert await cursor(world) == 4


async def test_nothing_goes_past_an_entry_that_does_not_open(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    async with world.database.transaction() as connection:
        await unguard(connection, "log_entries")
        row = (await connection.execute(select(log_entries).where(log_entries.c.seq == 1))).one()
        spoilt = row.entry[:-1] + bytes([row.entry[-1] ^ 1])
        await connection.execute(
            update(log_entries).where(log_entries.c.seq == 1).values(entry=spoilt)
        )
    exporting = export(world, collector.port, certificates.ca)
    assert (await exporting.pass_on()).count == 1
    assert (await exporting.pass_on()).trouble == Trouble.UNREADABLE
    assert await cursor(world) == 1


async def test_two_gateways_on_one_database_take_turns(
    postgres: Postgres, collector: Collector, certificates: Certificates
) -> None:
    url = ready(postgres)
    one = await database_world(url)
    await mails(one, 1)
    other = another_gateway(url, one.vault)
    try:
        theirs = export(other, collector.port, certificates.ca)
        async with one.database.alone(0x7461616C6F746C) as mine:
            assert mine
            assert (await theirs.pass_on()).count == 0
            assert collector.requests == []
        assert (await theirs.pass_on()).count == 2
    finally:
        await other.close()
        await one.close()
        postgres.drop(url)


async def test_a_cursor_that_moved_meanwhile_is_left_where_it_is(
    world: DatabaseWorld, collector: Collector, certificates: Certificates
) -> None:
    """Whoever lost the lock with its connection must not put the other's count back."""
    async with world.database.transaction() as connection:
        await connection.execute(insert(log_cursors).values(reader=READER, next_seq=0))
    exporting = export(world, collector.port, certificates.ca)
    known, rows = await exporting._next()
    async with world.database.transaction() as connection:
        await connection.execute(update(log_cursors).values(next_seq=99))
    assert (known, len(rows)) == (0, 4)
    await world.database.write(lambda connection: _advance(0, 4, connection))
    assert await cursor(world) == 99
    assert json.dumps(collector.requests) == "[]"
