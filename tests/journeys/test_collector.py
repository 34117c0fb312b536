"""The municipality's collector: every record reaches it, whichever side ends meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.database_log import DatabaseLog
from gateway.wiring import parts
from tests.databases import KINDS
from tests.journeys.conftest import a_town
from tests.journeys.gateways import GatewayProcess
from tests.journeys.town import report
from tests.servers.collector import Collector, Manner
from tests.servers.process import free_port, wait_until
from tests.world import CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town
    from tests.servers.tls import Certificates


@pytest.fixture
def port() -> int:
    """Where the collector is, when it is there."""
    return free_port()


@pytest.fixture(params=KINDS)
def town(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    port: int,
) -> Iterator[Town]:
    """With a collector in its configuration."""
    more = (
        "[run]\npoll_seconds = 0.2\n"
        f'[otlp]\nendpoint = "https://localhost:{port}/v1/traces"\n'
        f'ca_file = "{certificates.ca}"\nbatch = 3\ntimeout_seconds = 20\n'
    )
    with a_town(request.param, request, tmp_path_factory, settings=more) as made:
        yield made


def on_record(town: Town) -> list[str]:
    """The span ids of every record in the log."""

    async def read() -> list[Any]:
        book = DatabaseLog(town.database, parts.vault(town.config))
        return list(await book.show(last=None))

    found = town.run(read())
    return [each.head.span_id for each in found if each.head.kind != "audit"]


def test_mail_goes_on_without_it_and_every_record_arrives_once_it_is_there(
    town: Town, certificates: Certificates, port: int
) -> None:
    gateway, context = GatewayProcess(town.file), certificates.server_context()
    who = town.inburgeraar()
    gateway.start()
    gateway.wait_until_started()
    try:
        town.send(SAAR, report(who))
        assert len(town.all_read(CASPER)) == 1  # nobody listens, and the mail arrived
        wait_until(lambda: bool(gateway.told("otlp.unreachable")), what="otlp.unreachable")
        with Collector(context, port) as first:
            first.wait_for(len(on_record(town)))
            first.manner, came = Manner.FORGETFUL, len(set(first.ids()))
            town.send(SAAR, report(who))
            first.wait_for(came + 1)  # some came, and it never said so
            gateway.kill()
        town.post(SAAR, town.sealed(SAAR, report(who)))
        gateway.start()
        gateway.wait_until_started()
        town.settle(3)
        with Collector(context, port) as second:
            wait_until(
                lambda: set(first.ids()) | set(second.ids()) >= set(on_record(town)),
                what="every record",
            )
    finally:
        assert gateway.stop() == 0
    assert set(first.ids() + second.ids()) == set(on_record(town))
    assert gateway.told("bug") == []
    assert {each["trouble"] for each in gateway.told("otlp.unreachable")} == {"unreachable"}
