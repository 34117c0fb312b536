"""Forms that people fill in: what one says once it is read, and how it becomes a document.

A form says what a bijsluiter says (covenant 12.3) in cells and fields.  Where it was
read from, its *places*, stays beside it, so that whoever filled it in hears which cell to
mend, and not which path of a document they never saw.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from gateway.domain.silent import Silent
from gateway.domain.stops import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.mail import Attachment
    from gateway.domain.wire import Json

# Of this gateway alone: uuids of other namespaces never meet those that are made here.
NAMESPACE = UUID("6d2d7a4c-51f5-5b0e-9a5e-2f1b8b1f0c36")
WITHHELD = "formulier[{number}]"
# What is said of a document of one's own making, and what of a form.
_IN_A_FORM = {"geen-datum": "cel-geen-datum", "geen-uuid": "cel-geen-berichtnummer"}
_LAST_PART = re.compile(r"(\.[^.\[\]]+|\[\d+\])$")


class FormKind(StrEnum):
    """What a form is written in."""

    XLSX = "xlsx"
    ODS = "ods"
    CSV = "csv"
    PDF = "pdf"


# By name first: Windows sends a .csv as application/vnd.ms-excel.  A workbook with macros is
# taken for a form so that its sender hears what is wrong with it.
_BY_NAME = {
    ".xlsx": FormKind.XLSX,
    ".xlsm": FormKind.XLSX,
    ".ods": FormKind.ODS,
    ".csv": FormKind.CSV,
    ".pdf": FormKind.PDF,
}
_BY_TYPE = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": FormKind.XLSX,
    "application/vnd.ms-excel.sheet.macroenabled.12": FormKind.XLSX,
    "application/vnd.oasis.opendocument.spreadsheet": FormKind.ODS,
    "text/csv": FormKind.CSV,
    "application/pdf": FormKind.PDF,
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FormRead(Silent):
    """A form, read: `document` in the wire format (UTF-8), as far as the form says it.

    `places` gives for a wire path (``berichten[3].voortgang.periode.van``) where in the
    form it stands or should stand; ``berichten[3]`` is the whole row.  `faults` were found
    while reading: those under ``berichten[n]`` cost that report only, any other costs
    the form.  `withheld` names, by place and never by content, what was not read.
    """

    document: bytes
    places: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    withheld: tuple[str, ...] = ()

    @property
    def located(self) -> Mapping[str, str]:
        """All places: those of the document's paths, and those of what was withheld."""
        left = {WITHHELD.format(number=at): place for at, place in enumerate(self.withheld)}
        return {**self.places, **left}


def form_kind(attachment: Attachment) -> FormKind | None:
    """What kind of form this attachment is, by file name or media type; None for no form."""
    name = attachment.name.casefold()
    for ending, kind in _BY_NAME.items():
        if name.endswith(ending):
            return kind
    return _BY_TYPE.get(attachment.media_type.casefold())


def forms_among(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """The attachments that are meant as the form.

    A PDF beside another form is a document that belongs to it, such as a plan.
    """
    forms = [each for each in attachments if form_kind(each) is not None]
    others = [each for each in forms if form_kind(each) is not FormKind.PDF]
    return tuple(others or forms)


def place_of(places: Mapping[str, str], path: str) -> str:
    """Where in the form this path stands, or else what it belongs to; empty where nowhere."""
    while path and path not in places:
        shorter = _LAST_PART.sub("", path)
        path = shorter if shorter != path else ""
    return places.get(path, "")


def as_filled_in(fault: Fault) -> Fault:
    """A fault of the document in words for who filled in a form: how a form has it written."""
    kind = _IN_A_FORM.get(fault.kind)
    return fault if kind is None else Fault(path=fault.path, kind=kind)


def completed(content: Json, *, party_id: str, aanbieder: str, verzonden: str) -> Json:
    """The document with what no form asks for: who speaks, when, and numbers to know it by.

    The numbers follow from the sender's party and from what is said, so that the same row
    sent again is the same report, in whatever file, and a corrected row is another one.
    """
    if not isinstance(content, dict):
        return content
    own: dict[str, Json] = {
        "documentId": _number_for("document", party_id, content),
        "verzonden": verzonden,
    }
    if aanbieder:
        own["aanbieder"] = {"instellingsnummer": aanbieder}
    return {**own, **content, "berichten": _each_numbered(content.get("berichten"), party_id)}


def _each_numbered(reports: Json, party_id: str) -> Json:
    if isinstance(reports, list):
        return [_numbered(each, party_id) for each in reports]
    return reports


def _numbered(report: Json, party_id: str) -> Json:
    if not isinstance(report, dict):
        return report
    return {"berichtId": _number_for("bericht", party_id, report), **report}


def _number_for(kind: str, party_id: str, said: Json) -> str:
    of: list[Json] = [kind, party_id, said]
    text = json.dumps(of, sort_keys=True, ensure_ascii=False)
    return str(uuid5(NAMESPACE, hashlib.sha256(text.encode("utf-8")).hexdigest()))
