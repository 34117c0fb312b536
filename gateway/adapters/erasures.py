"""An erasure as it is asked for, and what it did."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def new_erasure_id() -> str:
    """What an erasure and its certificate are called by."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Who is to be forgotten, on which ground (a reason code), and who decided it, from where.

    With `events`, consent events by their number in the table, only what rested on
    them, and mail that is settled: the person stays.  `case_id` and `proposal_id` are
    empty where the term of retention is what asked for it.  With `until` mail that came
    later stays: what is done again takes no more than what was erased then.
    """

    dossier_id: str
    reason: str
    by: str
    origin: str
    at: datetime
    erasure_id: str = field(default_factory=new_erasure_id)
    case_id: str = ""
    proposal_id: str = ""
    events: frozenset[int] | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many entries nobody can read any more, and how many are no longer found by the person.

    The second counts the first, and deeds and entries from before contents were sealed:
    those say a pseudonym that nobody can make again.  `counts` is what went, by table;
    `waiting` are mails that go when what they hold about others is settled.
    """

    unreadable: int
    unlinked: int
    counts: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
