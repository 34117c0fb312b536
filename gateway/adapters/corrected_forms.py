"""Forms that are given back to be mended: who writes which kind.

A form that came in is hostile and is never written into: what goes back is written anew,
from what was read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from gateway.adapters import form_writing
from gateway.domain import wire
from gateway.domain.correcting import report_of
from gateway.domain.form_reading import FormKind
from gateway.domain.mail import Attachment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.correcting import Correction
    from gateway.domain.stops import Fault

Said: TypeAlias = "Callable[[str], str]"
Writer: TypeAlias = "Callable[[Correction, Said], Attachment]"
# A receipt must stay small enough for any mail server to take.
MAX_BYTES = 1024 * 1024
NAME = "verbeteren"
_TYPES = {
    FormKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FormKind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    FormKind.CSV: "text/csv",
}


def corrected_form(correction: Correction, said: Said) -> Attachment | None:
    """The form with the sender's own values; None where nobody writes this kind, or too large.

    `said` has the text for a kind of fault.  A writer names its file ``verbeteren`` with the
    ending of its kind, and shows where the faults are as far as that kind can.
    """
    writer = WRITERS.get(correction.kind)
    if writer is None:
        return None
    written = writer(correction, said)
    return written if len(written.content) <= MAX_BYTES else None


def _document(correction: Correction, _said: Said) -> Attachment:
    # The faults go beside it: in it they would be faults themselves.
    content = json.dumps(correction.document, ensure_ascii=False, indent=1)
    return Attachment(
        name=f"{NAME}.json", media_type="application/json", content=content.encode("utf-8")
    )


def _table(kind: FormKind, correction: Correction, said: Said) -> Attachment:
    refused: defaultdict[int, list[Fault]] = defaultdict(list)
    for place in range(len(correction.numbers)):
        refused[place] = [each for each in correction.faults if report_of(each.path) == place]
    content = form_writing.corrected_form(
        kind,
        json.dumps(correction.document).encode("utf-8"),
        refused,
        said,
        instellingsnummer=_school(correction),
    )
    return Attachment(name=f"{NAME}.{kind.value}", media_type=_TYPES[kind], content=content)


def _school(correction: Correction) -> str:
    number = wire.member(wire.member(correction.document, "aanbieder"), "instellingsnummer")
    return number if isinstance(number, str) else ""


WRITERS: Mapping[FormKind | None, Writer] = {
    None: _document,
    **{kind: partial(_table, kind) for kind in _TYPES},
}
