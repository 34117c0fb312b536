"""AVG 15 and 20: what a person is given, as files; on record with its digest before it is."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway import resources
from gateway.adapters.csv_writing import table
from gateway.adapters.dossier_bundle import BUNDLE, bundle, bundled_files, manifest_of
from gateway.adapters.dossier_page import DossierPages
from gateway.adapters.dossier_record import ACCESS, PORTABLE, DossierRecord, Given, next_edition
from gateway.adapters.log_proving import NoProofError
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.page import Press
from gateway.adapters.typeset import legible, printed, settable, to_print
from gateway.adapters.words import Words
from gateway.domain import portability
from gateway.domain.audit import Action
from gateway.domain.cases import RequestKind, Step
from gateway.domain.dossier_export import as_json
from gateway.domain.dossier_refusals import DossierError, DossierRefusal
from gateway.domain.dossier_weighing import Choice
from gateway.domain.moments import DUTCH
from gateway.domain.silent import Silent
from gateway.domain.texts import Language
from gateway.duties.dossier import assembled
from gateway.ledger.tiles import TileError
from gateway.wiring.access import desk, gathered, ready_case
from gateway.wiring.errors import NotReadyError
from gateway.wiring.processing import scribe
from gateway.wiring.texts import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.adapters.log_proving import Proven
    from gateway.adapters.page import Page
    from gateway.config import Config
    from gateway.domain.cases import Case
    from gateway.domain.dossier import Dossier
    from gateway.domain.wire import Json
    from gateway.wiring.access import Desk, Gathered

_SCHEMA = "portable-data-1.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Made(Silent):
    """What was written: the files, the digest on record, and which edition it is."""

    files: tuple[Path, ...]
    digest: str
    edition: int
    missing: int


async def access_dossier(config: Config, case_id: str, folder: Path, *, by: str) -> Made:
    """The dossier of this case in an empty folder, with its proof.

    Raises `DossierError` where it cannot be made, or waits to be weighed; `RegisterError`
    and `NotReadyError`.
    """
    _check_empty(folder)
    async with desk(config) as at:
        case = await ready_case(at, case_id, RequestKind.ACCESS)
        ids = [case.dossier_id]
        await at.register.consulted(by=by, action=Action.DOSSIER_MADE, ids=ids)
        found = await gathered(at, case)
        now = datetime.now(UTC)
        dossier = assembled(
            found.draft,
            found.choices,
            None,
            case=case.reference,
            edition=next_edition(found.draft.material.read.processing, case, ACCESS),
            made_at=now,
        )
        proofs = await _proofs(at, dossier, case.dossier_id)
        told = readable(dossier)
        named = bundled_files(told, proofs, str(at.book.key.public))
        manifest = manifest_of(named)
        given = _given(case, ACCESS, dossier.edition, manifest)
        of_manifest = await _on_record(at, given, now, by=by)
    files = {**told, BUNDLE: bundle(named, manifest, of_manifest)}
    return Made(
        files=_written(folder, files),
        digest=given.digest,
        edition=given.edition,
        missing=len(dossier.missing),
    )


async def portable_data(config: Config, case_id: str, folder: Path, *, by: str) -> Made:
    """What the person may take along, in an empty folder: JSON with its schema, and CSV.

    Raises as `access_dossier`, and `DossierError` where nothing rests on consent.
    """
    _check_empty(folder)
    async with desk(config) as at:
        case = await ready_case(at, case_id, RequestKind.PORTABILITY)
        ids = [case.dossier_id]
        await at.register.consulted(by=by, action=Action.DATA_TAKEN, ids=ids)
        found = await gathered(at, case)
        now, read = datetime.now(UTC), found.draft.material.read
        edition = next_edition(read.processing, case, PORTABLE)
        taken = portability.portable(_unweighed(found, case, edition, now))
        files = {
            "gegevens.json": _json(portability.as_json(taken)),
            "gegevens.csv": table(portability.HEADINGS, portability.rows(taken)),
            _SCHEMA: (resources.data_folder("schemas") / _SCHEMA).read_bytes(),
        }
        given = _given(case, PORTABLE, edition, manifest_of(files))
        await _on_record(at, given, now, by=by)
    return Made(
        files=_written(folder, files), digest=given.digest, edition=edition, missing=taken.not_kept
    )


def _unweighed(found: Gathered, case: Case, edition: int, now: datetime) -> Dossier:
    """With every text: what others wrote does not go along whatever somebody chose."""
    everything = Choice(include=True, reason="AVG 20")
    return assembled(found.draft, {}, everything, case=case.reference, edition=edition, made_at=now)


def _given(case: Case, what: str, edition: int, manifest: bytes) -> Given:
    digest = hashlib.sha256(manifest).hexdigest()
    return Given(case=case, what=what, edition=edition, digest=digest)


async def _on_record(at: Desk, given: Given, now: datetime, *, by: str) -> Proven:
    """In the log with its digest, and in the case; the proof of the former."""
    record = DossierRecord(at.database, await scribe(at.config, at.database), LogWriter(at.vault))
    seq = await record.given(given, now)
    async with at.register.change(by=by) as change:
        case = await change.cases.case(given.case.case_id)
        step = Step.EXECUTED if case.decision is not None else Step.NOTED
        detail = {given.what: given.digest, "edition": str(given.edition)}
        await change.cases.step(case.case_id, step, detail=detail)
    await at.book.cover()
    (proof,) = await at.book.proofs.about([seq], given.case.dossier_id)
    return proof


async def _proofs(at: Desk, dossier: Dossier, dossier_id: str) -> Sequence[Proven]:
    """Of every entry that the dossier tells of, but those that it says were altered."""
    await at.book.cover()
    seqs = [each.number for each in dossier.processing if each.entry is not None]
    seqs += [each.number for each in dossier.consultations]
    try:
        return await at.book.proofs.about(sorted(seqs), dossier_id)
    except (NoProofError, TileError):
        raise DossierError(DossierRefusal.LOG_BROKEN) from None


def readable(dossier: Dossier) -> dict[str, bytes]:
    """The same thing three times, for people, for machines and for the blind; and its files."""
    words, fields = Words(Language.NL, "dossier"), Words(Language.NL)
    codes = Words(Language.NL, "explanations")
    page = DossierPages(words, fields, codes, texts(), DUTCH).page(dossier)
    return {
        "dossier.pdf": _printed(page, words, dossier),
        "dossier.txt": Press().text(page).encode(),
        "dossier.json": _json(as_json(dossier)),
        **{each.name: each.content for each in dossier.files},
    }


def _printed(page: Page, words: Words, dossier: Dossier) -> bytes:
    """On paper; where something cannot be set, it says so and where to read it."""
    author, at = dossier.controller.municipality, dossier.made_at
    paper = to_print(page, name="", author=author, at=at)
    if not settable(paper):
        note = words.say("Sommige tekens kunnen wij niet afdrukken. In dossier.txt staan ze wel.")
        noted = replace(page, lead=(*page.lead, note))
        paper = legible(to_print(noted, name="", author=author, at=at))
    return printed(paper)


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _check_empty(folder: Path) -> None:
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError:
        taken = True
    if taken:
        raise DossierError(DossierRefusal.FOLDER)


def _written(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Its owner's alone; raises `NotReadyError` naming the file."""
    made: list[Path] = []
    problem, place = "", folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            place = folder / name
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            made.append(place)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        raise NotReadyError(f"{place}: {problem}; what was made is on record, make it anew")
    return tuple(made)
