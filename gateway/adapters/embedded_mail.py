"""A whole mail server inside this process, for the demonstration: IMAP by pymap, SMTP by aiosmtpd.

Over TLS only, on loopback only, mail in memory only.  It exists so that the
real IMAP and SMTP adapters have somebody to talk to on a machine without a mail
server; it is no part of ``gateway serve``.

Traps this file closes:

- pymap first waits for a PROXY header, and on Python 3.13 that wait never ends:
  its connections are made here, without one.
- pymap takes the message numbers in UID SEARCH for UIDs, which RFC 9051, 6.4.9,
  says they are not: its parser is told otherwise.
- pymap's IDLE misses a mail that comes while it is not just waiting for one: it
  looks again every few milliseconds instead.
- pymap and aiosmtpd look up the machine's own name in the DNS to say hello: they
  are told one.
- aiosmtpd mistakes implicit TLS for none and then offers no AUTH: STARTTLS it is.
- aiosmtpd accepts a bare CR or LF inside a mail, which other servers take for a
  line end (RFC 5321, 2.3.8): such a mail is refused.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from argparse import Namespace
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Identity, Login
from pymap.concurrent import Subsystem
from pymap.context import connection_exit
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command.select import UidSearchCommand
from pymap.parsing.exceptions import NotParseable
from pymap.parsing.message import AppendMessage
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

if TYPE_CHECKING:
    import ssl
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator, Sequence

    from aiosmtpd.smtp import Envelope, Session
    from pymap.concurrent import Event
    from pymap.parsing import Params
    from pymap.parsing.command.select import IdleCommand
    from pymap.parsing.commands import Commands

    from gateway.adapters.throwaway_tls import ThrowawayTls

HOST = "127.0.0.1"
_NAME = "mail.demo.invalid"
_LARGEST = 64 * 1024 * 1024
_LOOK_AGAIN = 0.02
_STRENGTH = 1000  # rounds: passwords here are random and live for minutes


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox, and who may read it and submit mail: the address is the user name."""

    address: str
    password: str = field(repr=False)

    @classmethod
    def new(cls, address: str) -> Account:
        """With a random password."""
        return cls(address, secrets.token_urlsafe(12))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the server is: IMAP with implicit TLS, SMTP submission with STARTTLS."""

    host: str
    imap_port: int
    smtp_port: int


@asynccontextmanager
async def serving(accounts: Sequence[Account], tls: ThrowawayTls) -> AsyncIterator[Listening]:
    """The server, for as long as the block lasts, on two free ports."""
    # Says at level INFO who mails to whom, and warns of its own deprecations.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    post_office = await _post_office(accounts)
    context = tls.server_context()
    async with AsyncExitStack() as stack:
        imap = await asyncio.start_server(post_office.read, HOST, 0, ssl=context)
        stack.callback(imap.close)
        smtp = await asyncio.get_running_loop().create_server(
            lambda: _smtp(post_office, context), HOST, 0
        )
        stack.callback(smtp.close)
        stack.push_async_callback(post_office.hang_up)
        yield Listening(host=HOST, imap_port=_port(imap), smtp_port=_port(smtp))


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


class _Config(Config):
    """pymap's configuration without a look into the DNS, and with UID SEARCH as in the RFC."""

    @property
    def greeting(self) -> bytes:
        return b"Server ready " + _NAME.encode()

    @property
    def commands(self) -> Commands:
        commands = super().commands
        commands.register(_UidSearch)
        return commands


class _Connection(IMAPConnection):
    async def handle_updates(self, state: ConnectionState, done: Event, cmd: IdleCommand) -> None:
        while not done.is_set():
            found = state.receive_updates(cmd, None)  # type: ignore[arg-type] # None: waits for nothing
            await self.write_updates(await self._exec(found))
            await done.wait(timeout=_LOOK_AGAIN)


class _UidSearch(UidSearchCommand):
    @classmethod
    def parse(cls, buf: memoryview, params: Params) -> tuple[_UidSearch, memoryview]:
        # Not the parent's parse: it would mark every sequence set as one of UIDs.
        command, rest = super(UidSearchCommand, cls).parse(buf, params)
        if not isinstance(command, cls):
            raise NotParseable(buf)
        return command, rest


async def _post_office(accounts: Sequence[Account]) -> _PostOffice:
    config = _Config(
        Namespace(),
        host=HOST,
        port=0,
        tls_enabled=False,  # TLS is there before the first word: no STARTTLS is offered
        demo_data=False,
        demo_user="",
        demo_password="",
        hash_context=BuiltinHash(rounds=_STRENGTH),
        cpu_subsystem=Subsystem.for_asyncio(),
        proxy_protocol=ProxyProtocolNoop(),
        reject_dnsbl=False,
        max_append_len=_LARGEST,
    )
    login, passwords = Login(config), Passwords(config)
    for account in accounts:
        hashed = await passwords.hash_password(account.password)
        user = UserMetadata(config, account.address, password=hashed)
        await Identity(account.address, login, None, frozenset()).set(user)
    return _PostOffice(config, login, {account.address: account.password for account in accounts})


class _PostOffice:
    """Mailboxes in memory; aiosmtpd finds the `handle_` methods by their names."""

    def __init__(self, config: Config, login: Login, passwords: dict[str, str]) -> None:
        self._config = config
        self._login = login
        self._passwords = passwords
        self._readers: set[asyncio.Task[Any]] = set()

    # -- IMAP -------------------------------------------------------------------------

    async def read(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One IMAP connection, from greeting to goodbye."""
        task = asyncio.current_task()
        if task is not None:
            self._readers.add(task)
            task.add_done_callback(self._readers.discard)
        info = SocketInfoLocal(writer, unique_id=secrets.token_bytes(8))
        connection = _Connection(self._config.commands, self._config, reader, writer, info)
        async with AsyncExitStack() as stack:
            connection_exit.set(stack)
            stack.callback(connection.close)
            await connection.run(ConnectionState(self._login, self._config))

    async def hang_up(self) -> None:
        """End the connections that are still open."""
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    # -- SMTP -------------------------------------------------------------------------

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """PLAIN and LOGIN, under TLS only; aiosmtpd sees to that."""
        if mechanism not in {"PLAIN", "LOGIN"} or not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        known = self._passwords.get(data.login.decode("ascii", "replace"), "")
        good = bool(known) and secrets.compare_digest(known.encode(), data.password)
        return AuthResult(success=good, handled=False, auth_data=data.login)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Mailboxes of this server only: nothing here reaches the outside."""
        if address.casefold() not in self._passwords:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address.casefold())
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Into every recipient's mailbox, byte by byte as it came."""
        content = envelope.original_content or b""
        ends = content.count(b"\r\n")
        if content.count(b"\r") != ends or content.count(b"\n") != ends:
            return "554 5.6.0 bare CR or LF"
        for address in envelope.rcpt_tos:
            await self._deliver(address, content)
        return "250 OK"

    async def _deliver(self, address: str, content: bytes) -> None:
        identity = Identity(address, self._login, None, frozenset())
        async with identity.new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(content, datetime.now(UTC))])


def _smtp(post_office: _PostOffice, context: ssl.SSLContext) -> SMTP:
    return SMTP(
        post_office,
        hostname=_NAME,
        ident="taalpoort demonstration",
        data_size_limit=_LARGEST,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        auth_require_tls=True,
        authenticator=post_office.authenticate,
        loop=asyncio.get_running_loop(),
    )
