"""Requests of people about their own data, as commands and a console use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.audit import Action
from gateway.domain.case_rules import Decision
from gateway.domain.cases import Outcome, RequestKind, Step
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.silent import Silent
from gateway.wiring.register import register
from gateway.wiring.rights import hold_objection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from gateway.adapters.database_register import Register
    from gateway.adapters.register_change import Change
    from gateway.config import Config
    from gateway.domain.case_rules import Established, Mandate
    from gateway.domain.cases import Case, Received
    from gateway.domain.consent import ConsentCategory
    from gateway.domain.incidents import Incident


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewRequest(Silent):
    """What came in; `person` is a dossierkenmerk or our own id, empty where nobody is found.

    `providers` and `rows` narrow which consent is withdrawn; all of it unless named.
    """

    kind: RequestKind
    reference: str
    channel: Received
    received_at: datetime | None = None
    person: str = ""
    sender: Mandate | None = None
    words: str = ""
    providers: tuple[str, ...] = ()
    rows: tuple[ConsentCategory, ...] = ()


async def opened(config: Config, new: NewRequest, *, by: str) -> tuple[Case, Incident | None]:
    """Put a request on record, and the incident proposal that it opened, if any.

    A withdrawal of consent has effect at once, from when it came in (AVG 7(3)), and so has an
    objection until it was weighed (21(1)).  Raises
    `RegisterError`, `NotReadyError`.
    """
    async with register(config) as administration:
        dossier_id = await whose(administration, new.person)
        consents = await _consents(administration, dossier_id, new)
        async with administration.change(by=by) as change:
            case_id = await change.cases.open(
                new.kind,
                reference=new.reference,
                channel=new.channel,
                received_at=new.received_at,
                dossier_id=dossier_id,
                sender=new.sender,
                words=new.words,
            )
            await _withdraw(change, case_id, consents)
            await hold_objection(change, case_id)
        return await administration.case(case_id), change.opened


async def identified(
    config: Config, case_id: str, how: Established | None, *, person: str = "", by: str
) -> Case:
    """Who asks is established, or whose dossier it is was found after all, or both.

    Raises `RegisterError`, `NotReadyError`.
    """
    async with register(config) as administration:
        dossier_id = await whose(administration, person)
        consents = await _consents(administration, dossier_id)
        async with administration.change(by=by) as change:
            if dossier_id:
                await change.cases.find(case_id, dossier_id)
                await _withdraw(change, case_id, consents)
                await hold_objection(change, case_id)
            if how is not None:
                await change.cases.step(case_id, Step.IDENTIFIED, detail={"how": how.value})
        return await administration.case(case_id)


async def stepped(
    config: Config,
    case_id: str,
    step: Step,
    *,
    detail: Mapping[str, str] | None = None,
    words: str = "",
    by: str,
) -> Case:
    """One step on record; raises `RegisterError`, `NotReadyError`."""
    async with register(config) as administration:
        async with administration.change(by=by) as change:
            await change.cases.step(case_id, step, detail=detail, words=words)
        return await administration.case(case_id)


async def decided(
    config: Config, case_id: str, decision: Decision, *, words: str, by: str
) -> tuple[Case, str | None]:
    """Decided, or proposed under the id that is given; raises `RegisterError`, `NotReadyError`.

    Not for erasing somebody: `erasing.proposed` weighs what bars it, on the ground for it.
    A withdrawal that is granted stops, from now, what was given since it came in.
    """
    async with register(config) as administration:
        case = await administration.case(case_id)
        if case.dossier_id and decision.erases(case.kind):
            raise RegisterError(Refusal.NO_ERASURE_GROUND)
        stops = case.kind is RequestKind.WITHDRAWAL and decision.outcome is Outcome.GRANTED
        consents = await _consents(administration, case.dossier_id)
        async with administration.change(by=by) as change:
            if stops and not await _withdraw(change, case_id, consents, now=True):
                raise RegisterError(Refusal.NOTHING_TO_WITHDRAW)
            proposed = None if stops else await change.cases.decide(case_id, decision, words)
        return await administration.case(case_id), proposed


async def taken_back(
    config: Config, case_id: str, channel: Received, *, said_on: date, words: str, by: str
) -> tuple[Case, str]:
    """That the person took it back, as `by` says; the id of what another has to confirm.

    Raises `RegisterError`, `NotReadyError`.
    """
    async with register(config) as administration:
        async with administration.change(by=by) as change:
            proposed = await change.cases.take_back(case_id, channel, said_on, words)
        return await administration.case(case_id), proposed


async def carried_out(config: Config, case_id: str, *, by: str) -> Case:
    """What was decided was done outside of the gateway, says `by`.

    Refuses where only the gateway itself can have done it: erasing, a restriction, and the end
    of a consent.  Raises `RegisterError`, `NotReadyError`.
    """
    case = await shown(config, case_id)
    by_itself = {RequestKind.ERASURE, RequestKind.WITHDRAWAL, RequestKind.RESTRICTION}
    if case.kind in by_itself:
        raise RegisterError(Refusal.NOT_CARRIED_OUT)
    return await stepped(config, case_id, Step.EXECUTED, detail={"done": "elsewhere"}, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Consents:
    """Which consents are withdrawn; `named` says that nobody asked about any other."""

    providers: tuple[str, ...]
    rows: tuple[ConsentCategory, ...]
    named: bool


async def _consents(
    administration: Register, dossier_id: str, new: NewRequest | None = None
) -> _Consents:
    """Those that were asked about, or else everything that is on record of this person."""
    if new and new.providers:
        return _Consents(providers=new.providers, rows=new.rows, named=True)
    record = await administration.dossier_by_id(dossier_id) if dossier_id else None
    given = {each.provider_id for each in record.history.consents} if record else set()
    rows = new.rows if new else ()
    return _Consents(providers=tuple(sorted(given)), rows=rows, named=False)


async def _withdraw(
    change: Change, case_id: str, consents: _Consents, *, now: bool = False
) -> bool:
    """Ends the consents that hold, and says so; where none does, an officer has to decide.

    From when the request came in, or from `now`; whether there was any.
    """
    case = await change.cases.case(case_id)
    if case.kind is not RequestKind.WITHDRAWAL or not case.dossier_id:
        return False
    since = None if now else case.received_at
    ended = [
        each for each in consents.providers if await _ends(change, case, each, consents, since)
    ]
    if not ended:
        return False
    await change.cases.decide(case_id, Decision(outcome=Outcome.GRANTED))
    for provider in ended:
        await change.cases.step(case_id, Step.EXECUTED, detail={"provider": provider})
    return True


async def _ends(
    change: Change, case: Case, provider: str, consents: _Consents, since: datetime | None
) -> bool:
    try:
        await change.consents.withdraw(
            case.dossier_id, provider, categories=consents.rows, valid_from=since
        )
    except RegisterError as error:
        if error.code is not Refusal.NOTHING_TO_WITHDRAW or consents.named:
            raise
        return False
    return True


async def whose(administration: Register, person: str) -> str:
    """The dossier that is meant, empty where nobody was named; raises `RegisterError`."""
    if not person:
        return ""
    record = await administration.dossier(person)
    if record is None:
        raise RegisterError(Refusal.UNKNOWN_DOSSIER)
    return record.history.dossier_id


async def listed(config: Config) -> Sequence[Case]:
    """Every request, the first deadline first; raises `NotReadyError`."""
    async with register(config) as administration:
        found = await administration.cases()
    return sorted(found, key=lambda case: (case.deadline, case.received_at, case.case_id))


async def shown(config: Config, case_id: str) -> Case:
    """One request, without its words; raises `RegisterError`, `NotReadyError`."""
    async with register(config) as administration:
        return await administration.case(case_id)


async def read(config: Config, case_id: str, *, by: str) -> tuple[Case, Mapping[int, str]]:
    """One request with its words, by the number of the step; that `by` read them is on record.

    Raises `RegisterError`, `NotReadyError`.
    """
    async with register(config) as administration:
        case = await administration.case(case_id)
        ids = [case.dossier_id] if case.dossier_id else []
        await administration.consulted(by=by, action=Action.CASE_LOOKED, ids=ids)
        return case, await administration.case_words(case_id)
