"""The life of the gateway's own key: rotated while partners write to the old one, and its end.

One story on each database, in the order in which it happens.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from gateway import config as configuration
from gateway.adapters.key_making import made_key
from gateway.adapters.own_key_book import recorded_keys
from gateway.adapters.tables_flow import outcomes, outgoing
from gateway.cli.main import app
from gateway.domain.own_keys import OwnKeyState, WhyRevoked
from gateway.domain.texts import Language
from gateway.wiring import NotReadyError
from gateway.wiring.key_life import OwnKeyLife, own_key_life
from gateway.wiring.key_papers import certificates_for_partners, key_directory, key_statement
from tests import world
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.gateways import RunningGateway
from tests.journeys.town import report
from tests.people import GpgHome
from tests.world import CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from gateway.domain.own_keys import OwnKeys
    from tests.journeys.town import Town

_Result = TypeVar("_Result")
DAYS = timedelta(days=90)


def life(town: Town, work: Callable[[OwnKeyLife], Awaitable[_Result]]) -> _Result:
    """Something done to the keys of this town's gateway, by an operator."""

    async def inside() -> _Result:
        async with own_key_life(town.config) as keys:
            return await work(keys)

    return town.run(inside())


def keys_of(town: Town) -> OwnKeys:
    return town.run(recorded_keys(town.database))


def columns(town: Town) -> tuple[list[str | None], list[tuple[str | None, str | None]]]:
    """Which key opened each mail of today, and which sealed what went out; in order."""

    async def look() -> tuple[list[str | None], list[tuple[str | None, str | None]]]:
        async with town.database.reading() as connection:
            opened = await connection.execute(
                select(outcomes.c.opened_by).order_by(outcomes.c.recorded_at)
            )
            sealed = await connection.execute(
                select(outgoing.c.sealed_by, outgoing.c.sealed_to).order_by(outgoing.c.created_at)
            )
            return list(opened.scalars()), [(row[0], row[1]) for row in sealed]

    return town.run(look())


@contextmanager
def renewed(town: Town) -> Iterator[None]:
    """The gateway has seen it; a key that is made perhaps twice, in its file and on record."""
    before = len(town.gateway.told("keys.renewed"))
    yield
    town.gateway.wait_until_told("keys.renewed", count=before + 1)


def trusted(town: Town, certificate: bytes) -> None:
    for each in town.household.residents.values():
        each.trust(certificate)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_rotated_overlaps_closes_and_is_revoked(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> None:
    with a_town(kind, request, tmp_path_factory) as town, at_work(town):
        old, old_certificate = town.fingerprint, town.certificate
        sends(town, opened_by=old, signed_by=old)
        shown = CliRunner().invoke(app, ["log", "show", "--details", "--config", str(town.file)])
        for word in (f"opened_by: {old}", f"sealed_by: {old}", "sealed_to: "):
            assert word in shown.stdout

        # A new key, with a post-quantum subkey; partners still use the old one.
        until = datetime.now(UTC) + timedelta(days=1000)
        with renewed(town):
            life(town, lambda keys: keys.make(until, by=world.BY, post_quantum=True))
        sends(town, opened_by=old, signed_by=old)
        with renewed(town):
            life(town, lambda keys: keys.rotate(to="", overlap=DAYS, by=world.BY))
        new = keys_of(town).current
        assert new is not None
        assert new.fingerprint != old
        town.fingerprint = new.fingerprint
        trusted(town, town.run(certificates_for_partners(town.config, older=False)).encode())
        sends(town, opened_by=old, signed_by=new.fingerprint)

        # The statement by the old key lets them believe the new one.
        said = town.run(key_statement(town.config, "", Language.NL))
        checked = town.resident(SAAR).home.run("--status-fd", "2", "--verify", given=said)
        assert f"VALIDSIG {old}".encode() in checked.stderr

        # Those who have it write to it; GnuPG passes the further subkey over.
        town.certificate = (town.folder / "gateway.asc").read_bytes()
        sends(town, opened_by=new.fingerprint, signed_by=new.fingerprint)

        # Ninety days later the old one opens no more; who still uses it is told.
        town.certificate = old_certificate
        with renewed(town):
            town.gateway.clock = lambda: datetime.now(UTC) + DAYS + timedelta(minutes=1)
        refused(town)
        town.gateway.clock = lambda: datetime.now(UTC)

        # Revoked and destroyed; partners import the revocation.
        life(town, lambda keys: keys.revoke(old, WhyRevoked.COMPROMISED, None, by=world.BY))
        handed = town.run(certificates_for_partners(town.config, older=True)).encode()
        with GpgHome() as home:
            home.add(handed)
            lines = home.run("--with-colons", "--list-keys").stdout.decode().splitlines()
        assert [line.split(":")[1] for line in lines if line[:4] == "pub:"] == ["-", "r"]
        tree = town.run(key_directory(town.config, tmp_path))
        assert len(tree) == 4
        assert all((tmp_path / each).stat().st_mode & 0o044 == 0o044 for each in tree)
        (gone,) = life(town, lambda keys: keys.prune(by=world.BY))
        assert gone.fingerprint == old
        assert old_certificate not in (town.folder / "gateway.sec").read_bytes()
        refused(town)
        assert keys_of(town).named(old).state(datetime.now(UTC)) is OwnKeyState.REVOKED


def sends(town: Town, *, opened_by: str, signed_by: str) -> None:
    """A report goes through; and on record is which key opened it and which signed what came."""
    number = town.inburgeraar()
    town.new_day()
    before = [len(each) for each in columns(town)]
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    town.fingerprint = signed_by
    assert town.read(CASPER).report["betrokkene"]
    opened, sealed = columns(town)
    assert set(opened[before[0] :]) == {opened_by}
    assert set(sealed[before[1] :]) == {
        (signed_by, town.resident(who).key.fingerprint) for who in (CASPER, SAAR)
    }


def refused(town: Town) -> None:
    """Nothing goes on, and the school hears which key to use, without a word of the report."""
    number = town.inburgeraar()
    town.new_day()
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    told = town.read(SAAR)
    assert "oude sleutel van ons" in told.text
    assert not told.tells("betrokkene")
    [[(_, outcome, reasons)]] = [each.standing for each in town.records()]
    assert (outcome, set(reasons)) == ("reject", {"art-12.5/encrypted-to-our-old-key"})


def test_two_gateways_share_the_keys_that_both_have(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The second machine did not get the file: it refuses no mail, and does not start anew."""
    with a_town("postgresql", request, tmp_path_factory) as town:
        second = town.folder / "second.toml"
        lacking = town.folder / "second.sec"
        lacking.touch(mode=0o600)
        lacking.write_bytes((town.folder / "gateway.sec").read_bytes())
        second.write_text(
            town.file.read_text()
            .replace(str(town.folder / "gateway.sec"), str(lacking))
            .replace('instance = "poort-1"', 'instance = "poort-2"')
        )
        other = RunningGateway(configuration.load(second))
        other.start()
        try:
            life(
                town,
                lambda keys: keys.make(datetime.now(UTC) + DAYS, by=world.BY, post_quantum=False),
            )
            life(town, lambda keys: keys.rotate(to="", overlap=DAYS, by=world.BY))
            other.wait_until_told("keys.missing")
            town.certificate = (town.folder / "gateway.asc").read_bytes()
            trusted(town, town.certificate)
            number = town.inburgeraar()
            town.post(SAAR, town.sealed(SAAR, report(number)))
            other.wait_until_told("mail.put_back")
            assert other.told("mail.put_back")[0]["reasons"] == "gateway/own-key-absent"
            assert other.told("mail.handled") == []
            assert town.got().keys() <= {"gateway"}
            # It may have looked between making and rotating, or not.
            before = len(other.told("keys.renewed"))
            lacking.write_bytes((town.folder / "gateway.sec").read_bytes())
            other.wait_until_told("keys.renewed", count=before + 1)
            current = keys_of(town).current
            assert current is not None
            town.fingerprint = current.fingerprint
            town.settle(1)
            assert town.got() == {CASPER: 1, SAAR: 1}
            assert town.read(CASPER).report["betrokkene"]
        finally:
            other.stop()
        lacking.write_bytes(
            made_key(
                "Ander <ander@x.example>", until=datetime.now(UTC) + DAYS, post_quantum=False
            ).secret
        )
        third = RunningGateway(configuration.load(second))
        with pytest.raises(NotReadyError, match="the one in use, is not in it"):
            third.start()
        assert other.told("bug") == []
