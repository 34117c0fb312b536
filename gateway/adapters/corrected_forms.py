"""Forms that are given back to be mended: who writes which kind.

A form that came in is hostile and is never written into: what goes back is written anew,
from what was read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from gateway.adapters.words import Words
from gateway.domain import wire
from gateway.domain.correcting import report_of
from gateway.domain.form_reading import FormKind
from gateway.domain.mail import Attachment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from gateway.domain.correcting import Correction
    from gateway.domain.stops import Fault
    from gateway.domain.texts import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """In whose name and in what words a form is given back; `said` has a fault's text by kind."""

    said: Callable[[str], str]
    language: Language
    author: str
    at: datetime


Writer: TypeAlias = "Callable[[Correction, Manner], Attachment]"
# A receipt must stay small enough for any mail server to take.
MAX_BYTES = 1024 * 1024
NAME = "verbeteren"
_TYPES = {
    FormKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FormKind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    FormKind.CSV: "text/csv",
}


def given_back(correction: Correction, manner: Manner) -> Attachment | None:
    """The form with the sender's own values; None where nobody writes this kind, or too large.

    A writer names its file ``verbeteren`` with the
    ending of its kind, and shows where the faults are as far as that kind can.
    """
    writer = WRITERS.get(correction.kind)
    if writer is None:
        return None
    written = writer(correction, manner)
    return written if len(written.content) <= MAX_BYTES else None


def _document(correction: Correction, _manner: Manner) -> Attachment:
    # The faults go beside it: in it they would be faults themselves.
    content = json.dumps(correction.document, ensure_ascii=False, indent=1)
    return Attachment(
        name=f"{NAME}.json", media_type="application/json", content=content.encode("utf-8")
    )


def _table(kind: FormKind, correction: Correction, manner: Manner) -> Attachment:
    # Only who has a form to mend waits for what writes it.
    from gateway.adapters.form_writing import corrected_form  # noqa: PLC0415 - loaded when needed

    refused: defaultdict[int, list[Fault]] = defaultdict(list)
    for place in range(len(correction.numbers)):
        refused[place] = [each for each in correction.faults if report_of(each.path) == place]
    content = corrected_form(
        kind,
        json.dumps(correction.document).encode("utf-8"),
        refused,
        manner.said,
        instellingsnummer=_school(correction),
    )
    return Attachment(name=f"{NAME}.{kind.value}", media_type=_TYPES[kind], content=content)


def _pdf(correction: Correction, manner: Manner) -> Attachment:
    # As above.
    from gateway.adapters.pdf_form_back import typed  # noqa: PLC0415 - loaded when needed
    from gateway.adapters.pdf_form_write import blank_form  # noqa: PLC0415 - loaded when needed

    content = blank_form(
        Words(manner.language, "pdf_form"),
        Words(manner.language),
        author=manner.author,
        at=manner.at,
        filled=typed(correction.document),
    )
    return Attachment(name=f"{NAME}.pdf", media_type="application/pdf", content=content)


def _school(correction: Correction) -> str:
    number = wire.member(wire.member(correction.document, "aanbieder"), "instellingsnummer")
    return number if isinstance(number, str) else ""


WRITERS: Mapping[FormKind | None, Writer] = {
    None: _document,
    **{kind: partial(_table, kind) for kind in _TYPES},
    FormKind.PDF: _pdf,
}
