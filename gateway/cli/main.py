"""The command ``gateway``: one noun a file, one verb a function."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from gateway import events
from gateway.cli import (
    api,
    bench,
    breach,
    breach_contain,
    breach_drill,
    breach_extend,
    breach_keeping,
    breach_papers,
    breach_register,
    breach_scope,
    consent_bulk,
    consent_papers,
    demo,
    doctor,
    held,
    init,
    inspect,
    key,
    key_life,
    key_papers,
    key_smime,
    kit,
    log,
    log_activities,
    log_audit,
    log_keeping,
    log_taking,
    log_witnesses,
    operators,
    policy,
    policy_backtest,
    policy_change,
    policy_explain,
    proposals,
    register_consents,
    register_contacts,
    register_designations,
    register_dossiers,
    register_import,
    register_parties,
    request,
    request_dossier,
    request_erasure,
    request_help,
    request_remains,
    request_rights,
    request_steps,
    send,
    serve,
)
from gateway.resources import installed_version


class Command(typer.Typer):
    """The command as a process of its own: what nobody foresaw is told without what it says."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Run; a bug ends with an event of where and which kind, and exit code 1."""
        emit = events.to_stderr()
        with events.keep_quiet(emit):
            try:
                return super().__call__(*arguments, **named)
            except Exception as error:  # noqa: BLE001 - its text and frames may hold what somebody wrote
                kind, at = type(error).__name__, events.place_of(error)
            emit("bug", where="command", kind=kind, at=at)
            raise SystemExit(1)


app = Command(
    help="Secure document exchange for the Haags Convenant Inburgering & Taal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for name, command in (
    ("init", init.init),
    ("serve", serve.serve),
    ("demo", demo.demo),
    ("doctor", doctor.doctor),
    ("inspect", inspect.inspect),
    ("send", send.send),
    ("import", register_import.import_),
    ("kit", kit.kit),
    ("bench", bench.bench),
):
    app.command(name)(command)

for name, group in (
    ("party", register_parties.app),
    ("contact", register_contacts.app),
    ("dossier", register_dossiers.app),
    ("designation", register_designations.app),
    ("consent", register_consents.app),
    ("key", key.app),
    ("held", held.app),
    ("policy", policy.app),
    ("operator", operators.app),
    ("proposal", proposals.app),
    ("log", log.app),
    ("api", api.app),
    ("breach", breach.app),
    ("request", request.app),
):
    app.add_typer(group, name=name)


# Further verbs of a noun above, in files of their own.
MORE_VERBS = (
    breach_extend,
    breach_keeping,
    breach_papers,
    breach_register,
    breach_contain,
    breach_drill,
    breach_scope,
    consent_bulk,
    consent_papers,
    key_life,
    key_papers,
    key_smime,
    log_activities,
    log_audit,
    log_keeping,
    log_taking,
    log_witnesses,
    policy_change,
    policy_backtest,
    policy_explain,
    request_dossier,
    request_help,
    request_remains,
    request_rights,
    request_erasure,
    request_steps,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(installed_version())
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Secure document exchange for the Haags Convenant Inburgering & Taal."""
    # Databases, their journals, exports: what a command writes is its owner's alone.
    before = os.umask(0o077)
    context.call_on_close(lambda: os.umask(before))
