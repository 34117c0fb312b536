"""Somebody who listens on the line between the gateway and a server."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Wiretap:
    """Passes everything on to `port` of loopback and keeps a copy in `heard`."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.heard = bytearray()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _begin(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]  # any callable of ours
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        with suppress(OSError):  # closed: nobody calls any more
            while True:
                near, _ = self._listener.accept()
                self._begin(self._carry, near)

    def _carry(self, near: socket.socket) -> None:
        with suppress(OSError), near, socket.create_connection(("127.0.0.1", self._to)) as far:
            while True:
                ready, _, _ = select.select([near, far], [], [])
                for end, other in ((near, far), (far, near)):
                    if end in ready:
                        data = end.recv(65536)
                        if not data:
                            return
                        self.heard += data
                        other.sendall(data)
