"""What is said on an SMTP connection once it is encrypted and logged in.

aiosmtplib connects, encrypts and logs in; its connection is then taken over,
because it cannot say several commands at once and loses answers that come
together.  MAIL, RCPT and DATA in one go (RFC 2920) halve the round trips of a
mail, and those are most of what sending a small mail costs.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from typing import TYPE_CHECKING

from aiosmtplib.errors import SMTPResponseException, SMTPServerDisconnected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import aiosmtplib

_ANSWER = re.compile(rb"(\d{3})(?:([ -])[^\n]*)?\r?\n")
_NONSENSE = -1
_LONGEST_ANSWER = 64 * 1024
_PART = 256 * 1024


class HalfToldError(Exception):
    """An answer to half a mail: whatever it says, nobody accepts half a mail."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Dialogue(asyncio.Protocol):
    """Commands and the numbers of their answers, in order.

    Raises `SMTPServerDisconnected` when the other side is gone,
    `SMTPResponseException` when it speaks something else, and TimeoutError
    after `seconds` without an answer.
    """

    def __init__(
        self, transport: asyncio.Transport, *, pipelining: bool, sized: bool, seconds: float
    ) -> None:
        self._transport = transport
        self._seconds = seconds
        self._unread = bytearray()
        self._answers: deque[int] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._gone = False
        self._paused = False
        self.pipelining = pipelining
        self.sized = sized

    @classmethod
    def over(cls, client: aiosmtplib.SMTP, seconds: float) -> Dialogue:
        """Take the connection of `client`, which is done with it."""
        transport = client.transport
        if not isinstance(transport, asyncio.Transport):
            raise SMTPServerDisconnected("gone before the first mail")
        dialogue = cls(
            transport,
            pipelining=client.supports_extension("pipelining"),
            sized=client.supports_extension("size"),
            seconds=seconds,
        )
        transport.set_write_buffer_limits(high=_PART)
        transport.set_protocol(dialogue)
        return dialogue

    @property
    def is_open(self) -> bool:
        """As far as we know."""
        return not self._gone and not self._transport.is_closing()

    def close(self) -> None:
        """Without a word."""
        self._transport.close()
        self._lose()

    # -- what asyncio calls ---------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Answers, perhaps several at once, perhaps in pieces."""
        self._unread += data
        while (end := self._unread.find(b"\n") + 1) and self.is_open:
            answer = _ANSWER.fullmatch(self._unread, endpos=end)
            if answer is None:
                self._answers.append(_NONSENSE)
                self.close()
            elif answer[2] != b"-":
                self._answers.append(int(answer[1]))
            del answer, self._unread[:end]
        if len(self._unread) > _LONGEST_ANSWER:
            self.close()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """No answer comes any more."""
        self._lose()

    def pause_writing(self) -> None:
        """The other side is slower than we are."""
        self._paused = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self._paused = False
        self._wake()

    def _lose(self) -> None:
        self._gone = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # -- what is said ---------------------------------------------------------------

    def say(self, *commands: str) -> None:
        """All in one go; each has an answer that is to be heard."""
        for command in commands:
            if not command.isascii() or not command.isprintable():
                raise ValueError("a command is one line of printable ASCII")
        if self._answers or not self.is_open:  # an answer to nothing is a goodbye
            raise SMTPServerDisconnected("connection lost")
        self._transport.write("".join(f"{command}\r\n" for command in commands).encode("ascii"))

    async def hear(self, seconds: float | None = None) -> int:
        """The number of the next answer."""
        while not self._answers:
            if self._gone:
                raise SMTPServerDisconnected("connection lost")
            await self._news(seconds or self._seconds)
        if (answer := self._answers.popleft()) == _NONSENSE:
            raise SMTPResponseException(_NONSENSE, "")
        return answer

    async def ask(self, *commands: str, seconds: float | None = None) -> Sequence[int]:
        """The answers to these, said together where the server allows it (RFC 2920, 3.1).

        Fewer than the commands when the connection ended, or when a server that
        wants them one by one refused one.
        """
        answers: list[int] = []
        groups = [commands] if self.pipelining else [(each,) for each in commands]
        with contextlib.suppress(SMTPServerDisconnected):
            for group in groups:
                self.say(*group)
                for _ in group:
                    answers.append(await self.hear(seconds))  # noqa: PERF401 - what was heard counts, also when the rest fails
                if answers[-1] >= 400:
                    break
        return answers

    async def tell(self, mail: bytes) -> int:
        """The mail after DATA was allowed; the answer, which makes it the server's if it is 250.

        Raises `HalfToldError` with the answer of a server that gave up half way;
        then nothing else can be said on this connection.
        """
        for part in _parts(mail):
            if self._answers:
                self.close()
                raise HalfToldError(await self.hear())
            if not self.is_open:
                break
            self._transport.write(part)
            await self._written()
        return await self.hear()

    async def _written(self) -> None:
        """Wait while more than a slice is on its way, so that a large mail is not held twice."""
        while self._paused and not self._answers and not self._gone:
            await self._news(self._seconds)

    async def _news(self, seconds: float) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(seconds):
            await self._waiting


def _parts(mail: bytes) -> Iterator[bytes]:
    """The mail with its leading dots doubled, and the end of data (RFC 5321, 4.5.2)."""
    stuffed = mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    if mail.startswith(b"."):
        yield b"."
    for start in range(0, len(stuffed), _PART):
        yield stuffed[start : start + _PART]
