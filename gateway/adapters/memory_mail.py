"""In-memory twins of the mail transports, for tests and for ``gateway bench``'s walk in memory.

They pass the contract suites of the real ones and can be bent by one line:
``mailbox.reachable = False``, ``relay.permanent.add(address)``.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.channel import unreachable
from gateway.adapters.smtp_rules import check_envelope, check_mail, undeliverable
from gateway.domain.originals import Fate
from gateway.domain.silent import Silent
from gateway.ports import Fetched, Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.originals import Original


class MemoryMailbox:
    """A `Mailbox` whose server is a dictionary."""

    def __init__(
        self,
        name: str = "memory",
        *,
        max_mail_bytes: int = 36 * 1024 * 1024,
        batch_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        self.name = name
        self.max_mail_bytes = max_mail_bytes
        self.batch_bytes = batch_bytes
        self.uidvalidity = 1
        self.reachable = True
        self.inbox: dict[int, tuple[bytes, datetime]] = {}
        self.processed: list[bytes] = []
        self.oversize: list[bytes] = []
        self._next_uid = 1
        self._handed_out = 0
        self._arrival = asyncio.Event()

    def deliver(self, mail: bytes, *, received_at: datetime | None = None) -> None:
        """A mail arrives."""
        self.inbox[self._next_uid] = (mail, received_at or datetime.now(UTC))
        self._next_uid += 1
        self._arrival.set()

    def renumber(self) -> None:
        """What a server does that lost its index: new UIDVALIDITY, new UIDs (RFC 9051, 2.3.1.1)."""
        self.uidvalidity += 1
        self.inbox = dict(enumerate(self.inbox.values(), start=1))
        self._next_uid = len(self.inbox) + 1
        self._handed_out = 0

    async def fetch_new(self, limit: int) -> Sequence[Fetched]:
        """Oldest first, within `batch_bytes` unless one mail alone is larger."""
        self._check()
        fetched: list[Fetched] = []
        left = self.batch_bytes
        for uid in list(self.inbox)[:limit]:
            mail = self._fetched(uid)
            left -= len(mail.content)
            if left < 0 and fetched:
                break
            fetched.append(mail)
            self._handed_out = max(self._handed_out, uid)
        return fetched

    def _fetched(self, uid: int) -> Fetched:
        mail, received_at = self.inbox[uid]
        oversize = len(mail) > self.max_mail_bytes
        head, empty_line, _ = mail.partition(b"\r\n\r\n")
        return Fetched(
            place=Place(mailbox=self.name, uidvalidity=self.uidvalidity, uid=str(uid)),
            content=head + empty_line if oversize else mail,
            size=len(mail),
            received_at=received_at,
            oversize=oversize,
        )

    async def file_away(self, places: Sequence[Place]) -> None:
        """To `processed`."""
        self._move(places, self.processed)

    async def set_aside(self, places: Sequence[Place]) -> None:
        """To `oversize`."""
        self._move(places, self.oversize)

    def _move(self, places: Sequence[Place], into: list[bytes]) -> None:
        self._check()
        for place in places:
            ours = (place.mailbox, place.uidvalidity) == (self.name, self.uidvalidity)
            if ours and (found := self.inbox.pop(int(place.uid), None)) is not None:
                into.append(found[0])

    async def remove(self, originals: Sequence[Original]) -> Mapping[str, Fate]:
        """From all three."""
        self._check()
        return {each.digest: self._remove(each.digest) for each in originals}

    def _remove(self, digest: str) -> Fate:
        found = [uid for uid, (mail, _) in self.inbox.items() if _digest(mail) == digest]
        for uid in found:
            del self.inbox[uid]
        before = len(self.processed) + len(self.oversize)
        for kept in (self.processed, self.oversize):
            kept[:] = [mail for mail in kept if _digest(mail) != digest]
        gone = len(found) + before - len(self.processed) - len(self.oversize)
        return Fate.REMOVED if gone else Fate.ABSENT

    async def wait(self, seconds: float) -> None:
        """Until `deliver`, unless there is mail that was not handed out."""
        self._check()
        self._arrival.clear()
        if any(uid > self._handed_out for uid in self.inbox):
            return
        try:
            async with asyncio.timeout(seconds):
                await self._arrival.wait()
        except TimeoutError:
            return

    async def close(self) -> None:
        """Nothing is kept open."""

    def _check(self) -> None:
        if not self.reachable:
            raise unreachable("no connection")


def _digest(mail: bytes) -> str:
    return hashlib.sha256(mail).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Accepted(Silent):
    """A mail that `MemoryRelay` took responsibility for."""

    mail: bytes
    envelope_from: str
    recipient: str


class MemoryRelay:
    """A `Relay` that keeps what it accepts in `accepted`."""

    def __init__(self) -> None:
        self.accepted: list[Accepted] = []
        self.reachable = True
        self.permanent: set[str] = set()
        self.temporary: set[str] = set()
        self._under_way = 0
        self._idle = asyncio.Condition()

    async def send(self, mail: bytes, *, envelope_from: str, recipient: str) -> None:
        """Accept, unless bent; lets others run first, as a network does."""
        check_envelope(envelope_from, recipient)
        check_mail(mail)
        self._under_way += 1
        try:
            await asyncio.sleep(0)
            self._accept(Accepted(mail=mail, envelope_from=envelope_from, recipient=recipient))
        finally:
            self._under_way -= 1
            async with self._idle:
                self._idle.notify_all()

    def _accept(self, offered: Accepted) -> None:
        if not self.reachable:
            raise unreachable("no connection")
        if offered.recipient in self.temporary:
            raise unreachable("RCPT 451")
        if offered.recipient in self.permanent:
            raise undeliverable("RCPT 550")
        self.accepted.append(offered)

    async def close(self) -> None:
        """Wait for what is under way."""
        async with self._idle:
            await self._idle.wait_for(lambda: self._under_way == 0)
