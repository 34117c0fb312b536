"""A receiver of syslog over TLS on loopback, that takes everything, or breaks on purpose."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from tests.servers.process import wait_until

if TYPE_CHECKING:
    import ssl
    from types import TracebackType


class Manner(StrEnum):
    """How it treats a connection."""

    GOOD = "good"
    CUT = "cut"  # reads some and closes without a word
    RUDE = "rude"  # reads everything and closes without goodbye
    EARLY = "early"  # says goodbye before it read anything
    STUCK = "stuck"  # reads everything and never closes


class Listener:
    """Listens at once; `received` is what each connection brought, decrypted; `refused`
    counts those that brought nothing because TLS did not come about.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self.manner = Manner.GOOD
        self.received: list[bytes] = []
        self.refused = 0
        self.connections = 0
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(300)
        assert not self._thread.is_alive()

    def wait_for(self, connections: int) -> None:
        """Until so many connections came and were done with."""
        wait_until(
            lambda: len(self.received) + self.refused >= connections, what="connections at the SIEM"
        )

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            try:
                with plain:
                    plain.settimeout(60)
                    self._serve(plain)
            except OSError:
                self.refused += 1

    def _is_stuck(self) -> bool:
        return self.manner is Manner.STUCK and not self._ended.is_set()

    def _serve(self, plain: socket.socket) -> None:
        with self._context.wrap_socket(plain, server_side=True) as channel:
            if self.manner is Manner.EARLY:
                channel.setblocking(False)  # unwrap would wait for the other's goodbye
                with suppress(OSError):
                    channel.unwrap()
                # As a receiver that stops: what we send meanwhile lies unread in its kernel.
                self._ended.wait(0.3)
                self.received.append(b"")
                return
            content = b""
            while piece := channel.recv(1024):
                content += piece
                if self.manner is Manner.CUT and len(content) > 1500:
                    break
            if self.manner is Manner.GOOD:
                channel.unwrap()
            self.received.append(content)
            while self._is_stuck():
                self._ended.wait(0.01)
