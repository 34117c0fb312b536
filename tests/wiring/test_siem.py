"""Where deeds go, as the configuration says; what is wrong with it is named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway import config as configuration
from gateway.adapters.siem_delivery import FileSink, TlsSink
from gateway.config import ConfigError
from gateway.domain.audit import MACHINE, Action, Deed, DeedResult
from gateway.events import Writer
from gateway.wiring.siem import audit_sink
from tests.servers.listener import Listener
from tests.servers.tls import issue
from tests.syslog_grammar import frames, read

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config import Config
    from tests.servers.tls import Certificates

GATEWAY = '[gateway]\naddress = "a@gemeente.example"\nmunicipality = "G"\ncontact = "c"\n'
DEED = Deed(
    at=datetime(2026, 11, 25, tzinfo=UTC),
    actor=MACHINE,
    action=Action.STARTED,
    about="poort-1",
    result=DeedResult.DONE,
    origin="taalpoort",
)


def nothing(*_: object) -> None:
    """Nobody listens."""


EVENTS = Writer(nothing)


def configured(folder: Path, *lines: str) -> Config:
    file = folder / "gateway.toml"
    file.write_text("\n".join([GATEWAY + 'instance = "poort-1"', "[siem]", *lines]))
    return configuration.load(file)


def test_nowhere_unless_it_is_configured(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(GATEWAY)
    assert audit_sink(configuration.load(tmp_path / "gateway.toml"), EVENTS) is None


async def test_to_a_file_as_documents(tmp_path: Path) -> None:
    config = configured(tmp_path, f'file = "{tmp_path}/deeds.json"', 'format = "ecs"')
    sink = audit_sink(config, EVENTS)
    assert isinstance(sink, FileSink)
    assert await sink.deliver([(1, DEED)]) == 1
    assert (tmp_path / "deeds.json").read_text().startswith('{"@timestamp":"')


async def test_over_tls_with_a_certificate_of_ours(
    tmp_path: Path, certificates: Certificates
) -> None:
    ours = issue(tmp_path / "ours", "poort.gemeente.example", client=True)
    with Listener(certificates.server_context()) as listener:
        config = configured(
            tmp_path,
            'host = "localhost"',
            f"port = {listener.port}",
            f'ca_file = "{certificates.ca}"',
            f'client_certificate_file = "{ours.certificate}"',
            f'client_key_file = "{ours.key}"',
            'sd_id = "voorbeeldstad@64496"',
        )
        sink = audit_sink(config, EVENTS)
        assert isinstance(sink, TlsSink)
        assert await sink.deliver([(9, DEED)]) == 1
        listener.wait_for(1)
    (frame,) = frames(listener.received[0])
    message = read(frame)
    assert message.hostname == "poort-1"
    assert message.data["voorbeeldstad@64496"]["seq"] == "9"


async def test_troubles_are_events(tmp_path: Path) -> None:
    told: list[tuple[str, object]] = []
    events = Writer(lambda event, _, fields: told.append((event, dict(fields))))
    sink = audit_sink(configured(tmp_path, f'file = "{tmp_path}"'), events)
    assert sink is not None
    assert await sink.deliver([(1, DEED)]) == 0
    assert told == [("siem.unreachable", {"trouble": "file", "seconds": 1.0})]


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ((), "give either host or file"),
        (('host = "a"', 'file = "b"'), "give either host or file"),
        (('host = "a"', 'client_key_file = "b"'), "go together"),
        (('file = "b"', 'format = "cef"'), "siem.format"),
        (('file = "b"', 'sd_id = "taalpoort"'), "siem.sd_id"),
        (('file = "b"', 'sd_id = "a b@1"'), "siem.sd_id"),
        (('file = "b"', f'sd_id = "{"a" * 31}@1"'), "siem.sd_id"),
        (('host = "a"', 'security = "none"'), "siem.security"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, lines: tuple[str, ...], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        configured(tmp_path, *lines)


def test_a_key_that_others_can_read_or_that_is_none(
    tmp_path: Path, certificates: Certificates
) -> None:
    ours = issue(tmp_path / "ours", "poort.gemeente.example", client=True)
    named = (f'client_certificate_file = "{ours.certificate}"', f'client_key_file = "{ours.key}"')
    config = configured(tmp_path, 'host = "localhost"', *named)
    ours.key.chmod(0o644)
    with pytest.raises(ConfigError, match=r"client_key_file: .* can be read by others"):
        audit_sink(config, EVENTS)
    ours.key.write_bytes(b"no key")
    ours.key.chmod(0o600)
    with pytest.raises(ConfigError, match="not a certificate and its key"):
        audit_sink(config, EVENTS)
