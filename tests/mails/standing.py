"""A gateway in this process that a flood goes through: real runner, Maildir, SQLite and openers."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway import config as configuration
from gateway import wiring
from gateway.adapters.database import Database
from gateway.adapters.tables_flow import inbound, outcomes, outgoing, places
from gateway.runner import Runner
from tests.mails.looking import installation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Select

    from gateway.config import Config
    from tests.mails.flood import Arriving


class Taking:
    """A relay that takes everything and keeps nothing: the flood's answers are many."""

    async def send(self, mail: bytes, *, envelope_from: str, recipient: str) -> None:
        """As a server that accepts it."""

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Flooded:
    """The gateway, what was put into its mailbox, and what it told."""

    config: Config
    box: Path
    arrived: list[Arriving] = field(default_factory=list)
    at: list[float] = field(default_factory=list)  # monotonic seconds, of `arrived`
    sent: dict[str, float] = field(default_factory=dict)  # by outgoing id, in order
    bugs: list[Mapping[str, object]] = field(default_factory=list)
    handled: set[str] = field(default_factory=set)  # traces; some walk a second time

    def told(self, event: str, **fields: str | int | float) -> None:
        """What the gateway says while it works."""
        if event == "report.sent":
            self.sent[str(fields["outgoing"])] = time.monotonic()
        if event == "mail.handled":
            self.handled.add(str(fields["trace"]))
        if event in {"bug", "mail.put_back", "report.postponed"}:
            self.bugs.append({"event": event, **fields})

    def arrives(self, mail: Arriving) -> None:
        """Into the Maildir, behind all that came before."""
        number = len(self.arrived)
        file = self.box / "tmp" / f"{number:06d}.flood"
        file.write_bytes(mail.content)
        os.utime(file, ns=(number, time.time_ns()))
        stamp = time.time_ns()
        os.utime(file, ns=(stamp, stamp))
        file.rename(self.box / "new" / file.name)
        self.arrived.append(mail)
        self.at.append(time.monotonic())

    async def settled(self, seconds: float) -> None:
        """Until everything is handled, and what was to be sent is sent."""
        async with asyncio.timeout(seconds):
            while len(self.handled) < len(self.arrived) or await self.busy():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)

    async def busy(self) -> bool:
        """Whether a mail is not at rest, in or out."""
        there = select(inbound.c.trace).where(inbound.c.due_at.is_not(None))
        posted = select(outgoing.c.id).where(outgoing.c.due_at.is_not(None))
        return bool(await self.rows(there) or await self.rows(posted))

    async def rows(self, query: Select[Any]) -> Sequence[Sequence[object]]:
        """Of the gateway's own database."""
        assert self.config.database is not None
        database = Database(self.config.database.url)
        try:
            async with database.engine.connect() as connection:
                return [tuple(row) for row in await connection.execute(query)]
        finally:
            await database.close()

    async def numbers(self) -> dict[str, int]:
        """Which arrival each trace is."""
        rows = await self.rows(select(places.c.trace, places.c.uid))
        return {str(trace): int(str(uid).partition(".")[0]) for trace, uid in rows}

    async def standing(self) -> dict[int, list[tuple[int, str]]]:
        """Place and outcome of every outcome that stands, by arrival."""
        numbers = await self.numbers()
        query = select(outcomes.c.trace, outcomes.c.number, outcomes.c.outcome)
        found: dict[int, list[tuple[int, str]]] = {}
        for trace, number, outcome in await self.rows(query):
            found.setdefault(numbers[str(trace)], []).append((int(str(number)), str(outcome)))
        return found

    async def delivered(self) -> list[tuple[int, float]]:
        """Which arrivals were passed on, in the order of leaving, each with its moment."""
        numbers = await self.numbers()
        query = select(outgoing.c.id, outgoing.c.trace).where(outgoing.c.kind == "report")
        traces = {str(each): str(trace) for each, trace in await self.rows(query)}
        return [(numbers[traces[each]], at) for each, at in self.sent.items() if each in traces]


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[Flooded]:
    """Running, until it is left."""
    config = configuration.load(await installation(folder))
    flooded = Flooded(config, folder / "box")
    async with wiring.serving(config, flooded.told) as parts:
        runner = Runner(replace(parts, relay=Taking()))
        running = asyncio.create_task(runner.run())
        try:
            yield flooded
        finally:
            runner.stop()
            await running
