"""PDF forms as programs leave them behind, for tests: blank, filled, updated, made worse.

pdfium (the engine of Chrome and Edge) fills through its own mouse and keyboard; what
Acrobat does when it saves (a revision behind the old one, ISO 32000-1, 7.5.6) is imitated
byte by byte.
"""

from __future__ import annotations

import ctypes
import io
import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
import pypdfium2.raw as engine

from gateway.adapters.pdf_form_write import blank_form
from gateway.adapters.words import Words
from gateway.domain.texts import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
SCHOOL = "1234567890"
# A report about nobody, as a teacher types it; a tick is any text.
TYPED: dict[str, str] = {
    "aanbieder/instellingsnummer": SCHOOL,
    "berichttype": "VOORTGANG",
    "wettelijkRegime": "WI2021",
    "doelgroep": "Gezinsmigrant en overige migrant",
    "betrokkene/dossierkenmerk": "DEN-0001",
    "betrokkene/geslachtsnaam": "Şahinoğlu",
    "betrokkene/geboortedatum": "3-1990",
    "persoonlijkPlan/soort": "PIP",
    "persoonlijkPlan/indicatorMagOpleidingAfmaken": "ja",
    "inburgeringstraject/duoLening/resterendBedrag": "1.234,50",
    "inburgeringstraject/duoLening/peildatum": "1-3-2026",
    "inburgeringstraject/behaaldeExamens/KNM/behaald": "ja",
    "inburgeringstraject/behaaldeExamens/KNM/examendatum": "12-02-2026",
    "voortgang/periode/van": "01-01-2026",
    "voortgang/periode/totEnMet": "31-03-2026",
    "voortgang/gevolgdeUren/formeel": "96",
    "voortgang/taalniveaus/SP/huidig": "A2",
    "bijzonderheden/1/datum": "15-03-2026",
    "bijzonderheden/1/soort": "NEEM_CONTACT_OP",
}


@cache
def blank(language: Language = Language.NL) -> bytes:
    """The form as a school gets it, without its number."""
    words = Words(language, "pdf_form")
    return blank_form(words, Words(language), author="Gemeente Voorbeeld", at=AT, filled={})


def changed(
    content: bytes,
    change: Callable[[pikepdf.Pdf], None],
    encryption: pikepdf.Encryption | None = None,
) -> bytes:
    """The file after a change to its objects."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        written = io.BytesIO()
        pdf.save(written, encryption=encryption or False)
    return written.getvalue()


def put(pdf: pikepdf.Pdf, values: Mapping[str, str]) -> None:
    """Values as a program stores them, without what they look like."""
    known = {str(each.T): each for each in pdf.Root.AcroForm.Fields}
    for name, text in values.items():
        field = known[name]
        field.V = pikepdf.Name("/ja") if field.FT == "/Btn" else pikepdf.String(text)


def filled(values: Mapping[str, str] = TYPED) -> bytes:
    """The form with these values."""
    return changed(blank(), lambda pdf: put(pdf, values))


def filled_by_pdfium(content: bytes, typed: Mapping[str, str]) -> bytes:
    """The form as Chrome saves it: clicked into, typed in, chosen from."""
    pdf = pypdfium2.PdfDocument(content)
    try:
        pdf.init_forms()
        form = pdf.formenv
        assert form is not None
        left = dict(typed)
        for number in range(len(pdf)):
            page = pdf[number]
            _fill_page(form.raw, page.raw, left)
            page.close()
        assert not left, sorted(left)
        written = io.BytesIO()
        pdf.save(written)
        return written.getvalue()
    finally:
        pdf.close()


def _fill_page(form: engine.FPDF_FORMHANDLE, page: engine.FPDF_PAGE, left: dict[str, str]) -> None:
    for index in range(engine.FPDFPage_GetAnnotCount(page)):
        annotation = engine.FPDFPage_GetAnnot(page, index)
        name = _text(engine.FPDFAnnot_GetFormFieldName, form, annotation)
        if name in left:
            _fill_one(form, page, annotation, left.pop(name))
        engine.FPDFPage_CloseAnnot(annotation)


def _fill_one(
    form: engine.FPDF_FORMHANDLE,
    page: engine.FPDF_PAGE,
    annotation: engine.FPDF_ANNOTATION,
    text: str,
) -> None:
    rectangle = engine.FS_RECTF()
    engine.FPDFAnnot_GetRect(annotation, rectangle)
    at = (rectangle.left + 5, (rectangle.top + rectangle.bottom) / 2)
    kind = engine.FPDFAnnot_GetFormFieldType(form, annotation)
    engine.FORM_OnMouseMove(form, page, 0, *at)
    engine.FORM_OnLButtonDown(form, page, 0, *at)
    engine.FORM_OnLButtonUp(form, page, 0, *at)
    if kind == engine.FPDF_FORMFIELD_COMBOBOX:
        count = engine.FPDFAnnot_GetOptionCount(form, annotation)
        shown = [_text(engine.FPDFAnnot_GetOptionLabel, form, annotation, n) for n in range(count)]
        engine.FORM_SetIndexSelected(form, page, shown.index(text), True)
    elif kind == engine.FPDF_FORMFIELD_TEXTFIELD:
        for unit in text:
            engine.FORM_OnChar(form, page, ord(unit), 0)
    engine.FORM_ForceToKillFocus(form)


def _text(ask: Callable[..., int], *about: object) -> str:
    size = ask(*about, None, 0)
    buffer = ctypes.create_string_buffer(size)
    ask(*about, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[:size].decode("utf-16-le").rstrip("\0")


def revised(content: bytes, objects: Mapping[int, bytes]) -> bytes:
    """The file with a revision behind it in which these objects are new."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        root, size = pdf.Root.objgen[0], len(pdf.objects) + 1
    before = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    own = max(size, *objects) + 1
    places = {}
    written = bytearray(content + b"\n")
    for number, body in objects.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[own] = len(written)
    rows = b"".join(b"\x01" + places[each].to_bytes(4) + b"\0\0" for each in sorted(places))
    index = b" ".join(b"%d 1" % each for each in sorted(places))
    head = b"/Type /XRef /Size %d /W [1 4 2] /Index [%s] /Root %d 0 R /Prev %d /Length %d" % (
        own + 1,
        index,
        root,
        before,
        len(rows),
    )
    written += b"%d 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\n" % (own, head, rows)
    return bytes(written + b"startxref\n%d\n%%%%EOF\n" % places[own])


def filled_by_acrobat(content: bytes, typed: Mapping[str, str]) -> bytes:
    """A revision with the fields' new values, and a wish that viewers draw them (imitated)."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        form = pdf.Root.AcroForm
        put(pdf, typed)
        form.NeedAppearances = True
        new = {each.objgen[0]: each for each in form.Fields if str(each.T) in typed}
        new[form.objgen[0]] = form
        return revised(content, {n: each.unparse(resolved=True) for n, each in new.items()})
