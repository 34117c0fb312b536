"""What the acts share: the running stage, who tells, what was promised, and the facts found."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.demo.correspondent import ProgramError
from gateway.demo.mail_user import read_entity
from gateway.demo.promises import BrokenPromiseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.demo.mail_user import Read
    from gateway.demo.people import Somebody
    from gateway.demo.promises import Promises
    from gateway.demo.reports import Promised
    from gateway.demo.stage import Stage
    from gateway.demo.telling import Teller

_Found = TypeVar("_Found")
PATIENCE = 120.0
_LOOK_AGAIN = 0.15
RECEIPT = "ontvangstbewijs.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A mail that its reader opened with their own key.

    `raw` is how it lay in the mailbox, `content` what was under the encryption.
    """

    raw: bytes
    content: bytes
    mail: Read

    @property
    def attached(self) -> dict[str, Any]:
        """The one JSON file in it; empty where there is none."""
        found = [content for name, content in self.mail.files.items() if name.endswith(".json")]
        return dict(json.loads(found[0])) if len(found) == 1 else {}


@dataclass(slots=True, kw_only=True)
class Scene:
    """One performance; `facts` are what ``--json`` prints."""

    stage: Stage
    teller: Teller
    promises: Promises
    reports: tuple[Promised, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    def keep(self, promise: str, *found: object) -> None:
        """Look at a promise, and say that it was kept."""
        self.promises.keep(promise, *found)
        self.teller.kept(promise)

    async def open_all(self, person: Somebody) -> list[Opened]:
        """Everything in somebody's mailbox, fetched, opened, and signed by the gateway."""
        return [await self.open(person, raw) for raw in await self.stage.mailbox(person).read()]

    async def open(self, person: Somebody, raw: bytes) -> Opened:
        """One mail, with this person's own key; the gateway's valid signature is asked for."""
        problem = ""
        try:
            opened = await self.stage.user(person).open(raw)
        except (ProgramError, ValueError) as error:
            problem = str(error)
        else:
            if opened.signers == (self.stage.gateway_fingerprint,):
                return Opened(raw=raw, content=opened.content, mail=read_entity(opened.content))
            problem = "de handtekening is niet die van de poort"
        raise BrokenPromiseError(f"{person.name} kan een mail van de poort niet openen: {problem}")

    async def wait_for_mail(self, person: Somebody, count: int) -> list[bytes]:
        """The raw mails of somebody's mailbox, once there are so many."""

        async def enough() -> list[bytes]:
            mails = await self.stage.mailbox(person).read()
            return mails if len(mails) >= count else []

        return await eventually(
            enough, f"{person.name} kreeg binnen {PATIENCE:.0f} seconden geen {count} mail(s)"
        )


async def eventually(
    look: Callable[[], Awaitable[list[_Found]]], otherwise: str, seconds: float = PATIENCE
) -> list[_Found]:
    """What `look` finds once it finds something; else `BrokenPromiseError`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := await look():
            return found
        await asyncio.sleep(_LOOK_AGAIN)
    raise BrokenPromiseError(otherwise)


def listed(texts: Sequence[str]) -> str:
    """For a cell of a table."""
    return ", ".join(texts) or "-"
