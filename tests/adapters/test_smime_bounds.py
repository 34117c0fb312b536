"""An opener's bounds hold for S/MIME: what is large passes, what is made to cost is refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.adapters.cms_read import ELEMENTS_LIMIT, OCTETS, der
from gateway.adapters.gateway_secrets import GatewaySecrets, SmimeSecrets
from gateway.adapters.workers import WorkerPool
from gateway.domain.mail import SignatureState
from gateway.domain.stops import Reason, Reject
from gateway.ports import Keyring
from tests import crafted_cms
from tests.crafted_cms import Signing
from tests.people import entity
from tests.smime_engines import INNER, gateway, noor, trust
from tests.smime_people import ISSUING, Desk, opaque_entity, signed_entity, smime_mail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

RING = Keyring(revision=1, certificates=(), x509=(noor().certificate,))
END = b"\0\0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    own = gateway()
    pair = SmimeSecrets(secrets=(own.key + own.pem,), certificate=own.pem + ISSUING.pem)
    async with WorkerPool("sequoia", GatewaySecrets(smime=pair), workers=1) as started:
        started.set_trust(trust())
        yield started


@pytest.mark.parametrize(("opaque", "options"), [(False, []), (True, ["-stream"])])
async def test_what_a_mail_can_hold_passes(
    pool: WorkerPool, *, opaque: bool, options: list[str]
) -> None:
    """25 MB of mail, in one piece and in pieces; in one layer of base64 more it holds less."""
    big = os.urandom(9_700_000 if opaque else 13_200_000)
    inner = entity([("bijlage.pdf", "application/pdf", big)])
    with Desk() as desk:
        signed = desk.sign(inner, noor(), opaque=opaque, options=options)
        mail = smime_mail(desk.encrypt(signed, gateway(), options=options))
    assert 24_000_000 < len(mail) < 26_000_000
    opened = await pool.open(mail, RING)
    assert [each.state for each in opened.signatures] == [SignatureState.VALID]
    assert [each.content for each in opened.attachments] == [big]


def signed() -> bytes:
    signature = crafted_cms.apart(INNER, Signing(by=noor()), certificates=[ISSUING])
    return signed_entity(INNER, signature)


def in_pieces(size: int) -> bytes:
    """A content in so many pieces of one octet each."""
    pieces = b"".join(der(OCTETS, b"x") for _ in range(size))
    return b"\x30\x80" + b"\x24\x80" + pieces + END + END


COSTLY = {
    "nested": b"\x30\x80" * 1_000_000,
    "nested-in-octets": b"\x24\x80" * 500_000 + END * 500_000,
    "pieces": in_pieces(ELEMENTS_LIMIT + 1),
    "length": b"\x30\x84\x7f\xff\xff\xff" + bytes(1000),
}


@pytest.mark.parametrize("name", COSTLY)
async def test_what_is_made_to_cost_is_damaged(pool: WorkerPool, name: str) -> None:
    """Outside, and inside the encryption, where it is nothing that anybody signed."""
    inside = crafted_cms.enveloped(opaque_entity(COSTLY[name]), gateway())
    for mail, reason in (
        (smime_mail(COSTLY[name]), Reason.DAMAGED),
        (smime_mail(inside), None),
    ):
        if reason is None:
            opened = await pool.open(mail, RING)
            assert (opened.signatures, opened.attachments) == ((), ())
            continue
        with pytest.raises(Reject) as stop:
            await pool.open(mail, RING)
        assert stop.value.reasons == (reason,)
    opened = await pool.open(smime_mail(crafted_cms.enveloped(signed(), gateway())), RING)
    assert [each.state for each in opened.signatures] == [SignatureState.VALID]
