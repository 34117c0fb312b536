"""Delivering deeds: over TLS as RFC 5425 frames or as lines, or at the end of a file.

Syslog knows no acknowledgement: what was written may lie in a buffer of this machine
while the connection is gone.  A receiver that was told that we close has to answer so
(RFC 5425, 4.4), in TLS and after all that came before; nobody on the way can make
that answer.  So each delivery closes its connection, and only what was answered counts.
A receiver that happens to say goodbye by itself at that moment has not answered: its
kernel refuses what it did not read, and that is looked for too.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import ssl
import struct
import termios
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateway.adapters.channel import client_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.adapters.siem import Line
    from gateway.domain.audit import Deed

    Frame = Callable[[bytes], bytes]

AT_ONCE: Final = 200  # deeds in one connection: what comes twice at most when it breaks
_MOST_SECONDS: Final = 60.0


class Trouble(StrEnum):
    """Why nothing was accepted; never the other side's or a library's own words."""

    CERTIFICATE = "certificate"
    UNREACHABLE = "unreachable"
    UNCONFIRMED = "unconfirmed"
    FILE = "file"


def octet_counted(line: bytes) -> bytes:
    """MSG-LEN SP SYSLOG-MSG (RFC 5425, 4.3)."""
    return b"%d %s" % (len(line), line)


def line_ended(line: bytes) -> bytes:
    """One line; a document of ours holds no line end."""
    return line + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Where to, and whom to trust: `ca_file` None is the machine's authorities.

    `client_certificate` and `client_key` are PEM files, both or none.
    """

    host: str
    port: int = 6514
    ca_file: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    timeout_seconds: float = 10.0

    def context(self) -> ssl.SSLContext:
        """Chain and host name checked; raises OSError for a file that is no such thing."""
        context = client_context(self.ca_file)
        if self.client_certificate is not None:
            # A key under a passphrase is refused, instead of asking for it on the terminal.
            context.load_cert_chain(self.client_certificate, self.client_key, lambda: "")
        return context


class _Patience:
    """How long to leave a receiver alone that failed: 1, 2, 4 ... 60 seconds."""

    def __init__(self, tell: Callable[[Trouble, float], None]) -> None:
        self._tell = tell
        self._failures = 0
        self._until = 0.0

    def rests(self) -> bool:
        return time.monotonic() < self._until

    def worked(self) -> None:
        self._failures, self._until = 0, 0.0

    def failed(self, trouble: Trouble) -> None:
        seconds = min(2.0 ** min(self._failures, 6), _MOST_SECONDS)
        self._failures += 1
        self._until = time.monotonic() + seconds
        self._tell(trouble, seconds)


class TlsSink:
    """`gateway.ports.AuditSink` over TLS; a connection for each delivery.

    `tell` hears of each failure, and for how many seconds the receiver is left alone.
    """

    def __init__(
        self,
        settings: TlsSettings,
        line: Line,
        frame: Frame,
        *,
        tell: Callable[[Trouble, float], None],
    ) -> None:
        self._settings = settings
        self._context = settings.context()
        self._line = line
        self._frame = frame
        self._patience = _Patience(tell)

    async def deliver(self, deeds: Sequence[tuple[int, Deed]]) -> int:
        """As the port says; 0 while the receiver is left alone."""
        if self._patience.rests():
            return 0
        accepted = 0
        while accepted < len(deeds):
            some = deeds[accepted : accepted + AT_ONCE]
            content = b"".join(self._frame(self._line(seq, deed)) for seq, deed in some)
            trouble = await asyncio.to_thread(self._hand_over, content)
            if trouble is not None:
                self._patience.failed(trouble)
                return accepted
            self._patience.worked()
            accepted += len(some)
        return accepted

    def _hand_over(self, content: bytes) -> Trouble | None:
        """Write all of it and wait for the answer to our goodbye; None when that came."""
        trouble = Trouble.UNREACHABLE
        place = (self._settings.host, self._settings.port)
        try:
            with (
                socket.create_connection(place, self._settings.timeout_seconds) as plain,
                self._context.wrap_socket(plain, server_hostname=self._settings.host) as channel,
            ):
                trouble = Trouble.UNCONFIRMED
                channel.sendall(content)
                channel.unwrap()
                confirmed = self._arrived(channel)
        except ssl.SSLCertVerificationError:
            return Trouble.CERTIFICATE
        except (OSError, ValueError):  # ssl.SSLError is an OSError; ValueError: it closed meanwhile
            return trouble
        return None if confirmed else Trouble.UNCONFIRMED

    def _arrived(self, connection: socket.socket) -> bool:
        """Whether the other side took every byte before it closed; raises OSError when not.

        A socket that is closed with something unread, or gets something afterwards, answers
        with a reset (RFC 9293, 3.10.7.1; RFC 2525, 2.17).
        """
        connection.shutdown(socket.SHUT_WR)
        if connection.recv(1):
            return False
        until = time.monotonic() + self._settings.timeout_seconds
        while _not_acknowledged(connection):
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def _not_acknowledged(connection: socket.socket) -> int:
    """Bytes that the other side's kernel has not taken (tcp(7), SIOCOUTQ)."""
    answer = fcntl.ioctl(connection, termios.TIOCOUTQ, struct.pack("i", 0))
    (count,) = struct.unpack("i", answer)
    return int(count)


class FileSink:
    """`gateway.ports.AuditSink` as a file that only grows; opened anew each time, so that
    it can be rotated.  It is its owner's alone, and never a link to something else.
    """

    def __init__(self, file: Path, line: Line, *, tell: Callable[[Trouble, float], None]) -> None:
        self._file = file
        self._line = line
        self._patience = _Patience(tell)

    async def deliver(self, deeds: Sequence[tuple[int, Deed]]) -> int:
        """As the port says; all are on the disk, or none is in the file."""
        if not deeds or self._patience.rests():
            return 0
        content = b"".join(line_ended(self._line(seq, deed)) for seq, deed in deeds)
        if not await asyncio.to_thread(self._append, content):
            self._patience.failed(Trouble.FILE)
            return 0
        self._patience.worked()
        return len(deeds)

    def _append(self, content: bytes) -> bool:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._file, flags, 0o600)
        except OSError:
            return False
        try:
            return _whole(descriptor, content)
        finally:
            os.close(descriptor)


def _whole(descriptor: int, content: bytes) -> bool:
    before = os.fstat(descriptor).st_size
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, before)  # half a line would spoil the next one
        return False
    return True
