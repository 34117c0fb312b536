"""Which module reads which kind of form; imported in an opener only once there is a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.form_csv import read_csv
from gateway.adapters.form_workbook import read_ods, read_xlsx
from gateway.domain.form_reading import FormKind
from gateway.domain.stops import Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.form_reading import FormRead


def _pdf(content: bytes) -> FormRead:
    from gateway.adapters.pdf_form_read import read_pdf_form  # noqa: PLC0415 - 60 ms, PDFs only

    return read_pdf_form(content)


_READERS: Mapping[FormKind, Callable[[bytes], FormRead]] = {
    FormKind.CSV: read_csv,
    FormKind.ODS: read_ods,
    FormKind.PDF: _pdf,
    FormKind.XLSX: read_xlsx,
}


def read_form(kind: FormKind, content: bytes) -> FormRead:
    """As `gateway.pipeline.gate.Forms.read` says, in this process: call it within bounds only."""
    reader = _READERS.get(kind)
    if reader is None:
        raise Reject(Reason.NO_DOCUMENT)
    return reader(content)
