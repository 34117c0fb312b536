"""What people have to be told in time: keys that expire, terms that end, providers excluded,
requests that wait for an answer, breaches that nobody has reported yet, what an erasure left,
restrictions that still stand, and breaches that were extended.

Each matter is told at thresholds.  Only the newest threshold that has been
reached is due: after a time of standing still nobody gets the earlier ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.deadlines import day_of, end_of, months_before
from gateway.domain.histories import first_of
from gateway.domain.parties import KeyState, Side, Standing
from gateway.domain.running import Matter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.domain.histories import ContactHistory, PartyHistory, Roster
    from gateway.domain.parties import Contact
    from gateway.domain.running import Running

__all__ = [
    "INSISTING",
    "KEY_DAYS",
    "REQUEST_DAYS",
    "REVIEW",
    "TERM_MONTHS",
    "Matter",
    "Reminder",
    "Told",
    "audience",
    "digest",
    "due",
    "holds_until",
    "missing",
    "term_of",
]

# Days before a key expires; 0 is the day itself, told to the officers alone.
KEY_DAYS = (60, 30, 15, 5, 0)
# Months before the covenant's end at which the parties begin to talk (3.2), and the end.
TERM_MONTHS = (3, 0)
# Days before the last on which a request has to be answered (AVG 12(3)), and when it is over.
REQUEST_DAYS = (14, 7, 3, 1, 0)
# Hours left of the 72 in which a breach is reported (AVG 33(1)): 24, 48, 60 and 70 hours after
# awareness, and when they have gone by.
BREACH_HOURS = (48, 24, 12, 2, 0)
# How often somebody looks whether a restriction has to stand any longer (AVG 18, 21).  Nothing
# ends one by itself; an answered request has no clock that could remind of it.
REVIEW = timedelta(days=182)
# How often officers are told what the extension of a breach left to be done, from then on: what
# was decided no longer counts, and the AP and people do not know it yet (33(4), 34).
INSISTING = timedelta(days=1)
_EACH = {Matter.RESTRICTION: REVIEW, Matter.EXTENSION: INSISTING}
_TAKING_PART = frozenset({Standing.ASPIRANT, Standing.ACTIVE, Standing.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One thing to be told once.

    `subject` is the contact whose key, the party whose term or exclusion, or the request
    or breach whose clock it is.  `threshold` counts days for a key and a request, months for
    a term, hours for a breach; `deadline` is when the key expires, the term ends, the
    exclusion began, it is too late to answer or report, or a restriction or an extended breach
    has to be looked at.
    """

    matter: Matter
    subject: str
    threshold: int
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A reminder to one contact, as it stands in the outbox."""

    reminder: Reminder
    contact_id: str


def due(roster: Roster, instant: datetime) -> tuple[Reminder, ...]:
    """Everything of which a threshold has been reached at `instant`, each at its newest."""
    return (
        *(found for each in roster.contacts.values() if (found := _of_key(each, instant))),
        *(found for each in roster.parties.values() if (found := _of_term(each, instant))),
        *(found for each in roster.parties.values() if (found := _of_exclusion(each, instant))),
        *(found for each in roster.running if (found := _of_running(each, instant))),
    )


def audience(roster: Roster, reminder: Reminder, instant: datetime) -> tuple[Contact, ...]:
    """Who is told: the officers, and the holder of a key that can still be written to."""
    officers = roster.officers(instant)
    if reminder.matter is not Matter.KEY:
        return officers
    holder = roster.contact(reminder.subject, instant)
    if holder is None or holder.key_state(instant) is not KeyState.READY:
        return officers
    return (holder, *(each for each in officers if each.contact_id != holder.contact_id))


def digest(roster: Roster, told: Told, instant: datetime) -> str:
    """What a letter in the outbox rests on, in hex; empty once it need not be told any more.

    The reminder is still the newest of its matter, and its reader is somebody who is
    told, at the same address and with the same key.
    """
    if told.reminder not in due(roster, instant):
        return ""
    for each in audience(roster, told.reminder, instant):
        if each.contact_id == told.contact_id and each.key is not None:
            lines = (each.contact_id, each.address, each.key.fingerprint, *_lines(told.reminder))
            return hashlib.sha256("\x1f".join(lines).encode()).hexdigest()
    return ""


def holds_until(roster: Roster, told: Told, instant: datetime) -> datetime | None:
    """When a letter in the outbox may stop standing without any change of the register."""
    reminder = told.reminder
    parties = roster.parties.get(reminder.subject)
    concerned = [
        roster.contacts[who].next_change(instant)
        for who in {told.contact_id, reminder.subject}
        if who in roster.contacts
    ]
    later = (moment for _, moment in _thresholds(reminder.matter, reminder.deadline))
    return first_of(
        *concerned,
        *(moment for moment in later if moment > instant),
        parties.next_change(instant) if parties else None,
    )


def _lines(reminder: Reminder) -> tuple[str, ...]:
    return (
        reminder.matter.value,
        reminder.subject,
        str(reminder.threshold),
        reminder.deadline.isoformat(),
    )


def _of_key(history: ContactHistory, instant: datetime) -> Reminder | None:
    contact = history.at(instant)
    key = contact.key if contact else None
    if contact is None or key is None or key.valid.end is None:
        return None
    if key.state(instant) is KeyState.REVOKED or contact.party.standing not in _TAKING_PART:
        return None
    return _newest(Matter.KEY, contact.contact_id, key.valid.end, instant)


def _of_term(history: PartyHistory, instant: datetime) -> Reminder | None:
    party = history.at(instant)
    end = party.term.end
    if end is None or party.side is not Side.PROVIDER or party.standing not in _TAKING_PART:
        return None
    following = history.terms.as_of(end)
    if following is not None and following.holds(end):
        return None
    return _newest(Matter.TERM, party.party_id, end, instant)


def _of_exclusion(history: PartyHistory, instant: datetime) -> Reminder | None:
    began = history.standings.began(instant)
    if began is None or history.at(instant).standing is not Standing.EXCLUDED:
        return None
    return Reminder(matter=Matter.EXCLUSION, subject=history.party_id, threshold=0, deadline=began)


def _of_running(term: Running, instant: datetime) -> Reminder | None:
    if term.matter in _EACH:
        return _review(term, instant, _EACH[term.matter])
    return _newest(term.matter, term.subject, term.deadline, instant)


def _review(term: Running, instant: datetime, every: timedelta) -> Reminder | None:
    """The newest of the moments, so far apart, at which somebody has to look at it."""
    if instant < term.deadline:
        return None
    times = (instant - term.deadline) // every
    return Reminder(
        matter=term.matter,
        subject=term.subject,
        threshold=0,
        deadline=term.deadline + times * every,
    )


def _newest(matter: Matter, subject: str, deadline: datetime, instant: datetime) -> Reminder | None:
    reached = [number for number, moment in _thresholds(matter, deadline) if moment <= instant]
    if not reached:
        return None
    return Reminder(matter=matter, subject=subject, threshold=min(reached), deadline=deadline)


def _thresholds(matter: Matter, deadline: datetime) -> Iterator[tuple[int, datetime]]:
    """Each threshold with the moment at which it is reached."""
    if matter is Matter.KEY:
        yield from ((days, deadline - timedelta(days=days)) for days in KEY_DAYS)
    elif matter is Matter.TERM:
        yield from ((months, months_before(deadline, months)) for months in TERM_MONTHS)
    elif matter is Matter.REQUEST:
        yield from ((days, _days_left(deadline, days)) for days in REQUEST_DAYS)
    elif matter is Matter.BREACH:
        yield from ((hours, deadline - timedelta(hours=hours)) for hours in BREACH_HOURS)
    elif matter is Matter.ERASURE:
        yield 0, deadline
    elif matter in _EACH:
        yield 0, deadline + _EACH[matter]


def _days_left(deadline: datetime, days: int) -> datetime:
    """When the day begins that is so many before the last one; the end of that for 0."""
    if not days:
        return deadline
    last = day_of(deadline) - timedelta(days=1)
    return end_of(last - timedelta(days=days + 1))


def missing(audience_now: Sequence[Contact], told: frozenset[str] | None) -> tuple[Contact, ...]:
    """Who of these is yet to be told; `told` is None where nobody was chosen before.

    Once a reminder has gone out, its readers are those of that moment: `told` then
    holds those whose letter was withdrawn and who still have to hear of it.
    """
    if told is None:
        return tuple(audience_now)
    return tuple(each for each in audience_now if each.contact_id in told)


def term_of(reminder: Reminder, roster: Roster) -> Running:
    """The running term that somebody is reminded of."""
    its = (reminder.matter, reminder.subject)
    return next(each for each in roster.running if (each.matter, each.subject) == its)
