"""What came in and was not passed on, read from the record of mail; and a criterion over it.

Nothing is kept for this beside the record.  A condition has three answers: where nothing on
record says whether it holds (who sent it, about whom it is, which key opened it), the database
answers NULL, and what is asked for is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)

from gateway.adapters.among import among
from gateway.adapters.scope_terms import (
    address_windows,
    key_windows,
    latest_then,
    mailboxes_on_record,
    terms_of,
)
from gateway.adapters.tables_flow import inbound, outcomes, places
from gateway.adapters.tables_own_keys import own_key_events
from gateway.adapters.tables_register import consent_event, party
from gateway.adapters.tables_scope import disclosed, disclosed_mail
from gateway.adapters.timestamps import instant_at
from gateway.domain.parties import Side
from gateway.domain.received import Came
from gateway.domain.scope import Criterion
from gateway.domain.stops import WHOLE_MAIL, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Select, Subquery
    from sqlalchemy.sql.selectable import NamedFromClause

    from gateway.adapters.scope_terms import Window

    Condition = ColumnElement[bool]
    Term = tuple[Condition, Condition]  # what meets it on record alone, and what meets it at all

# What `how` says of each.
DIRECT, DERIVED, POSSIBLE = 1, 2, 3
_STATES: Final = {
    Outcome.HOLD: Came.HELD,
    Outcome.REJECT: Came.REFUSED,
    Outcome.IGNORE: Came.NO_REPORT,
}
# Said as a range: after a count of what lies in it SQLite does not look into the index otherwise.
_IN_HAND = inbound.c.due_at > instant_at(0)
_SINCE = outcomes.alias("decided_since")
_NUMBERED = outcomes.alias("numbered")
_WHOLE = outcomes.alias("whole")
_BEFORE = outcomes.alias("decided_before")


def came_in(connection: Connection, criterion: Criterion) -> Subquery:
    """All that meets it or may meet it, one row each; `how` says which of the two."""
    # What was decided once cannot have been passed on before: looked for among the rest only.
    once = _stopped().where(outcomes.c.round == 0)
    later = _stopped(again=True).where(outcomes.c.round > 0, ~_disclosed())
    rows = union_all(once, later, _again(), _read_before(), _unread()).subquery("came")
    terms = list(_Asking(connection, criterion, rows).terms())
    met = and_(true(), *(whole for _, whole in terms))
    direct = and_(true(), *(plain for plain, _ in terms))
    how = case((met, case((direct, DIRECT), else_=DERIVED)), else_=POSSIBLE)
    return select(rows, how.label("how")).where(met.is_not(false())).subquery("came_in")


def is_mail(connection: Connection, given: str) -> bool:
    """Whether any mail that came in, or any report of one, is known by this."""
    known = (
        select(inbound.c.trace).where(inbound.c.trace == given),
        select(outcomes.c.trace).where(outcomes.c.bericht_id == given),
        select(disclosed.c.id).where(terms_of(connection, Criterion(mail=given)).met),
    )
    return any(connection.execute(each.limit(1)).first() is not None for each in known)


def _columns(
    state: ColumnElement[str], *, before: bool = False, again: bool = False
) -> tuple[ColumnElement[Any], ...]:
    of = outcomes.c
    return (
        of.trace,
        of.number,
        of.round,
        of.span_id,
        _whose().label("dossier_id") if again else of.dossier_id,
        of.bericht_id,
        of.sender_contact_id.label("sender_id"),
        of.sender_party_id.label("sender_party"),
        of.opened_by,
        of.policy_digest.label("policy"),
        state.label("state"),
        cast(of.reasons, Text).label("reasons"),
        inbound.c.received_at,
        inbound.c.mailbox,
        literal(int(before)).label("before"),
    )


def _whose() -> ColumnElement[str | None]:
    """Whom it is about, or was found to be about before; unless it was found to be another."""
    differs = cast(outcomes.c.reasons, Text).contains(Reason.PERSON_DIFFERS.value, autoescape=True)
    found = (
        select(_BEFORE.c.dossier_id)
        .where(
            _BEFORE.c.trace == outcomes.c.trace,
            _BEFORE.c.number == outcomes.c.number,
            _BEFORE.c.dossier_id.is_not(None),
        )
        .order_by(_BEFORE.c.round.desc())
        .limit(1)
        .correlate(outcomes)
        .scalar_subquery()
    )
    return func.coalesce(outcomes.c.dossier_id, case((~differs, found)))


def _stopped(*, again: bool = False) -> Select[Any]:
    """What stands, and is not that it was passed on; `again` of what was decided before too."""
    return (
        select(*_columns(_state(outcomes.c.outcome), again=again))
        .join(inbound, inbound.c.trace == outcomes.c.trace)
        .where(
            outcomes.c.withdrawn_at.is_(None),
            # Written out, because an index over part of a table is not used for any value.
            outcomes.c.outcome != literal_column("'forward'"),
        )
    )


def _state(outcome: ColumnElement[str]) -> ColumnElement[str]:
    is_now = {each.value: literal(came.value) for each, came in _STATES.items()}
    return case(is_now, value=outcome, else_=literal(Came.WAITING.value))


def _decided_since() -> Condition:
    return exists().where(
        _SINCE.c.trace == outcomes.c.trace,
        _SINCE.c.number == outcomes.c.number,
        or_(_SINCE.c.withdrawn_at.is_(None), _SINCE.c.round > outcomes.c.round),
    )


def _read_before() -> Select[Any]:
    """What a walk read of a mail that was stopped as a whole since: whose it was is known still.

    Its contact was suspended, or a key of ours went; what came in came in all the same.
    """
    return (
        select(*_columns(_state(_WHOLE.c.outcome), before=True))
        .join(_WHOLE, _WHOLE.c.trace == outcomes.c.trace)
        .join(inbound, inbound.c.trace == outcomes.c.trace)
        .where(
            _WHOLE.c.number == WHOLE_MAIL,
            _WHOLE.c.round > 0,
            _WHOLE.c.round > outcomes.c.round,
            _WHOLE.c.withdrawn_at.is_(None),
            _WHOLE.c.outcome != literal_column("'forward'"),
            outcomes.c.number > WHOLE_MAIL,
            outcomes.c.withdrawn_at.is_not(None),
            # Not by the index of what is due: nearly all mail would be gone through first.
            inbound.c.state.in_(("done", "held")),
            ~_decided_since(),
            ~_disclosed(),
        )
    )


def _again() -> Select[Any]:
    """What was withdrawn before it left, or for another reason, and waits to be judged again."""
    # The stop of a mail whose reports were read since says nothing any more.
    read_since = and_(
        outcomes.c.number == WHOLE_MAIL,
        exists().where(_NUMBERED.c.trace == outcomes.c.trace, _NUMBERED.c.number > WHOLE_MAIL),
    )
    return (
        select(*_columns(literal(Came.WAITING.value)))
        .join(inbound, inbound.c.trace == outcomes.c.trace)
        .where(
            _IN_HAND,
            outcomes.c.withdrawn_at.is_not(None),
            ~_decided_since(),
            ~read_since,
            ~_disclosed(),
        )
    )


def _unread() -> Select[Any]:
    """Mail of which nothing is on record yet but that it came in."""
    walked = exists().where(outcomes.c.trace == inbound.c.trace)
    texts = ("dossier_id", "bericht_id", "sender_id", "sender_party", "opened_by", "policy")
    return select(
        inbound.c.trace,
        literal(WHOLE_MAIL).label("number"),
        literal(0).label("round"),
        literal("").label("span_id"),
        *(cast(null(), Text).label(name) for name in texts),
        literal(Came.WAITING.value).label("state"),
        literal("[]").label("reasons"),
        inbound.c.received_at,
        inbound.c.mailbox,
        literal(0).label("before"),
    ).where(_IN_HAND, ~walked)


def _disclosed() -> Condition:
    """It was passed on, and came back or was judged once more since."""
    return (
        select(disclosed.c.id)
        .join(disclosed_mail, disclosed_mail.c.id == disclosed.c.mail)
        .where(
            disclosed_mail.c.trace == outcomes.c.trace,
            disclosed.c.number == outcomes.c.number,
            disclosed.c.state != "withdrawn",
        )
        .correlate(outcomes)
        .exists()
    )


class _Asking:
    """One criterion over what came in."""

    def __init__(self, connection: Connection, asked: Criterion, rows: NamedFromClause) -> None:
        self._connection = connection
        self._asked = asked
        self._rows = rows
        self._of = rows.c

    def terms(self) -> Iterator[Term]:
        """Each term of it: what meets it by what is on record of it alone, and at all."""
        asked = self._asked
        for plain in self._on_record():
            yield plain, plain
        if asked.key:
            yield self._key(asked.key)
        if asked.mailbox:
            yield self._mailbox(asked.mailbox)
        if asked.form:
            yield false(), self._form(asked.form)

    def _on_record(self) -> Iterator[Condition]:
        asked, of = self._asked, self._of
        if asked.contact:
            yield of.sender_id == asked.contact
        if asked.party:
            yield of.sender_party == asked.party
        if asked.person:
            yield of.dossier_id == asked.person
        if asked.policy:
            # Where no table was asked, none decided.
            yield func.coalesce(of.policy, "") == asked.policy
        if asked.mail:
            yield or_(of.trace == asked.mail, func.coalesce(of.bericht_id, "") == asked.mail)
        if asked.traces:
            yield among(of.trace, asked.traces)
        if asked.since is not None:
            yield of.received_at >= asked.since
        if asked.until is not None:
            yield of.received_at < asked.until

    def _key(self, fingerprint: str) -> Term:
        """Ours opened it; or its sender had this key then.  What nobody opened may be either.

        Where it is not on record which of ours opened it, each of them counts.
        """
        ours = exists().where(own_key_events.c.fingerprint == fingerprint)
        sent = [self._within(each) for each in key_windows(self._connection, fingerprint)]
        opened: Condition = self._of.opened_by == fingerprint
        if not self._connection.scalar(select(ours)):
            opened = func.coalesce(self._of.opened_by, "") == fingerprint
            return opened, or_(opened, *sent)
        unnoted = and_(self._of.opened_by.is_(None), self._of.sender_id.is_not(None))
        return opened, or_(opened, unnoted, *sent)

    def _mailbox(self, address: str) -> Term:
        into: Condition = false()
        if self._asked.boxes:
            into = self._came_into()
        sent = [self._within(each) for each in address_windows(self._connection, address)]
        return into, or_(into, *sent)

    def _came_into(self) -> Condition:
        if mailboxes_on_record(self._connection) <= self._asked.boxes:
            return true()
        # One mail may lie in several; gone through once, since none is found by its trace.
        there = select(places.c.trace).where(among(places.c.mailbox, self._asked.boxes))
        return self._of.trace.in_(there)

    def _within(self, window: Window) -> Condition:
        of = self._of
        before = true() if window.end is None else of.received_at < window.end
        return and_(of.sender_id == window.contact_id, of.received_at >= window.start, before)

    def _form(self, version: str) -> Condition:
        """The latest grant then was under this version; of whom nobody knows it is possible."""
        of = self._of
        grant = consent_event.alias("granted")
        ours = select(party.c.party_id).where(party.c.side == Side.MUNICIPALITY.value)
        held = (
            select(grant.c.id)
            .where(
                grant.c.dossier_id == of.dossier_id,
                # Of what we sent ourselves nobody noted to which provider it would have gone.
                or_(grant.c.provider_party_id == of.sender_party, of.sender_party.in_(ours)),
                latest_then(grant, version, of.received_at, self._rows),
            )
            .correlate(self._rows)
            .exists()
        )
        return case((of.dossier_id.is_(None), null()), else_=held)
