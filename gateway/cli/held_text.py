"""A held free text as a command prints it, with what the scanner points at under each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.annotations import Annotation
    from gateway.domain.held import FreeText

CLEARS_NOTHING = (
    "The scanner only points at things, and misses much: read every text whole, whatever it shows."
)


def text_json(text: FreeText) -> dict[str, object]:
    """For ``--json``; `start` and `end` count characters of the text."""
    return {
        "number": text.number,
        "path": text.path,
        "text": text.text,
        "waits": not text.label,
        "annotations": [
            {
                "start": each.start,
                "end": each.end,
                "kind": each.kind.value,
                "certainty": each.certainty.value,
                "why": each.why,
            }
            for each in text.annotations
        ],
    }


def print_text(text: FreeText) -> None:
    """The text, each line marked where something was pointed at, and then what that is."""
    what = " (a label: goes along unread)" if text.label else ""
    if text.path.endswith(".document"):
        what = f" (a file: read it with gateway held plan --report {text.number + 1})"
    typer.echo(f"  report {text.number + 1}, {text.path}:{what}")
    for line in marked(text.text, text.annotations):
        typer.echo(f"    {line}")
    if not text.annotations:
        typer.echo("    the scanner points at nothing, which says nothing")
    for each in text.annotations:
        said = " ".join(text.text[each.start : each.end].split())
        typer.echo(f"    {each.certainty.value} {each.kind.value}: {said!r}: {each.why}")


def marked(text: str, annotations: tuple[Annotation, ...]) -> Iterator[str]:
    """Each line as it is, and beneath it a line of ``^`` where anything was pointed at."""
    at = {place for each in annotations for place in range(each.start, each.end)}
    start = 0
    for line in text.splitlines(keepends=True):
        shown = line.rstrip("\r\n")
        yield f"| {shown}"
        under = "".join("^" if start + place in at else " " for place in range(len(shown)))
        if under.strip():
            yield f"  {under.rstrip()}"
        start += len(line)
