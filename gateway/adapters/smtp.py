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
from gateway.adapters.smtp_rules import check_envelope, check_mail, meaning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from gateway.domain.stops import Stop

_QUIT_SECONDS = 2.0
_SERVICE_CLOSING = 421
_PART = 256 * 1024


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
        self._kept: list[aiosmtplib.SMTP] = []

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
            await asyncio.gather(*(_say_goodbye(client) for client in self._kept))
            self._kept.clear()
        finally:
            for _ in range(self._settings.connections):
                self._free.release()

    # -- one conversation -----------------------------------------------------------

    async def _converse(self, mail: bytes, envelope_from: str, recipient: str) -> None:
        async with self._connection(envelope_from, len(mail)) as client:
            await _command(client, "RCPT", f"TO:<{recipient}>")
            await _data(client, mail, self._settings.timeout_seconds)

    @contextlib.asynccontextmanager
    async def _connection(self, envelope_from: str, size: int) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection on which MAIL was accepted; kept afterwards if it is still in step."""
        client = await self._begun(envelope_from, size)
        try:
            yield client
        except _Refused:
            await self._keep_after_reset(client)
            raise
        except BaseException:  # whatever is half said must not be heard by the next mail
            client.close()
            raise
        self._kept.append(client)

    async def _begun(self, envelope_from: str, size: int) -> aiosmtplib.SMTP:
        while self._kept:
            # The one used last: it is the least likely to have been closed.
            client = self._kept.pop()
            if not client.is_connected:
                continue
            try:
                return await self._begin(client, envelope_from, size)
            except SMTPServerDisconnected:
                continue  # gone stale; nothing of this mail was accepted yet
            except _Refused as refused:
                if refused.code != _SERVICE_CLOSING:
                    raise
        return await self._begin(await self._connected(), envelope_from, size)

    async def _begin(
        self, client: aiosmtplib.SMTP, envelope_from: str, size: int
    ) -> aiosmtplib.SMTP:
        sized = f" SIZE={size}" if client.supports_extension("size") else ""
        try:
            await _command(client, "MAIL", f"FROM:<{envelope_from}>{sized}")
        except _Refused:
            await self._keep_after_reset(client)
            raise
        except BaseException:
            client.close()
            raise
        return client

    async def _keep_after_reset(self, client: aiosmtplib.SMTP) -> None:
        """RSET, so that the next mail begins afresh (RFC 5321, 4.1.1.5)."""
        try:
            if client.is_connected and (await client.execute_command(b"RSET")).code == 250:
                self._kept.append(client)
                return
        except (SMTPException, OSError):
            pass
        client.close()

    # -- connecting -----------------------------------------------------------------

    async def _connected(self) -> aiosmtplib.SMTP:
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
        except BaseException:
            client.close()
            raise
        return client


class _Refused(Exception):  # noqa: N818 - an answer, turned into a stop by `send`
    """A command was answered with something else than hoped for."""

    def __init__(self, command: str, code: int) -> None:
        super().__init__(f"{command} {code}")
        self.code = code
        self.stop = meaning(command, code)


async def _command(client: aiosmtplib.SMTP, verb: str, argument: str) -> None:
    answer = await client.execute_command(verb.encode("ascii"), argument.encode("ascii"))
    if answer.code not in (250, 251):
        raise _Refused(verb, answer.code)


async def _data(client: aiosmtplib.SMTP, mail: bytes, seconds: float) -> None:
    """DATA, the mail in slices, and the answer that makes it the server's (RFC 5321, 4.1.1.4).

    Not `aiosmtplib.SMTP.data`: it rewrites line ends that `check_mail` has
    vouched for (40% of the CPU of a 27 kB mail) and holds a large mail several
    times over.  `seconds` is for each slice, so a large mail may take its time.
    """
    go_ahead = await client.execute_command(b"DATA", timeout=seconds)
    if go_ahead.code != 354:
        raise _Refused("DATA", go_ahead.code)
    if (protocol := client.protocol) is None:
        raise SMTPServerDisconnected("gone before the mail")
    # Listens while we write: a server may give up on a mail half way.
    reply = asyncio.ensure_future(protocol.read_response())
    await asyncio.sleep(0)
    try:
        for part in _parts(mail):
            if reply.done():
                break
            protocol.write(part)
            await _written(client, reply, seconds)
        else:
            await asyncio.wait({reply}, timeout=seconds)
            _accepted(reply)
            return
        client.close()  # half a mail was said: nothing else can be said on this connection
        raise _Refused("DATA", reply.result().code)  # a 250 too: nobody accepts half a mail
    finally:
        if not reply.cancel() and not reply.cancelled():
            reply.exception()  # looked at, or asyncio would log it


def _accepted(reply: asyncio.Future[aiosmtplib.SMTPResponse]) -> None:
    if not reply.done():
        raise TimeoutError
    if (code := reply.result().code) != 250:
        raise _Refused("DATA", code)


def _parts(mail: bytes) -> Iterator[bytes]:
    """The mail with its leading dots doubled, and the end of data (RFC 5321, 4.5.2)."""
    stuffed = mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    if mail.startswith(b"."):
        yield b"."
    for start in range(0, len(stuffed), _PART):
        yield stuffed[start : start + _PART]


async def _written(
    client: aiosmtplib.SMTP, reply: asyncio.Future[aiosmtplib.SMTPResponse], seconds: float
) -> None:
    """Wait while more than a slice is on its way, so that a large mail is not held twice."""
    until = asyncio.get_running_loop().time() + seconds
    while (
        not reply.done()
        and isinstance(client.transport, asyncio.WriteTransport)
        and client.transport.get_write_buffer_size() > _PART
    ):
        if asyncio.get_running_loop().time() > until:
            raise TimeoutError
        await asyncio.sleep(0.002)


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


async def _say_goodbye(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(SMTPException, OSError, TimeoutError):
        await client.quit(timeout=_QUIT_SECONDS)
    client.close()


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
