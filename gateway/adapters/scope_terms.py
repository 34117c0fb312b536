"""A criterion as conditions over what was disclosed.

Each term has what meets it by what is on record of the disclosure itself, and what meets it
by what the register said at that moment: whose address it was, whose key, on which form
consent rested.  The second is derived, and a scope says so.  What came in and was not passed
on is in `gateway.adapters.received_terms`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, any_, exists, false, func, not_, or_, select, true

from gateway.adapters.among import among
from gateway.adapters.disclosing import SHORT
from gateway.adapters.tables_flow import outcomes, places
from gateway.adapters.tables_register import consent_event, contact_detail, contact_key
from gateway.adapters.tables_scope import (
    disclosed,
    disclosed_kind,
    disclosed_mail,
    disclosed_person,
)
from gateway.adapters.timestamps import instant_at
from gateway.domain.consent import PERMITTING
from gateway.domain.situation import Ground
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, FromClause

    from gateway.adapters.tables_flow import AnyRow
    from gateway.domain.scope import Criterion

    Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Conditions over `disclosed`: what is in the scope, and which of it without derivation."""

    met: Condition
    direct: Condition
    derives: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    direct: Condition
    derived: Condition | None = None

    @property
    def met(self) -> Condition:
        return self.direct if self.derived is None else or_(self.direct, self.derived)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A contact had this address, or this key, from `start` until before `end`."""

    contact_id: str
    start: datetime
    end: datetime | None


def terms_of(
    connection: Connection, criterion: Criterion, kind: ColumnElement[int] = disclosed.c.kind
) -> Terms:
    """All that the criterion asks, together; what was withdrawn before it left is left out.

    `kind` is how that column is written.
    """
    terms = list(_Asking(connection, criterion, kind).terms())
    stands = disclosed.c.state != "withdrawn"
    return Terms(
        met=and_(stands, *(each.met for each in terms)),
        direct=and_(true(), *(each.direct for each in terms)),
        derives=any(each.derived is not None for each in terms),
    )


class _Asking:
    """One criterion; `kind` is how the column that says between whom is written."""

    def __init__(self, connection: Connection, asked: Criterion, kind: ColumnElement[int]) -> None:
        self._connection = connection
        self._asked = asked
        self._kind = kind

    def terms(self) -> Iterator[_Term]:
        """Each term of it."""
        asked = self._asked
        yield from (_Term(direct=each) for each in self._on_record())
        if asked.key:
            yield self._key(asked.key)
        if asked.mailbox:
            yield self._mailbox(asked.mailbox)
        if asked.form:
            yield _Term(direct=false(), derived=self._form(asked.form))

    def _on_record(self) -> Iterator[Condition]:
        asked, kind = self._asked, disclosed_kind.c
        wanted = (
            (asked.contact, (kind.sender_id, kind.recipient_id)),
            (asked.party, (kind.sender_party, kind.recipient_party)),
            (asked.policy, (kind.policy,)),
        )
        given = [
            or_(*(column == value for column in columns)) for value, columns in wanted if value
        ]
        if given:
            # Looked into once for all of them: each look is one for every disclosure.
            yield self._of_kind(and_(*given))
        if asked.mail:
            yield _mail(self._connection, asked.mail)
        if asked.traces:
            its = select(disclosed_mail.c.id).where(among(disclosed_mail.c.trace, asked.traces))
            yield disclosed.c.mail.in_(its)
        if asked.person:
            known = disclosed_person.c
            yield disclosed.c.person.in_(select(known.id).where(known.dossier_id == asked.person))
        if asked.since is not None:
            yield disclosed.c.moment >= asked.since
        if asked.until is not None:
            yield disclosed.c.moment < asked.until

    def _of_kind(self, condition: Condition) -> Condition:
        """Whether its kind meets this; nothing has to be looked into where every kind does."""
        if not self._connection.scalar(select(exists().where(not_(condition)))):
            return true()
        kinds = select(disclosed_kind.c.id).where(condition)
        if self._connection.dialect.name == "sqlite":
            return self._kind.in_(kinds)
        # As a list that is made first: then the index is gone through once for all of them.
        return self._kind == any_(func.array(kinds.scalar_subquery()))

    def _key(self, fingerprint: str) -> _Term:
        """Ours or the recipient's is on record; the sender's is whose it was pinned to then."""
        kind = disclosed_kind.c
        columns = (kind.sealed_to, kind.sealed_by, kind.opened_by)
        windows = key_windows(self._connection, fingerprint)
        sent = [self._within(window, sender_only=True) for window in windows]
        return _Term(
            direct=self._of_kind(or_(*(column == fingerprint for column in columns))),
            derived=or_(*sent) if sent else None,
        )

    def _mailbox(self, address: str) -> _Term:
        within = [self._within(each) for each in address_windows(self._connection, address)]
        return _Term(direct=self._came_into(), derived=or_(false(), *within))

    def _came_into(self) -> Condition:
        """Whether the mail that it was in came into a mailbox of the gateway's that is meant."""
        if not self._asked.boxes or mailboxes_on_record(self._connection) <= self._asked.boxes:
            return true() if self._asked.boxes else false()
        mails = select(disclosed_mail.c.id).join(places, places.c.trace == disclosed_mail.c.trace)
        return disclosed.c.mail.in_(mails.where(among(places.c.mailbox, self._asked.boxes)))

    def _within(self, window: Window, *, sender_only: bool = False) -> Condition:
        kind = disclosed_kind.c
        mine = kind.sender_id == window.contact_id
        if not sender_only:
            mine = or_(mine, kind.recipient_id == window.contact_id)
        after = disclosed.c.moment >= window.start
        before = true() if window.end is None else disclosed.c.moment < window.end
        return and_(self._of_kind(mine), after, before)

    def _form(self, version: str) -> Condition:
        people = (
            select(disclosed_person.c.id)
            .join(consent_event, consent_event.c.dossier_id == disclosed_person.c.dossier_id)
            .where(consent_event.c.form_version == version)
        )
        return and_(
            disclosed.c.person.in_(people),
            self._of_kind(disclosed_kind.c.ground == Ground.CONSENT.value),
            _rested_on(version),
        )


def key_windows(connection: Connection, fingerprint: str) -> list[Window]:
    """Whose key it was, and when."""
    pinned = contact_key.c
    ever = select(pinned.contact_id).where(pinned.fingerprint == fingerprint)
    rows = connection.execute(
        select(pinned.contact_id, pinned.valid_from, pinned.fingerprint)
        .where(pinned.contact_id.in_(ever))
        .order_by(pinned.contact_id, pinned.valid_from, pinned.id)
    )
    return _windows(rows, lambda row: row.fingerprint == fingerprint)


def address_windows(connection: Connection, address: str) -> list[Window]:
    """Whose address it was, and when."""
    wanted, had = address.casefold(), contact_detail.c
    rows = connection.execute(
        select(had.contact_id, had.valid_from, had.address).order_by(
            had.contact_id, had.valid_from, had.id
        )
    )
    return _windows(rows, lambda row: row.address.casefold() == wanted)


def mailboxes_on_record(connection: Connection) -> frozenset[str]:
    """The names of all mailboxes of the gateway's that any mail came into.

    Each is looked up in the index on its own: going through all places takes seconds.
    """
    found: list[str] = []
    wanted = select(func.min(places.c.mailbox))
    name = connection.scalar(wanted)
    while name is not None:
        found.append(name)
        name = connection.scalar(wanted.where(places.c.mailbox > name))
    return frozenset(found)


def _windows(rows: Iterable[AnyRow], is_meant: Callable[[AnyRow], bool]) -> list[Window]:
    """When what is meant held: each row of a history holds until the next of that contact."""
    found: list[Window] = []
    open_: AnyRow | None = None
    for row in rows:
        if open_ is not None:
            end = instant_at(row.valid_from) if row.contact_id == open_.contact_id else None
            found.append(_window(open_, end))
        open_ = row if is_meant(row) else None
    return [*found, *([_window(open_, None)] if open_ is not None else [])]


def _window(row: AnyRow, end: datetime | None) -> Window:
    return Window(contact_id=row.contact_id, start=instant_at(row.valid_from), end=end)


def _mail(connection: Connection, given: str) -> Condition:
    """By its trace, by what the recipient saw of its reference, or by its sender's own number."""
    reference = given.removeprefix("<").removesuffix(">")
    by_reference = and_(
        disclosed.c.short == reference[:SHORT],
        disclosed.c.reference.startswith(reference, autoescape=True),
    )
    known = disclosed_mail.c
    # Asked first: with a question inside "or", PostgreSQL goes through all rows.
    number = connection.scalar(select(known.id).where(known.trace == given))
    by_trace = false() if number is None else disclosed.c.mail == number
    numbered = (outcomes.c.bericht_id == given, outcomes.c.outcome == Outcome.FORWARD.value)
    spans = connection.scalars(select(outcomes.c.span_id).where(*numbered)).all()
    known_by = [by_trace, *([among(disclosed.c.span_id, spans)] if spans else [])]
    return or_(*known_by) if len(reference) < SHORT else or_(*known_by, by_reference)


def _rested_on(version: str) -> Condition:
    """The latest grant for that provider was under this version when it left.

    Whether that grant had ended by then the walk has judged; here it counts, so that nothing
    is left out.
    """
    grant = consent_event.alias("granted")
    between, who = disclosed_kind.alias("between"), disclosed_person.alias("who")
    return (
        select(grant.c.id)
        .where(
            between.c.id == disclosed.c.kind,
            who.c.id == disclosed.c.person,
            grant.c.dossier_id == who.c.dossier_id,
            or_(
                grant.c.provider_party_id == between.c.sender_party,
                grant.c.provider_party_id == between.c.recipient_party,
            ),
            latest_then(grant, version, disclosed.c.moment, disclosed),
        )
        .correlate(disclosed)
        .exists()
    )


def latest_then(
    grant: FromClause, version: str, moment: ColumnElement[str], rows: FromClause
) -> Condition:
    """Whether this grant was under that version, and the latest one to its provider by then.

    `moment` is that of the row in `rows` that it is asked for.
    """
    later = consent_event.alias("granted_later")
    permits = [each.value for each in PERMITTING]
    replaced = (
        select(later.c.id)
        .where(
            later.c.dossier_id == grant.c.dossier_id,
            later.c.provider_party_id == grant.c.provider_party_id,
            later.c.kind.in_(permits),
            later.c.valid_from > grant.c.valid_from,
            later.c.valid_from <= moment,
        )
        .correlate(grant, rows)
        .exists()
    )
    return and_(
        grant.c.form_version == version,
        grant.c.kind.in_(permits),
        grant.c.valid_from <= moment,
        ~replaced,
    )
