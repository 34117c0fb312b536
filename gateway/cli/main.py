"""The command ``gateway``."""

from __future__ import annotations

import typer

from gateway.cli import (
    demo,
    doctor,
    held,
    init,
    inspect,
    key,
    log,
    policy,
    register_consents,
    register_contacts,
    register_designations,
    register_dossiers,
    register_import,
    register_parties,
    send,
    serve,
)

app = typer.Typer(
    help="Secure document exchange for the Haags Convenant Inburgering & Taal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
