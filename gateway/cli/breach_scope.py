"""``gateway breach scope``: whom and what a breach concerns, counted; and frozen in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.common import ByOption, ConfigOption, JsonOption, RevealOption, loaded, print_json
from gateway.cli.register_common import SinceOption, UntilOption, done, print_done
from gateway.domain.scope import DISCLOSED
from gateway.domain.together import together
from gateway.wiring.scope_files import frozen, together_json
from gateway.wiring.scopes import AskedScope, scopes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.config import Config
    from gateway.domain.scope import Criterion, Scope
    from gateway.domain.together import Together
    from gateway.wiring.scopes import Concerned

ContactOption = Annotated[str, typer.Option("--contact", help="Sent or received by this contact.")]
ScopeKeyOption = Annotated[
    str, typer.Option("--key", help="A fingerprint, ours or a contact's: signed, sealed, opened.")
]
MailboxOption = Annotated[
    str,
    typer.Option(
        "--mailbox", help="Of who sent or received it, at that time; or the gateway's own."
    ),
]
PartyOption = Annotated[str, typer.Option("--party", help="Sent or received by this party.")]
DigestOption = Annotated[str, typer.Option("--policy", help="Decided under this table: digest.")]
MailOption = Annotated[str, typer.Option("--mail", help="A trace, or a reference of a report.")]
FormOption = Annotated[str, typer.Option("--form", help="Rested on this version of the form.")]
PersonOption = Annotated[str, typer.Option("--person", help="About them: dossierkenmerk or id.")]


@app.command()
def scope(
    *,
    contact: ContactOption = "",
    key: ScopeKeyOption = "",
    mailbox: MailboxOption = "",
    party: PartyOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    policy: DigestOption = "",
    mail: MailOption = "",
    form: FormOption = "",
    person: PersonOption = "",
    disclosed_only: Annotated[
        bool, typer.Option("--disclosed-only", help="Without what came in and stayed here.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hold every report against the log; takes longer.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="A new folder for the scope, frozen.")
    ] = None,
    reveal: RevealOption = False,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What meets all of this: how many people, reports, categories and fields, to whom, how sure.

    Apart from that what came in and was never passed on: the address of the gateway itself as
    --mailbox means everything that came in.  What nobody knows is counted, never as nobody.

    Names nobody; with --reveal the people by dossierkenmerk, and that you looked goes on record.
    """
    given = (contact, key, mailbox, party, policy, mail, form, person)
    asked = asked_for(given, since, until, only=DISCLOSED if disclosed_only else "")
    how = _How(verify=verify, reveal=reveal, by=by)
    if not (verify or to or reveal):
        criterion, counts = done(_counted(loaded(config), asked, how))
        _print(criterion, counts, {}, json=json)
        return
    met, people = done(_listed(loaded(config), asked, how))
    _print(met.criterion, together(met), _more(met, people, to), json=json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    verify: bool
    reveal: bool
    by: str


def asked_for(
    given: tuple[str, ...], since: datetime | None, until: datetime | None, *, only: str = ""
) -> AskedScope:
    """What the options of a scope ask; `given` in the order in which they stand."""
    contact, key, mailbox, party, policy, mail, form, person = given
    return AskedScope(
        contact=contact,
        key=key,
        mailbox=mailbox,
        party=party,
        since=since,
        until=until,
        policy=policy,
        mail=mail,
        form=form,
        person=person,
        only=only,
    )


async def _counted(config: Config, asked: AskedScope, how: _How) -> tuple[Criterion, Together]:
    async with scopes(config, by=how.by) as found:
        return await found.counts(asked)


async def _listed(
    config: Config, asked: AskedScope, how: _How
) -> tuple[Scope, Sequence[Concerned]]:
    async with scopes(config, by=how.by) as found:
        met = await found.scope(asked, verify=how.verify)
        return met, await found.people(met) if how.reveal else ()


def _more(met: Scope, people: Sequence[Concerned], to: Path | None) -> dict[str, object]:
    more: dict[str, object] = {"digest": met.digest}
    if to is not None:
        more["files"] = [str(each) for each in done(_written(met, to, people))]
    if people:
        more["people_named"] = [
            {
                "dossierkenmerk": each.kenmerk or each.dossier_id,
                "reports": len(each.disclosures),
                "received": len(each.received),
                "states": " ".join(each.states),
            }
            for each in people
        ]
    return more


async def _written(met: Scope, to: Path, people: Sequence[Concerned]) -> Sequence[Path]:
    return frozen(met, to, people)


@app.command()
def index(*, by: ByOption, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Count in what was released before this version of the gateway; once, and it can go on."""

    async def work() -> int:
        async with scopes(loaded(config), by=by) as found:
            return await found.index()

    count = done(work())
    if json:
        print_json({"done": True, "disclosures": count})
        return
    typer.echo(f"{count} disclosures counted in")
    print_done(json=False)


def _print(
    criterion: Criterion, found: Together, more: Mapping[str, object], *, json: bool
) -> None:
    said = together_json(found)
    if json:
        print_json({"criterion": dict(criterion.given())} | said | dict(more))
        return
    for name, value in criterion.given().items():
        typer.echo(f"{name}: {value}")
    for name, told in said.items():
        _lines("" if name == "counts" else name.replace("_", " "), told)
    for each, told in more.items():
        _line(each, told)


def _lines(under: str, told: object) -> None:
    """Each of several counts, under the name of what they count."""
    for name, value in told.items() if isinstance(told, dict) else ():
        _line(f"{under} {name}".strip(), value)


def _line(name: str, value: object) -> None:
    if isinstance(value, dict):
        for what, many in value.items():
            typer.echo(f"  {name} {what or '(not on record)'}: {many}")
    elif isinstance(value, list):
        for item in value:
            told = "  ".join(map(str, item.values())) if isinstance(item, dict) else item
            typer.echo(f"  {name}: {told}")
    elif value is not None:
        typer.echo(f"{name}: {value}")
