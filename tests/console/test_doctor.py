"""``gateway doctor`` looks at the collector and the read interface too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.servers.collector import Collector, Manner
from tests.servers.process import free_port

if TYPE_CHECKING:
    from tests.installations import Installation
    from tests.servers.tls import Certificates


def found(installation: Installation, part: str) -> tuple[bool, str]:
    parts = json.loads(installation.run("doctor", "--json").stdout)
    (only,) = [each for each in parts if each["part"] == part]
    return only["good"], only["text"]


def with_collector(installation: Installation, certificates: Certificates, port: int) -> None:
    with installation.file.open("a") as file:
        file.write(
            f'[otlp]\nendpoint = "https://localhost:{port}/v1/traces"\n'
            f'ca_file = "{certificates.ca}"\ntimeout_seconds = 20\n'
        )


def test_neither_has_to_be_there(installation: Installation) -> None:
    assert found(installation, "collector") == (True, "none is configured")
    assert found(installation, "read interface") == (True, "none is configured")


@pytest.mark.parametrize(
    ("manner", "says"),
    [
        (Manner.GOOD, (True, "reached over TLS")),
        (Manner.MOVED, (False, "otlp.endpoint: refused")),
    ],
)
def test_a_collector_is_handed_a_delivery_with_nothing_in_it(
    installation: Installation,
    certificates: Certificates,
    manner: Manner,
    says: tuple[bool, str],
) -> None:
    with Collector(certificates.server_context()) as collector:
        collector.manner = manner
        with_collector(installation, certificates, collector.port)
        assert found(installation, "collector") == says
        assert collector.spans == []


def test_a_collector_that_is_not_there_is_named(
    installation: Installation, certificates: Certificates
) -> None:
    with_collector(installation, certificates, free_port())
    assert found(installation, "collector") == (False, "otlp.endpoint: unreachable")


def test_where_the_read_interface_listens(installation: Installation) -> None:
    with installation.file.open("a") as file:
        file.write('[api]\nlisten = "127.0.0.1:8443"\n')
    good, text = found(installation, "read interface")
    assert (good, text) == (True, "127.0.0.1:8443, on this machine only, 0 tokens")
