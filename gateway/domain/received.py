"""What came in and was never passed on: whom a breach of the gateway itself concerns as well.

When the gateway's own mailbox, machine, database, key or backup was read by somebody else,
mail that was refused, held or not yet handled was read too (AVG 33(3)(a), 34).  People are
named by the register's own ids, mails by reference; never a name or a value.  What is not
known is counted apart, and never as nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent
from gateway.domain.sureness import Sureness, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.bijsluiter import Category


class Came(StrEnum):
    """What became of what came in and was not passed on."""

    WAITING = "waiting"  # not judged yet, or to be judged again
    HELD = "held"  # waits for an officer
    REFUSED = "refused"  # nothing of it went on
    NO_REPORT = "no-report"  # filed without an answer: not taken for a report
    READY = "ready"  # judged and to go on, and it has not left
    IN_PART = "in-part"  # the report went on without this


class Lies(StrEnum):
    """Where a mail as it came still lies, as far as is on record."""

    THERE = "there"  # in the mailbox: the gateway removed nothing
    TO_GO = "to-go"  # in the mailbox: an erasure asked for its removal
    GONE = "gone"  # removed from the mailbox, or found to be gone


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Received(Silent):
    """One report that was not passed on, or a mail of which no report was read.

    `number` is its place in the document, -1 for the mail as a whole.  `dossier_id` is empty
    where it was recognised as nobody's, or who it was about was erased since.  `sender_id`
    is empty where nobody was proven to have sent it.  `categories` is None where it was never
    on record what it held, `fields` are those paths that were noted.  `stored` says whether
    the gateway still keeps its bytes, sealed.  `opened_by` is our key that opened it, empty
    where none did.
    """

    dossier_id: str
    trace: str
    number: int
    span_id: str
    received_at: datetime
    mailbox: str
    sender_id: str
    sender_party: str
    opened_by: str
    state: Came
    reasons: tuple[str, ...]
    categories: frozenset[Category] | None
    fields: tuple[str, ...]
    original: Lies
    stored: bool
    sureness: Sureness


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedCounts:
    """What of it a scope amounts to; nothing that was passed on is counted here.

    `reports` counts a mail of which no report was read as one.  `nobody` are those that are
    about nobody known: each may be about somebody, or about several.  `unread` are those of
    which no category is on record.  `possible` counts by state what may meet the criterion
    as well, and is about nobody known: it is in none of the other counts.
    """

    reports: int = 0
    people: int = 0
    nobody: int = 0
    messages: int = 0
    unread: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    senders: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    possible: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everybody is named whom it concerns."""
        return not self.nobody and not self.possible


def received_counted(found: Iterable[Received]) -> ReceivedCounts:
    """Each of the counts, one by one; a database counts the same by its own means."""
    everything = tuple(found)
    met = [each for each in everything if each.sureness is not Sureness.POSSIBLE]
    moments = [each.received_at for each in met]
    return ReceivedCounts(
        reports=len(met),
        people=len(known(met)),
        nobody=sum(not each.dossier_id for each in met),
        messages=len({each.trace for each in met}),
        unread=sum(each.categories is None for each in met),
        states=tally(each.state.value for each in met),
        reasons=tally(reason for each in met for reason in each.reasons),
        senders=tally(each.sender_id for each in met),
        categories=tally(name.value for each in met for name in each.categories or ()),
        possible=tally(
            each.state.value for each in everything if each.sureness is Sureness.POSSIBLE
        ),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def known(found: Sequence[Received]) -> frozenset[str]:
    """Whom these are about, as far as anybody was recognised."""
    return frozenset(each.dossier_id for each in found if each.dossier_id)
