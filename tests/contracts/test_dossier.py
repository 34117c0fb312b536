"""What is read of one person for their dossier, and the bundle that proves it (AVG 15)."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select, update

from gateway.adapters.database import metadata
from gateway.adapters.database_dossier import DossierReader
from gateway.adapters.dossier_bundle import bundle, bundled_files, manifest_of
from gateway.adapters.dossier_flow import Rules
from gateway.adapters.dossier_record import ACCESS, DossierRecord, Given, next_edition
from gateway.adapters.evidence import Scribe
from gateway.adapters.log_proving import DatabaseProofs
from gateway.adapters.tables_breaches import breach, breach_disclosure
from gateway.adapters.tables_decisions import decision_facts
from gateway.adapters.tables_flow import inbound_raw, outcomes
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_register import stamp
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.cases import Case, RequestKind
from gateway.domain.dossier import Gap, Kept
from gateway.domain.holds import Held
from gateway.domain.register import RegisterError
from tests.contracts.flow import (
    NO_CONSENT,
    NOW,
    database_url,
    handled,
    received,
    sealed,
    stopped,
)
from tests.contracts.keeping import ANNA, BADR, TERMS, OldLog, activity_of, old_log, place
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gateway.domain.dossier_reading import Read

RULES = Rules(article_of=lambda _code: "12.4", terms=TERMS, keep=timedelta(days=14))
CASE = Case(
    case_id="ab" * 8,
    kind=RequestKind.ACCESS,
    dossier_id=ANNA,
    reference="Z-2026-1",
    received_at=NOW,
    due_at=NOW + timedelta(days=31),
    steps=(),
)


@pytest.fixture(params=("sqlite", "postgresql"))
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OldLog]:
    """Three entries about Anna and three about Badr; two reports about Anna; somebody looked."""
    found = await filled(database_url(request, tmp_path))
    yield found
    await found.world.close()


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[OldLog]:
    """The same, for what a database has nothing to do with."""
    found = await filled(f"sqlite:///{tmp_path / 'taalpoort.db'}")
    yield found
    await found.world.close()


async def filled(url: str) -> OldLog:
    log = await old_log(url)
    await log.add(9, since=NOW)
    went, stayed = await received(log.world, 2)
    await log.world.ledger.release([(went, handled(went, sealed(went.raw)))], NOW)
    await log.world.ledger.release([(stayed, handled(stayed, stopped(NO_CONSENT)))], NOW)
    await log.world.outbox.sent(await log.world.outbox.claim(9, NOW), NOW)
    looked = Deed(
        at=NOW,
        actor="fien",
        action=Action.DOSSIER_LOOKED,
        about="",
        result=DeedResult.DONE,
        origin="fien",
        subject=ANNA,
    )
    await log.world.database.write(lambda each: log.deeds.write(each, [looked]))
    await log.cover()
    return log


async def read(log: OldLog, person: str = ANNA) -> Read:
    found, _ = await DossierReader(log.world.database, log.world.vault, RULES).read(person)
    return found


async def changed(log: OldLog, statement: Any, *tables: str) -> None:
    async with log.world.database.transaction() as connection:
        await unguard(connection, *tables)
        await connection.execute(statement)


async def test_everything_of_one_person_and_nothing_of_another(log: OldLog) -> None:
    found = await read(log)
    went, stayed = found.reports
    assert (went.outcome, went.left, went.state, went.kept) == ("forward", True, "sent", Kept.HERE)
    assert went.disclosed == ("voortgang.aangebodenUren",)
    assert isinstance(went.decided_on, dict)
    assert went.decided_on["rows"] == ["t1", "t2", "t3", "t4"]
    assert (stayed.outcome, stayed.left) == ("reject", False)
    assert [(each.reason, each.article) for each in stayed.reasons] == [
        ("art-12.4/no-consent", "12.4")
    ]
    shown = await log.world.log.show(last=None)
    numbers = set(found.numbers)
    theirs = await log.world.database.look(
        lambda each: (
            each.execute(select(log_index.c.seq).where(log_index.c.subject == ANNA)).scalars().all()
        )
    )
    assert numbers == set(theirs)
    assert len(numbers) < len(shown)
    (looked,) = found.consultations
    assert (looked.action, looked.at) == ("register.dossier-looked", NOW)
    assert all(each.kept_until is not None for each in found.processing)
    assert found.missing == ()
    badr = await read(log, BADR)
    assert (badr.reports, badr.consultations, len(badr.processing)) == ((), (), 3)
    assert not numbers & {each.number for each in badr.processing}


async def test_nobody_and_somebody_erased_are_refused(log: OldLog) -> None:
    with pytest.raises(RegisterError, match="unknown-dossier"):
        await read(log, "dossier-99")
    await log.forget(ANNA)
    with pytest.raises(RegisterError, match="person-erased"):
        await read(log)


async def test_an_altered_entry_is_named_with_its_number(log: OldLog) -> None:
    (seq,) = [each.number for each in (await read(log)).processing if each.kind == "report"][:1]
    bent = update(log_entries).where(log_entries.c.seq == seq).values(entry=b"taalpoort-log/v1")
    await changed(log, bent, "log_entries")
    found = await read(log)
    assert [(each.gap, each.where) for each in found.missing] == [(Gap.ENTRY, f"entry {seq}")]
    assert [each.entry for each in found.processing if each.number == seq] == [None]
    assert len(found.reports) == 2  # the outcome still tells of it


async def test_an_entry_that_is_not_found_is_named_by_its_report(log: OldLog) -> None:
    (seq,) = [each.number for each in (await read(log)).processing if each.kind == "report"][:1]
    await changed(log, update(log_index).where(log_index.c.seq == seq).values(subject=None))
    found = await read(log)
    assert [(each.gap, each.where) for each in found.missing] == [
        (Gap.UNLOGGED, found.reports[0].place)
    ]


async def test_a_report_that_only_the_log_knows_is_in_it_too(log: OldLog) -> None:
    before = (await read(log)).reports[0]
    for table in (decision_facts, outcomes):
        gone = delete(table).where(table.c.span_id == before.span_id)
        await changed(log, gone, table.name)
    after = next(each for each in (await read(log)).reports if each.span_id == before.span_id)
    assert (after.left, after.disclosed) == (before.left, before.disclosed)
    assert (after.reference, after.number) == (before.reference, before.number)


async def test_what_was_kept_long_enough_is_gone_and_no_gap(log: OldLog) -> None:
    trace = (await read(log)).reports[0].trace
    await changed(log, delete(inbound_raw).where(inbound_raw.c.trace == trace))
    found = await read(log)
    assert [each.kept for each in found.reports] == [Kept.GONE, Kept.HERE]
    assert found.missing == ()


async def test_a_legal_hold_is_told(log: OldLog) -> None:
    assert not (await read(log)).on_hold
    await place(log, Held(subject=ANNA))
    assert (await read(log)).on_hold


async def test_a_breach_that_names_them_is_told(log: OldLog) -> None:
    """When, and that; what people wrote about it stays with the breach."""
    recorded = {"revision": 1, "recorded_at": stamp(NOW), "recorded_by": "fien"}
    left = {
        "breach_id": "ab" * 4,
        "dossier_id": ANNA,
        "trace": "ab" * 16,
        "number": 0,
        "span_id": "ab" * 8,
        "reference": "r",
        "sent_at": stamp(NOW - timedelta(days=1)),
        "sender_contact_id": "contact-1",
        "recipient_contact_id": "contact-2",
        "categories": "P2",
        "fields": "[]",
        "sealed_to": "",
        "state": "delivered",
        "sure": "sure",
    }
    await changed(log, insert(breach).values(breach_id="ab" * 4, **recorded))
    await changed(log, insert(breach_disclosure).values(**left, **recorded))
    (told,) = (await read(log)).suspected
    assert (told.kind, told.occurred_at, told.detected_at) == (
        "breach",
        NOW - timedelta(days=1),
        NOW,
    )
    assert (await read(log, BADR)).suspected == ()


# Tables with a person in them, and where their dossier has what stands there.
_IN_THE_DOSSIER = {
    "dossier": "identities, since when",
    "dossier_secret": "the key by which all else opens, and nobody's to have",
    "dossier_index": "a hash of the dossierkenmerk, which is in it",
    "dossier_identity": "identities",
    "dossier_circumstance": "circumstances",
    "dossier_restriction": "rightsCarriedOut",
    "designation": "contactPersons",
    "substitution": "contactPersons",
    "consent_event": "consents",
    "consent_form": "consents",
    "outcomes": "reports",
    "outgoing": "reports",
    "log_holds": "legalHold",
    "incident_disclosure": "incidents",
    "request_case": "requests",
    "case_step": "requests",
    "correction": "rightsCarriedOut",
    "help_request": "rightsCarriedOut",
    "disclosed": "reports: the same facts once more, to find them by",
    "disclosed_person": "reports: the same, by a number in the former",
    "erasure": "nothing: who is erased gets none",
    "breach_disclosure": "incidents",
}


def test_every_table_with_a_person_in_it_is_thought_of() -> None:
    """A new one has to be read in `database_dossier`, or be said here why not."""
    named = {table.name for table in metadata.tables.values() if "dossier_id" in table.columns}
    assert len(named) > 15
    assert named - set(_IN_THE_DOSSIER) == set()


# --- the record, and the bundle ---------------------------------------------------------------


async def given(log: OldLog, digest: str, edition: int = 1) -> int:
    record = DossierRecord(log.world.database, Scribe(activity_of), log.writer)
    seq = await record.given(Given(case=CASE, what=ACCESS, edition=edition, digest=digest), NOW)
    await log.cover()
    return seq


async def test_each_time_is_another_edition_and_the_log_stays_whole(log: OldLog) -> None:
    assert next_edition((await read(log)).processing, CASE, ACCESS) == 1
    seq = await given(log, "ab" * 32)
    processing = (await read(log)).processing
    assert next_edition(processing, CASE, ACCESS) == 2
    assert next_edition(processing, CASE, "portable") == 1
    (entry,) = [each.entry for each in processing if each.number == seq]
    assert isinstance(entry, dict)
    assert entry["evidence"] == {
        "what": "access",
        "case": "ab" * 8,
        "reference": "Z-2026-1",
        "edition": 1,
        "manifest": "ab" * 32,
    }
    assert await log.findings() == []


async def test_only_entries_of_the_person_are_handed_out_with_their_key(log: OldLog) -> None:
    found, badr = await read(log), await read(log, BADR)
    numbers = found.numbers
    proofs = DatabaseProofs(log.world.database, log.world.vault, log.key)
    keys = {each.seq: each.key for each in await proofs.about(numbers, ANNA)}
    assert all(keys[each.number] for each in found.processing)
    assert [keys[each.number] for each in found.consultations] == [None]
    (other,) = await proofs.about([badr.processing[0].number], ANNA)
    assert other.key is None


async def handed_out(log: OldLog, folder: Path) -> Path:
    """A bundle as a dossier comes with, unpacked."""
    found = await read(log)
    proofs = DatabaseProofs(log.world.database, log.world.vault, log.key)
    numbers = found.numbers
    told = {
        "processing": [{"number": e.number, "entry": e.entry} for e in found.processing],
        "consultations": [{"number": each.number} for each in found.consultations],
    }
    files = {"dossier.json": json.dumps(told).encode(), "dossier.txt": b"Alles over Anna"}
    named = bundled_files(files, await proofs.about(numbers, ANNA), str(log.key))
    manifest = manifest_of(named)
    seq = await given(log, hashlib.sha256(manifest).hexdigest())
    (of_manifest,) = await proofs.about([seq], ANNA)
    with zipfile.ZipFile(BytesIO(bundle(named, manifest, of_manifest))) as packed:
        packed.extractall(folder)
    return folder


def checked(folder: Path, log: OldLog) -> tuple[int, str]:
    """What the program in it says, run where the gateway cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-I", "taalpoort_dossier.py", "--key", str(log.key)],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=300,
    )
    text = (done.stdout + done.stderr).decode()
    assert "Traceback" not in text, text
    return done.returncode, text


async def test_whatever_is_done_to_a_bundle_is_found(on_sqlite: OldLog, tmp_path: Path) -> None:
    log = on_sqlite
    whole = await handed_out(log, tmp_path / "whole")
    code, text = checked(whole, log)
    assert (code, "Alles klopt." in text) == (0, True), text
    assert "Dossier: zaak Z-2026-1, uitgave 1." in text
    deed = next(each for each in (await read(log)).consultations)
    step = next(each for each in (await read(log)).processing if each.kind == "report")
    bends: dict[str, Callable[[Path], object]] = {
        "dossier.txt is veranderd": lambda at: (at / "dossier.txt").write_bytes(b"Niets"),
        "dossier.txt ontbreekt": lambda at: (at / "dossier.txt").unlink(),
        "meer.txt hoort er niet bij": lambda at: (at / "meer.txt").write_bytes(b"x"),
        f"proof/{step.number}.entry ontbreekt": lambda at: _without(at, step.number),
        "het logboek noemt een ander dossier": _remade,
        f"proof/{step.number}.entry is veranderd": lambda at: _bent(at, step.number),
    }
    for number, (said, bend) in enumerate(bends.items()):
        folder = tmp_path / f"bent-{number}"
        shutil.copytree(whole, folder)
        bend(folder)
        code, text = checked(folder, log)
        assert (code, f"FOUT: {said}" in text) == (1, True), (said, text)
    assert not (whole / f"proof/{deed.number}.key").exists()


async def test_a_dossier_that_says_other_than_the_log_is_found(
    on_sqlite: OldLog, tmp_path: Path
) -> None:
    """Also when it was made so, and the log vouches for its files."""
    log = on_sqlite
    await given(log, "cd" * 32)
    whole = await handed_out(log, tmp_path / "whole")
    told = json.loads((whole / "dossier.json").read_bytes())
    told["processing"][0]["entry"]["evidence"] = {"outcome": "reject"}
    (whole / "dossier.json").write_text(json.dumps(told))
    names = [str(each.relative_to(whole)) for each in whole.rglob("*") if each.is_file()]
    own = ("manifest.txt", "proof/manifest.")
    files = {name: (whole / name).read_bytes() for name in names if not name.startswith(own)}
    manifest = manifest_of(files)
    seq = await given(log, hashlib.sha256(manifest).hexdigest(), 2)
    proofs = DatabaseProofs(log.world.database, log.world.vault, log.key)
    (of_manifest,) = await proofs.about([seq], ANNA)
    with zipfile.ZipFile(BytesIO(bundle(files, manifest, of_manifest))) as packed:
        packed.extractall(tmp_path / "other")
    code, text = checked(tmp_path / "other", log)
    assert (code, "iets anders dan het logboek" in text) == (1, True), text


def _without(folder: Path, number: int) -> None:
    for each in (folder / "proof").glob(f"{number}.*"):
        each.unlink()


def _remade(folder: Path) -> None:
    """A manifest that fits other files: the log knows nothing of it."""
    (folder / "dossier.txt").write_bytes(b"Niets")
    names = [str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()]
    own = ("manifest.txt", "proof/manifest.")
    files = {name: (folder / name).read_bytes() for name in names if not name.startswith(own)}
    (folder / "manifest.txt").write_bytes(manifest_of(files))


def _bent(folder: Path, number: int) -> None:
    file = folder / "proof" / f"{number}.entry"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
