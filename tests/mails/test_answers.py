"""What somebody hears whose mail cannot be proven does not tell what was inside it.

Whoever meddles with a ciphertext and sends it in learns from an answer at most what
they knew: every failure of the encryption is one reason, every answer has one length,
and it goes, sealed, to the registered holder of the address and to nobody else.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests.mails.faults import SOON, Fault, faults, scenes
from tests.mails.gatehouse import Gatehouse, gatehouse
from tests.mails.scene import NAMES, Who
from tests.mails.test_faults import made, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.adapters.memory_flow import Outgoing

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAAR = NAMES[Who.SENDER][1]
# What changes with every answer: ids made from the mail's own, dates, and boundaries made of them.
CHANGING = re.compile(rb"[0-9a-f]{24,}|ontvangst-\d+|\d\d:\d\d(:\d\d)?|=_[ma]")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[Gatehouse]:
    """Of one engine: that both give the same reasons is shown with each mail."""
    async with gatehouse("sequoia") as ready:
        yield ready


def unproven() -> list[Fault]:
    """Mails in the sender's name whose sender is not proven, of every kind."""
    spoiled = {Reason.DAMAGED, Reason.NOT_FOR_US, Reason.UNKNOWN_SIGNER, Reason.NOT_SIGNED}
    spoiled |= {Reason.BAD_SIGNATURE, Reason.MALFORMED, Reason.SEVERAL_SIGNATURES}
    return [
        each
        for each in faults()
        if each.reasons <= spoiled and Protection.OPENPGP in each.protections
    ]


async def answer(house: Gatehouse, fault: Fault) -> Outgoing | None:
    """The one that a mail with this fault causes."""
    arrived = await house.arrives(*made(Protection.OPENPGP, fault))
    assert len(arrived.outgoing) <= 1
    return arrived.outgoing[0] if arrived.outgoing else None


async def test_every_failure_of_the_encryption_has_one_and_the_same_answer(
    house: Gatehouse,
) -> None:
    """Wrong integrity, none, bits flipped, cut short, a damaged session key: to the letter."""
    damaged = [each for each in unproven() if each.reasons == {Reason.DAMAGED}]
    assert len(damaged) > 15
    texts = set()
    for each in damaged:
        sent = await answer(house, each)
        assert sent is not None
        texts.add(CHANGING.sub(b"", opened(sent)))
    assert len(texts) == 1


async def test_no_answer_shows_its_reason_by_its_length_or_by_where_it_goes(
    house: Gatehouse,
) -> None:
    shapes = {}
    for each in unproven():
        sent = await answer(house, each)
        if sent is not None and sent.recipient == SAAR:
            shapes[each.name] = (sent.kind, len(opened(sent)), sent.mail.count(b"\r\n"))
    assert {"integrity-wrong", "not-for-us", "signed-by-stranger", "unsigned"} <= set(shapes)
    assert len(set(shapes.values())) == 1, shapes


async def test_only_the_registered_holder_of_an_address_is_answered(house: Gatehouse) -> None:
    scene = scenes()[Protection.OPENPGP]
    body = scene.sealed(scene.inner(), Who.STRANGER)
    stranger = f"Niemand Bekend <{NAMES[Who.STRANGER][1]}>"
    fields = scene.fields(from_=stranger, reply_to=SAAR, return_path=f"<{SAAR}>")
    arrived = await house.arrives([scene.mail(body, fields)], datetime.now(UTC) + SOON)
    assert arrived.outgoing == []
