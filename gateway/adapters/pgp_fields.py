"""The fields of a packet's body, taken off one by one (RFC 9580, section 3)."""

from __future__ import annotations

from gateway.adapters.pgp_packets import Damaged


class Reader:
    """Takes fields off the front of a packet's body."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, length: int) -> bytes:
        end = self._position + length
        if end > len(self._data):
            raise Damaged
        taken, self._position = self._data[self._position : end], end
        return taken

    def octet(self) -> int:
        return self.take(1)[0]

    def mpi(self) -> bytes:
        return self.take((int.from_bytes(self.take(2), "big") + 7) // 8)

    def number(self) -> int:
        return int.from_bytes(self.mpi(), "big")

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)
