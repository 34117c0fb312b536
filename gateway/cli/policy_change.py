"""``gateway policy activate|switch|history``: another table, by two people, on record for good."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.policy import app
from gateway.cli.policy_backtest import counted, counts
from gateway.cli.register_common import done, print_many
from gateway.domain.policy import PolicyError, switched

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.domain.backtest import Backtest


class OnOff(StrEnum):
    """How a switch is to stand."""

    ON = "on"
    OFF = "off"


@app.command()
def activate(
    file: Annotated[Path, typer.Argument(help="The new table.", exists=True, dir_okay=False)],
    *,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Propose another table; it comes into force when another operator approves.

    Look first what it would have decided otherwise: gateway policy backtest FILE.
    """
    settings = loaded(config)

    async def work() -> tuple[str, Backtest]:
        return await _propose(settings, wiring.table_text(file), by)

    _proposed(*done(work()), json=json)


@app.command()
def switch(
    name: Annotated[str, typer.Argument(help="As `gateway policy show` names it.")],
    to: OnOff,
    *,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Propose the table in force with one switch turned; another operator has to approve."""
    settings = loaded(config)

    async def work() -> tuple[str, Backtest]:
        text = await wiring.text_in_force(settings)
        return await _propose(settings, switched(text, name, on=to is OnOff.ON), by)

    try:
        proposal, tried = done(work())
    except PolicyError as error:
        fail(str(error))
    _proposed(proposal, tried, json=json)


@app.command()
def history(*, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Every table that came into force: when, which it replaced, who proposed and who approved."""

    async def work() -> list[dict[str, object]]:
        async with wiring.register(loaded(config)) as register:
            return await wiring.policy_history(register)

    print_many(done(work()), json=json)


@app.command()
def text(
    digest: Annotated[str, typer.Argument(help="As `gateway policy history` shows it.")],
    *,
    config: ConfigOption = None,
) -> None:
    """The table with this hash, as it was activated."""

    async def work() -> str | None:
        async with wiring.register(loaded(config)) as register:
            return await register.policy_text(digest)

    found = done(work())
    if found is None:
        fail("no table with this hash was ever proposed")
    typer.echo(found, nl=False)


async def _propose(config: Config, table: str, by: str) -> tuple[str, Backtest]:
    tried = await wiring.backtested(config, table)
    async with wiring.register(config) as register, register.change(by=by) as change:
        return await change.policies.propose(table), tried


def _proposed(proposal: str, tried: Backtest, *, json: bool) -> None:
    if json:
        print_json({"proposal": proposal, "backtest": counts(tried)})
        return
    typer.echo("proposed; nothing has changed yet.  Another operator looks and approves:")
    typer.echo(f"  gateway proposal show {proposal}")
    typer.echo(f"  gateway proposal approve {proposal}")
    for line in counted(tried):
        typer.echo(line)
