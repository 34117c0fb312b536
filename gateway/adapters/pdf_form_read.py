"""A filled PDF form, read: nothing but the values of the fields that are ours by name.

The newest state of the file counts (ISO 32000-1, 7.5.6); what its pages show, what its
scripts and actions would do, who signed it and what is put inside it is not looked at.
Call it inside a bounded worker only: the library under it reads hostile bytes.
"""

from __future__ import annotations

import io
import json
import unicodedata
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, String

from gateway.adapters.pdf_form import FORM_VERSION, VERSION_FIELD, Field, Kind, fields
from gateway.adapters.pdf_form_values import UnreadableValueError, said_by
from gateway.adapters.pdf_form_wire import Filled, document_of
from gateway.domain.form_reading import FormRead
from gateway.domain.stops import Fault, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

FORM_LIMIT = 10 * 1024 * 1024  # bytes; the blank form is 0.13 MB
MOST_OBJECTS, MOST_PAGES, MOST_FIELDS = 50_000, 50, 2_000
LONGEST_VALUE = 10_000  # characters; the longest field takes 500
MOST_INSIDE = 20  # files within the form that are named one by one
HIDDEN, NO_VIEW = 2, 32  # of an annotation's flags (12.5.3)
TICKS_OFF = frozenset({"Off", ""})


def read_pdf_form(content: bytes) -> FormRead:
    """What the form says, with page for place.

    Raises `Reject(NOT_JSON)` with one fault when it is not our form as a person
    fills it in, and `Reject(UNKNOWN_VERSION)` for another version of it.
    """
    if len(content) > FORM_LIMIT:
        raise _unreadable("bestand-te-groot")
    kind = "bestand-beschadigd"
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
            return _read(pdf)
    except pikepdf.PasswordError:
        kind = "bestand-met-wachtwoord"
    # What is of another type than it should be is damage too, wherever it shows.
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        pass
    raise _unreadable(kind)


def _unreadable(kind: str) -> Reject:
    return Reject(Reason.UNREADABLE_FORM, faults=(Fault(path="", kind=kind),))


def _read(pdf: pikepdf.Pdf) -> FormRead:
    if pdf.is_encrypted:  # opened with an empty password, which is one all the same
        raise _unreadable("bestand-met-wachtwoord")
    if len(pdf.objects) > MOST_OBJECTS or len(pdf.pages) > MOST_PAGES:
        raise _unreadable("bestand-te-groot")
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/XFA" in form:
        raise _unreadable("formulier-met-xfa")
    listed = form.get("/Fields") if isinstance(form, Dictionary) else None
    if not isinstance(listed, Array) or len(listed) == 0:
        raise _unreadable("formulier-zonder-velden")
    if len(listed) > MOST_FIELDS:
        raise _unreadable("bestand-te-groot")
    found = list(_fields(listed))
    _of_this_version(found)
    return _form(found, _pages(pdf), _inside(pdf))


def _fields(listed: Object) -> Iterator[tuple[str, Dictionary]]:
    for each in listed:
        if isinstance(each, Dictionary):
            name = each.get("/T")
            yield (str(name) if isinstance(name, String) else "", each)


def _of_this_version(found: list[tuple[str, Dictionary]]) -> None:
    marks = [field.get("/V") for name, field in found if name == VERSION_FIELD]
    if not marks:
        raise _unreadable("formulier-van-een-ander")
    if len(marks) > 1 or not isinstance(marks[0], String) or str(marks[0]) != FORM_VERSION:
        fault = Fault(path="bijsluiterVersie", kind="onbekende-versie")
        raise Reject(Reason.UNKNOWN_VERSION, faults=(fault,))


def _form(
    found: list[tuple[str, Dictionary]], pages: dict[tuple[int, int], int], inside: list[str]
) -> FormRead:
    known, filled, withheld = fields(), Filled(), list(inside)
    seen: set[str] = set()
    for name, widget in found:
        place = _place(widget, pages)
        if name == VERSION_FIELD:
            continue
        if name not in known:
            # What a stranger calls a field may itself be a sentence about somebody.
            withheld.append(f"{place}, een veld dat niet in ons formulier staat")
            continue
        if _is_hidden(widget):
            withheld.append(f"{place}, een verborgen veld")
            continue
        filled.places[name] = place
        if name in seen:
            filled.faults[name] = "veld-staat-dubbel"
        seen.add(name)
        _take(known[name], name, widget, filled)
    document, places, faults = document_of(filled)
    return FormRead(
        document=json.dumps(document, ensure_ascii=False).encode("utf-8"),
        places=places,
        faults=faults,
        withheld=tuple(withheld[:MOST_FIELDS]),
    )


def _take(field: Field, name: str, widget: Dictionary, filled: Filled) -> None:
    fault = ""
    try:
        said = said_by(field, _text(field, widget))
        if said is not None:
            filled.values.setdefault(name, said)
    except UnreadableValueError as error:
        fault = error.kind
    if fault:
        filled.faults.setdefault(name, fault)


def _text(field: Field, widget: Dictionary) -> str:
    """The value as a person typed or chose it; raises `UnreadableValueError` for no text."""
    value = widget.get("/V")
    if value is None:
        return ""
    if field.kind is Kind.TICK:
        if not isinstance(value, Name):
            raise UnreadableValueError("veld-niet-te-lezen")
        name = str(value).removeprefix("/")
        return "" if name in TICKS_OFF else name
    if not isinstance(value, String) or len(bytes(value)) > 4 * LONGEST_VALUE:
        raise UnreadableValueError("veld-niet-te-lezen")
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return unicodedata.normalize("NFC", text)


def _pages(pdf: pikepdf.Pdf) -> dict[tuple[int, int], int]:
    """The page, from 1, on which each annotation stands."""
    found: dict[tuple[int, int], int] = {}
    for number, page in enumerate(pdf.pages, start=1):
        listed = page.obj.get("/Annots")
        if isinstance(listed, Array):
            for each in list(listed)[:MOST_FIELDS]:
                if isinstance(each, Dictionary):
                    found.setdefault(each.objgen, number)
    return found


def _place(widget: Dictionary, pages: dict[tuple[int, int], int]) -> str:
    """Of the field itself, or of the first place on a page that shows it."""
    for each in _shown(widget):
        if each.objgen in pages and each.objgen != (0, 0):
            return f"bladzijde {pages[each.objgen]}"
    return "het formulier"


def _is_hidden(widget: Dictionary) -> bool:
    """Whether who filled the form in saw nothing of this field, as with a column that is hidden."""
    flags = [int(each.get("/F", 0)) for each in _shown(widget) if "/F" in each]
    return bool(flags) and all(each & (HIDDEN | NO_VIEW) for each in flags)


def _shown(widget: Dictionary) -> list[Dictionary]:
    kids = widget.get("/Kids")
    found = [widget, *(list(kids)[:10] if isinstance(kids, Array) else [])]
    return [each for each in found if isinstance(each, Dictionary)]


def _inside(pdf: pikepdf.Pdf) -> list[str]:
    """Files within the form, by number; their names are a stranger's words."""
    count = min(len(pdf.attachments), MOST_INSIDE)
    return [f"ingesloten bestand {number}" for number in range(1, count + 1)]
