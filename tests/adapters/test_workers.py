"""Openers in processes of their own: what one hostile mail may cost, and what it may not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from gateway.adapters import opener, spawning
from gateway.adapters.certificates import generate_gateway_key
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.workers import Limits, SealerUnavailableError, WorkerPool
from gateway.domain.mail import Attachment, Letter, SignatureState, Unsealed
from gateway.domain.stops import Hold, Reason, Retry
from gateway.ports import Keyring
from tests.people import encrypt_mail, person

if TYPE_CHECKING:
    from collections.abc import Awaitable

SECRET, PUBLIC = generate_gateway_key("Taalpoort <poort@gemeente.example>")
SECRETS = GatewaySecrets(openpgp=(SECRET,))
MEGABYTE = 1024 * 1024
PATIENT = Limits(seconds=600.0, patience=600.0)
SOON_SLOW = Limits(seconds=60.0, patience=2.0)


def noor_keyring(revision: int = 1) -> Keyring:
    return Keyring(revision=revision, certificates=(person(made_by="gnupg").cert,))


@cache
def small() -> bytes:
    return encrypt_mail(person(made_by="gnupg"), PUBLIC, b'{"klein": 1}')


@cache
def large() -> bytes:
    """24 MB, with which an opener is busy for some tenths of a second."""
    big = [("bijlage.pdf", "application/pdf", os.urandom(13_000_000))]
    return encrypt_mail(person(made_by="gnupg"), PUBLIC, b"{}", extra_attachments=big)


def letter(content: bytes = b"{}") -> Letter:
    reader = person("Cas", "cas@gemeente.example", made_by="gnupg")
    return Letter(
        message_id="<1@poort.example>",
        date=datetime.now(UTC),
        sender="poort@gemeente.example",
        sender_name="Taalpoort",
        recipient=reader.address,
        certificate=reader.cert,
        subject="x",
        outer_subject="x",
        text="x",
        html="",
        attachments=(Attachment(name="a.pdf", media_type="application/pdf", content=content),),
    )


async def reasons(answer: Awaitable[object]) -> tuple[Reason, ...]:
    with pytest.raises(Hold) as hold:
        await answer
    return hold.value.reasons


def valid(opened: Unsealed) -> bool:
    return [each.state for each in opened.signatures] == [SignatureState.VALID]


# one mail's cost


@pytest.mark.parametrize("engine", ["sequoia", "gnupg"])
async def test_a_killed_opener_costs_the_mail_in_hand_only(engine: opener.EngineName) -> None:
    """Jobs that were already sent to it go to its successor."""
    keyring = noor_keyring()
    async with WorkerPool(engine, SECRETS, workers=1, limits=PATIENT) as pool:
        [process] = pool.process_ids
        os.kill(process, signal.SIGSTOP)  # or it might be done with it before it is killed
        in_hand = asyncio.create_task(pool.open(large(), keyring))
        await asyncio.sleep(0)
        behind = [asyncio.create_task(pool.open(small(), keyring)) for _ in range(5)]
        await asyncio.sleep(0)
        os.kill(process, signal.SIGKILL)
        assert await reasons(in_hand) == (Reason.OPENER_LIMIT,)
        assert all(map(valid, await asyncio.gather(*behind)))
        assert process not in pool.process_ids


async def test_a_mail_that_takes_too_long_is_held() -> None:
    """An opener that no longer answers is killed; stopping it is the surest way to be slow."""
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=Limits(seconds=5)) as pool:
        assert valid(await pool.open(small(), noor_keyring()))
        os.kill(pool.process_ids[0], signal.SIGSTOP)
        assert await reasons(pool.open(small(), noor_keyring())) == (Reason.OPENER_LIMIT,)
        assert valid(await pool.open(small(), noor_keyring()))


async def test_a_mail_that_takes_too_much_memory_is_held() -> None:
    limits = Limits(memory_bytes=40 * MEGABYTE)
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=limits) as pool:
        assert await reasons(pool.open(large(), noor_keyring())) == (Reason.OPENER_LIMIT,)
        assert valid(await pool.open(small(), noor_keyring()))


async def test_a_letter_that_cannot_be_sealed_within_bounds_is_held() -> None:
    limits = Limits(memory_bytes=40 * MEGABYTE)
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=limits) as pool:
        held = pool.seal(letter(os.urandom(20_000_000)))
        assert await reasons(held) == (Reason.SEALING_FAILED,)
        assert (await pool.seal(letter())).startswith(b"From: ")


async def test_a_25_megabyte_letter_is_sealed() -> None:
    async with WorkerPool("sequoia", SECRETS, workers=1) as pool:
        assert len(await pool.seal(letter(os.urandom(13_000_000)))) > 23_000_000


async def test_large_mails_are_opened_one_at_a_time() -> None:
    """So that two openers never hold a large mail together: the whole stays small."""
    async with WorkerPool("sequoia", SECRETS, workers=2) as pool:
        before = sum(psutil.Process(each).memory_info().rss for each in pool.process_ids)
        peak = 0
        jobs = [asyncio.create_task(pool.open(large(), noor_keyring())) for _ in range(4)]
        while not all(job.done() for job in jobs):
            now = sum(psutil.Process(each).memory_info().rss for each in pool.process_ids)
            peak = max(peak, now - before)
            await asyncio.sleep(0.01)
        assert all(map(valid, await asyncio.gather(*jobs)))
        assert peak < 200 * MEGABYTE


async def test_small_mails_pass_a_large_one() -> None:
    async with WorkerPool("sequoia", SECRETS, workers=2, limits=PATIENT) as pool:
        first, _ = pool.process_ids
        os.kill(first, signal.SIGSTOP)  # which the large one goes to
        slow = [asyncio.create_task(pool.open(large(), noor_keyring())) for _ in range(4)]
        await asyncio.sleep(0)
        for _ in range(5):
            assert valid(await pool.open(small(), noor_keyring()))
        assert not any(each.done() for each in slow)
        os.kill(first, signal.SIGCONT)
        assert all(map(valid, await asyncio.gather(*slow)))


async def test_a_mail_that_takes_long_keeps_no_other_waiting() -> None:
    """Its opener goes on with it alone, and a fresh one takes the rest, those sent ahead too."""
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=SOON_SLOW) as pool:
        [process] = pool.process_ids
        os.kill(process, signal.SIGSTOP)
        slow = asyncio.create_task(pool.open(small(), noor_keyring()))
        others = [asyncio.create_task(pool.open(small(), noor_keyring())) for _ in range(5)]
        assert all(map(valid, await asyncio.gather(*others)))
        assert not slow.done()
        os.kill(process, signal.SIGCONT)
        assert valid(await slow)
        assert process not in pool.process_ids


async def test_of_many_that_take_long_one_goes_on_at_a_time() -> None:
    """However many come, the others find as many openers as ever, and there is one opener more."""
    async with WorkerPool("sequoia", SECRETS, workers=2, limits=SOON_SLOW) as pool:
        first, second = pool.process_ids
        for process in (first, second):
            os.kill(process, signal.SIGSTOP)
        slow = [asyncio.create_task(pool.open(small(), noor_keyring())) for _ in range(2)]
        others = [asyncio.create_task(pool.open(small(), noor_keyring())) for _ in range(5)]
        assert all(map(valid, await asyncio.gather(*others)))
        assert not any(each.done() for each in slow)
        assert len(pool.process_ids) == 3
        [going_on] = {first, second} & set(pool.process_ids)
        os.kill(going_on, signal.SIGCONT)
        assert all(map(valid, await asyncio.gather(*slow)))


async def test_what_takes_long_is_ended_all_the_same() -> None:
    limits = Limits(seconds=5.0, patience=2.0)
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=limits) as pool:
        os.kill(pool.process_ids[0], signal.SIGSTOP)
        assert await reasons(pool.open(small(), noor_keyring())) == (Reason.OPENER_LIMIT,)
        assert valid(await pool.open(small(), noor_keyring()))


async def test_a_large_honest_mail_takes_a_fraction_of_its_bounds() -> None:
    """24 MB go within a third of the processor time that a mail may take, and 160 MB."""
    third = Limits(cpu_seconds=Limits().cpu_seconds // 3, memory_bytes=160 * MEGABYTE)
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=third) as pool:
        assert valid(await pool.open(large(), noor_keyring()))


async def test_a_caller_that_gives_up_disturbs_nobody() -> None:
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=PATIENT) as pool:
        os.kill(pool.process_ids[0], signal.SIGSTOP)
        given_up = asyncio.create_task(pool.open(large(), noor_keyring()))
        await asyncio.sleep(0)
        given_up.cancel()
        os.kill(pool.process_ids[0], signal.SIGCONT)
        assert valid(await pool.open(small(), noor_keyring()))
        with pytest.raises(asyncio.CancelledError):
            await given_up


# the openers' life


async def test_openers_are_replaced_after_so_many_jobs_without_losing_one() -> None:
    async with WorkerPool("sequoia", SECRETS, workers=2, limits=Limits(jobs=10)) as pool:
        first = pool.process_ids
        opened = await asyncio.gather(*(pool.open(small(), noor_keyring()) for _ in range(100)))
        assert all(map(valid, opened))
        async with asyncio.timeout(600):  # one of them may have had little to do
            while set(first) & set(pool.process_ids):
                assert valid(await pool.open(small(), noor_keyring()))


async def test_an_opener_that_keeps_memory_is_replaced() -> None:
    limits = Limits(grown_bytes=0, large_bytes=1)
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=limits) as pool:
        [first] = pool.process_ids
        for _ in range(3):
            assert valid(await pool.open(small(), noor_keyring()))
        assert first not in pool.process_ids


async def test_memory_of_a_large_mail_is_given_back() -> None:
    async with WorkerPool("sequoia", SECRETS, workers=1) as pool:
        await pool.open(small(), noor_keyring())
        [process] = pool.process_ids
        before = psutil.Process(process).memory_info().rss
        await pool.open(large(), noor_keyring())
        assert pool.process_ids == (process,)
        assert psutil.Process(process).memory_info().rss < before + 16 * MEGABYTE


async def test_an_opener_is_bound_and_shows_no_secret() -> None:
    async with WorkerPool("sequoia", SECRETS, workers=1) as pool:
        proc = f"/proc/{pool.process_ids[0]}"
        lines = read(f"{proc}/limits").splitlines()
        limits = {line[:26].strip(): line[26:47].strip() for line in lines}
        assert limits["Max core file size"] == "0"
        assert int(limits["Max address space"]) < 600 * MEGABYTE
        assert int(limits["Max open files"]) <= 64
        assert "NoNewPrivs:\t1" in read(f"{proc}/status")
        environment = dict(psutil.Process(pool.process_ids[0]).environ())
        assert {"HOME", "USER"}.isdisjoint(environment)
        shown = read(f"{proc}/cmdline") + str(environment)
        assert "PRIVATE" not in shown
        assert SECRET.hex() not in shown
        files = psutil.Process(pool.process_ids[0]).open_files()
        assert files == []


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


PARENT = """
import asyncio, sys
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.workers import WorkerPool

async def main():
    secret = sys.stdin.buffer.read()
    pool = await WorkerPool(sys.argv[1], GatewaySecrets(openpgp=(secret,))).start()
    print(*pool.process_ids, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("engine", ["sequoia", "gnupg"])
def test_openers_die_with_a_killed_gateway(engine: str) -> None:
    """Their helpers too: no process keeps the secret key."""
    root = Path(opener.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, engine],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as gateway:
        assert gateway.stdin is not None
        assert gateway.stdout is not None
        gateway.stdin.write(SECRET)
        gateway.stdin.close()
        openers = [psutil.Process(int(each)) for each in gateway.stdout.readline().split()]
        family = [*openers, *(child for each in openers for child in each.children())]
        assert len(family) == (4 if engine == "gnupg" else 2)
        gateway.kill()
    until = time.monotonic() + 300
    while time.monotonic() < until and any(map(alive, family)):
        time.sleep(0.02)
    assert not any(map(alive, family))


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# start and end


@pytest.mark.parametrize("secret", [b"", b"no key", PUBLIC])
async def test_a_key_that_is_none_is_named_at_the_start(secret: bytes) -> None:
    with pytest.raises(SealerUnavailableError, match="key"):
        await WorkerPool("sequoia", GatewaySecrets(openpgp=(secret,)), workers=1).start()


async def test_after_closing_nothing_is_opened_and_nothing_runs() -> None:
    pool = await WorkerPool("sequoia", SECRETS).start()
    processes = pool.process_ids
    for process in processes:
        os.kill(process, signal.SIGSTOP)  # or it might be done before the end
    under_way = asyncio.create_task(pool.open(large(), noor_keyring()))
    await asyncio.sleep(0)
    await pool.close()
    await pool.close()
    assert await reasons(under_way) == (Reason.OPENER_LIMIT,)
    assert await reasons(pool.open(small(), noor_keyring())) == (Reason.OPENER_LIMIT,)
    assert not any(psutil.pid_exists(each) for each in processes)


async def test_when_no_opener_starts_jobs_wait_for_a_better_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with WorkerPool("sequoia", SECRETS, workers=1) as pool:
        with monkeypatch.context() as broken:
            broken.setattr(spawning, "environment", lambda: {"PYTHONHOME": "/nowhere"})
            os.kill(pool.process_ids[0], signal.SIGKILL)
            assert await reasons(pool.open(small(), noor_keyring())) == (Reason.OPENER_LIMIT,)
            assert await put_off_or_opened(pool, put_off=True)
        assert await put_off_or_opened(pool, put_off=False)


async def put_off_or_opened(pool: WorkerPool, *, put_off: bool) -> bool:
    """Whether a mail is soon put off, or soon opened."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        [outcome] = await asyncio.gather(pool.open(small(), noor_keyring()), return_exceptions=True)
        if isinstance(outcome, Unsealed):
            return valid(outcome) and not put_off
        if put_off and isinstance(outcome, Retry):
            return outcome.reasons == (Reason.UNREACHABLE,)
        await asyncio.sleep(0.1)
    return False
