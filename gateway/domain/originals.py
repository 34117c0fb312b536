"""Mails as they came, in the mailbox, and files that people have: what an erasure leaves to go.

An original cannot be cut: it is encrypted over the whole, and signed by somebody else.  So
one that is about others too is kept for as long as it may have to walk again for them,
after an older database was put back; see docs/operating.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

# How long an original that should be gone may lie there before the officers are told.
PATIENCE = timedelta(days=7)


class Fate(StrEnum):
    """What became of an original; the first three end it, the others leave it open.

    `ABSENT` is not found in any folder, by its size and digest: the server or a person had
    removed it.  `CONFIRMED` is what a person says who looked.  `STUCK` is there, and the
    server cannot remove it without removing what others marked (RFC 4315 is missing), or
    may not.  `UNREACHABLE` and `ELSEWHERE`: a mailbox, or a folder of it, could not be asked,
    or the one that it came into is not configured any more.
    """

    REMOVED = "removed"
    ABSENT = "absent"
    CONFIRMED = "confirmed"
    STUCK = "stuck"
    UNREACHABLE = "unreachable"
    ELSEWHERE = "elsewhere"

    @property
    def ends(self) -> bool:
        """Whether nothing is left to do."""
        return self in {Fate.REMOVED, Fate.ABSENT, Fate.CONFIRMED}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Original(Silent):
    """A mail by what is on record of it: never its words, and not its Message-ID.

    `digest` is SHA-256 of its bytes in hex, `size` their number; `mailboxes` are the names
    of those that it came into.  Two mails may have one Message-ID, and not one digest.
    """

    digest: str
    size: int
    received_at: datetime
    mailboxes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOriginal:
    """One original that is still to go; `until` is when it may, if it is about others too."""

    erasure_id: str
    trace: str
    since: datetime | None
    until: datetime | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """One making of files that nobody has said to be gone; `everyone` where it may tell of many."""

    erasure_id: str
    number: int
    action: str
    made_at: datetime
    made_by: str
    everyone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What is still to go, of one erasure or of all; it names whom to ask, not who was erased."""

    originals: Sequence[OpenOriginal]
    files: Sequence[OpenFile]


def became(original: Original, answers: Mapping[str, Fate | None]) -> Fate:
    """What became of it, by what each mailbox that is configured answers; None: not reached.

    Found anywhere counts, and so does any mailbox that still has it.  Absent is it only
    once every mailbox that it came into has been asked.
    """
    said = set(answers.values())
    if Fate.STUCK in said:
        return Fate.STUCK
    if None in said or Fate.UNREACHABLE in said or not answers:
        return Fate.UNREACHABLE
    if not original.mailboxes <= set(answers):
        return Fate.ELSEWHERE
    return Fate.REMOVED if Fate.REMOVED in said else Fate.ABSENT


def may_go(
    stored_at: datetime, now: datetime, *, shared: bool, waits: bool, backup_days: int
) -> bool:
    """Whether an original may go now.

    Of one person alone at once: nobody else needs it.  A `shared` one once nothing of it
    `waits`, and every backup that is still kept was made after it was stored.
    """
    return not shared or (not waits and goes_from(stored_at, backup_days) <= now)


def goes_from(stored_at: datetime, backup_days: int) -> datetime:
    """From when an original that is about several people is not needed for recovery."""
    return stored_at + timedelta(days=backup_days)
