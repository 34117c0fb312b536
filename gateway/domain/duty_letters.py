"""Letters that a duty of the controller asks for, to a registered contact (AVG 16, 18, 19, 33).

They are no answer to a mail and no report: a recipient hears that something was corrected,
erased or restricted, a source is asked to correct, a partner is asked for help (12.7), to
give back or remove (12.11), or told of a breach.  Each is sealed to one contact's key, goes
through the outbox, and is followed until that contact says that it was done.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.histories import first_of
from gateway.domain.parties import KeyState, Role
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.histories import Roster
    from gateway.domain.outcomes import Mailed
    from gateway.domain.parties import Contact
    from gateway.domain.stages import Standing


class DutyMatter(StrEnum):
    """What a letter is about."""

    CORRECTION = "correction"  # the source is asked to correct what it reported (16)
    NOTIFICATION = "notification"  # a recipient of what was corrected, erased, restricted (19)
    HELP = "help"  # a partner is asked to help (convenant 12.7)
    REMOVAL = "removal"  # a partner is asked to give back or remove (convenant 12.11)
    BREACH = "breach"  # a partner is told of a breach (33, convenant 12.7)
    OFFICER = "officer"  # the officers are told what could not be done


class LetterState(StrEnum):
    """What became of a letter: the outbox's own words, and `confirmed` above them."""

    WAITING = "waiting"
    SENT = "sent"
    RETURNED = "returned"
    UNDELIVERABLE = "undeliverable"
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"

    @property
    def failed(self) -> bool:
        """Whether it did not arrive, and another one is needed."""
        return self in {LetterState.RETURNED, LetterState.UNDELIVERABLE, LetterState.WITHDRAWN}


class Confirmed(StrEnum):
    """How it is known that the recipient did what was asked."""

    REPLY = "reply"  # the proven contact answered this letter
    CORRECTIE = "correctie"  # the corrected report was passed on to them
    RECORDED = "recorded"  # an officer heard it otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLetter:
    """One letter as it is on record; ids and references only.

    `about` is the reference of what it is for, such as ``case/…`` or ``breach/…``, `item`
    which part of that; `meant_for` the contact whom it concerns, `contact_id` the one it went
    to.  `attempt` counts letters of the same item to the same person, reminders among them.
    """

    letter_id: str
    matter: DutyMatter
    about: str
    item: str
    meant_for: str
    contact_id: str
    attempt: int
    message_id: str
    posted_at: datetime
    state: LetterState = LetterState.WAITING
    sent_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed: Confirmed | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SealedDuty(Silent):
    """A sealed letter of duty, and what it rests on; `dossier_id` is whom it is about.

    Empty where it is about nobody, or about somebody whose data are erased with it.
    """

    letter: DutyLetter
    mailed: Mailed
    standing: Standing
    dossier_id: str = ""


def addressee(roster: Roster, contact_id: str, instant: datetime) -> Contact | None:
    """Who can be written to where `contact_id` is meant; None where nobody can.

    The contact, while mail can be sealed to them; else somebody of the same party who is bound
    to confidentiality (12.8): first whoever looks after privacy there.
    """
    found = roster.contact(contact_id, instant)
    if found is not None and found.key_state(instant) is KeyState.READY:
        return found
    history = roster.contacts.get(contact_id)
    if history is None:
        return None
    others = (
        each
        for each in roster.present(instant)
        if each.party.party_id == history.party.party_id
        and each.key_state(instant) is KeyState.READY
        and each.is_bound(instant)
    )
    return min(others, key=_privacy_first, default=None)


def someone_of(roster: Roster, party_id: str, instant: datetime) -> Contact | None:
    """Who is written to where a party is meant; chosen as in `addressee`."""
    found = (
        each
        for each in roster.present(instant)
        if each.party.party_id == party_id
        and each.key_state(instant) is KeyState.READY
        and each.is_bound(instant)
    )
    return min(found, key=_privacy_first, default=None)


def digest(roster: Roster, contact_id: str, instant: datetime) -> str:
    """What a letter in the outbox rests on, in hex: its reader, at this address, with this key.

    Empty once it cannot be read there any more.
    """
    found = roster.contact(contact_id, instant)
    if found is None or found.key is None or found.key_state(instant) is not KeyState.READY:
        return ""
    lines = (found.contact_id, found.address, found.key.fingerprint)
    return hashlib.sha256("\x1f".join(lines).encode()).hexdigest()


def holds_until(roster: Roster, contact_id: str, instant: datetime) -> datetime | None:
    """When the letter may stop standing without any change of the register."""
    found = roster.contacts.get(contact_id)
    return first_of(found.next_change(instant)) if found else None


def _privacy_first(contact: Contact) -> tuple[bool, str]:
    return contact.role is not Role.PRIVACY_OFFICER, contact.contact_id
