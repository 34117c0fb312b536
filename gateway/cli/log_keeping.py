"""``gateway log prune`` and ``hold``: what the log keeps, how long, and what has to stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.log import app
from gateway.cli.log_common import AnybodyOption, PersonOption, log_done, tell_end
from gateway.cli.register_common import SinceOption, UntilOption
from gateway.wiring.log_keeping import hold_lifted, hold_placed, holds_listed, planned, pruned

if TYPE_CHECKING:
    from gateway.domain.holds import Hold

hold = typer.Typer(help="Legal hold: entries that stay whatever their term.", no_args_is_help=True)
app.add_typer(hold, name="hold")

_STAYS = {
    "term": "hold an entry that is not past its own term",
    "held": "are under legal hold",
    "reader": "wait for a configured reader of the log",
}


@app.command()
def prune(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and take nothing.")
    ] = False,
    by: AnybodyOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take away entries past the term of their activity, in whole segments of 256.

    A running gateway does so once a day by itself.  Hashes, tree and checkpoints stay,
    so the rest verifies and every proof holds.
    """
    settings = loaded(config)
    plan = log_done(planned(settings))
    count = plan.count if dry_run else log_done(pruned(settings, by=by))
    kept = {why.value: number for why, number in plan.kept.items()}
    if json:
        ranges = [{"first": each.start, "until": each.stop} for each in plan.ranges]
        print_json({"dry_run": dry_run, "entries": count, "ranges": ranges, "kept": kept})
        return
    typer.echo(f"{count} entries {'would go' if dry_run else 'taken away; their hashes stand'}")
    for why, number in kept.items():
        if number:
            typer.echo(f"{number} stay in segments that {_STAYS[why]}")
    typer.echo("all others are not past their term, or stand at the end of the log")


@hold.command()
def place(
    *,
    reason: Annotated[
        str, typer.Option("--reason", help="A short reference of the case; no names.")
    ],
    by: ByOption,
    person: PersonOption = "",
    mail: Annotated[
        str, typer.Option("--mail", help="A mail's trace, or a report's reference.")
    ] = "",
    since: SinceOption = None,
    until: UntilOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Keep what is said here, all of it together, until the hold is lifted.

    Its entries are not pruned, and a person on hold cannot be erased.
    """
    placed = log_done(
        hold_placed(
            loaded(config),
            person=person,
            mail=mail,
            since=since,
            until=until,
            reference=reason,
            by=by,
        )
    )
    _print([placed], json=json)


@hold.command("list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Lifted ones too.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Holds that stand, or with --all every one; people by the register's own id."""
    found = log_done(holds_listed(loaded(config)))
    _print([each for each in found if everything or each.lifted_at is None], json=json)


@hold.command()
def lift(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="As the list shows it.")],
    *,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """End a hold: its entries go when their term is over."""
    _print([log_done(hold_lifted(loaded(config), hold_id, by=by))], json=json)


def _print(holds: list[Hold], *, json: bool) -> None:
    plain = [_plain(each) for each in holds]
    if json:
        print_json(plain)
        return
    for each in plain:
        typer.echo("  ".join(f"{name} {value}" for name, value in each.items() if value))
    tell_end(len(plain), None)


def _plain(hold: Hold) -> dict[str, str | None]:
    held = hold.held
    return {
        "hold": hold.hold_id,
        "reason": hold.reference,
        "dossier": held.subject or None,
        "mail": held.mail or None,
        "since": held.since.isoformat() if held.since else None,
        "until": held.until.isoformat() if held.until else None,
        "placed_at": hold.placed_at.isoformat(),
        "placed_by": hold.placed_by,
        "lifted_at": hold.lifted_at.isoformat() if hold.lifted_at else None,
        "lifted_by": hold.lifted_by,
    }
