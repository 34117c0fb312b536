"""Several keys of the gateway's own: which opens, which signs, and which no longer does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.certificates import generate_gateway_key
from gateway.adapters.gateway_secrets import GatewaySecrets, OwnNames
from gateway.adapters.key_names import holder_of, names_of
from gateway.adapters.workers import EngineName, WorkerPool
from gateway.domain.mail import Protection, SignatureState
from gateway.domain.stops import Reason, Reject, Retry, Stop
from tests.contracts.sealers import PUBLIC, SECRET, keyring, noor
from tests.contracts.test_sealer_sealing import casemanager, letter
from tests.crafted import mail, report
from tests.people import gnupg_message, read_with_gpg, sequoia_message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NEW_SECRET, NEW_PUBLIC = generate_gateway_key("Taalpoort <poort@gemeente.example>")
OLD, NEW = (holder_of(each, Protection.OPENPGP) for each in (PUBLIC, NEW_PUBLIC))


@pytest.fixture(params=["sequoia", "gnupg"])
async def pool(request: pytest.FixtureRequest) -> AsyncIterator[WorkerPool]:
    """A gateway that has rotated its key: the newest signs, both open."""
    name: EngineName = request.param
    async with WorkerPool(name, GatewaySecrets(openpgp=(NEW_SECRET, SECRET)), workers=1) as running:
        yield running


@pytest.mark.parametrize("by", ["gnupg", "sequoia"])
@pytest.mark.parametrize(
    ("public", "opener"), [(PUBLIC, OLD), (NEW_PUBLIC, NEW)], ids=["old", "new"]
)
async def test_both_keys_open_and_which_one_did_is_said(
    pool: WorkerPool, by: str, public: bytes, opener: str
) -> None:
    armored = (
        gnupg_message(noor(), public, report(), "--sign")
        if by == "gnupg"
        else sequoia_message(noor(), public, report())
    )
    opened = await pool.open(mail(armored), keyring(noor().cert))
    assert [each.state for each in opened.signatures] == [SignatureState.VALID]
    assert opened.opened_by == opener


async def test_the_newest_signs_and_both_fingerprints_are_said(pool: WorkerPool) -> None:
    sealed = await pool.sealed(letter(casemanager().cert))
    assert (sealed.by, sealed.to) == (NEW, casemanager().fingerprint)
    read = read_with_gpg(casemanager(), sealed.mail, PUBLIC, NEW_PUBLIC)
    assert read.signers == (NEW,)


@pytest.mark.parametrize(
    ("others", "stop", "reason"),
    [
        (OwnNames(), Reject, Reason.NOT_FOR_US),
        (OwnNames(closed=names_of(PUBLIC)), Reject, Reason.OWN_KEY_CLOSED),
        (OwnNames(absent=names_of(PUBLIC)), Retry, Reason.OWN_KEY_ABSENT),
    ],
    ids=["stranger's", "closed", "absent"],
)
@pytest.mark.parametrize("engine", ["sequoia", "gnupg"])
async def test_a_key_of_ours_that_does_not_open_here(
    engine: EngineName, others: OwnNames, stop: type[Stop], reason: Reason
) -> None:
    secrets = GatewaySecrets(openpgp=(NEW_SECRET,), others=others)
    async with WorkerPool(engine, secrets, workers=1) as running:
        with pytest.raises(stop) as ended:
            await running.open(
                mail(sequoia_message(noor(), PUBLIC, report())), keyring(noor().cert)
            )
    assert ended.value.reasons == (reason,)


async def test_keys_change_under_a_running_pool_and_no_job_is_lost() -> None:
    """As when somebody rotates: what is in hand ends with the old keys, the rest has the new."""
    before = GatewaySecrets(openpgp=(SECRET,))
    after = GatewaySecrets(openpgp=(NEW_SECRET,), others=OwnNames(closed=names_of(PUBLIC)))
    content = mail(sequoia_message(noor(), PUBLIC, report()))
    async with WorkerPool("sequoia", before, workers=2) as running:
        first = [
            asyncio.ensure_future(running.open(content, keyring(noor().cert))) for _ in range(12)
        ]
        await asyncio.sleep(0.01)
        old = set(running.process_ids)
        running.renew(after)
        sealed = await running.sealed(letter(casemanager().cert))
        assert sealed.by == NEW
        done = await asyncio.gather(*first, return_exceptions=True)
        assert all(
            getattr(each, "opened_by", "") == OLD
            or (isinstance(each, Reject) and each.reasons == (Reason.OWN_KEY_CLOSED,))
            for each in done
        )
        with pytest.raises(Reject):
            await running.open(content, keyring(noor().cert))
        assert not old & set(running.process_ids)
