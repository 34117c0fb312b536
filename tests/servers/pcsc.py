"""A card reader's service on a socket of its own, as real clients of libpcsclite expect it.

It speaks the protocol between libpcsclite and pcscd (winscard_msg.h, version 4.x)
for one reader.  A private pcscd with a virtual reader was tried: it keeps its
process number in the one /run/pcscd of the machine, and ends when a card is pulled.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.servers.openpgp_card import ATR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.openpgp_card import OpenPGPCard

READER = b"Test reader 00 00"
CONNECT = 4
ABSENT, PRESENT = 0x2, 0x4 | 0x10 | 0x40  # present, powered, protocol chosen
T1 = 2
SUCCESS, UNSUPPORTED = 0, 0x8010001F
NO_CARD, REMOVED = 0x8010000C, 0x80100069
STATE = struct.Struct("=128sIIi33s3xII")  # READER_STATE, with the compiler's padding
OTHER_READERS = 15  # PCSCLITE_MAX_READERS_CONTEXTS less ours


class Reader:
    """One reader with `card` in it; listens on a Unix socket until `close`."""

    def __init__(self, path: Path, card: OpenPGPCard) -> None:
        self._card = card
        self._inserted = True
        self._events = 1
        self._lock = threading.RLock()
        self._connections: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def remove(self) -> None:
        """Pull the card out."""
        with self._lock:
            self._inserted = False
            self._events += 1
            self._card.reset()

    def insert(self) -> None:
        """Put it back, or another one in."""
        with self._lock:
            self._inserted = True
            self._events += 1

    def reset(self) -> None:
        """What a client does that has done with the card."""
        with self._lock:
            self._card.reset()

    def close(self) -> None:
        for each in (self._listener, *self._connections):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        session = _Session(self)
        with suppress(OSError, EOFError):
            while True:
                size, command = struct.unpack("=II", _exactly(connection, 8))
                body = _exactly(connection, size)
                connection.sendall(
                    session.answer(command, body, lambda more: _exactly(connection, more))
                )

    def states(self) -> bytes:
        with self._lock:
            state, atr = (PRESENT, ATR) if self._inserted else (ABSENT, b"")
            ours = STATE.pack(READER, self._events, state, 0, atr, len(atr), T1 if atr else 0)
        return ours + bytes(STATE.size * OTHER_READERS)

    def transmit(self, apdu: bytes, since: int) -> tuple[int, bytes]:
        """A handle that was made before the card was pulled is of no use any more."""
        with self._lock:
            if not self._inserted or since != self._events:
                return REMOVED, b""
            return SUCCESS, self._card.answer(apdu)

    def connected(self) -> tuple[int, int]:
        with self._lock:
            return (SUCCESS if self._inserted else NO_CARD), self._events


class _Session:
    """One client's connection."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._since = 0

    def answer(self, command: int, body: bytes, more: Callable[[int], bytes]) -> bytes:
        """Each answer is the question's own structure, its last field the result."""
        commands: dict[int, Callable[[], bytes]] = {
            1: lambda: struct.pack("=III", 0, 1, SUCCESS),  # establish a context
            CONNECT: lambda: self._connect(command, body),
            5: lambda: self._connect(command, body),  # reconnect
            6: lambda: self._disconnect(body),
            9: lambda: self._transmit(body, more),
            10: lambda: self._control(body, more),
            11: lambda: body[:-4] + struct.pack("=I", self._result()),  # status
            18: self._reader.states,
            19: self._reader.states,  # and wait for a change, until
            20: lambda: struct.pack("=II", 0, SUCCESS),  # it shall wait no longer
        }
        # of context and transaction: release, begin, end, cancel; and the version
        granted = {2, 7, 8, 13, 17}
        if command in commands:
            return commands[command]()
        return body[:-4] + struct.pack("=I", SUCCESS if command in granted else UNSUPPORTED)

    def _result(self) -> int:
        result, since = self._reader.connected()
        return result if since == self._since else REMOVED

    def _connect(self, command: int, body: bytes) -> bytes:
        result, self._since = self._reader.connected()
        handle = struct.pack("=i", 1) if command == CONNECT else b""
        head = body[: -12 if command == CONNECT else -8]
        return head + handle + struct.pack("=II", T1, result)

    def _disconnect(self, body: bytes) -> bytes:
        self._reader.reset()
        return body[:-4] + struct.pack("=I", SUCCESS)

    def _transmit(self, body: bytes, more: Callable[[int], bytes]) -> bytes:
        handle, protocol, length, size, _, _, _, _ = struct.unpack("=i7I", body)
        result, response = self._reader.transmit(more(size), self._since)
        answer = (handle, protocol, length, size, protocol, length, len(response), result)
        return struct.pack("=i7I", *answer) + response

    def _control(self, body: bytes, more: Callable[[int], bytes]) -> bytes:
        more(struct.unpack("=i5I", body)[2])
        return body[:-8] + struct.pack("=II", 0, UNSUPPORTED)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
