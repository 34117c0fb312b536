"""A gateway that learns what was revoked: fetched, given to its openers, and told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway import wiring
from gateway.adapters.database_register import Register
from gateway.domain.mail import SignatureState
from gateway.events import CATALOGUE, silent
from gateway.runner import Runner
from tests import world
from tests.installations import ADDRESS, secret
from tests.pki import Authority
from tests.servers.publisher import publishing
from tests.smime_people import Desk, smime_mail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.wiring.running import Parts
    from tests.installations import Installation
    from tests.pki import Leaf
    from tests.servers.publisher import Publisher

SAAR = "saar@taalschool.example"
SECTION = """
[smime]
secret_key_file = "{folder}/smime.key"
certificate_file = "{folder}/smime.pem"
roots_file = "{folder}/roots.pem"
intermediates_file = "{folder}/issuing.pem"
"""
VALID, UNKNOWN = SignatureState.VALID, SignatureState.REVOCATION_UNKNOWN
REVOKED = SignatureState.KEY_REVOKED


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@dataclass
class Town:
    """An installation with S/MIME, in whose register Saar stands with a certificate."""

    installation: Installation
    publisher: Publisher
    issuing: Authority
    saar: Leaf
    mail: bytes

    def configure(self, **settings: str) -> None:
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        with self.installation.file.open("a") as file:
            file.write(lines)

    async def state(self, parts: Parts, at: datetime) -> SignatureState:
        keyring = await parts.gate.registry.keyring()
        unsealed = await parts.gate.sealer.open(self.mail, keyring, at=at)
        (signature,) = unsealed.signatures
        return signature.state

    def examined(self, part: str, *more: str) -> tuple[bool, str]:
        result = self.installation.run("doctor", "--json", *more)
        found = {each["part"]: each for each in json.loads(result.stdout)}
        return found[part]["good"], found[part]["text"]


@pytest.fixture
async def town(installation: Installation, publisher: Publisher) -> Town:
    publisher.pages.clear()
    publisher.asked.clear()
    root = Authority.make("Root")
    issuing = root.intermediate("Issuing", crl_urls=[f"{publisher.address}/root.crl"])
    own = issuing.issue(ADDRESS, key="rsa2048")
    saar = issuing.issue(SAAR, key="p256", crl_urls=[f"{publisher.address}/1.crl"])
    publisher.put("/root.crl", root.crl())
    publisher.put("/1.crl", issuing.crl())
    write(installation.folder, root, issuing, own)
    with installation.file.open("a") as file:
        file.write(SECTION.format(folder=installation.folder))
    async with wiring.register(installation.config()) as register:
        assert isinstance(register, Register)
        async with register.change(by=world.BY) as change:
            await change.contacts.propose_key(world.SAAR, saar.pem)
        await world.confirm_keys(register)
    with Desk() as desk:
        mail = smime_mail(desk.encrypt(desk.sign(b"Content-Type: text/plain\r\n\r\nx", saar), own))
    return Town(installation, publisher, issuing, saar, mail)


def write(folder: Path, root: Leaf, issuing: Leaf, own: Leaf) -> None:
    secret(folder / "smime.key", own.key)
    (folder / "smime.pem").write_bytes(own.pem + issuing.pem)
    (folder / "roots.pem").write_bytes(root.pem)
    (folder / "issuing.pem").write_bytes(issuing.pem)


async def refreshed(parts: Parts, at: datetime) -> wiring.TrustNews:
    assert parts.refresh is not None
    return await parts.refresh(at)


async def test_what_is_fetched_reaches_the_openers(town: Town) -> None:
    town.configure(fetch_private="true")
    now = datetime.now(UTC)
    async with wiring.serving(town.installation.config(), silent) as parts:
        assert await town.state(parts, now) is UNKNOWN
        news = await refreshed(parts, now)
        assert (news.fetched, news.failed, news.unknown, news.untrusted) == (2, {}, 0, 0)
        assert await town.state(parts, now) is VALID
        later = now + timedelta(hours=7)
        town.publisher.put("/1.crl", town.issuing.crl([town.saar], this_update=now))
        assert (await refreshed(parts, later)).fetched == 2
        assert await town.state(parts, later) is REVOKED


async def test_what_was_fetched_is_there_after_a_new_start(town: Town) -> None:
    town.configure(fetch_private="true")
    now = datetime.now(UTC)
    async with wiring.serving(town.installation.config(), silent) as parts:
        await refreshed(parts, now)
    town.publisher.pages.clear()
    async with wiring.inspecting(town.installation.config()) as gate:
        keyring = await gate.registry.keyring()
        unsealed = await gate.sealer.open(town.mail, keyring, at=now)
        assert [each.state for each in unsealed.signatures] == [VALID]


async def test_a_running_gateway_fetches_by_itself(town: Town) -> None:
    town.configure(fetch_private="true")
    told: list[str] = []
    fetched = asyncio.Event()

    def emit(event: str, **fields: str | int | float) -> None:
        assert fields.keys() <= CATALOGUE[event].fields.keys()
        told.append(event)
        if event == "revocation.fetched":
            fetched.set()

    async with wiring.serving(town.installation.config(), emit) as parts:
        runner = Runner(replace(parts, refresh_seconds=0.05))
        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(300):
            await fetched.wait()
            assert await town.state(parts, datetime.now(UTC)) is VALID
        runner.stop()
        await running
    assert told.count("revocation.fetched") == 1
    assert "bug" not in told


async def test_nothing_is_fetched_where_that_is_turned_off_or_near_us(town: Town) -> None:
    now = datetime.now(UTC)
    async with wiring.serving(town.installation.config(), silent) as parts:
        news = await refreshed(parts, now)
        assert news.failed == {"address": 2}
        assert news.unknown == 1
    town.configure(fetch="false")
    async with wiring.serving(town.installation.config(), silent) as parts:
        news = await refreshed(parts, now)
        assert (news.failed, news.unknown) == ({}, 1)
        assert await town.state(parts, now) is UNKNOWN
    assert town.publisher.asked == []


async def test_roots_that_vanish_take_no_knowledge_away(town: Town) -> None:
    town.configure(fetch_private="true")
    now = datetime.now(UTC)
    async with wiring.serving(town.installation.config(), silent) as parts:
        await refreshed(parts, now)
        (town.installation.folder / "roots.pem").unlink()
        assert (await refreshed(parts, now)).roots_unreadable
        assert await town.state(parts, now) is VALID
    with pytest.raises(wiring.NotReadyError, match=r"smime.*roots\.pem"):
        async with wiring.serving(town.installation.config(), silent):
            pass


def test_doctor_says_what_mail_would_wait_for(town: Town) -> None:
    good, text = town.examined("revocation", "--quick")
    assert (good, text) == (
        False,
        "smime: of 1 certificates nobody says that they are not revoked",
    )
    lists = [town.publisher.pages[page] for page in ("/root.crl", "/1.crl")]
    for number, content in enumerate(lists):
        assert isinstance(content, bytes)
        (town.installation.folder / f"{number}.crl").write_bytes(content)
    folder = town.installation.folder
    town.configure(crl_files=f'["{folder}/0.crl", "{folder}/1.crl"]')
    good, text = town.examined("revocation", "--quick")
    assert (good, text) == (
        True,
        "1 certificates, 2 lists, 0 answers, all of it until 2044-01-01 00:00 UTC",
    )
    (folder / "1.crl").write_bytes(b"junk")
    good, text = town.examined("revocation", "--quick")
    assert not good
    assert text.startswith(f"smime: {folder}/1.crl cannot be read; of 1 certificates")
    (folder / "roots.pem").write_bytes(Authority.make("Other").pem)
    good, text = town.examined("revocation", "--quick")
    assert text.endswith("1 certificates lead to no configured root")


@pytest.mark.parametrize("away", [False, True])
def test_doctor_looks_whether_the_proxy_listens(town: Town, away: bool) -> None:
    port = "1" if away else town.publisher.address.rpartition(":")[2]
    town.configure(proxy=f'"http://poort:geheim@127.0.0.1:{port}"')
    found = town.examined("revocation proxy")
    assert found == ((False, "smime.proxy: cannot be reached") if away else (True, "reached"))
