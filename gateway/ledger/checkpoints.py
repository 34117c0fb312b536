"""Checkpoints, C2SP tlog-checkpoint: the size and root of a log, as the text of a signed note."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from gateway.ledger.notes import Note, NoteError, Signed, sign, to_base64, unbase64, verify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.ledger.notes import Check, Sign, VerifierKey

_LAST_SIZE = (1 << 63) - 1


def parse_number(text: str) -> int:
    """A decimal number without sign or leading zeros, below 2**63; raises `NoteError`."""
    if re.fullmatch(r"0|[1-9][0-9]{0,18}", text) is None or int(text) > _LAST_SIZE:
        raise NoteError("not a decimal number without leading zeros")
    return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: its name, how many entries it has, and the root over them.

        example.test/log
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    `extensions` are further lines, kept as they are and without a meaning here.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(each < " " for each in line):
                raise NoteError("a line of a checkpoint is not empty and has no control characters")
        if not 0 <= self.size <= _LAST_SIZE:
            raise NoteError("the size of a checkpoint is out of range")
        if len(self.root) != HASH_BYTES:
            raise NoteError("the root of a checkpoint has 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise NoteError("the empty tree has another root")

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note as a checkpoint; raises `NoteError`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise NoteError("a checkpoint has three lines at least, each ended by a newline")
        origin, size, root, *extensions = lines[:-1]
        return cls(
            origin=origin,
            size=parse_number(size),
            root=unbase64(root),
            extensions=tuple(extensions),
        )

    def signed(self, key: VerifierKey, signing: Sign) -> Note:
        """The note of this checkpoint, signed by the log's key, whose name is the origin."""
        if key.name != self.origin:
            raise NoteError("a log signs under its own name")
        return Note(text=str(self), signatures=(sign(str(self), key, signing),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A checkpoint that its log signed, and everybody known who signed it."""

    checkpoint: Checkpoint
    note: Note
    signed: tuple[Signed, ...]


def open_checkpoint(
    data: bytes, log: VerifierKey, check: Check, witnesses: Iterable[VerifierKey] = ()
) -> Opened:
    """Read a checkpoint that the log's own key signed, whoever else did.

    A witness alone does not do, nor a checkpoint of another origin.  Raises `NoteError`.
    """
    note = Note.parse(data)
    signed = verify(note, (log, *witnesses), check)
    if all(each.key != log for each in signed):
        raise NoteError("the log itself did not sign this checkpoint")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name:
        raise NoteError("this checkpoint is of another log")
    return Opened(checkpoint=checkpoint, note=note, signed=signed)
