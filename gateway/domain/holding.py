"""Holding outgoing mail back: a switch on record, placed by one person and lifted by another.

While a breach is contained nothing more may leave, or nothing to or from one contact, one
party, or under one key.  What is held waits in the outbox; nothing of it is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.operators import Operator


class Over(StrEnum):
    """What is held back."""

    ALL = "all"
    CONTACT = "contact"  # reports from them, and all mail to them
    PARTY = "party"  # the same of each of its contacts
    KEY = "key"  # what it signed or is sealed to, and reports of whoever it is pinned to


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueHold:
    """One hold; `subject` is a contact, a party or a fingerprint, empty for everything.

    `origin` is the account it was placed from; `lifted_by` and `lifted_at` are None while
    it is in force.
    """

    hold_id: str
    over: Over
    subject: str
    reason: str
    placed_by: str
    placed_at: datetime
    origin: str
    lifted_by: str | None = None
    lifted_at: datetime | None = None

    @property
    def in_force(self) -> bool:
        """Whether it holds mail back."""
        return self.lifted_at is None


def may_lift(hold: QueueHold, placer: Operator, by: Operator, origin: str) -> None:
    """Refuses who placed it, the same account where either has one, and what was lifted before.

    Raises `RegisterError`.  One person can stop a leak; letting mail go again takes another,
    who looks whether it has ended.
    """
    if not hold.in_force:
        raise RegisterError(Refusal.ALREADY_DECIDED)
    by_another(placer, by, hold.origin, origin)


def by_another(placer: Operator, by: Operator, placed_from: str, origin: str) -> None:
    """Refuses who placed it themselves, or from the same account where either has one.

    Raises `RegisterError`.
    """
    if placer.operator_id == by.operator_id:
        raise RegisterError(Refusal.SAME_PERSON)
    if (placer.login is not None or by.login is not None) and origin == placed_from:
        raise RegisterError(Refusal.SAME_ACCOUNT)
