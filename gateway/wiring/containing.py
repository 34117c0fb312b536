"""Containing a breach: nothing more goes to or comes from where it leaks, and nothing is lost.

Each deed is one change on record, says how many it concerns, and can be undone by another
command.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.holding_back import held_back_now
from gateway.adapters.tables_rights import dossier_restriction
from gateway.domain.breach_summary import by_person
from gateway.domain.case_rules import check_reference
from gateway.domain.holding import Over
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import RestrictionReason
from gateway.wiring import parts
from gateway.wiring.deeds import covering
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import administration
from gateway.wiring.scopes import scopes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.adapters.register_change import Change
    from gateway.config import Config
    from gateway.domain.histories import Roster
    from gateway.domain.holding import QueueHold
    from gateway.wiring.scopes import AskedScope


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """What was done: the hold it placed, and how many letters are held back by all of them."""

    hold_id: str = ""
    held_back: int = 0


async def hold_queue(
    config: Config, over: Over, subject: str, *, reason: str, by: str
) -> Contained:
    """Nothing of this leaves until it is lifted; raises `RegisterError`, `NotReadyError`."""

    async def place(change: Change) -> str:
        return await change.queue_holds.place(over, subject, reason)

    return await _held(config, place, by)


async def suspend_contact(config: Config, contact_id: str, *, reason: str, by: str) -> Contained:
    """No contact from now on, and no letter that waits goes to them; as `hold_queue`."""

    async def suspend(change: Change) -> str:
        await change.contacts.end(contact_id)
        return await change.queue_holds.place(Over.CONTACT, contact_id, reason)

    return await _held(config, suspend, by)


async def revoke_key(config: Config, contact_id: str, *, reason: str, by: str) -> Contained:
    """Their key is refused from now on, and nothing that is sealed to it leaves."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        register = await administration(config, database, vault)
        fingerprint = _fingerprint(await register.roster(), contact_id)

    async def revoke(change: Change) -> str:
        await change.contacts.revoke(contact_id)
        return await change.queue_holds.place(Over.KEY, fingerprint, reason)

    return await _held(config, revoke, by)


def _fingerprint(roster: Roster, contact_id: str) -> str:
    if contact_id not in roster.contacts:
        raise RegisterError(Refusal.UNKNOWN_CONTACT)
    key = roster.contacts[contact_id].keys.as_of(datetime.now(UTC))
    if key is None:
        raise RegisterError(Refusal.NO_KEY)
    return key.fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """How many restrictions ended, and how many `by` placed and another has to lift."""

    people: int
    left: int


async def restrict_people(config: Config, asked: AskedScope, *, reference: str, by: str) -> int:
    """Everybody in this scope: nothing about them is passed on (18(1)(b)); how many were added.

    `reference` is of the breach (`check_reference`), and what lifts them together again.  Who
    is restricted under it already is left as it is.
    """
    async with scopes(config, by=by) as found:
        people = (await found.scope(asked)).concerned
    return await _restricted(config, people, reference, by)


async def restrict_breach(config: Config, breach_id: str, *, by: str) -> int:
    """As `restrict_people`: everybody in this breach of the register, under its own number."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        register = await administration(config, database, vault)
        await register.breach(breach_id)
        people = by_person(await register.breach_affected(breach_id))
        known = {each.history.dossier_id for each in await register.dossiers() if each.identity}
    return await _restricted(config, [each for each in people if each in known], breach_id, by)


async def _restricted(config: Config, people: Sequence[str], reference: str, by: str) -> int:
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        register = await administration(config, database, vault)
        count = 0
        async with register.change(by=by) as change:
            check_reference(reference)
            await _of_no_request(change, reference)
            for dossier_id in people:
                standing = await change.restrictions.of(dossier_id)
                if any(e.case_id == reference and e.period.end is None for e in standing):
                    continue
                await change.restrictions.restrict(
                    dossier_id, RestrictionReason.UNLAWFUL, reference
                )
                count += 1
    return count


async def lift_restrictions(
    config: Config, reference: str, *, told_at: datetime, by: str
) -> Lifted:
    """What others restricted under this reference is over; what `by` did waits for another.

    `told_at` is when these people were told that it is about to be lifted (18(3)).  Raises
    `RegisterError` where all that stands is their own.
    """
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        register = await administration(config, database, vault)
        rows = await register.recorded(dossier_restriction, case_id=reference)
        people = left = 0
        async with register.change(by=by) as change:
            await _of_no_request(change, reference)
            for dossier_id in sorted({row["dossier_id"] for row in rows}):
                done, own = await _lifted(change, dossier_id, reference, told_at)
                people, left = people + done, left + own
            if left and not people:
                raise RegisterError(Refusal.SAME_PERSON)
    return Lifted(people=people, left=left)


async def _of_no_request(change: Change, reference: str) -> None:
    """What a request restricts ends as that request allows, and not together with a breach."""
    try:
        await change.cases.case(reference)
    except RegisterError as error:
        if error.code is Refusal.UNKNOWN_CASE:
            return
        raise
    raise RegisterError(Refusal.OTHER_RIGHT)


async def _lifted(
    change: Change, dossier_id: str, reference: str, told_at: datetime
) -> tuple[int, int]:
    restrictions, done, own = change.restrictions, 0, 0
    for each in await restrictions.of(dossier_id):
        if each.case_id != reference or each.period.end is not None:
            continue
        if each.announced_at is None:
            await restrictions.announce(dossier_id, each.restriction_id, told_at=told_at)
        try:
            await restrictions.lift(dossier_id, each.restriction_id)
            done += 1
        except RegisterError as error:
            if error.code is not Refusal.SAME_PERSON:
                raise
            own += 1
    return done, own


async def lift_hold(config: Config, hold_id: str, *, reason: str, by: str) -> Contained:
    """What it held goes again; by another operator than who placed it.  `RegisterError`."""

    async def lift(change: Change) -> str:
        return (await change.queue_holds.lift(hold_id, reason)).hold_id

    return await _held(config, lift, by)


async def queue_holds(config: Config) -> tuple[Sequence[QueueHold], int]:
    """Every hold there was, and how many letters wait because of those in force."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        register = await administration(config, database, vault)
        return await register.queue_holds(), await held_back_now(database)


async def _held(config: Config, deed: Callable[[Change], Awaitable[str]], by: str) -> Contained:
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        register = await administration(config, database, vault)
        async with register.change(by=by) as change:
            hold_id = await deed(change)
        return Contained(hold_id=hold_id, held_back=await held_back_now(database))
