"""Each mail goes the real way and ends as its fault says, whichever engine opens it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pysequoia
import pytest
import pytest_asyncio
from pysequoia import Tsk

from gateway.domain.mail import Protection
from gateway.domain.stops import Outcome
from tests.mails.faults import SOON, Fault, every, scenes
from tests.mails.gatehouse import Gatehouse, gatehouse
from tests.mails.looking import Desk, desk
from tests.mails.openpgp import person
from tests.mails.scene import NAMES, Who
from tests.mails.smime import leaf
from tests.smime_people import Desk as SmimeDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from gateway.adapters.memory_flow import Outgoing
    from gateway.adapters.workers import EngineName

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Words of every good report of the scene: none of them may leave with an answer.
PAYLOAD = (b"Fictief", b"inburgeraar1@post.example", b"1234.5")
REGISTERED = {NAMES[who][1]: who for who in NAMES if who not in {Who.STRANGER, Who.GATEWAY}}

# S/MIME has one engine, whichever opens OpenPGP
House = tuple[Protection, "EngineName"]
HOUSES: tuple[House, ...] = (
    (Protection.OPENPGP, "sequoia"),
    (Protection.OPENPGP, "gnupg"),
    (Protection.SMIME, "sequoia"),
)


def named(each: object) -> str:
    if isinstance(each, tuple):
        return "-".join(map(str, each))
    return getattr(each, "name", str(each)).lower()


each_mail = pytest.mark.parametrize(("protection", "fault"), every(), ids=named)
each_house_and_mail = pytest.mark.parametrize(
    ("house", "protection", "fault"),
    [(house, *mail) for house in HOUSES for mail in every() if mail[0] is house[0]],
    ids=named,
)


@cache
def made(protection: Protection, fault: Fault) -> tuple[tuple[bytes, ...], datetime]:
    """The mails, the same for every engine, and when the last one comes in."""
    mails = fault.mails(scenes()[protection])
    return mails, datetime.now(UTC) + fault.arrives


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def houses() -> AsyncIterator[dict[House, Gatehouse]]:
    """All at once: a parameter of a fixture beside those of the test would make each anew."""
    async with AsyncExitStack() as stack:
        yield {
            (protection, engine): await stack.enter_async_context(gatehouse(engine, protection))
            for protection, engine in HOUSES
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inspecting(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[Protection, Desk]]:
    folder = tmp_path_factory.mktemp("desk")
    async with AsyncExitStack() as stack:
        opened = {}
        for protection in scenes():
            (folder / protection).mkdir()
            desk_of = desk(folder / protection, protection)
            opened[protection] = await stack.enter_async_context(desk_of)
        yield opened


@pytest.mark.parametrize(
    ("house", "protection"), [(house, house[0]) for house in HOUSES], ids=named
)
async def test_a_good_mail_of_the_same_scene_is_passed_on(
    houses: dict[House, Gatehouse],
    house: House,
    inspecting: dict[Protection, Desk],
    protection: Protection,
) -> None:
    """Or nothing below would show anything."""
    mail = scenes()[protection].mail()
    arrived = await houses[house].arrives([mail], datetime.now(UTC) + SOON)
    assert [(each.outcome, each.reasons) for each in arrived.outcomes] == [(Outcome.FORWARD, ())]
    report, receipt = arrived.outgoing
    assert (report.kind, report.recipient) == ("report", NAMES[Who.CASEMANAGER][1])
    assert (receipt.kind, receipt.recipient) == ("receipt", NAMES[Who.SENDER][1])
    assert all(word in opened(report) for word in PAYLOAD[:1])
    said = await inspecting[protection].says([mail], datetime.now(UTC) + SOON)
    assert (said["outcome"], said["sender"]) == ("forward", Who.SENDER)


@each_house_and_mail
async def test_it_ends_as_its_fault_says(
    houses: dict[House, Gatehouse], house: House, protection: Protection, fault: Fault
) -> None:
    mails, at = made(protection, fault)
    arrived = await houses[house].arrives(mails, at)
    assert [each.outcome for each in arrived.handled[:-1]] == [Outcome.FORWARD] * (len(mails) - 1)
    outcomes = {each.outcome for each in arrived.outcomes}
    reasons = frozenset(reason for each in arrived.outcomes for reason in each.reasons)
    assert (outcomes, reasons) == ({fault.outcome}, fault.reasons)
    assert_nothing_leaks(arrived.outgoing)


@each_mail
async def test_inspect_says_the_same(
    inspecting: dict[Protection, Desk], protection: Protection, fault: Fault
) -> None:
    mails, at = made(protection, fault)
    said = await inspecting[protection].says(mails, at)
    assert said["outcome"] == fault.outcome
    assert set(said["reasons"]) == fault.reasons


def assert_nothing_leaks(outgoing: Iterable[Outgoing]) -> None:
    """Answers only, sealed, to people who are registered, and no word of the report in them."""
    for each in outgoing:
        assert each.kind in {"receipt", "notice"}
        assert each.recipient in REGISTERED
        assert not any(word in each.mail for word in PAYLOAD)
        assert not any(word in opened(each) for word in PAYLOAD)


def opened(outgoing: Outgoing) -> bytes:
    """What its recipient reads."""
    who = REGISTERED[outgoing.recipient]
    if b"application/pkcs7-mime" in outgoing.mail:
        with SmimeDesk() as reading:
            return reading.decrypt(outgoing.mail, leaf(who))
    armored = outgoing.mail[outgoing.mail.index(b"-----BEGIN PGP MESSAGE-----") :]
    reader = Tsk.from_bytes(person(who).tsk)
    decrypted = pysequoia.decrypt(armored.partition(b"\r\n--=_o")[0], decryptor=reader.decryptor())
    assert decrypted.bytes
    return bytes(decrypted.bytes)
