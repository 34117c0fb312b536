"""Proofs to take along, C2SP tlog-proof: one entry's place in a log, checked without the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.ledger.checkpoints import Checkpoint, Opened, open_checkpoint, parse_number
from gateway.ledger.merkle import HASH_BYTES, verify_inclusion
from gateway.ledger.notes import MOST_BYTES, Note, NoteError, to_base64, unbase64

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.ledger.notes import Check, VerifierKey

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That an entry stands at `index`, from the leaf's sibling up, and a checkpoint over it.

    `extra` is for whoever reads it; nothing vouches for it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes = b""

    def __post_init__(self) -> None:
        parse_number(str(self.index))
        if len(self.hashes) > _MOST_HASHES or any(len(each) != HASH_BYTES for each in self.hashes):
            raise NoteError("a proof has up to 63 hashes of 32 bytes")
        Checkpoint.parse(self.checkpoint.text)

    def __bytes__(self) -> bytes:
        lines = [_FIRST_LINE]
        if self.extra:
            lines.append(f"extra {to_base64(self.extra)}")
        lines += [f"index {self.index}", *map(to_base64, self.hashes), "", ""]
        return "\n".join(lines).encode() + bytes(self.checkpoint)

    @classmethod
    def parse(cls, data: bytes) -> Proof:
        """Read a proof; raises `NoteError`.  Nothing in it is to be believed yet: see `verify`."""
        if len(data) > 2 * MOST_BYTES:
            raise NoteError("a proof has two million bytes at most")
        head, gap, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise NoteError("a proof is ASCII up to its checkpoint") from None
        if not gap or lines.pop(0) != _FIRST_LINE:
            raise NoteError("a proof begins with the line of its format")
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = unbase64(lines.pop(0).removeprefix("extra "))
            if not extra:
                raise NoteError("a proof without extra data has no line for it")
        if not lines or not lines[0].startswith("index "):
            raise NoteError("a proof names the index of its entry")
        return cls(
            index=parse_number(lines[0].removeprefix("index ")),
            hashes=tuple(map(unbase64, lines[1:])),
            checkpoint=Note.parse(note),
            extra=extra,
        )

    def verify(
        self,
        leaf_hash: bytes,
        log: VerifierKey,
        check: Check,
        witnesses: Iterable[VerifierKey] = (),
    ) -> Opened:
        """The signed checkpoint under which the entry of this leaf hash stands at `index`.

        Raises `NoteError` for what is not signed, `ProofError` for what is not in the tree.
        """
        opened = open_checkpoint(bytes(self.checkpoint), log, check, witnesses)
        tree = opened.checkpoint
        verify_inclusion(leaf_hash, self.index, tree.size, self.hashes, tree.root)
        return opened
