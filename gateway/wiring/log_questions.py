"""Questions to the log as an officer asks them, by dossierkenmerk, contact or provider."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.adapters.audit_reading import AuditLog, Sought
from gateway.adapters.audit_writing import KIND
from gateway.domain.audit import Action
from gateway.domain.operators import name_key
from gateway.domain.processing import ACTIVITY_OF
from gateway.domain.register import Refusal, RegisterError
from gateway.ledger.reading import Query
from gateway.wiring.deeds import covering, deeds
from gateway.wiring.logbook import Logbook, logbook
from gateway.wiring.register import administration, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.audit import Deed
    from gateway.ledger.reading import Shown
    from gateway.ledger.verdict import Verdict


_WHOLE: Final = "log"
_KINDS: Final = (*ACTIVITY_OF, KIND)
_OUTCOMES: Final = ("forward", "partly", "reject", "hold", "ignore")
_TRACE: Final = re.compile(r"[0-9a-f]{32}")


class LogQuestionError(Exception):
    """A question that nothing can ever answer; says which word is not known, and which are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question; `person` a dossierkenmerk or our own id, `provider` the id of a party.

    Without `kinds` it is about what was done with mail and people's data, and not about who
    in this house did what: for that there is `AskedDeeds`.
    """

    mail: str = ""
    person: str = ""
    contacts: tuple[str, ...] = ()
    provider: str = ""
    kinds: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDeeds:
    """A question to the audit trail; `actor` an operator by id or name, or ``account NAME``.

    `person` a dossierkenmerk or our own id, `actions` by name or by how they begin.
    """

    actor: str = ""
    actions: tuple[str, ...] = ()
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A deed, and its number in the log."""

    seq: int
    deed: Deed


async def shown(config: Config, asked: Asked, last: int | None, *, by: str) -> Sequence[Shown]:
    """The last entries that were asked for; who looked, and at what, goes on record first.

    Raises `RegisterError` for a person, contact, provider or operator that is not
    registered, `LogQuestionError` for a kind or outcome that there is not, and
    `NotReadyError`.
    """
    _check("kind", asked.kinds, _KINDS)
    _check("outcome", asked.outcomes, _OUTCOMES)
    async with logbook(config) as book:
        record = await deeds(config, book.database, book.vault)
        async with covering(config, book.database):
            query = await _query(config, book, asked)
            await record.record(
                Action.LOG_LOOKED,
                "" if query.subject else asked.mail or _WHOLE,
                by=by,
                subject=query.subject,
                trace=asked.mail if _TRACE.fullmatch(asked.mail) else "",
            )
            return await book.reader.show(query, last)


async def audited(config: Config, asked: AskedDeeds, last: int, *, by: str) -> Sequence[Seen]:
    """The last deeds that were asked for; that somebody looked goes on record first.

    Raises as `shown` does.
    """
    for each in asked.actions:
        if not any(action.startswith(each) for action in Action):
            raise LogQuestionError(f"no action is, or begins with, {each!r}: {_beginnings()}")
    async with logbook(config) as book:
        record = await deeds(config, book.database, book.vault)
        async with covering(config, book.database):
            register = await administration(config, book.database, book.vault)
            subject = await subject_of(register, asked.person)
            sought = Sought(
                actors=await _actors(register, asked.actor),
                actions=asked.actions,
                subject=subject,
                since=asked.since,
                until=asked.until,
            )
            about = "" if subject else _WHOLE
            await record.record(Action.LOG_AUDITED, about, by=by, subject=subject)
            found = await AuditLog(book.database, book.vault).deeds(sought, last)
            return [Seen(seq=seq, deed=deed) for seq, deed in found]


async def verified(
    config: Config,
    kept: Sequence[Path],
    *,
    tree_only: bool,
    told: Callable[[int, int], None],
) -> Verdict:
    """The whole log against its tree, checkpoints and these files; raises `NotReadyError`."""
    async with logbook(config) as book:
        return await book.verify(kept, tree_only=tree_only, told=told)


async def _query(config: Config, book: Logbook, asked: Asked) -> Query:
    register = await administration(config, book.database, book.vault)
    subject = await subject_of(register, asked.person)
    contacts = frozenset(asked.contacts) if asked.contacts else None
    roster = await register.roster()
    if not set(asked.contacts) <= set(roster.contacts):
        raise RegisterError(Refusal.UNKNOWN_CONTACT)
    if asked.provider:
        if asked.provider not in roster.parties:
            raise RegisterError(Refusal.UNKNOWN_PARTY)
        theirs = frozenset(
            each.contact_id
            for each in roster.contacts.values()
            if each.party.party_id == asked.provider
        )
        contacts = theirs if contacts is None else contacts & theirs
    return Query(
        mail=asked.mail,
        subject=subject,
        contacts=contacts,
        since=asked.since,
        until=asked.until,
        kinds=frozenset(asked.kinds) or frozenset(ACTIVITY_OF),
        outcomes=frozenset(asked.outcomes),
    )


def _check(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for each in given:
        if each not in known:
            raise LogQuestionError(f"there is no {what} {each!r}: {', '.join(known)}")


def _beginnings() -> str:
    return ", ".join(sorted({f"{action.partition('.')[0]}." for action in Action}))


async def _actors(register: Register, actor: str) -> frozenset[str]:
    """As given, and the ids of operators, former ones too, who bear this name."""
    if not actor:
        return frozenset()
    wanted = name_key(actor)
    people = await register.operators()
    named = {each.operator_id for each in people if name_key(each.name) == wanted}
    return frozenset({actor, *named})
