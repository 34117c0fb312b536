"""Whether a PDF form keeps PDF/UA-1 (ISO 14289-1) as far as a program can tell.

veraPDF is a Java program that no package of Debian or PyPI carries; these are the
clauses of the Matterhorn Protocol (1.1) that concern a form, checked on the objects.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator


def faults_of(content: bytes) -> list[str]:
    """Each fault with the checkpoint of the Matterhorn Protocol that it fails."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [*_document(pdf), *_structure(pdf), *_fields(pdf), *_marked(pdf), *_fonts(pdf)]


def _document(pdf: pikepdf.Pdf) -> Iterator[str]:
    root: Any = pdf.Root
    if str(root.get("/Lang", "")) not in {"nl-NL", "en-GB"}:
        yield "11-006 no language"
    if not root.ViewerPreferences.get("/DisplayDocTitle"):
        yield "07-001 the title is not shown"
    if not root.MarkInfo.get("/Marked") or root.MarkInfo.get("/Suspects"):
        yield "06-001 not marked"
    with pdf.open_metadata() as said:
        if str(said.get("pdfuaid:part")) != "1":
            yield "06-002 does not say PDF/UA-1"
        if not said.get("dc:title"):
            yield "06-003 no title"


def _elements(pdf: pikepdf.Pdf) -> Iterator[Any]:
    waiting = [pdf.Root.StructTreeRoot.K]
    while waiting:
        each = waiting.pop()
        if isinstance(each, pikepdf.Array):
            waiting += list(each)
        elif isinstance(each, pikepdf.Dictionary) and "/S" in each:
            yield each
            if "/K" in each:
                waiting.append(each.K)


def _kids(element: Any) -> list[Any]:
    inside = element.get("/K")
    return list(inside) if isinstance(inside, pikepdf.Array) else [inside]


def _structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    elements = list(_elements(pdf))
    kinds = Counter(str(each.S) for each in elements)
    if kinds["/H1"] != 1 or kinds["/H2"] < 2:
        yield "14-003 no headings"
    if kinds["/Link"]:
        yield "28-011 a link that is none"
    for row in (each for each in elements if each.S == "/TR"):
        if {str(cell.S) for cell in _kids(row)} - {"/TH", "/TD"}:
            yield "15-003 a row of something else than cells"
    if kinds["/Table"] and not kinds["/TH"]:
        yield "15-003 a table without headings"
    mapped: Any = pdf.Root.StructTreeRoot.get("/RoleMap", {})
    strange = {kind for kind in kinds if str(mapped.get(kind, kind)) not in _STANDARD}
    yield from (f"02-001 {kind} is no standard type" for kind in strange)


_KNOWN = "Document Part Sect Div H1 H2 H3 P L LI Lbl LBody Table TR TH TD THead TBody Span Form"
_STANDARD = {f"/{each}" for each in _KNOWN.split()}


def _fields(pdf: pikepdf.Pdf) -> Iterator[str]:
    parents = _parents(pdf)
    listed = {each.objgen for each in pdf.Root.AcroForm.Fields}
    ordered: list[Any] = []
    for page in pdf.pages:
        widgets = list(page.get("/Annots", []))
        if widgets and page.get("/Tabs") != "/S":
            yield "28-007 tabs do not follow the structure"
        ordered += widgets
    if {each.objgen for each in ordered} != listed:
        yield "28-010 a field that is on no page"
    for widget in ordered:
        name = str(widget.get("/T"))
        if not str(widget.get("/TU", "")).strip():
            yield f"28-005 {name} has no name that is said"
        element = parents.get(int(widget.get("/StructParent", -1)))
        if element is None or element.S != "/Form":
            yield f"28-010 {name} is not in an element Form"
        elif not any(_is_reference(each, widget) for each in _kids(element)):
            yield f"28-010 {name} is not in its element"
    said = Counter(str(each.get("/TU")) for each in ordered)
    yield from (f"28-005 said twice: {text}" for text, count in said.items() if count > 1)


def _is_reference(kid: Any, widget: Any) -> bool:
    is_one = isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/OBJR"
    return bool(is_one and kid.Obj.objgen == widget.objgen)


def _parents(pdf: pikepdf.Pdf) -> dict[int, Any]:
    return dict(pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree).items())


def _marked(pdf: pikepdf.Pdf) -> Iterator[str]:
    """01-003, 01-005: everything that is drawn is in the structure, or said to be none of it."""
    for number, page in enumerate(pdf.pages, start=1):
        depth = 0
        for drawn in pikepdf.parse_content_stream(page):
            name = str(drawn.operator)
            if name in {"BDC", "BMC"}:
                depth += 1
            elif name == "EMC":
                depth -= 1
            elif depth == 0 and name in {"Tj", "TJ", "'", '"', "Do", "S", "s", "f", "f*", "B", "b"}:
                yield f"01-005 {name} on page {number} is not marked"


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for page in pdf.pages:
        for font in page.Resources.get("/Font", {}).values():
            for each in font.get("/DescendantFonts", [font]):
                described: Any = each.get("/FontDescriptor", {})
                if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described.keys()):
                    yield f"31-009 {each.get('/BaseFont')} is not embedded"
            if "/ToUnicode" not in font:
                yield "10-001 text without characters"
