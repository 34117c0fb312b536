"""``gateway log audit``: what people and commands did, read from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import ConfigOption, JsonOption, loaded, print_json
from gateway.cli.log import app
from gateway.cli.log_common import AnybodyOption, PersonOption, log_done, tell_end
from gateway.cli.register_common import SinceOption, UntilOption
from gateway.wiring.log_questions import AskedDeeds, audited

if TYPE_CHECKING:
    from gateway.wiring.log_questions import Seen

ActorOption = Annotated[
    str,
    typer.Option(
        "--actor", help="Who did it: an operator's id or name, `account NAME`, or `gateway`."
    ),
]
ActionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--action",
        help="What was done, such as register.dossier-looked; or how that begins, such as held.; "
        "may be repeated.",
    ),
]


@app.command()
def audit(
    *,
    actor: ActorOption = "",
    action: ActionOption = None,
    person: PersonOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many.")] = 50,
    by: AnybodyOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Who did what, to what, when, from which account and how it ended; your look as well."""
    asked = AskedDeeds(
        actor=actor, actions=tuple(action or ()), person=person, since=since, until=until
    )
    found = log_done(audited(loaded(config), asked, last, by=by))
    if json:
        print_json([_plain(each) for each in found])
        return
    for each in found:
        said = _plain(each)
        words = (said[name] for name in ("actor", "action", "about", "result", "detail"))
        came_from = f"({each.deed.origin})" if each.deed.origin else ""
        line = "  ".join(str(word) for word in (*words, came_from) if word)
        typer.echo(f"{each.seq:>6}  {each.deed.at:%Y-%m-%d %H:%M:%SZ}  {line}")
    tell_end(len(found), last)


def _plain(seen: Seen) -> dict[str, object]:
    """The dossier by the register's own id while it is known, else as the log says it."""
    deed = seen.deed
    return {
        "seq": seen.seq,
        "at": deed.at.isoformat(),
        "actor": deed.actor,
        "action": deed.action.value,
        "about": deed.subject or deed.about,
        "result": deed.result.value,
        "origin": deed.origin,
        "detail": deed.detail,
        "trace": deed.trace,
    }
