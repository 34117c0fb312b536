"""What the detectors look at, read from the record; and what they found, put on record once.

They read what is there and open proposals.  No outcome, letter, hold or consent is changed.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, func, insert, select, type_coerce

from gateway.adapters import tables_incidents as incidents
from gateway.adapters.database_scope import DatabaseScopes, NotIndexedError
from gateway.adapters.incident_rows import disclosure_row, opened_by_itself
from gateway.adapters.log_writing import sequence
from gateway.adapters.tables_flow import answers_counted, outcomes
from gateway.adapters.tables_register import register_state, stamp
from gateway.adapters.tables_scope import disclosed, disclosed_kind, incident_fact
from gateway.adapters.timestamps import instant_at
from gateway.domain import detecting
from gateway.domain.audit import MACHINE
from gateway.domain.detecting import Revoked, Stopped, Weeks
from gateway.domain.incidents import IncidentKind
from gateway.domain.parties import Side
from gateway.domain.scope import Criterion
from gateway.domain.sparing import Occasion
from gateway.domain.stops import WHOLE_MAIL, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.domain.detecting import Finding
    from gateway.domain.histories import Roster
    from gateway.domain.scope import Disclosed

# How far back what was stopped is looked at; a gateway that stood still catches up.
_LATELY = timedelta(days=30)
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_PAST_WEEKS = 26
_TO_MONDAY = 3 * _DAY  # 1970 began on a Thursday


class DatabaseDetectors:
    """One round of all detectors; `RegisterView` or a command gives the roster."""

    def __init__(self, database: Database, vault: Vault, deeds: DeedLog) -> None:
        self._database = database
        self._deeds = deeds
        self._scopes = DatabaseScopes(database, vault)

    async def findings(self, roster: Roster, now: datetime) -> Sequence[Finding]:
        """What all of them see now, seen before or not; raises `Retry`."""
        # Whole days: of a part of one, other reports would be the first ones.
        since = (now - _LATELY).replace(hour=0, minute=0, second=0, microsecond=0)
        stopped = await self._database.look(partial(_stopped, since))
        found = [
            *detecting.wrong_person(stopped),
            *detecting.signed_with_revoked_key(stopped),
            *detecting.not_opened(stopped),
        ]
        for weeks in await self._database.look(partial(_weeks, now)):
            found += detecting.unusual_volume(weeks)
        try:
            found += await self._sealed_to_revoked(roster)
            found += await self._not_bound(roster)
        except NotIndexedError:
            pass  # until that is done nobody knows what left: ``gateway breach index`` says so
        return found

    async def _sealed_to_revoked(self, roster: Roster) -> Sequence[Finding]:
        found: list[Finding] = []
        for revoked in _revoked(roster):
            criterion = Criterion(key=revoked.fingerprint, since=revoked.since)
            left = (await self._scopes.scope(criterion, revoked.since)).disclosures
            theirs = [each for each in left if each.sealed_to == revoked.fingerprint]
            found += detecting.sealed_to_revoked_key(revoked, theirs)
        return found

    async def _not_bound(self, roster: Roster) -> Sequence[Finding]:
        found: list[Finding] = []
        reached = await self._database.look(_reached)
        for contact_id, (first, last) in reached.items():
            contact = roster.contacts.get(contact_id)
            bound = contact.bounds.ever() if contact else ()
            if contact is None or (
                len(bound) == 1 and bound[0] and bound[0].holds(first) and bound[0].holds(last)
            ):
                continue
            left = (await self._scopes.scope(Criterion(contact=contact_id), last)).disclosures
            received = [each for each in left if each.recipient_id == contact_id]
            found += detecting.not_bound(contact, received)
        return found

    async def propose(
        self, findings: Sequence[Finding], roster: Roster, now: datetime
    ) -> Sequence[str]:
        """Open a proposal of each that was not proposed before; their ids.  Raises `Retry`."""
        if not findings:
            return ()
        return await self._database.write(partial(self._propose, findings, roster, now))

    async def undecided(self) -> Sequence[tuple[str, IncidentKind]]:
        """The proposals of these detectors that nobody decided about, and what opened each."""
        rows = await self._database.look(lambda connection: connection.execute(_UNDECIDED).all())
        return [(row.incident_id, IncidentKind(row.kind)) for row in rows]

    def _propose(
        self, findings: Sequence[Finding], roster: Roster, now: datetime, connection: Connection
    ) -> Sequence[str]:
        # Under the log's lock, so that of two gateways one proposes.
        sequence(connection)
        # One by one, so that what is seen twice in one round is found the second time.
        opened = [
            _open(connection, each, roster, now)
            for each in findings
            if not _is_known(connection, each)
        ]
        deeds = [opened_by_itself(incident_id, now) for incident_id in opened]
        if deeds:
            self._deeds.write(connection, deeds)
        return opened


_UNDECIDED = (
    select(incident_fact.c.incident_id, incident_fact.c.kind)
    .outerjoin(
        incidents.incident_decision,
        incidents.incident_decision.c.incident_id == incident_fact.c.incident_id,
    )
    .where(incidents.incident_decision.c.incident_id.is_(None))
    .order_by(incident_fact.c.recorded_at, incident_fact.c.incident_id)
)


def _stopped(since: datetime, connection: Connection) -> list[Stopped]:
    """Everything that a stop ended since then; who wrote to us is known where it was told so."""
    claimed = answers_counted
    rows = connection.execute(
        select(
            outcomes.c.trace,
            outcomes.c.number,
            outcomes.c.recorded_at,
            outcomes.c.reasons,
            outcomes.c.sender_contact_id,
            claimed.c.contact_id,
        )
        .outerjoin(
            claimed,
            (claimed.c.trace == outcomes.c.trace) & (claimed.c.occasion == Occasion.UNPROVEN.value),
        )
        .where(outcomes.c.recorded_at >= since, outcomes.c.outcome != "forward")
        .order_by(outcomes.c.recorded_at, outcomes.c.trace, outcomes.c.number)
    )
    known = {each.value for each in Reason}
    found: dict[tuple[str, int], Stopped] = {}
    for row in rows:
        stopped = Stopped(
            trace=row.trace,
            number=None if row.number == WHOLE_MAIL else row.number,
            at=row.recorded_at,
            reasons=frozenset(Reason(each) for each in row.reasons if each in known),
            contact_id=row.sender_contact_id or row.contact_id or "",
        )
        found.setdefault((row.trace, row.number), stopped)
    return list(found.values())


def _weeks(now: datetime, connection: Connection) -> Iterator[Weeks]:
    """Of each sender its weeks, with the last two as the ones that are judged."""
    length = _WEEK // timedelta(microseconds=1)
    moment = type_coerce(disclosed.c.moment, BigInteger)
    week = (moment + _TO_MONDAY // timedelta(microseconds=1)) // length
    rows = connection.execute(
        select(
            disclosed_kind.c.sender_id,
            week.label("week"),
            func.count().label("many"),
            func.max(moment).label("last"),
        )
        .join(disclosed_kind, disclosed_kind.c.id == disclosed.c.kind)
        .where(disclosed.c.moment >= now - _PAST_WEEKS * _WEEK, disclosed.c.state != "withdrawn")
        .group_by(disclosed_kind.c.sender_id, week)
    ).all()
    counts: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for row in rows:
        counts[row.sender_id][int(row.week)] = (int(row.many), int(row.last))
    this = ((stamp(now) or 0) + _TO_MONDAY // timedelta(microseconds=1)) // length
    return iter(
        [
            _judged(sender, theirs, judged)
            for sender, theirs in sorted(counts.items())
            for judged in (this - 1, this)
            if judged in theirs
        ]
    )


def _judged(sender: str, theirs: Mapping[int, tuple[int, int]], judged: int) -> Weeks:
    many, last = theirs[judged]
    at = instant_at(last)
    year, week, _ = at.isocalendar()
    return Weeks(
        contact_id=sender,
        week=f"{year}-W{week:02}",
        at=at,
        before=[theirs.get(each, (0, 0))[0] for each in range(min(theirs), judged)],
        now=many,
    )


def _revoked(roster: Roster) -> Iterator[Revoked]:
    for contact in roster.contacts.values():
        latest: dict[str, datetime] = {}
        for key in contact.keys.ever():
            if key is not None and key.revoked_at is not None:
                before = latest.get(key.fingerprint, key.revoked_at)
                latest[key.fingerprint] = min(before, key.revoked_at)
        for fingerprint, since in latest.items():
            yield Revoked(contact_id=contact.contact_id, fingerprint=fingerprint, since=since)


def _reached(connection: Connection) -> Mapping[str, tuple[datetime, datetime]]:
    """Of each recipient when the first and the last report left."""
    moment = disclosed.c.moment
    rows = connection.execute(
        select(
            disclosed.c.kind,
            func.min(moment, type_=moment.type).label("first"),
            func.max(moment, type_=moment.type).label("last"),
        )
        .where(disclosed.c.state.in_(("sent", "returned")))
        .group_by(disclosed.c.kind)
    ).all()
    who = {
        row.id: row.recipient_id
        for row in connection.execute(select(disclosed_kind.c.id, disclosed_kind.c.recipient_id))
    }
    found: dict[str, tuple[datetime, datetime]] = {}
    for row in rows:
        first, last = found.get(who[row.kind], (row.first, row.last))
        found[who[row.kind]] = (min(first, row.first), max(last, row.last))
    return found


def _is_known(connection: Connection, finding: Finding) -> bool:
    fact = incident_fact.c
    found = connection.execute(
        select(fact.incident_id).where(fact.kind == finding.kind.value, fact.fact == finding.fact)
    )
    return found.first() is not None


def _open(connection: Connection, finding: Finding, roster: Roster, now: datetime) -> str:
    incident_id = secrets.token_hex(4)
    revision = connection.scalar(select(register_state.c.revision)) or 0
    recorded = {"revision": revision, "recorded_at": stamp(now), "recorded_by": MACHINE}
    connection.execute(
        insert(incidents.incident_proposal).values(
            incident_id=incident_id,
            kind=finding.kind.value,
            occurred_at=stamp(finding.occurred_at),
            detected_at=stamp(now),
            evidence=finding.evidence[:200],
            **recorded,
        )
    )
    fact = {"kind": finding.kind.value, "fact": finding.fact, "incident_id": incident_id}
    connection.execute(insert(incident_fact).values(fact | recorded))
    rows = [
        {"incident_id": incident_id, **recorded, **disclosure_row(each, provider)}
        for each in finding.disclosures
        if each.dossier_id and (provider := _provider(each, roster))
    ]
    if rows:
        connection.execute(insert(incidents.incident_disclosure), rows)
    return incident_id


def _provider(each: Disclosed, roster: Roster) -> str:
    parties = (roster.parties.get(party) for party in (each.sender_party, each.recipient_party))
    found = (party.party_id for party in parties if party and party.side is Side.PROVIDER)
    return next(found, "")
