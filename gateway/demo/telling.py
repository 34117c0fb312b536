"""How the story is told: with colour and a progress bar on a terminal, else in plain lines."""

from __future__ import annotations

import io
import sys
import time
from contextlib import contextmanager
from textwrap import fill, wrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PLAIN_WIDTH = 100
# What a mail says is shown as it is, but it may not speak to the terminal (ECMA-48).
_SPEAKABLE = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))


class Teller:
    """Tells on standard output; `silent` for who wants the facts only."""

    def __init__(self, steps: int, *, silent: bool = False) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # an old terminal gets "?" for "ë"
        self._console = Console(highlight=False, quiet=silent)
        self._plain = not self._console.is_terminal
        if self._plain:
            self._console.width = _PLAIN_WIDTH
        self._acts = 0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            console=self._console,
            transient=True,
            disable=self._plain or silent,
        )
        self._task = self._progress.add_task("", total=steps)

    def begin(self) -> None:
        """Show the progress from here on."""
        self._progress.start()

    def end(self) -> None:
        """Take the progress away; what was told stays."""
        self._progress.stop()

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Something that takes a moment; told when it is done, with how long it took."""
        self._progress.update(self._task, description=doing)
        began = time.monotonic()
        yield
        took = f"{time.monotonic() - began:.1f}".replace(".", ",")
        self._print(f"  - {doing} ({took} s)", style="dim")
        self._progress.advance(self._task)

    def act(self, title: str) -> None:
        """A new part of the story."""
        self._acts += 1
        self._print("")
        heading = f"{self._acts}. {title}"
        self._print(heading, style="bold cyan")
        if self._plain:
            self._print("=" * len(heading))
        self._print("")

    def say(self, text: str) -> None:
        """A paragraph."""
        self._print(text)

    def event(self, text: str) -> None:
        """Something that just happened."""
        self._print(f"  > {text}", style="green")

    def kept(self, text: str) -> None:
        """A promise that was looked at and kept."""
        self._print(f"  [ok] {text}", style="green")

    def letter(self, title: str, text: str) -> None:
        """Something as its reader sees it on the screen."""
        shown = text.translate(_SPEAKABLE).rstrip()
        if not self._plain:
            self._console.print(Panel(Text(shown), title=Text(title), title_align="left"))
            return
        self._print(f"  +-- {title}")
        for line in shown.splitlines():
            for part in wrap(line, _PLAIN_WIDTH, subsequent_indent=_indent(line)) or [""]:
                self._print(f"  | {part}".rstrip(), wrapped=False)
        self._print("  +--")

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under headings."""
        if self._plain:
            self._lines(headings, rows)
            return
        table = Table(*headings, show_edge=False, pad_edge=False)
        for row in rows:
            table.add_row(*(Text(cell.translate(_SPEAKABLE)) for cell in row))
        self._console.print(Padding(table, (0, 0, 0, 2)))

    def _lines(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        columns = zip(headings, *rows, strict=True)
        widths = [max(len(cell) for cell in column) for column in columns]
        for row in (headings, ["-" * width for width in widths], *rows):
            cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            self._print("  " + "  ".join(cells).rstrip(), wrapped=False)

    def _print(self, text: str, *, style: str = "", wrapped: bool = True) -> None:
        shown = text.translate(_SPEAKABLE)
        if self._plain and wrapped:
            shown = fill(shown, _PLAIN_WIDTH, subsequent_indent=_indent(shown))
        self._console.print(Text(shown, style=style), soft_wrap=self._plain)


def _indent(text: str) -> str:
    """Where a broken line goes on: below the text of a point, else where it began."""
    point = "  " if text.lstrip().startswith(("* ", "- ", "> ")) else ""
    return " " * (len(text) - len(text.lstrip())) + point
