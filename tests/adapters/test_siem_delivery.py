"""Deeds reach a real TLS listener once, or wait: nothing is lost, nothing goes out plain."""

from __future__ import annotations

import json
import os
import resource
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters import siem_delivery
from gateway.adapters.siem import Source, ecs, rfc5424
from gateway.adapters.siem_delivery import (
    AT_ONCE,
    FileSink,
    TlsSettings,
    TlsSink,
    Trouble,
    line_ended,
    octet_counted,
)
from gateway.domain.audit import Action, Deed, DeedResult
from tests.servers.listener import Listener, Manner
from tests.servers.tls import Certificates, issue
from tests.syslog_grammar import frames, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SOURCE = Source(instance="poort-1", version="0.1.0", sd_id="taalpoort@32473")


class Clock:
    """Stands in for the monotonic clock; `now` in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        self.now += 0.001  # so that a wait for something that never comes still ends
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Told:
    """What the sink told of its troubles."""

    def __init__(self) -> None:
        self.troubles: list[tuple[Trouble, float]] = []

    def __call__(self, trouble: Trouble, seconds: float) -> None:
        self.troubles.append((trouble, seconds))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(siem_delivery, "time", clock)
    return clock


@pytest.fixture
def listener(certificates: Certificates) -> Iterator[Listener]:
    with Listener(certificates.server_context()) as listening:
        yield listening


def deeds(count: int, first: int = 1) -> Sequence[tuple[int, Deed]]:
    made = Deed(
        at=datetime(2026, 11, 25, tzinfo=UTC),
        actor="tess",
        action=Action.DOSSIER_LOOKED,
        about="dossier-1",
        result=DeedResult.DONE,
        origin="beheer",
    )
    return [(first + number, made) for number in range(count)]


def sink(port: int, certificates: Certificates, told: Told, **how: Any) -> TlsSink:
    facts: dict[str, Any] = {
        "ca_file": certificates.ca,
        "host": "localhost",
        "timeout_seconds": 20.0,
    } | how
    settings = TlsSettings(port=port, **facts)
    return TlsSink(settings, rfc5424(SOURCE), octet_counted, tell=told)


def numbers(*contents: bytes) -> list[int]:
    """Of the deeds in whole frames; a frame that was cut off is not counted."""
    found = []
    for content in contents:
        length, space, rest = content.partition(b" ")
        while space and len(rest) >= int(length):
            found.append(int(read(rest[: int(length)]).data[SOURCE.sd_id]["seq"]))
            length, space, rest = rest[int(length) :].partition(b" ")
    return found


async def test_deeds_arrive_in_order_framed_and_confirmed(
    listener: Listener, certificates: Certificates, told: Told
) -> None:
    sending = sink(listener.port, certificates, told)
    count = AT_ONCE + 3
    assert await sending.deliver(deeds(count)) == count
    assert await sending.deliver([]) == 0
    assert await sending.deliver(deeds(1, first=900)) == 1
    listener.wait_for(3)
    assert [len(frames(each)) for each in listener.received] == [AT_ONCE, 3, 1]
    assert numbers(*listener.received) == [*range(1, count + 1), 900]
    assert told.troubles == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_either_version_of_tls(
    certificates: Certificates, told: Told, version: ssl.TLSVersion
) -> None:
    context = certificates.server_context()
    context.minimum_version = context.maximum_version = version
    with Listener(context) as listener:
        assert await sink(listener.port, certificates, told).deliver(deeds(5)) == 5
        listener.manner = Manner.RUDE
        assert await sink(listener.port, certificates, told).deliver(deeds(5)) == 0
    assert [trouble for trouble, _ in told.troubles] == [Trouble.UNCONFIRMED]


async def test_documents_go_as_lines(
    listener: Listener, certificates: Certificates, told: Told
) -> None:
    settings = TlsSettings(host="localhost", port=listener.port, ca_file=certificates.ca)
    sending = TlsSink(settings, ecs(SOURCE), line_ended, tell=told)
    assert await sending.deliver(deeds(2)) == 2
    listener.wait_for(1)
    lines = listener.received[0].splitlines()
    assert [json.loads(line)["event"]["sequence"] for line in lines] == [1, 2]


@contextmanager
def untrusted(folder: Path) -> Iterator[Listener]:
    with Listener(issue(folder, "localhost").server_context()) as listening:
        yield listening


async def test_a_certificate_of_somebody_else_gets_nothing(
    certificates: Certificates, told: Told, tmp_path: Path
) -> None:
    """Another authority's, another name's; and whoever offers no TLS at all sees no deed."""
    with untrusted(tmp_path / "other") as listener:
        assert await sink(listener.port, certificates, told).deliver(deeds(1)) == 0
        listener.wait_for(1)
        assert listener.received == []
    wrong = issue(tmp_path / "name", "elsewhere.example")
    with Listener(wrong.server_context()) as listener:
        assert await sink(listener.port, wrong, told).deliver(deeds(1)) == 0
        listener.wait_for(1)
        assert listener.received == []
    assert [trouble for trouble, _ in told.troubles] == [Trouble.CERTIFICATE] * 2


async def test_nothing_goes_out_plain(certificates: Certificates, told: Told) -> None:
    import socket
    import threading

    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                seen.append(connection.recv(65536))
                connection.sendall(b"220 plain here\r\n")
                connection.settimeout(60)
                with suppress(ConnectionResetError):  # it leaves without a word
                    while piece := connection.recv(65536):
                        seen.append(piece)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        assert await sink(port, certificates, told).deliver(deeds(3)) == 0
        thread.join(300)
    assert seen[0][0] == 22  # a TLS handshake record (RFC 8446, 5.1)
    assert b"taalpoort" not in b"".join(seen)
    assert b"dossier-1" not in b"".join(seen)


async def test_an_old_version_of_tls_is_refused(certificates: Certificates, told: Told) -> None:
    context = certificates.server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Listener(context) as listener:
        assert await sink(listener.port, certificates, told).deliver(deeds(1)) == 0
    assert listener.received == []


async def test_a_client_certificate_where_it_is_asked_for(
    certificates: Certificates, told: Told, tmp_path: Path
) -> None:
    """The receiver checks ours: with it everything arrives, without it nothing counts."""
    ours = issue(tmp_path / "client", "poort.gemeente.example", client=True)
    context = certificates.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ours.ca)
    with Listener(context) as listener:
        assert await sink(listener.port, certificates, told).deliver(deeds(1)) == 0
        listener.wait_for(1)
        assert listener.received == []
        named = {"client_certificate": ours.certificate, "client_key": ours.key}
        assert await sink(listener.port, certificates, told, **named).deliver(deeds(3)) == 3
        listener.wait_for(2)
    assert numbers(*listener.received) == [1, 2, 3]
    assert [trouble for trouble, _ in told.troubles] == [Trouble.UNCONFIRMED]


@pytest.mark.parametrize("manner", [Manner.CUT, Manner.RUDE, Manner.EARLY, Manner.STUCK])
async def test_what_was_not_confirmed_is_handed_over_again(
    listener: Listener, certificates: Certificates, told: Told, clock: Clock, manner: Manner
) -> None:
    """However the connection ends: nothing is lost, and what comes twice has its number."""
    # Who is stuck is waited for that long; every other delivery has to be done in it.
    sending = sink(listener.port, certificates, told, timeout_seconds=8.0)
    wanted = deeds(50)
    done = await sending.deliver(wanted[:20])
    listener.wait_for(1)
    assert done == 20
    listener.manner = manner
    assert await sending.deliver(wanted[done:]) == 0
    listener.wait_for(2)
    assert [trouble for trouble, _ in told.troubles] == [Trouble.UNCONFIRMED]
    listener.manner = Manner.GOOD
    clock.now += 1.5
    done += await sending.deliver(wanted[done:])
    listener.wait_for(3)
    assert done == 50
    assert set(numbers(*listener.received)) == set(range(1, 51))
    assert sorted(set(numbers(listener.received[0], listener.received[-1]))) == [*range(1, 51)]


async def test_a_receiver_that_is_away_is_left_alone_ever_longer(
    certificates: Certificates, told: Told, clock: Clock
) -> None:
    with Listener(certificates.server_context()) as listener:
        port = listener.port
    sending = sink(port, certificates, told)
    waits: list[float] = []
    for wait in (1, 2, 4, 8, 16, 32, 60, 60):
        assert await sending.deliver(deeds(1)) == 0
        clock.now += wait - 0.5
        assert await sending.deliver(deeds(1)) == 0  # not even tried
        clock.now += 0.6
        waits.append(wait)
        assert told.troubles == [(Trouble.UNREACHABLE, each) for each in waits]


async def test_after_a_success_the_patience_begins_anew(
    listener: Listener, certificates: Certificates, told: Told, clock: Clock
) -> None:
    sending = sink(listener.port, certificates, told)
    for _ in range(2):
        listener.manner = Manner.RUDE
        assert await sending.deliver(deeds(1)) == 0
        listener.manner = Manner.GOOD
        clock.now += 1.1
        assert await sending.deliver(deeds(1)) == 1
    assert [seconds for _, seconds in told.troubles] == [1, 1]


def test_what_is_no_certificate_is_refused_at_once(
    tmp_path: Path, certificates: Certificates
) -> None:
    (tmp_path / "empty.pem").touch()
    with pytest.raises(OSError, match=r".*"):
        TlsSettings(host="localhost", ca_file=tmp_path / "empty.pem").context()
    with pytest.raises(OSError, match=r".*"):
        TlsSettings(
            host="localhost",
            ca_file=certificates.ca,
            client_certificate=certificates.certificate,
            client_key=tmp_path / "empty.pem",
        ).context()


# --- a file ---------------------------------------------------------------------------


async def test_a_file_grows_by_whole_lines_and_is_its_owners_alone(
    tmp_path: Path, told: Told
) -> None:
    file = tmp_path / "deeds.json"
    sending = FileSink(file, ecs(SOURCE), tell=told)
    assert await sending.deliver(deeds(2)) == 2
    file.rename(tmp_path / "deeds.1")  # rotated away
    assert await sending.deliver(deeds(2, first=3)) == 2
    assert await sending.deliver(deeds(1, first=5)) == 1
    found = [json.loads(line)["event"]["sequence"] for line in file.read_text().splitlines()]
    assert found == [3, 4, 5]
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_full_disk_leaves_no_half_line(tmp_path: Path, told: Told, clock: Clock) -> None:
    file = tmp_path / "deeds.log"
    sending = FileSink(file, rfc5424(SOURCE), tell=told)
    assert await sending.deliver(deeds(1)) == 1
    before = file.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limit[1]))
    try:
        assert await sending.deliver(deeds(10, first=2)) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert file.read_bytes() == before
    assert told.troubles == [(Trouble.FILE, 1.0)]
    clock.now += 1.1
    assert await sending.deliver(deeds(10, first=2)) == 10
    assert len([read(line) for line in file.read_bytes().splitlines()]) == 11


async def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path, told: Told) -> None:
    (tmp_path / "elsewhere").touch()
    os.symlink(tmp_path / "elsewhere", tmp_path / "deeds.log")
    sending = FileSink(tmp_path / "deeds.log", rfc5424(SOURCE), tell=told)
    assert await sending.deliver(deeds(1)) == 0
    assert (tmp_path / "elsewhere").read_bytes() == b""
