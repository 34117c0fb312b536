"""What others vouch for: timestamps of an authority, and cosignatures of witnesses."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sqlite3
import subprocess
import sys
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from gateway.adapters.channel import client_context
from gateway.adapters.log_bundles import write_bundle
from gateway.adapters.log_key import is_signed, new_log_key
from gateway.adapters.log_outside import Outsiders, cosign, with_cosignatures
from gateway.adapters.log_timestamping import LogTimestamping
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.adapters.tables_log_kept import log_cosignatures, log_timestamps
from gateway.adapters.timestamp_authority import Roots, TimestampAuthority, TimestampError
from gateway.ledger.checkpoints import open_checkpoint
from gateway.ledger.notes import Algorithm, Note, NoteError, VerifierKey
from gateway.ledger.notes import cosign as cosign_text
from tests.contracts.flow import LOG_KEY, NOW, database_url
from tests.contracts.keeping import OldLog, old_log
from tests.servers.timestamping import authority
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from gateway.ledger.verdict import Verdict
    from tests.servers.timestamping import Authority

DAY = timedelta(hours=24)
SECRET = new_log_key("getuige.example/w1")
WITNESS = VerifierKey(
    name="getuige.example/w1",
    public_key=SECRET.public.public_key,
    algorithm=Algorithm.COSIGNATURE,
)
SIGNED_AT = 1_764_000_000


@pytest.fixture(params=("sqlite", "postgresql"))
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OldLog]:
    made = await old_log(database_url(request, tmp_path))
    await made.add(5, since=NOW)
    yield made
    await made.world.close()


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[Authority]:
    with authority(tmp_path / "tsa") as found:
        yield found


def stamping(log: OldLog, tsa: Authority) -> LogTimestamping:
    asked = TimestampAuthority(
        url=tsa.url,
        roots=Roots.from_file(tsa.roots),
        tls=client_context(tsa.tls),
        timeout_seconds=60,
    )
    return LogTimestamping(log.world.database, LOG_KEY.public, asked, DAY)


async def verdict(log: OldLog, outsiders: Outsiders) -> Verdict:
    await log.cover()
    verifier = DatabaseVerifier(log.world.database, LOG_KEY.public, log.world.vault, outsiders)
    return await verifier.verify()


# --- timestamps --------------------------------------------------------------------------------


async def test_the_newest_checkpoint_is_timestamped_once_in_so_many_hours(
    log: OldLog, tsa: Authority
) -> None:
    asking = stamping(log, tsa)
    assert await asking.stamp(NOW) is True
    await log.add(5, since=NOW)
    assert await asking.stamp(NOW + DAY - timedelta(seconds=1)) is False
    assert await asking.stamp(NOW + DAY) is True
    assert await asking.stamp(NOW + 3 * DAY) is False  # nothing has come since
    assert tsa.asked == 2
    found = await verdict(log, Outsiders(roots=Roots.from_file(tsa.roots)))
    assert found.findings == ()
    (said,) = found.said
    assert (said.size, said.by) == (10, "timestamp authority")
    assert said.at is not None


async def test_openssl_believes_what_is_kept(log: OldLog, tsa: Authority, tmp_path: Path) -> None:
    await stamping(log, tsa).stamp(NOW)
    out = io.BytesIO()
    await write_bundle(log.world.database, str(LOG_KEY.public), out)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as bundle:
        bundle.extractall(tmp_path / "bundle")
    told = await asyncio.to_thread(
        subprocess.run,
        [
            *("openssl", "ts", "-verify", "-data", "timestamps/5.note"),
            *("-in", "timestamps/5.tsr", "-CAfile", str(tsa.roots)),
        ],
        cwd=tmp_path / "bundle",
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    verified = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "taalpoort_verify.py", ".", "--key", str(LOG_KEY.public)],
        cwd=tmp_path / "bundle",
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize(
    "fault", ["elsewhere", "no timestamp", "another kind", "another roots", "no server"]
)
async def test_a_timestamp_not_to_believe_is_not_kept(
    log: OldLog, tsa: Authority, tmp_path: Path, fault: str
) -> None:
    asking = stamping(log, tsa)
    if fault == "elsewhere":  # a good token, over another checkpoint
        await asking.stamp(NOW)
        async with log.world.database.reading() as connection:
            tsa.answer = await connection.scalar(select(log_timestamps.c.token))
        await log.add(5, since=NOW)
    elif fault == "no timestamp":
        tsa.answer = b"no timestamp"
    elif fault == "another kind":
        tsa.kind = "text/html"
    elif fault == "another roots":
        with authority(tmp_path / "other") as other:
            tsa.roots = other.roots
        asking = stamping(log, tsa)
    else:
        tsa.url = "https://localhost:1/tsa"
        asking = stamping(log, tsa)
    before = tsa.asked
    assert await asking.stamp(NOW + DAY) is None
    assert tsa.asked == before + (fault != "no server")
    async with log.world.database.reading() as connection:
        kept = (await connection.execute(select(log_timestamps.c.size))).all()
    assert len(kept) == (fault == "elsewhere")


async def test_a_server_that_is_not_known_is_asked_nothing(log: OldLog, tsa: Authority) -> None:
    tsa.tls = tsa.roots
    assert await stamping(log, tsa).stamp(NOW) is None
    assert tsa.asked == 0


async def test_a_token_put_under_another_checkpoint_is_found(log: OldLog, tsa: Authority) -> None:
    await stamping(log, tsa).stamp(NOW)
    await log.add(5, since=NOW)
    async with log.world.database.transaction() as connection:
        await unguard(connection, "log_timestamps")
        await connection.execute(update(log_timestamps).values(size=10))
    (found,) = (await verdict(log, Outsiders(roots=Roots.from_file(tsa.roots)))).findings
    assert str(found).startswith("entry 9: outside: the timestamp of the checkpoint over 10")
    assert (await verdict(log, Outsiders())).findings == ()  # nobody's word counts


@pytest.mark.parametrize("log", ["sqlite"], indirect=True)
async def test_a_timestamp_whose_checkpoint_is_gone_is_found(log: OldLog, tsa: Authority) -> None:
    """It is what somebody forgot who put another history in its place."""
    await stamping(log, tsa).stamp(NOW)
    await log.add(5, since=NOW)
    file = log.world.database.engine.url.database
    assert file
    # A connection of their own: there no foreign key holds them up.
    with contextlib.closing(sqlite3.connect(file)) as own:
        own.execute("DROP TRIGGER tr_log_checkpoints_no_delete")
        own.execute("DELETE FROM log_checkpoints WHERE size = 5")
        own.commit()
    (found,) = (await verdict(log, Outsiders(roots=Roots.from_file(tsa.roots)))).findings
    said = "entry 4: outside: the timestamp over 5 entries: there is no such checkpoint"
    assert str(found) == said


def test_roots_that_are_none_are_refused(tmp_path: Path) -> None:
    for content in (b"", b"no certificate"):
        (tmp_path / "roots.pem").write_bytes(content)
        with pytest.raises(TimestampError):
            Roots.from_file(tmp_path / "roots.pem")
    with pytest.raises(TimestampError):
        Roots.from_file(tmp_path / "nowhere.pem")


# --- cosignatures ------------------------------------------------------------------------------


async def newest_note(log: OldLog) -> Note:
    found = await log.world.database.look(with_cosignatures)
    assert found is not None
    return found


def cosigned(note: Note, time: int = SIGNED_AT) -> Note:
    """As a witness gives it back."""
    return note.signed_also(cosign_text(note.text, WITNESS, time, SECRET.sign))


async def keep(log: OldLog, note: Note) -> list[str]:
    _, names = await log.world.database.write(lambda each: cosign(each, note, (WITNESS,), NOW))
    return list(names)


async def test_a_witness_is_kept_shown_and_handed_on(log: OldLog) -> None:
    note = cosigned(await newest_note(log))
    assert await keep(log, note) == [WITNESS.name]
    assert await keep(log, note) == []
    found = await verdict(log, Outsiders(witnesses=(WITNESS,)))
    assert found.findings == ()
    assert [(e.by, e.size, e.at) for e in found.said] == [(WITNESS.name, 5, SIGNED_AT)]
    handed = await newest_note(log)
    opened = open_checkpoint(bytes(handed), LOG_KEY.public, is_signed, (WITNESS,))
    assert {each.key.name for each in opened.signed} == {LOG_KEY.public.name, WITNESS.name}


async def test_an_older_checkpoint_can_be_signed_and_asked_for(log: OldLog) -> None:
    old = await newest_note(log)
    await log.add(5, since=NOW)
    assert await keep(log, cosigned(old)) == [WITNESS.name]
    assert len((await newest_note(log)).signatures) == 1
    handed = await log.world.database.look(lambda each: with_cosignatures(each, 5))
    assert handed is not None
    assert len(handed.signatures) == 2
    assert await log.world.database.look(lambda each: with_cosignatures(each, 6)) is None


async def test_what_no_witness_of_ours_signed_is_refused(log: OldLog) -> None:
    note = await newest_note(log)
    shorter = note.text.replace("\n5\n", "\n4\n")
    elsewhere = note.text.replace("log.example", "x.example")
    forged = cosign_text(note.text, WITNESS, SIGNED_AT, new_log_key("x.example").sign)
    refused = [
        note,
        note.signed_also(forged),
        cosigned(Note(text=shorter, signatures=note.signatures)),
        cosigned(Note(text=elsewhere, signatures=note.signatures)),
    ]
    for each in refused:
        with pytest.raises(NoteError):
            await keep(log, each)
    async with log.world.database.reading() as connection:
        assert (await connection.execute(select(log_cosignatures))).all() == []


async def test_a_cosignature_that_was_put_there_is_found(log: OldLog) -> None:
    note = await newest_note(log)
    await log.add(5, since=NOW)
    line = str(cosigned(note).signatures[-1])
    row = {"size": 10, "witness": str(WITNESS), "line": line, "at": NOW}
    async with log.world.database.transaction() as connection:
        await connection.execute(insert(log_cosignatures).values(row))
    (found,) = (await verdict(log, Outsiders(witnesses=(WITNESS,)))).findings
    assert str(found).startswith(f"entry 9: outside: the cosignature of {WITNESS.name} over 10")
