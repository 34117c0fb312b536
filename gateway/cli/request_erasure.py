"""``gateway request`` for erasing: weighed, proposed, certified; and what goes by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    fail,
    loaded,
    new_file,
    print_json,
)
from gateway.cli.register_common import done, print_many
from gateway.cli.request import CaseId, app
from gateway.domain.case_rules import Ground as RefusalGround
from gateway.domain.erasing import Ground
from gateway.wiring import erasing, erasing_papers
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.erasing import Obstacle
    from gateway.ledger.certificates import Certificate
    from gateway.wiring.erasing import Ended, Weighed

GroundOption = Annotated[Ground, typer.Option("--ground", help="Of AVG 17(1): why it may go.")]
FolderOption = Annotated[
    Path | None, typer.Option("--to", file_okay=False, help="A folder; made when missing.")
]


@app.command()
def grounds(
    case: CaseId, *, ground: GroundOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """What bars erasing the person of this request now, on which article, and until when.

    Exit 1 where something does.
    """
    found = done(erasing.weighed(loaded(config), case, ground))
    if json:
        print_json(_weighed(found))
    else:
        for each in found.obstacles:
            typer.echo("  ".join(str(value) for value in _obstacle(each).values() if value))
        if not found.obstacles:
            typer.echo("nothing bars it")
        typer.echo(f"papers of withdrawn consent: {found.papers}")
    if found.obstacles:
        raise typer.Exit(1)


@app.command()
def erase(
    case: CaseId,
    *,
    ground: GroundOption,
    letter_to: Annotated[
        Path,
        typer.Option("--letter-to", file_okay=False, help="A folder for the letter to the person."),
    ],
    by: ByOption,
    refuse: Annotated[
        list[RefusalGround] | None,
        typer.Option("--refuse", help="Erase only what rested on withdrawn consent; why the rest."),
    ] = None,
    words: Annotated[
        str, typer.Option("--words", help="With --refuse: what the person reads about why.")
    ] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Propose to erase the person of this request; done when another operator approves it.

    The letter names the person, and cannot be made afterwards: send it once it is done.
    """
    settings, refused = loaded(config), frozenset(refuse or ())
    found = done(erasing.weighed(settings, case, ground))
    decision = erasing.decision_on(refused)
    made = done(erasing_papers.letter(settings, found, decision, words, by=by))
    proposal = done(erasing.proposed(settings, case, ground, refused=refused, words=words, by=by))
    files = _write(letter_to, made)
    if json:
        print_json({"proposal": proposal, "files": [str(each) for each in files]})
        return
    typer.echo(f"proposed: another operator approves it with gateway proposal approve {proposal}")
    for each in files:
        typer.echo(str(each))


@app.command()
def due(
    *,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Who is past the term of retention, and when they are erased by themselves; does nothing."""
    found = done(erasing.due(loaded(config)))
    rows = [
        {
            "dossier": each.dossier_id,
            "term_ended": each.term_ended.isoformat(timespec="seconds"),
            "goes_at": each.goes_at.isoformat(timespec="seconds"),
        }
        for each in found
    ]
    print_many(rows, json=json)


@app.command()
def again(
    certificates: Annotated[
        list[Path] | None,
        typer.Argument(help="Certificates that were put away, where the gateway's list is gone."),
    ] = None,
    *,
    term: Annotated[
        bool, typer.Option("--due", help="Also erase who is past the term of retention.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Erase again who came back with a backup, and finish and certify what was begun.

    A running gateway does so by itself, from the list in its state folder.
    """
    found = done(erasing.ended(loaded(config), certificates or (), term=term))
    if json:
        print_json(_ended(found))
        return
    for name, value in _ended(found).items():
        typer.echo(f"{name}: {value}")


@app.command()
def certificate(
    erasure: Annotated[
        str, typer.Argument(help="The number of the erasure; without it every one is listed.")
    ] = "",
    *,
    to: FolderOption = None,
    check: Annotated[
        Path | None, typer.Option("--check", help="Say what this signed file certifies.")
    ] = None,
    key: Annotated[str, typer.Option("--key", help="With --check: the log's public key.")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Certificates of erasures, which name nobody: listed, written, or checked anywhere."""
    if check is not None:
        _print(_checked(check, key), json=json)
        return
    settings = loaded(config)
    if to is not None:
        if not erasure:
            fail("--to needs the number of an erasure", 2)
        files = _write(to, done(erasing_papers.certificate_files(settings, erasure)))
        if json:
            print_json({"files": [str(each) for each in files]})
        for each in () if json else files:
            typer.echo(str(each))
        return
    found = [each for _, each in done(erasing.certificates(settings, erasure))]
    if erasure:
        _print(found[-1], json=json)
        return
    print_many([_line(each) for each in found], json=json)


def _checked(file: Path, key: str) -> Certificate:
    try:
        return erasing.checked(file, key)
    except NotReadyError as error:
        fail(str(error))


def _print(found: Certificate, *, json: bool) -> None:
    if json:
        print_json(found.said())
        return
    for name, value in found.said().items():
        if isinstance(value, list):
            for each in value:
                typer.echo(f"{name}: {each}")
        else:
            typer.echo(f"{name}: {value}")


def _line(found: Certificate) -> dict[str, object]:
    return {
        "erasure": found.erasure,
        "certificate": found.number,
        "erased_at": found.erased_at,
        "reason": found.reason,
        "case": found.case or None,
        "whole": found.whole,
        "waiting": found.waiting,
        "originals": found.originals,
        "files": found.files,
        "left": ", ".join(found.left) or None,
    }


def _weighed(found: Weighed) -> dict[str, object]:
    return {
        "case": found.case_id,
        "obstacles": [_obstacle(each) for each in found.obstacles],
        "kept_until": found.until.isoformat(timespec="seconds") if found.until else None,
        "papers": found.papers,
    }


def _obstacle(each: Obstacle) -> dict[str, object]:
    return {
        "bar": each.bar.value,
        "article": each.article,
        "until": each.until.isoformat(timespec="seconds") if each.until else None,
        "reference": each.reference or None,
    }


def _ended(found: Ended) -> dict[str, object]:
    return {
        "again": found.again,
        "due": found.due,
        "certified": list(found.certified),
        "originals_gone": found.originals.gone,
        "originals_left": found.originals.left,
    }


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [new_file(folder / name, content) for name, content in files.items()]
