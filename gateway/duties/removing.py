"""Removing the originals of erased people's mail from the mailboxes; tried until they are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.domain.originals import Fate, became
from gateway.domain.stops import Retry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.originals import Original
    from gateway.ports import Mailbox


class OriginalsRecord(Protocol):
    """Which originals have to go from the mailboxes because somebody was erased.

    Both methods raise `Retry(UNREACHABLE)` when the database cannot be used now.
    """

    async def due(self, now: datetime) -> Mapping[str, Original]:
        """Those that have to go now, by trace; some of them where they are many."""

    async def settled(self, fates: Mapping[str, Fate], now: datetime) -> None:
        """What became of each, by trace: on record, without holding whom it was about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How one round went: so many are `gone`, and so many `left` that should be.

    `away` where a mailbox could not be used: it is worth trying again soon.
    """

    gone: int = 0
    left: int = 0
    away: bool = False


async def remove_originals(
    record: OriginalsRecord, mailboxes: Sequence[Mailbox], now: datetime
) -> Removed:
    """Everything that is due, from every mailbox; on record when this returns.

    Raises `Retry` where the database cannot be used: what went is then found absent.
    """
    due = await record.due(now)
    if not due:
        return Removed()
    answers = {each.name: await _asked(each, list(due.values())) for each in mailboxes}
    fates = {trace: _fate(each, answers) for trace, each in due.items()}
    await record.settled(fates, now)
    gone = sum(each.ends for each in fates.values())
    return Removed(gone=gone, left=len(fates) - gone, away=Fate.UNREACHABLE in fates.values())


async def _asked(mailbox: Mailbox, originals: Collection[Original]) -> Mapping[str, Fate] | None:
    """What became of them here; None when the mailbox cannot be used now."""
    try:
        return await mailbox.remove(list(originals))
    except Retry:
        return None


def _fate(original: Original, answers: Mapping[str, Mapping[str, Fate] | None]) -> Fate:
    said = {
        name: None if found is None else found[original.digest] for name, found in answers.items()
    }
    return became(original, said)
