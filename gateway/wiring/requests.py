"""Requests of people about their own data, as commands and a console use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.audit import Action
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.silent import Silent
from gateway.wiring.register import register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.case_rules import Mandate
    from gateway.domain.cases import Case, Received, RequestKind


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewRequest(Silent):
    """What came in; `person` is a dossierkenmerk or our own id, empty where nobody is found."""

    kind: RequestKind
    reference: str
    channel: Received
    received_at: datetime | None = None
    person: str = ""
    sender: Mandate | None = None
    words: str = ""


async def opened(config: Config, new: NewRequest, *, by: str) -> Case:
    """Put a request on record; raises `RegisterError`, `NotReadyError`."""
    async with register(config) as administration:
        dossier_id = await whose(administration, new.person)
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
        return await administration.case(case_id)


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
