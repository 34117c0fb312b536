"""``gateway operator``: the people who keep register and policy, each under their own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ByOption, ConfigOption, JsonOption, loaded, print_json
from gateway.cli.register_common import done, print_done, print_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.operators import Operator

app = typer.Typer(help="Who may change the register, by own name.", no_args_is_help=True)

_PROPOSED = "proposed: another operator has to approve: gateway proposal approve {}"
OperatorId = Annotated[str, typer.Argument(help="A short id, for --by.")]


@app.command()
def add(
    operator: OperatorId,
    *,
    name: Annotated[str, typer.Option("--name", help="First name and surname of one person.")],
    login: Annotated[
        str | None,
        typer.Option("--login", help="Their account on this machine; nobody else's acts for them."),
    ] = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A further operator.  The first two stand at once; then another operator has to approve."""

    async def work() -> str | None:
        async with (
            wiring.register(loaded(config)) as register,
            register.founding(by=by) as change,
        ):
            return await change.operators.add(operator, name, login=login)

    proposal = done(work())
    if json:
        print_json({"operator": operator, "proposal": proposal})
    elif proposal is None:
        typer.echo(f"{operator} is an operator")
    else:
        typer.echo(_PROPOSED.format(proposal))


@app.command()
def end(
    operator: OperatorId, *, by: ByOption, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """No operator any more: yourself at once, another one when another operator approves.

    Two have to remain.
    """

    async def work() -> str | None:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            return await change.operators.end(operator)

    proposal = done(work())
    if json:
        print_json({"operator": operator, "proposal": proposal, "done": proposal is None})
    elif proposal is None:
        print_done(json=False)
    else:
        typer.echo(_PROPOSED.format(proposal))


@app.command("list")
def list_(*, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Everybody who is or was an operator."""

    async def work() -> Sequence[Operator]:
        async with wiring.register(loaded(config)) as register:
            return await register.operators()

    rows = [
        {
            "operator": each.operator_id,
            "name": each.name,
            "login": each.login,
            "state": "active" if each.active else "ended",
        }
        for each in done(work())
    ]
    print_many(rows, json=json)
