"""The GnuPG engine where GnuPG can be lied to, and what it leaves behind: nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil
import pytest
from pysequoia import Tsk

from gateway.adapters.certificates import generate_gateway_key
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.gnupg import GnuPGEngine
from gateway.adapters.gnupg_home import OWNER, GnuPGHome, sweep
from gateway.adapters.gnupg_status import Report
from gateway.adapters.unsealing import Engines, unseal
from gateway.adapters.workers import SealerUnavailableError, WorkerPool
from gateway.domain.mail import SignatureState
from gateway.domain.stops import Hold, Reason, Reject
from gateway.ports import Keyring
from tests import crafted
from tests.crafted import mail, report
from tests.people import Person, encrypt_mail, gnupg_message, person

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET, PUBLIC = generate_gateway_key("Taalpoort <poort@gemeente.example>")
SECRETS = GatewaySecrets(openpgp=(SECRET,))
VICTIM = "A" * 40
VALID = b"VALIDSIG " + b"B" * 40 + b" 2026-11-23 1795449186 0 4 0 22 8 00 " + b"C" * 40
GOOD = b"GOODSIG 75FA8FD2C6E253F1 Noor"


def status(*lines: bytes, returncode: int = 0) -> Report:
    return Report(returncode, b"", b"".join(b"[GNUPG:] " + line + b"\n" for line in lines))


@pytest.fixture
def engine() -> Iterator[GnuPGEngine]:
    home = GnuPGHome()
    made = GnuPGEngine([SECRET], home=str(home.path))
    yield made
    made.close()
    home.close()


# status lines


def test_validsig_names_key_primary_date_and_digest() -> None:
    [verdict] = status(b"NEWSIG", GOOD, VALID).verdicts
    assert (verdict.issuer, verdict.primary) == ("B" * 40, "C" * 40)
    assert verdict.created is not None
    assert verdict.created.year == 2026
    assert verdict.fits
    assert not verdict.weak_hash


def test_goodsig_alone_proves_nothing() -> None:
    [verdict] = status(b"NEWSIG", GOOD).verdicts
    assert not verdict.fits


@pytest.mark.parametrize("separator", ["\u0085", "\u2028", "\r", "\x0b", "\x0c", "\x1c"])
def test_a_user_id_cannot_forge_a_line(separator: str) -> None:
    """Only a line feed ends a line; Python's splitlines takes each of these for one."""
    forged = GOOD + f"{separator}[GNUPG:] VALIDSIG {VICTIM} x".encode()
    [verdict] = status(b"NEWSIG", forged).verdicts
    assert verdict.primary == ""


def test_two_results_for_one_signature_are_none() -> None:
    assert not status(b"NEWSIG", GOOD, GOOD, VALID).verdicts[0].fits
    assert not status(b"NEWSIG", GOOD, VALID, VALID).verdicts[0].fits


def test_each_new_signature_is_counted() -> None:
    found = status(b"NEWSIG", GOOD, VALID, b"NEWSIG", b"ERRSIG 1122334455667788 22 2 00 1 9")
    assert [each.fits for each in found.verdicts] == [True, False]
    assert found.verdicts[1].weak_hash


@pytest.mark.parametrize(
    "line", [b"VALIDSIG", b"VALIDSIG x", VALID.replace(b"C" * 40, b"Z" * 40), VALID[:-1]]
)
def test_a_validsig_that_cannot_be_read_proves_nothing(line: bytes) -> None:
    assert not status(b"NEWSIG", GOOD, line).verdicts[0].fits


@pytest.mark.parametrize("kind", [b"02", b"10", b"13", b"1f", b"20", b"50"])
def test_a_signature_of_another_kind_signs_no_document(kind: bytes) -> None:
    """Certifications, revocations and the like (RFC 9580, section 5.2.1)."""
    other = VALID.replace(b" 00 ", b" " + kind + b" ")
    assert not status(b"NEWSIG", GOOD, other).verdicts[0].fits


@pytest.mark.parametrize("result", [b"EXPSIG", b"REVKEYSIG", b"BADSIG", b"ERRSIG"])
def test_only_a_good_result_fits(result: bytes) -> None:
    """An expired signature, a revoked key: VALIDSIG comes with those too."""
    assert not status(b"NEWSIG", result + GOOD[7:], VALID).verdicts[0].fits


@pytest.mark.parametrize("keyword", [b"NOTATION_DATA", b"POLICY_URL", b"PLAINTEXT", b"KEYEXPIRED"])
def test_what_a_sender_may_write_is_not_read(keyword: bytes) -> None:
    """Notations, a policy's address and a file's name are the signer's own words."""
    lines = (keyword + b" [GNUPG:] " + VALID, keyword + b" GOODSIG x", keyword + b" GOODMDC")
    report = status(b"NEWSIG", *lines)
    assert [each.fits for each in report.verdicts] == [False]
    assert not report.decrypted


def test_begun_decryption_does_not_mean_that_a_key_was_found() -> None:
    """GnuPG 2.2 says BEGIN_DECRYPTION without a session key too."""
    begun = status(b"ERROR pkdecrypt_failed 100663408", b"BEGIN_DECRYPTION", returncode=2)
    assert (begun.opened_by, begun.key_failures) == ("", [112])
    assert status(b"DECRYPTION_KEY " + b"A" * 40 + b" " + b"B" * 40 + b" u").opened_by == "A" * 40


def test_a_signature_that_was_not_made_is_told_from_a_recipient_without_a_key() -> None:
    assert status(b"BEGIN_SIGNING H10", b"FAILURE sign 1", returncode=2).failed_to_sign
    assert status(b"INV_SGNR 0 X", returncode=2).failed_to_sign
    assert not status(b"INV_RECP 0 X", b"FAILURE sign-encrypt 1", returncode=2).failed_to_sign
    made = (b"BEGIN_SIGNING H10", b"SIG_CREATED S 22 10 00 1 X", b"END_ENCRYPTION")
    assert status(*made).signed
    assert not status(*made, returncode=2).signed
    assert not status(*made[:2]).signed


def test_decrypted_means_whole_and_with_integrity() -> None:
    assert status(b"DECRYPTION_OKAY", b"GOODMDC").decrypted
    assert not status(b"DECRYPTION_OKAY").decrypted
    assert not status(b"GOODMDC").decrypted


# forgeries, with gpg itself


def test_a_forged_user_id_makes_nobody_else(engine: GnuPGEngine) -> None:
    """A contact's key with the victim's status line in a user id stays that contact's key."""
    forged = f"x\u0085[GNUPG:] VALIDSIG {VICTIM} 2026-11-23 1 0 4 0 22 8 00 {VICTIM}"
    tsk = Tsk.generate(user_ids=["Bo <bo@x.example>", forged])
    bo = Person("Bo", "bo@x.example", bytes(tsk), bytes(tsk.extract_certificate()))
    engine.set_keyring([bo.cert])
    content = mail(gnupg_message(bo, PUBLIC, report(), "--sign"))
    [signature] = unseal(content, Engines(openpgp=engine), now()).signatures
    assert signature.state is SignatureState.VALID
    assert signature.fingerprint == bo.fingerprint


def now() -> datetime:
    return datetime.now(UTC)


def test_plaintext_of_a_failed_decryption_is_not_used(engine: GnuPGEngine) -> None:
    noor = person(made_by="gnupg")
    engine.set_keyring([noor.cert])
    content = crafted.tampered(encrypt_mail(noor, PUBLIC, b"{}" * 20_000, style="gnupg-plain"), 0.9)
    with pytest.raises(Reject) as reject:
        unseal(content, Engines(openpgp=engine), now())
    assert reject.value.reasons == (Reason.DAMAGED,)


def test_the_keyring_holds_the_registered_contacts_and_nobody_else(engine: GnuPGEngine) -> None:
    """A certificate seen once, as that of a recipient, is no contact's."""
    noor = person(made_by="gnupg")
    engine.set_keyring([noor.cert])
    engine.set_keyring([])
    content = encrypt_mail(noor, PUBLIC, b"{}", style="gnupg")
    [signature] = unseal(content, Engines(openpgp=engine), now()).signatures
    assert signature.state is SignatureState.UNKNOWN_KEY


# nothing is left behind


def agents_of(process: int) -> list[psutil.Process]:
    children = psutil.Process(process).children(recursive=True)
    return [each for each in children if each.name() == "gpg-agent"]


def gone(process: psutil.Process) -> bool:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


async def test_the_agent_dies_with_its_opener() -> None:
    async with WorkerPool("gnupg", SECRETS, workers=1) as pool:
        [process] = pool.process_ids
        [agent] = agents_of(process)
        homedir = agent.cmdline()[agent.cmdline().index("--homedir") + 1]
        assert os.stat(homedir).st_mode & 0o777 == 0o700
        os.kill(process, signal.SIGKILL)
        assert gone(agent)
        content = encrypt_mail(person(made_by="gnupg"), PUBLIC, b"{}")
        while pool.process_ids == (process,):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
        opened = await pool.open(content, Keyring(revision=1, certificates=()))
        assert len(opened.signatures) == 1
        assert not os.access(homedir, os.F_OK)
        [agent] = agents_of(pool.process_ids[0])
    assert gone(agent)


async def test_the_agent_does_not_call_on_itself() -> None:
    """What it would die of within two minutes; waiting that long here would show no more."""
    async with WorkerPool("gnupg", SECRETS, workers=1) as pool:
        [agent] = agents_of(pool.process_ids[0])
        assert "--disable-check-own-socket" in agent.cmdline()


async def test_an_opener_whose_agent_died_is_replaced() -> None:
    """Without its agent every mail would look damaged."""
    noor = person(made_by="gnupg")
    keyring = Keyring(revision=1, certificates=(noor.cert,))
    content = encrypt_mail(noor, PUBLIC, b"{}")
    async with WorkerPool("gnupg", SECRETS, workers=1) as pool:
        agents_of(pool.process_ids[0])[0].kill()
        with pytest.raises(Hold) as hold:
            await pool.open(content, keyring)
        assert hold.value.reasons == (Reason.OPENER_LIMIT,)
        assert (await pool.open(content, keyring)).signatures[0].state is SignatureState.VALID


def test_a_sweep_removes_what_a_killed_gateway_left_and_nothing_else() -> None:
    mine, orphan = GnuPGHome(), GnuPGHome()
    orphan._lock.close()
    subprocess.run(
        ["gpg-agent", "--homedir", str(orphan.path), "--daemon"],
        check=True,
        stdout=subprocess.DEVNULL,  # the agent keeps a pipe open as long as it lives
        stderr=subprocess.DEVNULL,
    )
    found = [
        each
        for each in psutil.process_iter(["cmdline"])
        if str(orphan.path) in (each.info["cmdline"] or ())
    ]
    assert found
    assert sweep() >= 1
    assert not orphan.path.exists()
    assert (mine.path / OWNER).exists()
    assert all(gone(agent) for agent in found)
    mine.close()
    assert not mine.path.exists()


async def test_a_key_that_gnupg_does_not_take_is_named_at_the_start() -> None:
    with pytest.raises(SealerUnavailableError, match="secret key"):
        await WorkerPool("gnupg", GatewaySecrets(openpgp=(b"no key",)), workers=1).start()
