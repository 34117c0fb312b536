"""A sealer under test, and how somebody writes to it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from gateway.adapters.certificates import generate_gateway_key
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.memory_sealer import MemorySealer, transparent_message
from gateway.adapters.workers import WorkerPool
from gateway.domain.mail import SignatureState
from gateway.domain.stops import Reason, Stop
from gateway.ports import Keyring
from tests import crafted
from tests.crafted import mail, report
from tests.people import (
    Person,
    Style,
    person,
    sequoia_message,
)
from tests.servers.gnupg_agent import AgentHome
from tests.servers.openpgp_card import OpenPGPCard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


EngineName = Literal["sequoia", "gnupg", "memory"]
SECRET, PUBLIC = generate_gateway_key("Taalpoort <poort@gemeente.example>")
SECRETS = GatewaySecrets(openpgp=(SECRET,))
NOW = datetime.now(UTC).replace(microsecond=0)
STYLES: tuple[Style, ...] = ("sequoia", "gnupg", "gnupg-plain", "gnupg-nested", "thunderbird")


def noor() -> Person:
    return person(made_by="gnupg")


def keyring(*certificates: bytes, revision: int = 1) -> Keyring:
    return Keyring(revision=revision, certificates=certificates)


def just_now() -> datetime:
    """After a key by Sequoia was made: it dates them a minute back."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)


@dataclass(frozen=True)
class House:
    """A sealer under test, and how somebody writes to it."""

    name: EngineName
    sealer: WorkerPool | MemorySealer

    def message(self, inner: bytes, *signers: Person, reader: bytes = PUBLIC) -> bytes:
        if self.name == "memory":
            certs = [each.cert for each in signers]
            return transparent_message(inner, reader=reader, signers=certs)
        if len(signers) < 2:
            return sequoia_message(signers[0] if signers else None, reader, inner)
        packets = crafted.signed_packets(inner, *signers)
        return crafted.encrypted_packets(reader, packets)

    def mail(self, *signers: Person, inner: bytes | None = None, **headers: str) -> bytes:
        return mail(self.message(inner or report(), *signers), **headers)

    async def reasons(self, content: bytes, *certificates: bytes) -> tuple[Reason, ...]:
        with pytest.raises(Stop) as stop:
            await self.sealer.open(content, keyring(*certificates))
        return stop.value.reasons

    async def states(self, content: bytes, *certificates: bytes) -> list[SignatureState]:
        opened = await self.sealer.open(content, keyring(*certificates))
        if SignatureState.VALID not in [each.state for each in opened.signatures]:
            assert opened.attachments == ()
            assert opened.protected is None
        return [each.state for each in opened.signatures]


@pytest.fixture(scope="session")
def kept() -> Iterator[AgentHome]:
    """The gateway's key on a card, for GnuPG."""
    with AgentHome(OpenPGPCard()) as home:
        yield home.take(SECRET, PUBLIC)


@pytest.fixture(params=["sequoia", "gnupg", "gnupg-card", "memory"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    if request.param == "memory":
        yield House("memory", MemorySealer(PUBLIC))
        return
    async with _real(request) as house:
        yield house


@pytest.fixture(params=["sequoia", "gnupg", "gnupg-card"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """The real ones only: for what the twin's envelope cannot express."""
    async with _real(request) as house:
        yield house


@asynccontextmanager
async def _real(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    secrets, name = SECRETS, request.param
    if name == "gnupg-card":
        home: AgentHome = request.getfixturevalue("kept")
        secrets, name = GatewaySecrets(agent=home.secrets), "gnupg"
    async with WorkerPool(name, secrets, workers=1) as pool:
        yield House(name, pool)
