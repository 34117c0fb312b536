"""``gateway request preview|weigh|dossier|port``: a person's own data (AVG 15 and 20)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    RevealOption,
    fail,
    loaded,
    print_json,
)
from gateway.cli.register_common import done, masked, print_done
from gateway.cli.request import CaseId, app
from gateway.domain.dossier_refusals import DossierError
from gateway.domain.dossier_weighing import Chosen
from gateway.wiring import access, access_files

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from gateway.domain.dossier_weighing import Mark
    from gateway.wiring.access import Gathered
    from gateway.wiring.access_files import Made

_Result = TypeVar("_Result")

FolderOption = Annotated[
    Path, typer.Option("--to", help="An empty folder; made when missing.", file_okay=False)
]
MarksArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="MARK...", help="As preview shows them; none: all that wait now."),
]


@app.command()
def preview(
    case: CaseId,
    *,
    by: ByOption,
    reveal: RevealOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What the dossier of this request would hold, and what waits to be weighed; goes on record."""
    found = _made(access.preview(loaded(config), case, by=by))
    counts, marks = (
        _counts(found),
        [_mark(each, found, reveal=reveal) for each in found.draft.marks],
    )
    if json:
        print_json({**counts, "marks": marks})
        return
    for name, value in counts.items():
        typer.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    for mark in marks:
        typer.echo("  " + "  ".join(str(value) for value in mark.values() if value))


@app.command()
def weigh(
    case: CaseId,
    marks: MarksArgument = None,
    *,
    choice: Annotated[Chosen, typer.Option("--choice", help="Whether it stays in the dossier.")],
    reason: Annotated[
        str, typer.Option("--reason", help="Why; sealed with the request, not in the dossier.")
    ],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Choose what becomes of texts, names and scans that may tell of others (AVG 15(4))."""
    chosen = access.weigh(loaded(config), case, marks or [], chosen=choice, reason=reason, by=by)
    _made(chosen)
    print_done(json=json)


@app.command()
def dossier(
    case: CaseId,
    *,
    to: FolderOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Everything held of this person, readable and with its proof; each time a new edition."""
    _print_made(_made(access_files.access_dossier(loaded(config), case, to, by=by)), json=json)


@app.command()
def port(
    case: CaseId,
    *,
    to: FolderOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What this person may take along (AVG 20): only what rests on consent, as JSON and CSV."""
    _print_made(_made(access_files.portable_data(loaded(config), case, to, by=by)), json=json)


def _made(work: Coroutine[Any, Any, _Result]) -> _Result:
    try:
        return done(work)
    except DossierError as error:
        about = f": {', '.join(error.about)}" if error.about else ""
        fail(f"{error.code}{about}\n{error.text}\n{error.nl}")


def _print_made(made: Made, *, json: bool) -> None:
    if json:
        print_json(
            {
                "edition": made.edition,
                "digest": made.digest,
                "missing": made.missing,
                "files": [str(each) for each in made.files],
            }
        )
        return
    typer.echo(f"edition {made.edition}, digest {made.digest}")
    if made.missing:
        typer.echo(f"{made.missing} things could not be read or are gone; they are named in it")
    for each in made.files:
        typer.echo(str(each))


def _counts(found: Gathered) -> dict[str, object]:
    draft, read = found.draft, found.draft.material.read
    gaps = Counter(each.gap.value for each in draft.missing)
    return {
        "case": found.case.case_id,
        "identified": found.case.identified,
        "reports": len({each.place for each in draft.reports}),
        "disclosures": sum(each.left for each in draft.reports),
        "with_values": sum(each.content is not None for each in draft.reports),
        "consents": len(read.consents),
        "entries": len(read.processing),
        "consultations": len(read.consultations),
        "legal_hold": read.on_hold,
        "missing": [f"{gap} {count}" for gap, count in sorted(gaps.items())],
        "missing_at": [each.where for each in draft.missing],
        "unproven": list(draft.unproven),
        "unread_mails": found.unread,
        "to_weigh": list(access.waiting(found)),
    }


def _mark(mark: Mark, found: Gathered, *, reveal: bool) -> dict[str, object]:
    choice = found.choices.get(mark.mark_id)
    return {
        "mark": mark.mark_id,
        "choice": "" if choice is None else Chosen.INCLUDE if choice.include else Chosen.LEAVE_OUT,
        "where": mark.where,
        "field": mark.field,
        "pointed": ",".join(each.value for each in mark.pointed),
        "text": masked(mark.text, reveal=reveal),
    }
