"""``gateway consent invalidate``, ``to-ask`` and ``ask-again``: a whole version of the form."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.log_common import AnybodyOption
from gateway.cli.register_common import OperatorOption, ValidFromOption, done, print_many
from gateway.cli.register_consents import app
from gateway.domain.audit import Action
from gateway.domain.invalidating import Form, token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.invalidating import Counts, ToAsk

Version = Annotated[str, typer.Option("--form-version", help="The version of the form.")]
ExpectOption = Annotated[
    str | None, typer.Option("--expect", help="The token of the dry run: nothing has changed.")
]


@app.command()
def invalidate(
    *,
    form_version: Version,
    language: Annotated[
        str, typer.Option("--language", help="Only forms signed in this language.")
    ] = "",
    valid_from: ValidFromOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; goes on record.")] = "",
    by: OperatorOption = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="Propose it, instead of only counting.")
    ] = False,
    expect: ExpectOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Count what ending every consent under one version would do; with --propose, propose it.

    It counts once another operator approved, and only for the same people.
    """
    form = Form(version=form_version, language=language)
    if not propose:
        _dry_run(form, valid_from, config, json)
        return
    if not (reason and by and expect):
        fail("--propose needs --reason, --by and the token of the dry run: --expect", 2)

    async def work() -> str:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            return await change.invalidations.propose(
                form, reason=reason, expect=expect, valid_from=valid_from
            )

    proposal = done(work())
    if json:
        print_json({"proposal": proposal})
        return
    typer.echo("proposed; nothing has changed yet.  Another operator looks and approves:")
    typer.echo(f"  gateway proposal show {proposal}")
    typer.echo(f"  gateway proposal approve {proposal}")


@app.command("to-ask")
def to_ask(
    *,
    form_version: Annotated[
        str, typer.Option("--form-version", help="Only this version; every one.")
    ] = "",
    by: AnybodyOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Who must be asked again: consent invalidated, not answered since; by provider and kenmerk.

    That you looked, and at whom, goes on record first.
    """

    async def work() -> Sequence[ToAsk]:
        async with wiring.register(loaded(config)) as register:
            async with register.looking() as looking:
                found = await looking.to_ask(form_version)
            ids = dict.fromkeys(each.dossier_id for each in found)
            await register.listed(by=by, action=Action.DOSSIER_LISTED, ids=ids)
            return found

    found = done(work())
    print_many([_as_json(each) for each in found], json=json)


@app.command("ask-again")
def ask_again(
    *,
    form_version: Annotated[str, typer.Option("--form-version", help="What was invalidated.")],
    with_version: Annotated[
        str, typer.Option("--with-version", help="The form they are asked with now.")
    ],
    by: OperatorOption = None,
    expect: ExpectOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Count who would be asked again; with the token, put on record that they are asked."""
    if expect is None:
        _count_to_ask(form_version, config, json)
        return
    if not by:
        fail("this needs your name: --by", 2)

    async def work() -> int:
        async with wiring.register(loaded(config)) as register, register.change(by=by) as change:
            return await change.invalidations.ask_again(
                form_version, with_version=with_version, expect=expect
            )

    count = done(work())
    if json:
        print_json({"requested": count})
    else:
        typer.echo(f"on record: {count} asked again")


def _dry_run(form: Form, valid_from: datetime | None, config: Path | None, json: bool) -> None:
    async def work() -> Counts:
        async with (
            wiring.register(loaded(config)) as register,
            register.looking() as looking,
        ):
            return await looking.counts(form, valid_from)

    counts = done(work())
    if json:
        print_json(counts_json(counts))
        return
    for name, value in counts_json(counts).items():
        typer.echo(f"{name}: {value}")
    if not counts.persons:
        typer.echo("nobody's consent rests on this version: is its name right?")
        return
    typer.echo("a dry run: nothing has changed.  To propose exactly this, add")
    typer.echo(f"  --propose --expect {counts.token} --reason ...")


def _count_to_ask(version: str, config: Path | None, json: bool) -> None:
    found = [each for each in done(_to_ask(version, config)) if each.asked_at is None]
    named = token(found)
    if json:
        print_json({"to_ask": len(found), "token": named})
        return
    typer.echo(f"to ask: {len(found)}")
    typer.echo("a dry run: nothing has changed.  To put on record that they are asked, add")
    typer.echo(f"  --expect {named}")


async def _to_ask(version: str, config: Path | None) -> Sequence[ToAsk]:
    async with wiring.register(loaded(config)) as register, register.looking() as looking:
        return await looking.to_ask(version)


def counts_json(counts: Counts) -> dict[str, object]:
    """What an invalidation would do."""
    return {
        "persons": counts.persons,
        "consents_in_force": counts.consents,
        "per_provider": ", ".join(f"{name} {n}" for name, n in counts.per_provider.items()),
        "released_and_unsent": counts.released,
        "held": counts.held,
        "disclosed_under_it": counts.disclosures,
        "token": counts.token,
    }


def _as_json(each: ToAsk) -> dict[str, object]:
    return {
        "provider": each.provider_id,
        "dossierkenmerk": each.dossierkenmerk,
        "form_version": each.form_version,
        "since": each.since.isoformat(timespec="seconds"),
        "asked_at": each.asked_at.isoformat(timespec="seconds") if each.asked_at else None,
    }
