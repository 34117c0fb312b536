"""What a partner keeps of the log: a mail that comes in shows later whether history was rewritten.

Real mail, read with GnuPG; ``gateway log verify`` is the real command, on a
gateway that runs meanwhile.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from gateway.adapters.log_key import is_signed, new_log_key
from gateway.adapters.tables_log import log_checkpoints, log_entries
from gateway.ledger.checkpoints import open_checkpoint
from gateway.wiring.log import log_key
from tests import ahead
from tests.journeys import on_record
from tests.journeys.conftest import a_town, at_work
from tests.journeys.gateways import GatewayProcess
from tests.journeys.town import report
from tests.servers.process import wait_until
from tests.world import CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.ledger.checkpoints import Opened
    from tests.journeys.residents import Read
    from tests.journeys.town import Town

HEADER = "Taalpoort-Log-Checkpoint"
MAILS = 40


def verified(town: Town, *kept: Path) -> tuple[int, dict[str, Any], str]:
    """Exit code, what is printed as JSON, and what is said on standard error."""
    named = [word for file in kept for word in ("--checkpoint", str(file))]
    done = ahead.run("log", "verify", *named, "--config", str(town.file), "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def covered(town: Town) -> bool:
    """Whether the newest checkpoint covers all there is."""

    async def ends() -> tuple[int, int]:
        async with town.database.reading() as connection:
            size = await connection.scalar(select(func.max(log_checkpoints.c.size)))
            last = await connection.scalar(select(func.max(log_entries.c.seq)))
            return size or 0, -1 if last is None else last

    size, last = town.run(ends())
    return 0 < size == last + 1


def exchange(town: Town) -> tuple[Read, Read]:
    """A report that is forwarded after a checkpoint came: what Casper got, and the receipt."""
    town.new_day()
    town.send(SAAR, report(town.inburgeraar()))
    wait_until(lambda: covered(town), what="a checkpoint")
    town.new_day()
    town.send(SAAR, report(town.inburgeraar()))
    return town.read(CASPER), town.receipt(SAAR)


def checkpoint(town: Town, mail: Read) -> Opened:
    """The one that a mail bears, signed by the log's own key."""
    (encoded,) = mail.inner.get_all(HEADER, [])
    note = base64.b64decode("".join(str(encoded).split()), validate=True)
    return open_checkpoint(note, log_key(town.config).public, is_signed)


def save(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def test_a_report_and_a_receipt_bear_the_newest_checkpoint_under_the_encryption(
    any_town: Town,
) -> None:
    for mail in exchange(any_town):
        known = checkpoint(any_town, mail).checkpoint
        assert mail.outer[HEADER] is None
        assert HEADER.encode() not in mail.raw
        root = base64.b64encode(known.root).decode()
        said = (
            f"Ons logboek {known.origin} telde {known.size} regels. Kenmerk: {root}",
            "Bewaar dit bericht. Daarmee kunt u laten nagaan of ons logboek later is veranderd.",
        )
        text = " ".join(mail.text.split())
        assert all(line in text for line in said), mail.text
        assert root in mail.html.replace("&#43;", "+").replace("&#x2B;", "+")
        assert known.origin == "gemeente.example/taalpoort"


def test_a_saved_mail_or_the_note_alone_shows_that_the_log_went_on_from_there(
    any_town: Town, tmp_path: Path
) -> None:
    forwarded, receipt = exchange(any_town)
    note = bytes(checkpoint(any_town, receipt).note)
    kept = (
        save(tmp_path, "report.eml", forwarded.opened),
        save(tmp_path, "unix.eml", receipt.opened.replace(b"\r\n", b"\n")),
        save(tmp_path, "windows.eml", re.sub(rb"\r?\n", b"\r\n", receipt.opened)),
        save(tmp_path, "note.txt", note),
    )
    code, said, _ = verified(any_town, *kept)
    assert (code, said["ok"]) == (0, True)
    assert said["witnesses"] == len(kept) + 1  # and what the gateway itself remembers


def test_a_forged_witness_is_refused_by_name(town: Town, tmp_path: Path) -> None:
    _, receipt = exchange(town)
    known = checkpoint(town, receipt)
    stranger = new_log_key(known.checkpoint.origin)
    forged = bytes(known.checkpoint.signed(stranger.public, stranger.sign))
    note = bytes(known.note)
    size = b"\n%d\n" % known.checkpoint.size
    for name, content in (
        ("stranger.txt", forged),
        ("longer.txt", note.replace(size, size.replace(size.strip(), b"1" + size.strip()))),
        ("half.txt", note[:-20]),
        ("stranger.eml", with_note(receipt.opened, forged)),
        ("damaged.eml", receipt.opened.replace(b"Checkpoint:\r\n ", b"Checkpoint:\r\n AAAA")),
        ("encrypted.eml", receipt.raw),
        ("empty.txt", b""),
    ):
        assert content not in {note, receipt.opened}, name
        code, _, complaint = verified(town, save(tmp_path, name, content))
        assert code == 1
        assert name in complaint


def with_note(mail: bytes, note: bytes) -> bytes:
    """A mail whose header bears another checkpoint."""
    folded = base64.encodebytes(note).replace(b"\n", b"\r\n ").rstrip()
    pattern = rb"(?m)^" + HEADER.encode() + rb":(?:\r?\n[ \t][^\r\n]*)+"
    return re.sub(pattern, lambda _: HEADER.encode() + b":\r\n " + folded, mail, count=1)


def test_a_checkpoint_comes_soon_when_idle_and_under_load(any_town: Town) -> None:
    """By itself, less than a second after the last; and while there is work, not after it."""
    town = any_town
    assert town.gateway.sequence_seconds < 1
    town.send(SAAR, report(town.inburgeraar()))
    wait_until(lambda: covered(town), what="a checkpoint")
    number = town.inburgeraar()
    for turn in range(1, 11):  # until the work lasted longer than a rest between checkpoints
        mails = [town.sealed(SAAR, report(number), style="sequoia") for _ in range(MAILS)]
        before = len(coverage(town))
        town.household.dovecot.deliver(town.household.gateway, *mails)
        town.settle(turn * MAILS + 1)
        wait_until(lambda: covered(town), what="a checkpoint")
        during = sorted(coverage(town))[before:]
        assert len(during) > 2 * MAILS
        last = max(recorded for recorded, _ in during)
        if sum(signed < last for _, signed in during) > MAILS / 4:
            break
    else:
        pytest.fail("checkpoints came only after the work")


def coverage(town: Town) -> Sequence[tuple[Any, Any]]:
    return town.run(on_record.coverage(town.database))


def test_a_database_that_was_put_back_is_refused_and_named(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    with a_town("sqlite", request, tmp_path_factory) as town:
        with at_work(town):
            town.send(SAAR, report(town.inburgeraar()))
            wait_until(lambda: covered(town), what="a checkpoint")
        database, backup = town.folder / "gateway.db", tmp_path / "backup.db"
        copied(database, backup)
        with at_work(town):
            _, receipt = exchange(town)
            wait_until(lambda: covered(town), what="a checkpoint")
        kept = save(tmp_path, "saved.eml", receipt.opened)
        town.run(town.database.close())
        copied(backup, database)

        code, said, _ = verified(town, kept)

        assert code == 1
        flaws = {each["flaw"]: each for each in said["findings"]}
        assert flaws.keys() == {"truncated"}
        assert flaws["truncated"]["entry"] == said["size"]
        assert "somebody's copy of a checkpoint has" in flaws["truncated"]["detail"]
        # A command puts its look on record, and signs no history that goes on from there.
        signed = len(coverage(town))
        for command in (["show"], ["checkpoint"], ["export", "--to", str(tmp_path / "out")]):
            done = ahead.run("log", *command, "--config", str(town.file))
            assert done.returncode == 1
            assert "knows a longer log" in done.stderr
        assert len(coverage(town)) == signed
        life = GatewayProcess(town.file)
        life.start()
        wait_until(lambda: life.has_ended, what="a refusal")
        assert life.process.returncode == 1
        refusal = life.log.read_text()
        assert "log.checkpoint knows a longer log: was an old backup put back?" in refusal
        assert "see gateway log verify" in refusal
        assert life.told("gateway.started") == []
        # A person looked, and decided that it goes on from the backup.
        (town.folder / "log.checkpoint").unlink()
        with at_work(town):
            town.new_day()
            for _ in range(3):
                town.send(SAAR, report(town.inburgeraar()))
            wait_until(lambda: covered(town), what="a checkpoint")
        # The partner's mail goes on telling.
        code, said, _ = verified(town, kept)
        assert code == 1
        assert {each["flaw"] for each in said["findings"]} == {"split"}
        assert verified(town)[0] == 0


def copied(database: Path, to: Path) -> None:
    """All of it, also what only its journal holds."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
