"""A letter's content, said once, and rendered as plain text, as HTML, and on paper (`typeset`).

No rendering can say what the others do not; a chart draws what a table beside it says.
HTML is escaped by the template engine, holds no remote content, no image and no script;
one column, and on a narrow screen every table row is a block of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from gateway.adapters.theme import PLAIN
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from gateway.adapters.theme import Theme


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Table(Silent):
    """Rows under column headings; the first column names the row."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Line(Silent):
    """One line in a chart: its height at each moment, 0 to 1; None where nothing is known."""

    name: str
    heights: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Chart(Silent):
    """Lines over moments, drawn on paper only: what it shows stands in a table as well.

    `steps` are the names on the upright axis with their heights, `alt` is for who does
    not see it.
    """

    caption: str
    alt: str
    moments: tuple[str, ...]
    steps: tuple[tuple[str, float], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Section(Silent):
    """What belongs under one heading, in this order."""

    heading: str
    lead: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    points: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Page(Silent):
    """A whole letter in the language `language` (BCP 47)."""

    language: str
    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


@cache
def templates() -> tuple[Template, Template]:
    """A letter as text and as HTML, compiled once for all looks."""
    environment = Environment(
        loader=PackageLoader("gateway", "templates"),
        autoescape=select_autoescape(("html",), disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["facts"] = fact_lines
    environment.filters["columns"] = table_lines
    return environment.get_template("letter.txt"), environment.get_template("letter.html")


class Press:
    """Renders pages in one look."""

    def __init__(self, theme: Theme = PLAIN) -> None:
        self._theme = theme
        self._text, self._html = templates()

    def text(self, page: Page, foot: Sequence[str] = ()) -> str:
        """The page as plain text; `foot` stands under it, smaller."""
        return self._text.render(page=page, foot=foot, theme=self._theme)

    def html(self, page: Page, foot: Sequence[str] = ()) -> str:
        """The page as HTML."""
        return self._html.render(page=page, foot=foot, theme=self._theme)


def fact_lines(facts: Sequence[tuple[str, str]]) -> list[str]:
    """Names and values in two columns."""
    width = max(len(name) for name, _ in facts) + 2
    return [f"{name + ':':<{width}} {_indented(value, width + 1)}" for name, value in facts]


def table_lines(table: Table) -> list[str]:
    """A table in columns of equal width, as long as its longest cell."""
    lines = [table.headings, *table.rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    drawn = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return [drawn[0], "  ".join("-" * width for width in widths), *drawn[1:]]


def _indented(value: str, width: int) -> str:
    return value.replace("\n", "\n" + " " * width)
