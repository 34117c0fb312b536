"""``gateway`` as it is, with bugs in it that say what they should not: for the canary test only.

    python -m tests.journeys.breaking serve --config FILE
    python -m tests.journeys.breaking held list --config FILE

While it serves, the first mail that is checked meets a step that raises, twice, with the
whole document in its exception, after a library, a thread, a task, a finalizer and a
warning said the same; the first release fails with the parameters of its statement.
A command other than ``serve`` fails with what it was given and a secret beside it.
Nothing of the product knows of this; it is wrapped from outside.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy.exc import StatementError

from gateway.adapters.database_held import DatabaseHeld
from gateway.adapters.database_ledger import DatabaseLedger
from gateway.pipeline import forward
from gateway.pipeline.checking import check
from tests.journeys import canaries

if TYPE_CHECKING:
    from gateway.domain.stages import Opened


class Babbler:
    """Says what it knows when it is cleared away."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __del__(self) -> None:
        raise ArithmeticError(self._value)


def babble(value: str) -> None:
    """Say a value in every way that does not end the walk."""

    def fails() -> NoReturn:
        raise LookupError(value)

    async def fails_later() -> NoReturn:
        fails()

    try:
        fails()
    except LookupError:
        logging.getLogger("sqlalchemy.engine").exception("%s", value, extra={"value": value})
    careless = logging.getLogger("careless")
    careless.propagate = False
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s %(args)s %(exc_text)s"))
    careless.addHandler(handler)
    careless.error(value)
    warnings.warn(value, stacklevel=1)
    thread = threading.Thread(target=fails, name=value)
    thread.start()
    thread.join()
    task = asyncio.get_running_loop().create_task(fails_later(), name=value)
    task.add_done_callback(lambda _: asyncio.get_running_loop().call_soon(gc.collect))
    Babbler(value)


def break_serving() -> None:
    """The first two walks and the release between them; what comes afterwards is as always."""
    release = DatabaseLedger.release
    walked, failed = [0], [False]

    def broken_check(opened: Opened) -> Any:
        walked[0] += 1
        if walked[0] > 2:
            return check(opened)
        said = " ".join(each.content.decode("utf-8", "replace") for each in opened.attachments)
        value = f"said: {' '.join(said.split())}"
        babble(value)
        raise KeyError(value)

    async def broken_release(self: DatabaseLedger, *given: Any) -> Any:
        if walked[0] and not failed[0]:
            failed[0] = True
            person = canaries.PERSON
            raise StatementError(str(person), "INSERT", person, ValueError(str(person)))
        return await release(self, *given)

    vars(forward)["check"] = broken_check
    setattr(DatabaseLedger, "release", broken_release)  # noqa: B010 - that is what this is for


def break_command() -> None:
    """Whatever is held cannot be listed, and the exception says why."""

    async def waiting(self: DatabaseHeld) -> NoReturn:
        raise RuntimeError(canaries.FREE_TEXT, sys.argv, canaries.PERSON)

    setattr(DatabaseHeld, "waiting", waiting)  # noqa: B010 - as above


def main() -> None:
    """Break it, and be the command ``gateway`` for the rest."""
    from gateway.cli.main import app

    (break_serving if "serve" in sys.argv else break_command)()
    sys.argv = ["gateway", *sys.argv[1:]]
    app()


if __name__ == "__main__":
    main()
