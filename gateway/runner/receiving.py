"""Receiving: stored and committed before the mailbox is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Retry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports import Fetched, Mailbox
    from gateway.runner.work import Work


class NotStoredError(Exception):
    """The database, and not the mailbox, keeps mail from being received."""


class Receiving:
    """One mailbox, read until the gateway stops; `number` is its place in the configuration."""

    def __init__(self, work: Work, mailbox: Mailbox, number: int) -> None:
        self._work = work
        self._mailbox = mailbox
        self._number = number

    async def turn(self) -> None:
        """Receive what there is, or wait for mail."""
        if not await self._receive():
            await self._mailbox.wait(60.0)

    async def _receive(self) -> bool:
        fetched = await self._mailbox.fetch_new(self._work.parts.batch * 4)
        if not fetched:
            return False
        stored = await self._stored(fetched)
        if not stored:
            raise NotStoredError
        size = sum(mail.size for mail in stored)
        ordinary = [mail.place for mail in stored if not mail.oversize]
        oversize = [mail.place for mail in stored if mail.oversize]
        # Walking takes what was stored from the database: large mails are not held twice.
        del fetched, stored
        self._work.mail.set()
        await self._mailbox.file_away(ordinary)
        await self._mailbox.set_aside(oversize)
        self._work.parts.events(
            "mailbox.received",
            mailbox=self._number,
            count=len(ordinary) + len(oversize),
            bytes=size,
        )
        return True

    async def _stored(self, fetched: Sequence[Fetched]) -> Sequence[Fetched]:
        """Those that are stored: all, or without a mail that meets a bug."""
        try:
            await self._work.parts.inbox.store(fetched, self._work.parts.clock())
        except Retry:
            raise NotStoredError from None
        except Exception as error:  # noqa: BLE001 - one mail's bug must not stop the others
            self._work.bug("store", error)
            if len(fetched) == 1:
                return ()
            alone = [await self._stored([each]) for each in fetched]
            return [each for stored in alone for each in stored]
        return fetched
