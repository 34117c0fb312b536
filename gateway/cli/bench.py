"""``gateway bench``: how fast, how cheap and how small this gateway is on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.common import JsonOption, fail, print_json

WIDTH = 130  # of the tables
_NOT_HERE = "gateway bench starts real mail servers and runs from a source checkout only: {}"


def bench(
    *,
    messages: Annotated[int, typer.Option(min=10, help="Messages for each part.")] = 1000,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few messages; to see that it runs.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="10,000 messages for each part.")] = False,
    hostile: Annotated[
        int, typer.Option(min=0, help="Only this: so many malformed mails, good ones between.")
    ] = 0,
    scanner: Annotated[
        bool, typer.Option("--scanner", help="Only this: what the scanner of free text misses.")
    ] = False,
    forms: Annotated[
        bool, typer.Option("--forms", help="Only this: 300 inburgeraars in one form.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for benchmark.json and .svg, and whose benchmark.md to update."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure floor, walk, gateway and a simple script in one run, and print their ratios."""
    try:
        from tests.bench import run, telling  # noqa: PLC0415 - not part of an installation
    except ImportError as error:
        fail(_NOT_HERE.format(error.name))
    os.umask(0o022)  # its mail servers run as users of their own and read what it writes
    screen = Console(stderr=json)
    screen.width = max(screen.width, WIDTH)
    if scanner or forms or hostile:
        _only(screen, hostile=hostile, scanner=scanner, json=json)
        return
    size = run.FULL if full else run.QUICK if quick else run.Size(messages=messages)
    found = run.measure(size, lambda each: screen.print(telling.line(each), highlight=False))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        telling.write_json(found, out / "benchmark.json")
        telling.write_plot(found, out / "benchmark.svg")
        if (out / "benchmark.md").exists():
            telling.write_results(found, out / "benchmark.md")
    if json:
        print_json(found.plain())
    else:
        telling.tables(found, screen)


def _only(screen: Console, *, hostile: int, scanner: bool, json: bool) -> None:
    from tests.bench import forms, telling  # noqa: PLC0415 - not part of an installation
    from tests.bench import hostile as floods  # noqa: PLC0415 - as above
    from tests.bench import scanner as scanning  # noqa: PLC0415 - as above

    if scanner:
        missed = scanning.measure()
        _print(scanning.plain(missed) if json else scanning.told(missed))
    elif hostile:
        flood = floods.hostile(hostile)
        screen.print(telling.flooded(flood).on_screen())
        if json:
            print_json(flood.plain())
    else:
        taken = forms.measure()
        _print(forms.plain(taken) if json else forms.told(taken))


def _print(said: dict[str, object] | str) -> None:
    if isinstance(said, str):
        typer.echo(said)
    else:
        print_json(said)
