"""``gateway breach scope``: whom and what a breach concerns, counted; and frozen in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.common import ByOption, ConfigOption, JsonOption, RevealOption, loaded, print_json
from gateway.cli.register_common import SinceOption, UntilOption, done, print_done
from gateway.wiring.scopes import AskedScope, counts_json, frozen, scopes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.scope import Counts, Criterion, Scope
    from gateway.wiring.scopes import Concerned

ContactOption = Annotated[str, typer.Option("--contact", help="Sent or received by this contact.")]
ScopeKeyOption = Annotated[
    str, typer.Option("--key", help="A fingerprint, ours or a contact's: signed, sealed, opened.")
]
MailboxOption = Annotated[
    str, typer.Option("--mailbox", help="The address of who sent or received it, at that time.")
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

    Names nobody; with --reveal the people by dossierkenmerk, and that you looked goes on record.
    """
    asked = AskedScope(
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
    )

    async def counted() -> tuple[Criterion, Counts]:
        async with scopes(loaded(config), by=by) as found:
            return await found.counts(asked)

    async def listed() -> tuple[Scope, Sequence[Concerned]]:
        async with scopes(loaded(config), by=by) as found:
            met = await found.scope(asked, verify=verify)
            return met, await found.people(met) if reveal else ()

    if not (verify or to or reveal):
        criterion, counts = done(counted())
        _print(criterion, counts, {}, json=json)
        return
    met, people = done(listed())
    more: dict[str, object] = {"digest": met.digest}
    if to is not None:
        files = done(_written(met, to, people))
        more["files"] = [str(each) for each in files]
    if reveal:
        more["people_named"] = [
            {"dossierkenmerk": each.kenmerk or each.dossier_id, "reports": len(each.disclosures)}
            for each in people
        ]
    _print(met.criterion, met.counts, more, json=json)


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


def _print(criterion: Criterion, counts: Counts, more: Mapping[str, object], *, json: bool) -> None:
    if json:
        found = {"criterion": dict(criterion.given()), "counts": counts_json(counts)}
        print_json(found | dict(more))
        return
    for name, value in criterion.given().items():
        typer.echo(f"{name}: {value}")
    for each, told in (counts_json(counts) | dict(more)).items():
        _line(each, told)


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
