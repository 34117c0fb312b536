"""``gateway`` as it is, in a process that kills itself at one point: for crash tests only.

    python -m tests.journeys.crashing STEP MOMENT serve --config FILE

`STEP` is one of `STEPS` or `WATCHING`, `MOMENT` is ``before`` or ``after``: for a step that
commits, before means that every statement ran and the commit did not.  Nothing
of the product knows of this; it is wrapped from outside, the first time the
step has something in hand.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from gateway.adapters.database import Database
from gateway.adapters.database_desk import DatabaseDesk
from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.database_ledger import DatabaseLedger
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.database_reminders import DatabaseReminders
from gateway.adapters.imap import ImapMailbox
from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.smtp import SmtpRelay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

STEPS: dict[str, tuple[type, str, tuple[str, ...]]] = {
    "store": (DatabaseInbox, "store", ("before", "after")),
    "file_away": (ImapMailbox, "file_away", ("before", "after")),
    # Before a claim commits, nothing has happened yet.
    "claim": (DatabaseInbox, "claim", ("after",)),
    "release": (DatabaseLedger, "release", ("before", "after")),
    "claim_outgoing": (DatabaseOutbox, "claim", ("after",)),
    "send": (SmtpRelay, "send", ("before", "after")),
    "sent": (DatabaseOutbox, "sent", ("before", "after")),
    "integrate": (Sequencer, "integrate", ("before", "after")),
}
# What looks after held mail and dates; something has to be held, or due, for these to be reached.
WATCHING: dict[str, tuple[type, str, tuple[str, ...]]] = {
    "walk_again": (DatabaseDesk, "walk_again", ("before", "after")),
    "tell": (DatabaseReminders, "tell", ("before", "after")),
}
POINTS = [(step, moment) for step, (_, _, moments) in STEPS.items() for moment in moments]
LAUNCHER = ("-m", "tests.journeys.crashing")
_COMMITS = {"store", "release", "sent", "integrate", *WATCHING}
_ONLY_WITH_A_RESULT = {"claim", "integrate", *WATCHING}
_inside: ContextVar[str] = ContextVar("inside", default="")


def die() -> None:
    """As if the power went."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str, moment: str) -> None:
    """Wrap the product so that this process dies there."""
    owner, name, _ = (STEPS | WATCHING)[step]
    if moment == "before" and step in _COMMITS:
        _mark(owner, name)
        _die_before_commit()
    else:
        _wrap(owner, name, moment)


def _wrap(owner: type, name: str, moment: str) -> None:
    original = getattr(owner, name)

    async def wrapped(*arguments: Any, **named: Any) -> Any:
        if moment == "before":
            die()
        result = await original(*arguments, **named)
        if result or name not in _ONLY_WITH_A_RESULT:
            die()
        return result

    setattr(owner, name, wrapped)


def _mark(owner: type, name: str) -> None:
    original = getattr(owner, name)

    async def wrapped(*arguments: Any, **named: Any) -> Any:
        _inside.set(name)
        try:
            return await original(*arguments, **named)
        finally:
            _inside.set("")

    setattr(owner, name, wrapped)


def _die_before_commit() -> None:
    write, transaction = Database.write, Database.transaction

    async def dying_write(self: Database, body: Callable[[Any], Any]) -> Any:
        marked = _inside.get()

        def with_death(connection: Any) -> Any:
            result = body(connection)
            if marked and (result or marked != "integrate"):
                die()
            return result

        return await write(self, with_death)

    @asynccontextmanager
    async def dying_transaction(self: Database) -> AsyncIterator[Any]:
        async with transaction(self) as connection:
            yield connection
            if _inside.get():
                die()

    Database.write = dying_write  # type: ignore[method-assign]  # that is what this is for
    Database.transaction = dying_transaction  # type: ignore[method-assign]  # as above


def main() -> None:
    """Arm, and be the command ``gateway`` for the rest."""
    from gateway.cli.main import app

    _, step, moment, *rest = sys.argv
    arm(step, moment)
    sys.argv = ["gateway", *rest]
    app()


if __name__ == "__main__":
    main()
