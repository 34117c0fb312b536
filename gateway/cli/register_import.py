"""``gateway import``: fill the register from CSV files, each of them whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway import wiring
from gateway.cli.breach import opened_json, print_opened
from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.register_common import done
from gateway.domain.importing import CsvFaultsError, Imported, Kind

KindOfFile = Annotated[Kind, typer.Argument(help="What the file holds.")]
File = Annotated[Path, typer.Argument(help="A CSV file.", exists=True, dir_okay=False)]


def import_(
    kind: KindOfFile,
    file: File,
    *,
    by: ByOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, keep nothing.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Import parties, contacts, dossiers, designations or consents."""
    content = file.read_bytes()

    async def work() -> Imported | CsvFaultsError:
        async with wiring.register(loaded(config)) as register:
            try:
                return await register.import_csv(kind, content, by=by, dry_run=dry_run)
            except CsvFaultsError as error:
                return error

    result = done(work())
    if isinstance(result, CsvFaultsError):
        _print_faults(result, json=json)
        raise typer.Exit(1)
    _print_imported(result, dry_run=dry_run, json=json)


def _print_imported(result: Imported, *, dry_run: bool, json: bool) -> None:
    if json:
        taken: dict[str, object] = {"rows": result.rows, "imported": not dry_run, "faults": []}
        print_json(taken if dry_run else taken | opened_json(result.opened))
        return
    typer.echo(f"{result.rows} rows {'are in order' if dry_run else 'imported'}")
    print_opened(result.opened)


def _print_faults(error: CsvFaultsError, *, json: bool) -> None:
    if json:
        faults = [
            {"line": each.line, "column": each.column, "text": each.text, "nl": each.nl}
            for each in error.faults
        ]
        print_json({"rows": 0, "imported": False, "faults": faults})
        return
    for each in error.faults:
        where = f"line {each.line}" + (f", {each.column}" if each.column else "")
        typer.echo(f"{where}: {each.text} / {each.nl}", err=True)
    typer.echo("nothing was imported", err=True)
