"""What still holds reports about the person of a request: shown, and how it ends (AVG 18, 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from gateway.domain.restricting import WayOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.restricting import Standing

_SAID = {
    WayOut.WEIGH: "it stands until the objection is decided",
    WayOut.UPHELD: "the objection was upheld: it stands for good (21(1))",
    WayOut.ANNOUNCE: "it ends once the person was told (18(3)) and somebody lifts it",
    WayOut.LIFT: "the person was told that it ends: somebody lifts it",
    WayOut.BREACH: "a breach restricted it: another operator lifts it, once people were told",
}


def holds_json(found: Sequence[Standing]) -> list[dict[str, object]]:
    """Codes and commands; `case` is the request, or the breach, that asked for it."""
    return [
        {
            "restriction": each.restriction.restriction_id,
            "reason": each.restriction.reason.value,
            "since": _since(each),
            "case": each.restriction.case_id,
            "ends": each.way_out.value,
            "commands": list(_commands(each)),
        }
        for each in found
    ]


def print_holds(found: Sequence[Standing]) -> None:
    """Nothing where nothing stands."""
    if found:
        typer.echo("STILL HELD: nothing that this covers is passed on.  Right only if it is meant:")
    for each in found:
        held = each.restriction
        typer.echo(
            f"  {held.restriction_id}  {held.reason.value}  {_since(each)}  of {held.case_id}"
        )
        typer.echo(f"    {_SAID[each.way_out]}")
        for command in _commands(each):
            typer.echo(f"    {command}")


def _since(each: Standing) -> str:
    start = each.restriction.period.start
    return start.isoformat(timespec="seconds") if start else ""


def _commands(each: Standing) -> tuple[str, ...]:
    case = each.restriction.case_id
    lift = f"gateway request lift {case} --by NAME"
    return {
        WayOut.WEIGH: (f"gateway request decide {case} --outcome OUTCOME --by NAME",),
        WayOut.UPHELD: (),
        WayOut.ANNOUNCE: (f"gateway request announce {case} --to FOLDER --by NAME", lift),
        WayOut.LIFT: (lift,),
        WayOut.BREACH: (f"gateway breach unrestrict {case} --told-at TIME --by ANOTHER",),
    }[each.way_out]
