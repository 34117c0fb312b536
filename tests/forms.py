"""Forms as schools send them: filled in, read as the walk reads them, and checked."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

from gateway.adapters.form_readers import read_form
from gateway.adapters.form_writing import blank_form, corrected_form
from gateway.domain.form_columns import COLUMNS
from gateway.domain.form_reading import FormKind
from gateway.domain.stops import Reject, Stop
from gateway.pipeline.checking import check
from tests import corridor, generators

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.domain.form_reading import FormRead
    from gateway.domain.outcomes import Ended
    from gateway.domain.stages import Checked
    from gateway.domain.wire import Json

TABLES = (FormKind.XLSX, FormKind.ODS, FormKind.CSV)
PARTY = generators.SENDER.party


def fitting(report: dict[str, Json]) -> dict[str, Json]:
    """What of a report fits in one row: one level a skill, one exam a part, one particular."""
    found: dict[str, Json] = json.loads(json.dumps(report))
    found.pop("berichtId", None)
    plan, traject, progress = (
        found.get(name) for name in ("persoonlijkPlan", "inburgeringstraject", "voortgang")
    )
    if isinstance(plan, dict):
        plan.pop("document", None)
    for of, name, code in (
        (progress, "taalniveaus", "vaardigheid"),
        (traject, "behaaldeExamens", "onderdeel"),
    ):
        if isinstance(of, dict) and isinstance(items := of.get(name), list):
            by_code = {str(each[code]): each for each in items if isinstance(each, dict)}
            # A skill that is only named has no cell of its own.
            of[name] = [each for each in by_code.values() if len(each) > 1]
    if isinstance(items := found.get("bijzonderheden"), list):
        found["bijzonderheden"] = items[:1]
    return found


def filled(kind: FormKind, *reports: dict[str, Json]) -> bytes:
    """The form with these reports in it, as far as they fit."""
    every: list[Json] = [fitting(each) for each in reports]
    document = json.dumps({"berichten": every}).encode()
    nothing = dict.fromkeys(range(len(reports)), ())
    return corrected_form(kind, document, nothing, str, instellingsnummer=PARTY.instellingsnummer)


def blank(kind: FormKind) -> bytes:
    """The form as it is given out."""
    return blank_form(kind, PARTY)


def csv_of(*rows: Sequence[str], separator: str = ";") -> bytes:
    """A CSV file of these cells, none of which holds a separator."""
    return "\r\n".join(separator.join(row) for row in rows).encode()


HEADINGS = [column.heading for column in COLUMNS]
NEEDED = ["Dossierkenmerk", "Achternaam", "Geboortedatum", "Soort bericht", "Wet", "Doelgroep"]
PERSON = ["DH-2026-1", "Voorbeeldnaam", "31-01-1990", "VOORTGANG", "WI2021",
          "Gezinsmigrant en overige migrant"]  # fmt: skip


def read(kind: FormKind, content: bytes) -> FormRead:
    """As an opener reads it."""
    return read_form(kind, content)


def reports(read_: FormRead) -> list[dict[str, Json]]:
    """The reports of its document."""
    found: list[dict[str, Json]] = json.loads(read_.document)["berichten"]
    return found


def outcome(kind: FormKind, content: bytes) -> tuple[Checked | Ended, ...] | Reject:
    """What becomes of a mail with this form, up to the register."""
    form: FormRead | Stop
    try:
        form = read(kind, content)
    except Reject as stop:
        form = stop
    opened = corridor.opened(
        content, name=f"formulier.{kind}", media_type="application/octet-stream", form=form
    )
    try:
        return check(opened)
    except Reject as stop:
        return stop


def kinds_of(stop: Stop) -> list[str]:
    """The kinds of its faults."""
    return [each.kind for each in stop.faults]


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one part of its archive changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for each in old.infolist():
            data = old.read(each)
            new.writestr(each.filename, change(data) if each.filename == part else data)
    return made.getvalue()


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    """A workbook with something more in its archive."""
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return made.getvalue()


def everything_in(content: bytes) -> bytes:
    """All parts of a workbook, one after another."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(archive.read(each) for each in archive.namelist())
