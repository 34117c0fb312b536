"""The ODS form as it is given out (ODF 1.3, part 3): the same form as the XLSX one."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from odfdo import Document, Element

from gateway.adapters.form_rows import Form, Row, example_row
from gateway.adapters.form_words import (
    CHOOSE,
    FAULTY,
    GREY,
    GUIDE,
    GUIDE_HEADINGS,
    MADE,
    NOT_IN_LIST,
    TITLE,
    groups,
    guide_rows,
    help_for,
    width_of,
)
from gateway.domain.form_columns import (
    COLUMNS,
    FORM_VERSION,
    GUIDE_SHEET,
    MOST_ROWS,
    PROVIDER,
    TABLE_SHEET,
    VERSION,
    VERSION_PROPERTY,
    Holds,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.domain.form_cells import Cell
    from gateway.domain.form_columns import Column

_CENTIMETRES = 0.22  # of one character
_DAY = (
    '<number:date-style style:name="dag"><number:day number:style="long"/>'
    '<number:text>-</number:text><number:month number:style="long"/>'
    '<number:text>-</number:text><number:year number:style="long"/></number:date-style>'
)
_NUMBER = (
    '<number:number-style style:name="{name}"><number:number '
    'number:decimal-places="{places}" number:min-integer-digits="1"/></number:number-style>'
)
_NUMBER_STYLES = (
    '<number:text-style style:name="tekst"><number:text-content/></number:text-style>',
    _DAY,
    _NUMBER.format(name="geheel", places=0),
    _NUMBER.format(name="bedrag", places=2),
)
_DATA_STYLE = {Holds.DATE: "dag", Holds.WHOLE: "geheel", Holds.AMOUNT: "bedrag"}
_LOOKS = {
    "": "",
    "kop": '<style:text-properties fo:font-weight="bold"/>',
    "voorbeeld": f'<style:text-properties fo:font-style="italic" fo:color="{GREY}"/>',
    "fout": f'<style:table-cell-properties fo:background-color="{FAULTY}"/>',
}


def ods_form(form: Form, example: bool = True) -> bytes:  # noqa: FBT001, FBT002 - one of two forms
    """The workbook, with the example row where there is one."""
    document = Document("spreadsheet")
    document.body.clear()
    automatic = document.content.get_element("//office:automatic-styles")
    assert automatic is not None  # of every document that this library makes
    for style in (*_NUMBER_STYLES, *_cell_styles(), *_column_styles()):
        automatic.append(Element.from_tag(style))
    rows = [example_row(), *form.rows] if example else form.rows
    document.body.append(Element.from_tag(_validations()))
    table = Element.from_tag(_table(form))
    document.body.append(table)
    # Row by row: a thousand in one piece take twenty seconds to be taken over.
    for row in _rows(rows, example=example):
        table.append(Element.from_tag(row))
    document.body.append(Element.from_tag(_guide()))
    document.meta.title = TITLE
    document.meta.creation_date = document.meta.date = MADE
    document.meta.set_user_defined_metadata(VERSION_PROPERTY, FORM_VERSION)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _cell_styles() -> Iterator[str]:
    for data in ("tekst", "dag", "geheel", "bedrag"):
        for looks, properties in _LOOKS.items():
            yield (
                f'<style:style style:name="{data}{looks}" style:family="table-cell" '
                f'style:parent-style-name="Default" style:data-style-name="{data}">'
                f"{properties}</style:style>"
            )


def _column_styles() -> Iterator[str]:
    for width in sorted({width_of(column) for column in COLUMNS} | {60}):
        yield (
            f'<style:style style:name="breed{width}" style:family="table-column">'
            f"<style:table-column-properties "
            f'style:column-width="{width * _CENTIMETRES:.2f}cm"/></style:style>'
        )


def _validations() -> str:
    found = "".join(_validation(at, column) for at, column in enumerate(COLUMNS))
    return f"<table:content-validations>{found}</table:content-validations>"


def _validation(at: int, column: Column) -> str:
    """Help for everybody; for lists a choice, and no way around it."""
    condition = error = ""
    if column.codes:
        codes = ";".join(f'"{code}"' for code in column.codes)
        condition = f"of:cell-content-is-in-list({codes})"
        error = (
            '<table:error-message table:message-type="stop" table:display="true" '
            f'table:title="{CHOOSE}"><text:p>{NOT_IN_LIST}</text:p></table:error-message>'
        )
    return (
        f'<table:content-validation table:name="hulp{at}" '
        f"table:condition={quoteattr(condition)} "
        'table:allow-empty-cell="true" table:display-list="unsorted" '
        f'table:base-cell-address="{TABLE_SHEET}.A1">'
        f"<table:help-message table:title={quoteattr(column.heading)} "
        f'table:display="true"><text:p>{escape(help_for(column))}</text:p>'
        f"</table:help-message>{error}</table:content-validation>"
    )


def _table(form: Form) -> str:
    columns = "".join(
        f'<table:table-column table:style-name="breed{width_of(column)}" '
        f'table:default-cell-style-name="{_style(column)}"/>'
        for column in COLUMNS
    )
    return f'<table:table table:name="{TABLE_SHEET}">{columns}{_above(form)}</table:table>'


def _rows(rows: Sequence[Row], *, example: bool) -> Iterator[str]:
    for at, row in enumerate(rows):
        yield _row(row, looks="voorbeeld" if example and at == 0 else "")
    empty = "".join(
        f'<table:table-cell table:style-name="{_style(column)}" '
        f'table:content-validation-name="hulp{at}"/>'
        for at, column in enumerate(COLUMNS)
    )
    left = max(1, MOST_ROWS + 1 - len(rows))
    yield f'<table:table-row table:number-rows-repeated="{left}">{empty}</table:table-row>'


def _above(form: Form) -> str:
    top = (VERSION.heading, FORM_VERSION, PROVIDER.heading, form.instellingsnummer)
    headings = [column.heading for column in COLUMNS]
    return "".join(_bold(cells) for cells in ((TITLE,), top, groups(), headings))


def _bold(cells: tuple[str, ...] | list[str]) -> str:
    return (
        f"<table:table-row>{''.join(_text(cell, 'tekstkop') for cell in cells)}</table:table-row>"
    )


def _row(row: Row, *, looks: str) -> str:
    cells = "".join(
        _cell(at, column, cell, row.notes.get(at, ""), looks)
        for at, (column, cell) in enumerate(zip(COLUMNS, row.cells, strict=True))
    )
    return f"<table:table-row>{cells}</table:table-row>"


def _cell(at: int, column: Column, cell: Cell, note: str, looks: str) -> str:
    style = _style(column) + ("fout" if note else looks)
    value, text = _value(cell)
    noted = (
        f"<office:annotation><text:p>{escape(note)}</text:p></office:annotation>" if note else ""
    )
    return (
        f'<table:table-cell table:style-name="{style}" '
        f'table:content-validation-name="hulp{at}"{value}>{noted}{text}</table:table-cell>'
    )


def _value(cell: Cell) -> tuple[str, str]:
    """The attributes of a cell's value, and what it shows; a text is never a formula here."""
    if cell is None:
        return "", ""
    if isinstance(cell, date):
        return (
            f' office:value-type="date" office:date-value="{cell.isoformat()}"',
            f"<text:p>{cell:%d-%m-%Y}</text:p>",
        )
    if isinstance(cell, (int, float)):
        return f' office:value-type="float" office:value="{cell!r}"', f"<text:p>{cell}</text:p>"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
    return ' office:value-type="string"', lines


def _text(cell: str, style: str) -> str:
    value, text = _value(cell or None)
    return f'<table:table-cell table:style-name="{style}"{value}>{text}</table:table-cell>'


def _style(column: Column) -> str:
    return _DATA_STYLE.get(column.holds, "tekst")


def _guide() -> str:
    widths = (34, 34, 60, 60)
    columns = "".join(f'<table:table-column table:style-name="breed{_near(w)}"/>' for w in widths)
    lines = [(line,) for line in GUIDE]
    rows = "".join(
        f"<table:table-row>{''.join(_text(cell, 'tekst') for cell in cells)}</table:table-row>"
        for cells in (*lines, ("",), GUIDE_HEADINGS, *guide_rows())
    )
    return f'<table:table table:name="{GUIDE_SHEET}">{columns}{rows}</table:table>'


def _near(width: int) -> int:
    return max(each for each in {*(width_of(c) for c in COLUMNS), 60} if each <= width)
