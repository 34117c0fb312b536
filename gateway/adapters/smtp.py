"""Outgoing mail over SMTP submission (RFC 6409) with TLS, never without.

A few connections are kept open: a new one for each mail would cost six round
trips, a TLS handshake and a password check.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiosmtplib
from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPServerDisconnected

from gateway.adapters.channel import Security, client_context, unreachable
from gateway.adapters.smtp_dialogue import Dialogue, HalfToldError
from gateway.adapters.smtp_rules import check_envelope, check_mail, meaning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.domain.stops import Stop

_QUIT_SECONDS = 2.0
_SERVICE_CLOSING = 421
_OK, _GO_AHEAD = 250, 354
_ENVELOPE = ("MAIL", "RCPT", "DATA")
_HOPED = ({_OK}, {_OK, 251}, {_GO_AHEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The next hop.

    With `user` and `password` the server must offer AUTH; without them it must
    know us otherwise.  `hello_name` is what EHLO says: a name of ours that does
    not have to resolve.
    """

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    connections: int = 2
    timeout_seconds: float = 60
    hello_name: str = "taalpoort.invalid"

    def __post_init__(self) -> None:
        if not 1 <= self.connections <= 4:
            raise ValueError("1 to 4 connections")
        if (self.user is None) != (self.password is None):
            raise ValueError("a user needs a password, and the other way round")


class SmtpRelay:
    """A `Relay` on an SMTP server.

    An answer about this mail and for good is `Hold(UNDELIVERABLE)`; everything
    else that is not acceptance is `Retry(UNREACHABLE)`, a refused login or
    certificate too, for the mail is not to blame.  Notes of the exception name
    the command and the numeric code (``RCPT 550``), never the server's words.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._context = client_context(settings.ca_file)
        self._free = asyncio.Semaphore(settings.connections)
        self._kept: list[Dialogue] = []

    async def send(self, mail: bytes, *, envelope_from: str, recipient: str) -> None:
        """One conversation, one recipient; see the port for the outcomes."""
        check_envelope(envelope_from, recipient)
        check_mail(mail)
        stop: Stop | None = None
        async with self._free:
            try:
                await self._converse(mail, envelope_from, recipient)
            except _Refused as refused:
                stop = refused.stop
            except (SMTPException, OSError, ValueError) as error:
                stop = _translated(error)
        # Outside the except block: the library's error quotes what the server said.
        if stop is not None:
            raise stop

    async def check(self) -> None:
        """Connect, and log in where that is configured; sends nothing.  Raises as `send` does."""
        stop: Stop | None = None
        try:
            self._kept.append(await self._connected())
        except _Refused as refused:
            stop = refused.stop
        except (SMTPException, OSError, ValueError) as error:
            stop = _translated(error)
        if stop is not None:
            raise stop

    async def close(self) -> None:
        """Wait for what is under way, then say goodbye; a slow server is left without a word."""
        for _ in range(self._settings.connections):
            await self._free.acquire()
        try:
            await asyncio.gather(*(_say_goodbye(each) for each in self._kept))
            self._kept.clear()
        finally:
            for _ in range(self._settings.connections):
                self._free.release()

    # -- one conversation -----------------------------------------------------------

    async def _converse(self, mail: bytes, envelope_from: str, recipient: str) -> None:
        while self._kept:
            # The one used last: it is the least likely to have been closed.
            dialogue = self._kept.pop()
            with contextlib.suppress(_Stale):
                return await self._carry(dialogue, mail, envelope_from, recipient)
        try:
            await self._carry(await self._connected(), mail, envelope_from, recipient)
        except _Stale as stale:
            raise stale.trouble from None

    async def _carry(
        self, dialogue: Dialogue, mail: bytes, envelope_from: str, recipient: str
    ) -> None:
        """One mail; the connection is kept afterwards if it is still in step."""
        sized = f" SIZE={len(mail)}" if dialogue.sized else ""
        try:
            answers = await dialogue.ask(
                f"MAIL FROM:<{envelope_from}>{sized}", f"RCPT TO:<{recipient}>", "DATA"
            )
            _agreed(answers)
            if (code := await dialogue.tell(mail)) != _OK:
                raise _Refused("DATA", code)
        except HalfToldError as half:
            raise _Refused("DATA", half.code) from None
        except _Refused as refused:
            await self._keep_after_reset(dialogue, refused)
            raise
        except BaseException:  # whatever is half said must not be heard by the next mail
            dialogue.close()
            raise
        self._kept.append(dialogue)

    async def _keep_after_reset(self, dialogue: Dialogue, refused: _Refused) -> None:
        """RSET, so that the next mail begins afresh (RFC 5321, 4.1.1.5)."""
        in_step = not refused.go_ahead and refused.code != _SERVICE_CLOSING
        try:
            if in_step and await dialogue.ask("RSET") == [_OK]:
                self._kept.append(dialogue)
                return
        except (SMTPException, OSError):
            pass
        dialogue.close()

    # -- connecting -----------------------------------------------------------------

    async def _connected(self) -> Dialogue:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security is Security.IMPLICIT,
            start_tls=False,  # done below, where a server without it is told apart
            tls_context=self._context,
            local_hostname=settings.hello_name,
            timeout=settings.timeout_seconds,
        )
        try:
            await client.connect()
            if settings.security is Security.STARTTLS:
                await _start_tls(client)
            await client.ehlo()
            if settings.user is not None and settings.password is not None:
                await _log_in(client, settings.user, settings.password)
            return Dialogue.over(client, settings.timeout_seconds)
        except BaseException:
            client.close()
            raise


class _Refused(Exception):  # noqa: N818 - an answer, turned into a stop by `send`
    """A command was answered with something else than hoped for."""

    def __init__(self, command: str, code: int, *, go_ahead: bool = False) -> None:
        super().__init__(f"{command} {code}")
        self.code = code
        self.go_ahead = go_ahead  # the server now waits for a mail that it will not get
        self.stop = meaning(command, code)


class _Stale(Exception):  # noqa: N818 - no fault: a kept connection had ended
    """Nothing of this mail was accepted, because the connection was gone or is being closed."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__()
        self.trouble = trouble


def _agreed(answers: Sequence[int]) -> None:
    """Whether envelope and mail are welcome, by the answers to MAIL, RCPT and DATA."""
    if not answers:
        raise _Stale(SMTPServerDisconnected("connection lost"))
    if answers[0] == _SERVICE_CLOSING:
        raise _Stale(_Refused("MAIL", _SERVICE_CLOSING))
    for verb, hoped, code in zip(_ENVELOPE, _HOPED, answers, strict=False):
        if code not in hoped:
            raise _Refused(verb, code, go_ahead=_GO_AHEAD in answers)
    if len(answers) < len(_ENVELOPE):
        raise SMTPServerDisconnected("connection lost")


async def _start_tls(client: aiosmtplib.SMTP) -> None:
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise unreachable("no STARTTLS")
    await client.starttls()


async def _log_in(client: aiosmtplib.SMTP, user: str, password: str) -> None:
    """PLAIN or LOGIN, both of which TLS hides; not CRAM-MD5, whose server stores passwords."""
    if "plain" in client.server_auth_methods:
        await client.auth_plain(user, password)
    elif "login" in client.server_auth_methods:
        await client.auth_login(user, password)
    else:
        raise unreachable("no AUTH that we speak")


async def _say_goodbye(dialogue: Dialogue) -> None:
    with contextlib.suppress(SMTPException, OSError):
        await dialogue.ask("QUIT", seconds=_QUIT_SECONDS)
    dialogue.close()


def _translated(error: Exception) -> Stop:
    """Trouble before or beside this mail: never its own fault."""
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return unreachable("certificate refused")
    if isinstance(cause, ssl.SSLError):
        return unreachable("TLS failed")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return unreachable(f"AUTH {error.code}")
    if isinstance(error, SMTPResponseException):
        return unreachable(f"answer {error.code}")
    if isinstance(error, TimeoutError):
        return unreachable("no answer in time")
    return unreachable("no connection")
