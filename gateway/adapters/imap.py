"""The incoming mailbox over IMAP (RFC 9051) with TLS, never without.

IMAPClient blocks, so all its calls run in one thread of this mailbox's own; a
pipe wakes that thread out of IDLE when somebody cancels or closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from gateway.adapters.channel import unreachable
from gateway.adapters.imap_session import ImapSettings, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.domain.originals import Fate, Original
    from gateway.ports import Fetched, Place

__all__ = ["ImapMailbox", "ImapSettings"]

_Result = TypeVar("_Result")
_GOODBYE_SECONDS = 2.0


class ImapMailbox:
    """A `Mailbox` on an IMAP server.

    Connects on first use and again after any trouble: whatever goes wrong, the
    connection is dropped and `Retry(UNREACHABLE)` raised, with a note for the
    operator (``login refused``, ``certificate refused``, ``no STARTTLS``, ...).
    """

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self._session: Session | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._closed = False

    async def fetch_new(self, limit: int) -> Sequence[Fetched]:
        """Everything that is in the folder and was not filed, again if need be."""
        return await self._in_thread(lambda session: session.fetch(limit))

    async def file_away(self, places: Sequence[Place]) -> None:
        """Into the processed folder.

        Places of another mailbox, or of a UIDVALIDITY that is past, are left
        alone: those mails come again and are recognised.
        """
        await self._move(places, self._settings.processed_folder)

    async def set_aside(self, places: Sequence[Place]) -> None:
        """Into the folder for oversize mail, by the same rules."""
        await self._move(places, self._settings.oversize_folder)

    @property
    def name(self) -> str:
        """That of the settings."""
        return self._settings.mailbox

    async def remove(self, originals: Sequence[Original]) -> Mapping[str, Fate]:
        """From every folder of this account's own, by UID EXPUNGE alone (RFC 4315, 2.1)."""
        return await self._in_thread(lambda session: session.remove(originals))

    async def can_remove(self) -> bool:
        """Whether the server removes single mails (RFC 4315); where not, originals stay."""
        return await self._in_thread(lambda session: session.can_remove())

    async def wait(self, seconds: float) -> None:
        """IDLE where the server offers it (RFC 2177), else a look every five seconds."""
        try:
            await self._in_thread(lambda session: self._wait(session, seconds))
        except asyncio.CancelledError:
            if not self._closed:  # closing woke it already, and the pipe may be gone
                self._wake_up()
            raise

    async def close(self) -> None:
        """Log out; a server that does not answer within two seconds is left without a word."""
        if self._closed:
            return
        self._closed = True
        self._wake_up()
        ended = asyncio.get_running_loop().run_in_executor(self._thread, self._say_goodbye)
        if not await _comes(ended):
            if self._session is not None:
                self._session.cut()
            await _comes(ended)
        self._thread.shutdown(wait=False)
        if ended.done():  # else the thread still connects, and still looks at the pipe
            os.close(self._woken)
            os.close(self._wake)

    async def _move(self, places: Sequence[Place], folder: str) -> None:
        ours = [place for place in places if place.mailbox == self._settings.mailbox]

        def move(session: Session) -> None:
            for uidvalidity in {place.uidvalidity for place in ours}:
                if session.still(uidvalidity):
                    uids = [int(p.uid) for p in ours if p.uidvalidity == uidvalidity]
                    session.move(uids, folder)

        if ours:
            await self._in_thread(move)

    # -- the thread ---------------------------------------------------------------

    async def _in_thread(self, act: Callable[[Session], _Result]) -> _Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._translated, act)

    def _translated(self, act: Callable[[Session], _Result]) -> _Result:
        try:
            if self._session is None:
                self._session = Session(self._settings)
            return act(self._session)
        except (IMAPClientError, OSError, ValueError) as error:
            trouble = _in_our_words(error)
        # Outside the except block: the library's error quotes what the server said.
        if self._session is not None:
            self._session.drop()
        self._session = None
        raise unreachable(trouble)

    def _wait(self, session: Session, seconds: float) -> None:
        try:
            session.wait(seconds, self._woken)
        finally:
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken, 4096)

    def _wake_up(self) -> None:
        os.write(self._wake, b"!")

    def _say_goodbye(self) -> None:
        if self._session is None:
            return
        try:
            self._session.logout()
        except (IMAPClientError, OSError, ValueError):
            self._session.drop()
        self._session = None


async def _comes(ended: asyncio.Future[None]) -> bool:
    """Whether it ends in time; it goes on if not."""
    done, _ = await asyncio.wait({ended}, timeout=_GOODBYE_SECONDS)
    return bool(done)


def _in_our_words(error: Exception) -> str:
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLCertVerificationError, "certificate refused"),
        (ssl.SSLError, "TLS failed"),
        (TimeoutError, "no answer in time"),
        (OSError, "no connection"),
        (LoginError, "login refused"),
        (CapabilityError, "no STARTTLS"),
    )
    return next((words for kind, words in kinds if isinstance(error, kind)), "IMAP failed")
