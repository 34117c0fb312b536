"""The log as a hash chain: whoever changes the past has to change everything after it.

Leaves are hashed as RFC 6962, section 2.1, hashes them, so that a Merkle tree
can later be built over the very same log; the chain has a prefix of its own,
so that no chain hash can ever pass for a leaf or a node of that tree.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LEAF = b"\x00"
_CHAIN = b"\x02"  # 0x01 is the interior node of RFC 6962
GENESIS = bytes(32)
MOST_FINDINGS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How many entries there are, and the chain's hash over all of them.

    Written down elsewhere, it witnesses everything before it.
    """

    size: int
    chain_hash: bytes

    def __str__(self) -> str:
        return f"{self.size}:{self.chain_hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read ``SIZE:HASH`` back; raises `ValueError` for anything else."""
        size, _, digest = text.partition(":")
        if not (size.isascii() and size.isdigit()) or len(digest) != 64:
            raise ValueError("a head is written SIZE:HASH")
        return cls(size=int(size), chain_hash=bytes.fromhex(digest))


EMPTY = Head(size=0, chain_hash=GENESIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where an entry stands, the first one at 0, and its two hashes."""

    seq: int
    leaf_hash: bytes
    chain_hash: bytes


def leaf_hash(content: bytes) -> bytes:
    """SHA-256(0x00 || entry), RFC 6962, 2.1."""
    return hashlib.sha256(_LEAF + content).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """SHA-256(0x02 || chain hash of the entry before || leaf hash)."""
    return hashlib.sha256(_CHAIN + previous + leaf).digest()


def extend(head: Head, contents: Sequence[bytes]) -> tuple[tuple[Link, ...], Head]:
    """The links of these entries behind `head`, and the new head."""
    links: list[Link] = []
    last = head.chain_hash
    for seq, content in enumerate(contents, head.size):
        leaf = leaf_hash(content)
        last = chain_hash(last, leaf)
        links.append(Link(seq=seq, leaf_hash=leaf, chain_hash=last))
    return tuple(links), Head(size=head.size + len(links), chain_hash=last)


class Flaw(StrEnum):
    """What is wrong at a place in the log."""

    ALTERED = "altered"  # the bytes are not those that were hashed
    MISSING = "missing"  # taken out
    OUT_OF_ORDER = "out-of-order"  # does not follow from the entry before: moved or replaced
    TRUNCATED = "truncated"  # the log ends before its head says
    UNWITNESSED = "unwitnessed"  # consistent by itself, but not what was witnessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A flaw, and the number of the entry it is at."""

    seq: int
    flaw: Flaw

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.flaw.value}"


class Verification:
    """One reading of the whole log, entry by entry, in the order it is kept."""

    def __init__(self, witness: Head | None = None) -> None:
        self.findings: list[Finding] = []
        self._witness = witness
        self._next = 0
        self._last: bytes | None = GENESIS

    def see(self, link: Link, content: bytes) -> None:
        """The next entry, as stored."""
        if link.seq > self._next:
            self._found(self._next, Flaw.MISSING)
            self._last = None
        elif link.seq < self._next:
            self._found(link.seq, Flaw.OUT_OF_ORDER)
        if leaf_hash(content) != link.leaf_hash:
            self._found(link.seq, Flaw.ALTERED)
        if self._last is not None and chain_hash(self._last, link.leaf_hash) != link.chain_hash:
            self._found(link.seq, Flaw.OUT_OF_ORDER)
        self._last = link.chain_hash
        self._next = max(self._next, link.seq + 1)
        self._compare(Head(size=link.seq + 1, chain_hash=link.chain_hash))

    def end(self, head: Head) -> tuple[Finding, ...]:
        """All findings, once every entry was seen; none means that the log is whole."""
        if self._next < head.size:
            self._found(self._next, Flaw.TRUNCATED)
        elif self._next > head.size:
            self._found(head.size, Flaw.UNWITNESSED)
        elif self._last != head.chain_hash:
            self._found(max(head.size - 1, 0), Flaw.UNWITNESSED)
        if self._witness is not None and self._witness.size > self._next:
            self._found(self._next, Flaw.TRUNCATED)
        return tuple(dict.fromkeys(self.findings))

    def _compare(self, reached: Head) -> None:
        witness = self._witness
        if witness is not None and witness.size == reached.size and witness != reached:
            self._found(reached.size - 1, Flaw.UNWITNESSED)

    def _found(self, seq: int, flaw: Flaw) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(seq=seq, flaw=flaw))


def verify(
    entries: Iterable[tuple[Link, bytes]], head: Head, witness: Head | None = None
) -> tuple[Finding, ...]:
    """Everything that is wrong with these entries under this head, named by place."""
    reading = Verification(witness)
    for link, content in entries:
        reading.see(link, content)
    return reading.end(head)
