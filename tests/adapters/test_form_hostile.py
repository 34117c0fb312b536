"""Workbooks made to do harm: bombs, entities, macros, links, and archives that lie."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from gateway.domain.form_reading import FormKind
from gateway.domain.stops import Reason, Reject
from tests import forms, generators
from tests.adapters.test_form_reading import stop_of, workbook

if TYPE_CHECKING:
    from collections.abc import Callable

XLSX, ODS = FormKind.XLSX, FormKind.ODS
SHEET, CONTENT = "xl/worksheets/sheet1.xml", "content.xml"
PARTS = {XLSX: SHEET, ODS: CONTENT}
ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
WORKBOOKS = {XLSX: workbook(), ODS: forms.filled(ODS, generators.bericht(1))}
both = pytest.mark.parametrize("kind", [XLSX, ODS])


def declared(text: bytes) -> Callable[[bytes], bytes]:
    """The same XML with a document type."""
    return lambda xml: xml.replace(b"?>", b"?>" + text, 1)


@both
@pytest.mark.parametrize("doctype", [ENTITY, LAUGHS, b"<!DOCTYPE x>"])
@pytest.mark.parametrize("part", ["table", "other"])
def test_a_document_type_is_refused_wherever_it_stands(
    kind: FormKind, doctype: bytes, part: str
) -> None:
    name = PARTS[kind] if part == "table" else {XLSX: "xl/styles.xml", ODS: "styles.xml"}[kind]
    content = forms.changed(WORKBOOKS[kind], name, declared(doctype))
    assert forms.kinds_of(stop_of(kind, content)) == ["bestand-met-dtd"]


def test_xml_in_another_encoding_is_not_read() -> None:
    def wide(xml: bytes) -> bytes:
        text = xml.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
        return text.replace("?>", "?>" + ENTITY.decode(), 1).encode("utf-16")

    for change in (wide, lambda xml: xml.replace(b"UTF-8", b"UTF-7")):
        stop = stop_of(XLSX, forms.changed(WORKBOOKS[XLSX], SHEET, change))
        assert forms.kinds_of(stop) == ["bestand-beschadigd"]


@both
def test_a_part_that_inflates_without_end_is_not_inflated(kind: FormKind) -> None:
    bomb = forms.with_part(WORKBOOKS[kind], "xl/extra.xml", b" " * 60_000_000)
    assert forms.kinds_of(stop_of(kind, bomb)) == ["bestand-te-groot"]


@both
def test_a_part_that_compresses_a_thousandfold_is_no_workbook(kind: FormKind) -> None:
    bomb = forms.with_part(WORKBOOKS[kind], "xl/extra.xml", b"<x>" + b"a" * 5_000_000 + b"</x>")
    assert forms.kinds_of(stop_of(kind, bomb)) == ["bestand-te-groot"]


def test_a_size_that_lies_is_found_out() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SHEET, b"<x>" + bytes(5000) + b"</x>")
    content = bytearray(made.getvalue())
    real = struct.pack("<I", 5007)
    content = content.replace(real, struct.pack("<I", 70))
    assert forms.kinds_of(stop_of(XLSX, bytes(content))) == ["bestand-beschadigd"]


def test_thousands_of_entries_are_too_many() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(2000):
            archive.writestr(f"{number}.xml", b"<x/>")
    assert forms.kinds_of(stop_of(XLSX, made.getvalue())) == ["bestand-te-groot"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@both
def test_a_part_that_stands_twice_has_two_readings(kind: FormKind) -> None:
    twice = forms.with_part(WORKBOOKS[kind], PARTS[kind], b"<x/>")
    assert forms.kinds_of(stop_of(kind, twice)) == ["bestand-beschadigd"]
    other = forms.with_part(WORKBOOKS[kind], PARTS[kind].upper(), b"<x/>")
    assert forms.kinds_of(stop_of(kind, other)) == ["bestand-beschadigd"]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ("xl/vbaProject.bin", "macro's in het bestand"),
        ("Basic/Standard/Module1.xml", "macro's in het bestand"),
        ("xl/externalLinks/externalLink1.xml", "koppelingen naar andere bestanden"),
        ("xl/connections.xml", "koppelingen naar andere bestanden"),
    ],
)
def test_macros_and_links_are_left_behind_and_named(part: str, place: str) -> None:
    for kind in (XLSX, ODS):
        read = forms.read(kind, forms.with_part(WORKBOOKS[kind], part, b"Sub x"))
        assert read.withheld == (place,)
        assert len(forms.reports(read)) == 1


def test_one_cell_at_the_end_of_the_world_takes_no_memory() -> None:
    far = b'<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row></sheetData>'
    content = forms.changed(WORKBOOKS[XLSX], SHEET, lambda xml: xml.replace(b"</sheetData>", far))
    assert forms.kinds_of(stop_of(XLSX, content)) == ["bestand-te-groot"]


@pytest.mark.parametrize(
    ("rows", "cells", "holds"),
    [
        (1_000_000, 1, b'office:value-type="string"'),
        (1, 16384, b'office:value-type="string"'),
        (9_999_999, 1, b'table:formula="of:=1"'),
    ],
)
def test_one_cell_that_stands_for_a_million_takes_no_memory(
    rows: int, cells: int, holds: bytes
) -> None:
    row = (
        b'<table:table-row table:number-rows-repeated="%d"><table:table-cell %s '
        b'table:number-columns-repeated="%d"><text:p>x</text:p></table:table-cell>'
        b"</table:table-row>"
    ) % (rows, holds, cells)
    content = forms.changed(
        WORKBOOKS[ODS], CONTENT, lambda xml: xml.replace(b"</table:table>", row + b"</table:table>")
    )
    assert forms.kinds_of(stop_of(ODS, content)) == ["bestand-te-groot"]


def test_formulas_of_an_ods_are_not_believed_and_hidden_rows_not_read() -> None:
    content = forms.changed(
        forms.filled(ODS, generators.bericht(1), generators.bericht(2)),
        CONTENT,
        lambda xml: xml.replace(
            b'office:value-type="string"><text:p>Fictief',
            b'table:formula="of:=[.A1]" office:value-type="string"><text:p>Fictief',
        ),
    )
    assert {each.kind for each in forms.read(ODS, content).faults} == {"cel-met-formule"}
    hidden = forms.changed(
        forms.filled(ODS, generators.bericht(1), generators.bericht(2)),
        CONTENT,
        _hide_last,
    )
    read = forms.read(ODS, hidden)
    assert len(forms.reports(read)) == 1
    assert read.withheld == ("blad 'Inburgeraars', rij 6 (verborgen)",)


def _hide_last(xml: bytes) -> bytes:
    start = xml.rindex(b"<table:table-row>", 0, xml.index(b"DEMO-0002"))
    return xml[:start] + b'<table:table-row table:visibility="collapse">' + xml[start + 17 :]


@pytest.mark.parametrize("kind", [XLSX, ODS])
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "bestand-beschadigd"),
        (b"PK\x03\x04 no archive", "bestand-beschadigd"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "bestand-met-wachtwoord"),
    ],
)
def test_what_is_no_workbook(kind: FormKind, content: bytes, fault: str) -> None:
    stop = stop_of(kind, content)
    assert (stop.reasons, forms.kinds_of(stop)) == ((Reason.UNREADABLE_FORM,), [fault])


@both
def test_a_workbook_cut_short_anywhere_is_refused(kind: FormKind) -> None:
    whole = WORKBOOKS[kind]
    for at in range(0, len(whole) - 22, len(whole) // 40):
        assert isinstance(forms.outcome(kind, whole[:at]), Reject)


def test_elements_without_end_are_no_sheet() -> None:
    content = forms.changed(
        WORKBOOKS[XLSX], SHEET, lambda xml: xml.replace(b"<sheetData>", b"<a>" * 5000)
    )
    assert forms.kinds_of(stop_of(XLSX, content)) == ["bestand-beschadigd"]


@pytest.mark.parametrize("row", ["9" * 5000, "0", "x", "-1", "\u0661"])
def test_a_row_number_that_is_none_is_refused(row: str) -> None:
    content = forms.changed(
        WORKBOOKS[XLSX], SHEET, lambda xml: xml.replace(b'<row r="2"', f'<row r="{row}"'.encode())
    )
    assert forms.kinds_of(stop_of(XLSX, content)) == ["bestand-beschadigd"]


@pytest.mark.parametrize(
    ("part", "element", "attribute"),
    [
        ("xl/workbook.xml", b"<sheet ", b"id"),
        ("xl/_rels/workbook.xml.rels", b"<Relationship ", b"Target"),
        ("xl/worksheets/sheet1.xml", b"<c ", b"r"),
        ("xl/worksheets/sheet1.xml", b"<row ", b"hidden"),
    ],
)
def test_an_attribute_of_a_stranger_is_not_taken_for_the_real_one(
    part: str, element: bytes, attribute: bytes
) -> None:
    """Whoever scans would look at one sheet, and whoever reads the values at another."""
    content = forms.filled(FormKind.XLSX, forms.fitting(generators.bericht(1)))
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as came, zipfile.ZipFile(made, "w") as changed:
        for name in came.namelist():
            data = came.read(name)
            if name == part:
                strange = element + b'xmlns:q="urn:q" q:' + attribute + b'="1" '
                assert element in data
                data = data.replace(element, strange, 1)
            changed.writestr(name, data)
    stop = stop_of(FormKind.XLSX, made.getvalue())
    assert forms.kinds_of(stop) == ["bestand-beschadigd"]
