"""What a person should look at: detectors, each of which proposes and never decides.

Every detector is one small function from facts on record to findings.  It says what it saw,
in words that name nobody, and changes no outcome: what was passed on, held or refused stays
as it is.  A finding's `fact` is the same whenever the same thing is seen again, so that it is
proposed once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from gateway.domain.incidents import IncidentKind
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.histories import ContactHistory
    from gateway.domain.scope import Disclosed

# Mail that did not open: what is said of its encryption, not of who signed it.
NOT_OPENED = frozenset(
    {
        Reason.NOT_FOR_US,
        Reason.OWN_KEY_CLOSED,
        Reason.DAMAGED,
        Reason.MANGLED,
        Reason.WEAK_ENCRYPTION,
    }
)
# Near misses of one sender on one day that are proposed one by one.
NEAR_MISSES = 12
FROM_ONE, AT_ALL = 3, 10  # mails on one day that did not open, before somebody looks
# Fewer weeks of a contact's own say nothing of what is usual for them.
WEEKS = 6
FLOOR = 20  # reports in one week that nobody wonders about
# Over this many times the median absolute deviation; 1.4826 makes it a standard deviation
# (Rousseeuw & Croux 1993), and six of those is far outside what chance does.
DEVIATIONS = 6 * 1.4826
TIMES = 3  # and at least so many times the median, for whoever sends the same every week


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A report, or a whole mail when `number` is None, that a stop ended; by reference.

    `contact_id` is who wrote it, or to whose address it claimed to belong; empty where that
    is not on record.
    """

    trace: str
    number: int | None
    at: datetime
    reasons: frozenset[Reason]
    contact_id: str = ""

    @property
    def place(self) -> str:
        """The mail, and which report of it counted from one."""
        return self.trace if self.number is None else f"{self.trace}/{self.number + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A contact's key that is on record as revoked from `since` on."""

    contact_id: str
    fingerprint: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """Reports that a contact sent, week after week; the last count is of the week judged.

    `week` names that week (ISO 8601, such as 2026-W12), `at` when its last report left.
    """

    contact_id: str
    week: str
    at: datetime
    before: Sequence[int]
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one detector saw; `evidence` is for people, and names nobody.

    `disclosures` are those it concerns; empty where nothing left.
    """

    kind: IncidentKind
    fact: str
    occurred_at: datetime
    evidence: str
    disclosures: tuple[Disclosed, ...] = ()


def wrong_person(stopped: Iterable[Stopped]) -> Iterator[Finding]:
    """A report whose name or date of birth is not that of the dossier: a near miss (12.5).

    Nothing of it was passed on.  Its sender has two people mixed up, or the register has.
    Oldest first; whoever sends more than `NEAR_MISSES` in a day has one more proposal for
    the rest of them, so that a thousand reports bury no officer in letters.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for each in stopped:
        if Reason.PERSON_DIFFERS not in each.reasons:
            continue
        day = f"{each.at:%Y-%m-%d}"
        counted[each.contact_id, day] += 1
        if counted[each.contact_id, day] <= NEAR_MISSES:
            said = f"report {each.place}: name or date of birth is not the dossier's"
            yield _near_miss(each, each.place, said)
        elif counted[each.contact_id, day] == NEAR_MISSES + 1:
            said = f"more than {NEAR_MISSES} reports of one sender on {day}, from {each.place} on:"
            said += " name or date of birth is not the dossier's"
            yield _near_miss(each, f"{each.contact_id or 'all'}/{day}"[:100], said)


def _near_miss(first: Stopped, fact: str, said: str) -> Finding:
    return Finding(kind=IncidentKind.WRONG_PERSON, fact=fact, occurred_at=first.at, evidence=said)


def signed_with_revoked_key(stopped: Iterable[Stopped]) -> Iterator[Finding]:
    """Mail that bears the name of a revoked key: proposed once for each day.

    Anybody can write the number of a key on a mail, so a flood is one proposal a day.
    """
    for day, mails in _by_day(each for each in stopped if Reason.KEY_REVOKED in each.reasons):
        yield Finding(
            kind=IncidentKind.REVOKED_KEY,
            fact=f"signed/{day}",
            occurred_at=mails[0].at,
            evidence=f"mail signed with a revoked key on {day}, first {mails[0].place}",
        )


def sealed_to_revoked_key(revoked: Revoked, sealed: Sequence[Disclosed]) -> Iterator[Finding]:
    """Reports sealed to a key that turns out to have been revoked before they left."""
    late = tuple(
        e for e in sealed if not e.stayed and (e.sent_at or e.recorded_at) >= revoked.since
    )
    if late:
        yield Finding(
            kind=IncidentKind.REVOKED_KEY,
            fact=f"sealed/{revoked.fingerprint[:40]}/{int(revoked.since.timestamp())}",
            occurred_at=_first(late),
            evidence=f"{len(late)} reports sealed to key {revoked.fingerprint[-16:]} after its"
            f" revocation {revoked.since:%Y-%m-%d %H:%MZ}",
            disclosures=late,
        )


def not_opened(stopped: Iterable[Stopped]) -> Iterator[Finding]:
    """Mail that did not open, time and again on one day: from one address, or at all.

    Somebody uses an old key of ours, or somebody tries what opens.
    """
    failed = [each for each in stopped if each.reasons & NOT_OPENED]
    for day, mails in _by_day(failed):
        if len(mails) >= AT_ALL:
            yield _unopened(f"all/{day}", mails, f"{AT_ALL} or more mails on {day}")
        for who in sorted({each.contact_id for each in mails} - {""}):
            theirs = [each for each in mails if each.contact_id == who]
            if len(theirs) >= FROM_ONE:
                said = f"{FROM_ONE} or more mails of contact {who} on {day}"
                yield _unopened(f"{who}/{day}", theirs, said)


def _unopened(fact: str, mails: Sequence[Stopped], said: str) -> Finding:
    return Finding(
        kind=IncidentKind.NOT_OPENED,
        fact=fact[:100],
        occurred_at=mails[0].at,
        evidence=f"{said} did not open, first {mails[0].trace}",
    )


def unusual_volume(weeks: Weeks) -> Iterator[Finding]:
    """Far more in one week than in this contact's other weeks.

    More than the floor, three times the median, and the median and six deviations, where a
    deviation is 1.4826 times the median absolute deviation: a few wild weeks before do not
    widen what is usual.
    """
    if len(weeks.before) < WEEKS:
        return
    usual = median(weeks.before)
    spread = median(abs(each - usual) for each in weeks.before)
    limit = max(FLOOR, TIMES * usual, usual + DEVIATIONS * spread)
    if weeks.now > limit:
        yield Finding(
            kind=IncidentKind.UNUSUAL_VOLUME,
            fact=f"{weeks.contact_id}/{weeks.week}"[:100],
            occurred_at=weeks.at,
            evidence=f"contact {weeks.contact_id}: {weeks.now} reports in {weeks.week}; of"
            f" {len(weeks.before)} weeks before median {usual:g}, deviation {spread:g},"
            f" limit {limit:g}"[:200],
        )


def not_bound(contact: ContactHistory, received: Sequence[Disclosed]) -> Iterator[Finding]:
    """Reports to somebody who, as is known now, was not bound to confidentiality then (12.8)."""
    late = tuple(each for each in received if not each.stayed and not _bound(contact, each))
    if late:
        since = _first(late)
        yield Finding(
            kind=IncidentKind.NOT_BOUND,
            fact=f"{contact.contact_id}/{int(since.timestamp())}"[:100],
            occurred_at=since,
            evidence=f"{len(late)} reports to contact {contact.contact_id}, not bound to"
            " confidentiality at that time as is known now"[:200],
            disclosures=late,
        )


def log_inconsistent(at: datetime, findings: Mapping[str, str]) -> Iterator[Finding]:
    """What checking the log found, by place: one proposal, and another when it finds other things.

    Whoever can write in the log could else drown what a person has to look at.
    """
    if not findings:
        return
    first, what = next(iter(findings.items()))
    others = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    yield Finding(
        kind=IncidentKind.LOG_INCONSISTENT,
        fact=hashlib.sha256("\n".join(sorted(findings)).encode()).hexdigest(),
        occurred_at=at,
        evidence=f"log {first}: {what}"[: 200 - len(others)] + others,
    )


def _bound(contact: ContactHistory, each: Disclosed) -> bool:
    at = each.sent_at or each.recorded_at
    bound = contact.bounds.as_of(at)
    return bound is not None and bound.holds(at)


def _first(found: Sequence[Disclosed]) -> datetime:
    return min(each.sent_at or each.recorded_at for each in found)


def _by_day(stopped: Iterable[Stopped]) -> Iterator[tuple[str, list[Stopped]]]:
    days: dict[str, list[Stopped]] = {}
    for each in sorted(stopped, key=_moment):
        days.setdefault(f"{each.at:%Y-%m-%d}", []).append(each)
    yield from days.items()


def _moment(stopped: Stopped) -> tuple[datetime, str]:
    return stopped.at, stopped.place
