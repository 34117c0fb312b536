"""What the demonstration needs and nothing else may have: a mail server of its own, and the log.

Imported by ``gateway.demo`` only: the mail server's libraries come with the extra
``demo`` and are not there in an ordinary installation.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters import embedded_mail, throwaway_tls
from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.embedded_mail import Account, Listening
from gateway.adapters.register_change import Change
from gateway.adapters.throwaway_tls import ThrowawayTls
from gateway.wiring import parts
from gateway.wiring.serving import ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.config import Config

__all__ = ["Account", "Change", "Listening", "ThrowawayTls", "issue_tls", "log", "mail_server"]

issue_tls = throwaway_tls.issue
mail_server = embedded_mail.serving


@asynccontextmanager
async def log(config: Config) -> AsyncIterator[DatabaseLog]:
    """The log of the configured database, for reading; raises `NotReadyError`."""
    database = parts.database(config)
    try:
        await ready(database)
        yield DatabaseLog(database)
    finally:
        await database.close()
