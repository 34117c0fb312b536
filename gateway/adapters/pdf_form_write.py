"""The blank PDF form for one inburgeraar, for people who fill in forms rather than workbooks.

An AcroForm (ISO 32000-1, 12.7) on a page set by `typeset`'s library: tagged, with a name for
each field that a screen reader says, drop-downs from the code lists and longest lengths.  No
script, no action, nowhere to send itself to: whoever filled it in attaches it to a mail.
"""

from __future__ import annotations

import io
import json
import re
from importlib import resources
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from gateway.adapters.pdf_form import FORM_VERSION, VERSION_FIELD, Field, Kind, fields
from gateway.adapters.pdf_form_page import form_page, spoken, words_for_choice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.adapters.words import Words

READ_ONLY, REQUIRED = 1 << 0, 1 << 1
MULTILINE, COMBO, NO_SPELLING = 1 << 12, 1 << 17, 1 << 22
_PREFIX = "field:"
_TEXT_LOOK = b"/Helv 10 Tf 0 g"
_TICK_LOOK = b"/ZaDb 0 Tf 0 g"
TICKED = "ja"
# A cross from corner to corner, in a square of ten points.
_CROSS = b"q 1.4 w 2 2 m 8 8 l 8 2 m 2 8 l S Q"


def blank_form(
    words: Words, letters: Words, *, author: str, at: datetime, filled: Mapping[str, str]
) -> bytes:
    """The form, the same bytes for the same words and time.

    `words` are those of the form (``pdf_form``), `letters` those of fields and codes;
    `filled` gives a text for a field by its name.  Raises KeyError for a field that is not
    in the form, and ValueError for a text that the field cannot hold.
    """
    said = form_page(words, letters, author=author)
    with pikepdf.open(io.BytesIO(_set(json.dumps(said, ensure_ascii=False), at))) as pdf:
        names = _Names(words, letters)
        made = [_field(pdf, link, names) for page in pdf.pages for link in page.get("/Annots", [])]
        pdf.Root.AcroForm = pdf.make_indirect(
            Dictionary(
                Fields=Array(made),
                DA=String(_TEXT_LOOK.decode()),
                DR=Dictionary(Font=Dictionary(Helv=_helvetica(pdf), ZaDb=_dingbats(pdf))),
            )
        )
        _forms_not_links(pdf.Root.StructTreeRoot.K)
        _lend_font(pdf)
        _fill(pdf, {VERSION_FIELD: FORM_VERSION, **filled})
        written = io.BytesIO()
        pdf.save(written, deterministic_id=True)
    return written.getvalue()


def _set(said: str, at: datetime) -> bytes:
    import typst  # noqa: PLC0415 - 40 ms that only who prints has to wait for

    template = resources.files("gateway") / "templates" / "form.typ"
    return typst.compile(
        template.read_bytes(),
        format="pdf",
        sys_inputs={"said": said},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=at.replace(microsecond=0),
    )


class _Names:
    """What fields are called aloud, and what their choices read as."""

    def __init__(self, words: Words, letters: Words) -> None:
        self._words, self._letters = words, letters
        self._fields = fields()

    def field(self, name: str) -> Field:
        """The mark of the version is a field as well, of which nothing is asked."""
        return self._fields.get(name) or Field(name=name, length=len(FORM_VERSION))

    def aloud(self, name: str) -> str:
        return spoken(name, self._words, self._letters)

    def choices(self, field: Field) -> list[tuple[str, str]]:
        return [("", " "), *words_for_choice(field, self._words, self._letters)]


def _field(pdf: pikepdf.Pdf, link: pikepdf.Object, names: _Names) -> pikepdf.Object:
    """The link as a field of its own, in the same place of page, structure and order."""
    name = str(link.A.URI).removeprefix(_PREFIX)
    field = names.field(name)
    for key in ("/A", "/Border", "/Contents"):
        del link[key]
    link.Subtype = Name.Widget
    link.T, link.TU = String(name), String(names.aloud(name))
    link.F = 4  # printed
    width = float(link.Rect[2]) - float(link.Rect[0])
    height = float(link.Rect[3]) - float(link.Rect[1])
    if field.kind is Kind.TICK:
        _make_tick(pdf, link, width, height)
    else:
        _make_text(pdf, link, field, width, height)
    if field.kind in {Kind.CHOICE, Kind.YES_NO}:
        _make_choice(link, names.choices(field))
    return link


def _make_text(
    pdf: pikepdf.Pdf, widget: pikepdf.Object, field: Field, width: float, height: float
) -> None:
    widget.FT, widget.DA = Name.Tx, String(_TEXT_LOOK.decode())
    flags = NO_SPELLING | (REQUIRED if field.required else 0)
    flags |= MULTILINE if field.kind is Kind.TEXT else 0
    flags |= READ_ONLY if field.name == VERSION_FIELD else 0
    widget.Ff = flags
    if field.length:
        widget.MaxLen = field.length
    widget.AP = Dictionary(N=_look(pdf, b"/Tx BMC EMC", width, height))


def _make_choice(widget: pikepdf.Object, choices: list[tuple[str, str]]) -> None:
    widget.FT = Name.Ch
    widget.Ff = COMBO | (int(widget.Ff) & REQUIRED)
    if "/MaxLen" in widget:
        del widget["/MaxLen"]
    widget.Opt = Array([Array([String(code), String(said)]) for code, said in choices])


def _make_tick(pdf: pikepdf.Pdf, widget: pikepdf.Object, width: float, height: float) -> None:
    widget.FT, widget.DA = Name.Btn, String(_TICK_LOOK.decode())
    widget.V = widget.AS = Name.Off
    widget.MK = Dictionary(CA=String("8"))
    scaled = b"q %.3f 0 0 %.3f 0 0 cm " % (width / 10, height / 10)
    widget.AP = Dictionary(
        N=Dictionary(
            {
                f"/{TICKED}": _look(pdf, scaled + _CROSS + b" Q", width, height),
                "/Off": _look(pdf, b"", width, height),
            }
        )
    )


def _look(pdf: pikepdf.Pdf, drawn: bytes, width: float, height: float) -> pikepdf.Object:
    box = Array([0, 0, round(width, 3), round(height, 3)])
    look = Stream(pdf, drawn, Type=Name.XObject, Subtype=Name.Form, BBox=box)
    return pdf.make_indirect(look)


def _helvetica(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type1,
            BaseFont=Name.Helvetica,
            Encoding=Name.WinAnsiEncoding,
        )
    )


def _dingbats(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.ZapfDingbats)
    )


def _forms_not_links(element: pikepdf.Object) -> None:
    """ISO 14289-1, 7.18.4: a field stands in an element Form."""
    if isinstance(element, Array):
        for each in element:
            _forms_not_links(each)
    elif isinstance(element, Dictionary):
        if element.get("/S") == Name.Link:
            element.S = Name.Form
        if "/K" in element:
            _forms_not_links(element.K)


def _fill(pdf: pikepdf.Pdf, filled: Mapping[str, str]) -> None:
    """As a person would have: values, and what they look like."""
    known = {str(each.T): each for each in pdf.Root.AcroForm.Fields}
    for name, text in filled.items():
        if Name.Btn == known[name].FT:
            _tick(known[name], text)
        else:
            _write(known[name], text)


def _lend_font(pdf: pikepdf.Pdf) -> None:
    """A program that draws a value into a field's look finds the font there."""
    fonts = pdf.make_indirect(Dictionary(Font=Dictionary(Helv=pdf.Root.AcroForm.DR.Font.Helv)))
    for widget in pdf.Root.AcroForm.Fields:
        if Name.Btn != widget.FT:
            widget.AP.N.Resources = fonts


def _tick(widget: pikepdf.Object, text: str) -> None:
    if text not in {TICKED, ""}:
        raise ValueError("not a tick")
    widget.V = widget.AS = Name(f"/{TICKED}") if text else Name.Off


def _write(widget: pikepdf.Object, text: str) -> None:
    shown = text
    if "/Opt" in widget:
        choices = {str(each[0]): str(each[1]) for each in widget.Opt}
        if text not in choices:
            raise ValueError("not a choice")
        shown = choices[text]
    if "/MaxLen" in widget and len(text) > int(widget.MaxLen):
        raise ValueError("too long")
    widget.V = String(text)
    height = float(widget.AP.N.BBox[3])
    widget.AP.N.write(_typed(shown, height))


def _typed(text: str, height: float) -> bytes:
    """Lines from the top, in the font of the field; what that cannot show, a program redraws."""
    top = height - 12 if height > 30 else height / 2 - 3.5
    lines = [line.encode("cp1252", "replace") for line in text.splitlines()]
    shown = b" T* ".join(b"(%s) Tj" % re.sub(rb"([()\\\\])", rb"\\\1", line) for line in lines)
    return b"/Tx BMC q BT %s 12 TL 3 %.2f Td %s ET Q EMC" % (_TEXT_LOOK, top, shown)
