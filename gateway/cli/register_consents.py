"""``gateway consent``: what an inburgeraar allowed, and to whom (12.2, 12.4)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.breach import print_recorded
from gateway.cli.common import ByOption, ConfigOption, JsonOption, RevealOption, fail, loaded
from gateway.cli.register_common import (
    ExtraOption,
    KindArgument,
    KnownAtOption,
    OperatorOption,
    RowsOption,
    ValidAtOption,
    ValidFromOption,
    done,
    dossier_of,
    needed_to_reveal,
    now_or,
    print_many,
    print_one,
)
from gateway.domain.assembling import consent_for
from gateway.domain.audit import Action
from gateway.domain.consent_forms import MAX_SCAN, Paper, Partner, added_row
from gateway.domain.consent_receipt import governing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.consent_forms import OnRecord
    from gateway.domain.histories import DossierRecord
    from gateway.domain.incidents import Incident

app = typer.Typer(help="Consent, as it held and as it was known.", no_args_is_help=True)

Kenmerk = Annotated[str, typer.Argument(help="The dossierkenmerk.")]
Provider = Annotated[str, typer.Option("--provider", help="The provider's party id.")]


PartnerOption = Annotated[
    Partner | None,
    typer.Option("--partner", help="The partner's signature; needed for what is given."),
]
AddedOption = Annotated[
    list[str] | None,
    typer.Option("--added", help="A row added by hand, TEXT=CATEGORY; repeat for each."),
]
InterpreterOption = Annotated[
    str, typer.Option("--interpreter", help="Name of the interpreter who signed the form.")
]
ScanOption = Annotated[
    Path | None,
    typer.Option("--scan", help="The signed form; kept sealed.", exists=True, dir_okay=False),
]
FormVersionOption = Annotated[
    str | None, typer.Option("--form-version", help="The current one unless named.")
]
FormLanguageOption = Annotated[str, typer.Option("--form-language")]
ExpressedByOption = Annotated[
    str, typer.Option("--expressed-by", help="inburgeraar, partner, voogd or gemachtigde.")
]
ProofOption = Annotated[
    str | None, typer.Option("--proof", help="SHA-256 of a scan that is kept elsewhere.")
]


@app.command()
def record(
    kenmerk: Kenmerk,
    event: KindArgument,
    *,
    provider: Provider,
    by: ByOption,
    row: RowsOption = None,
    extra: ExtraOption = None,
    partner: PartnerOption = None,
    added: AddedOption = None,
    interpreter: InterpreterOption = "",
    scan: ScanOption = None,
    form_version: FormVersionOption = None,
    form_language: FormLanguageOption = "nl",
    expressed_by: ExpressedByOption = "inburgeraar",
    proof_sha256: ProofOption = None,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put an event on record, for good, with what the signed form shows."""
    content = _content(scan)

    async def work() -> Incident | None:
        async with wiring.register(loaded(config)) as register:
            dossier_id = dossier_of(await register.dossier(kenmerk)).history.dossier_id
            async with register.change(by=by) as change:
                await change.consents.record(
                    dossier_id,
                    provider,
                    event,
                    valid_from=valid_from,
                    categories=row or (),
                    extra=extra or (),
                    form_version=form_version,
                    form_language=form_language,
                    expressed_by=expressed_by,
                    proof_sha256=proof_sha256,
                    paper=_paper(partner, interpreter, added or (), content),
                )
            return change.opened

    print_recorded(done(work()), json=json)


def _paper(
    partner: Partner | None, interpreter: str, added: Sequence[str], scan: bytes | None
) -> Paper:
    return Paper(
        partner=partner,
        interpreter=interpreter.strip(),
        added=tuple(added_row(each) for each in added),
        scan=scan,
    )


def _content(scan: Path | None) -> bytes | None:
    """The file, or exit 1 where it cannot be read; of one that is too large only so much."""
    content, problem = None, ""
    try:
        if scan is not None:
            with scan.open("rb") as file:
                content = file.read(MAX_SCAN + 1)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        fail(f"{scan}: {problem}")
    return content


@app.command()
def withdraw(
    kenmerk: Kenmerk,
    *,
    provider: Provider,
    by: ByOption,
    row: RowsOption = None,
    extra: ExtraOption = None,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """All of it, or only some rows; no form is needed: it is as easy as giving (art. 7(3) AVG)."""

    async def work() -> Incident | None:
        async with wiring.register(loaded(config)) as register:
            dossier_id = dossier_of(await register.dossier(kenmerk)).history.dossier_id
            async with register.change(by=by) as change:
                await change.consents.withdraw(
                    dossier_id,
                    provider,
                    categories=row or (),
                    extra=extra or (),
                    valid_from=valid_from,
                )
            return change.opened

    print_recorded(done(work()), json=json)


@app.command()
def show(
    kenmerk: Kenmerk,
    *,
    provider: Provider,
    valid_at: ValidAtOption = None,
    known_at: KnownAtOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What holds for one provider: what held at one moment, as known at another."""

    async def work() -> tuple[DossierRecord, Sequence[OnRecord]]:
        async with wiring.register(loaded(config)) as register:
            found = dossier_of(await register.dossier(kenmerk))
            return found, await register.consents(found.history.dossier_id)

    record, events = done(work())
    valid, known = now_or(valid_at), now_or(known_at)
    consent = consent_for(record.history, provider, valid_at=valid, known_at=known)
    form = governing(events, provider, valid_at=valid, known_at=known)
    circumstance = record.history.circumstances.as_of(valid)
    until = circumstance.duty.end if circumstance else None
    print_one(
        {
            "dossier": record.history.dossier_id,
            "provider": provider,
            "state": consent.state.value,
            "rows": [each.value for each in sorted(consent.categories)],
            "extra": [each.value for each in sorted(consent.extra)],
            "given_from": form.event.valid_from.isoformat() if form else None,
            "until": until.isoformat() if until else None,
            **(_form(form) if form else {}),
        },
        json=json,
    )


@app.command("list")
def list_(
    kenmerk: Kenmerk,
    *,
    reveal: RevealOption = False,
    by: OperatorOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Every event of one dossier, in the order of recording; words on the form with --reveal."""
    operator = needed_to_reveal(by, reveal=reveal)

    async def work() -> Sequence[OnRecord]:
        async with wiring.register(loaded(config)) as register:
            dossier_id = dossier_of(await register.dossier(kenmerk)).history.dossier_id
            if reveal:
                await register.consulted(
                    by=operator, action=Action.CONSENT_LOOKED, ids=[dossier_id]
                )
            return await register.consents(dossier_id)

    print_many([_as_json(each, reveal=reveal) for each in done(work())], json=json)


def _as_json(recorded: OnRecord, *, reveal: bool) -> dict[str, object]:
    event = recorded.event
    shown: dict[str, object] = {
        "number": recorded.number,
        "provider": recorded.provider_id,
        "event": event.kind.value,
        "valid_from": event.valid_from.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "recorded_by": recorded.recorded_by,
        "rows": " ".join(sorted(event.categories)),
        "extra": " ".join(sorted(event.extra)),
        **_form(recorded),
    }
    return shown | _words(recorded) if reveal else shown


def _form(recorded: OnRecord) -> dict[str, object]:
    return {
        "form_version": recorded.event.form_version,
        "form_language": recorded.language,
        "notice_sha256": recorded.notice,
        "partner": recorded.partner.value if recorded.partner else None,
        "interpreter": "interpreter signed" if recorded.interpreter else None,
        "proof_sha256": recorded.proof,
        "scan": f"{recorded.scan_type}, {recorded.scan_bytes} bytes"
        if recorded.scan_type
        else None,
    }


def _words(recorded: OnRecord) -> dict[str, object]:
    """What somebody wrote on the form; gone once the person's data were erased."""
    paper = recorded.paper or Paper()
    rows = [f"{each.text} ({each.covers or 'covers nothing'})" for each in paper.added]
    return {"interpreter_name": paper.interpreter or None, "added": "; ".join(rows) or None}
