"""Restrictions on record: what may be put there, and how (AVG 18 and 21)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from gateway.adapters.register_deciding import read_operators
from gateway.adapters.register_rows import restrictions_from
from gateway.adapters.tables_cases import request_case
from gateway.adapters.tables_register import register_change, stamp
from gateway.adapters.tables_rights import dossier_restriction
from gateway.domain.holding import by_another
from gateway.domain.parties import Interval
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import (
    Restriction,
    RestrictionEvent,
    RestrictionReason,
    may_object,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.register_writing import Writing


class Restrictions:
    """When nothing about somebody is passed on.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def restrict(
        self,
        dossier_id: str,
        reason: RestrictionReason,
        case_id: str,
        *,
        since: datetime | None = None,
    ) -> str:
        """From now on, or from `since`, until it is lifted; its id.

        An objection is refused where nothing rests on anything but consent (21(1)).
        """
        start = self._writing.moment(since)
        history = await self._writing.dossier(dossier_id)
        circumstance = history.circumstances.as_of(self._writing.now)
        regime = circumstance.regime if circumstance else None
        if reason is RestrictionReason.OBJECTION and not may_object(regime):
            raise RegisterError(Refusal.NOTHING_TO_OBJECT_TO)
        new = Restriction(
            restriction_id=secrets.token_hex(4),
            case_id=case_id,
            reason=reason,
            period=Interval(start=start),
        )
        await self._append(dossier_id, new, RestrictionEvent.BEGAN, start)
        return new.restriction_id

    async def announce(
        self, dossier_id: str, restriction_id: str, *, told_at: datetime | None = None
    ) -> None:
        """That the person was told, now or at `told_at`, that it is about to be lifted (18(3))."""
        told = self._writing.moment(told_at)
        found = await self._standing(dossier_id, restriction_id)
        if found.announced_at is not None:
            raise RegisterError(Refusal.TOLD_ALREADY)
        if told > self._writing.now:
            raise RegisterError(Refusal.NOT_TOLD)
        await self._append(dossier_id, found, RestrictionEvent.ANNOUNCED, told)

    async def lift(self, dossier_id: str, restriction_id: str) -> None:
        """From now on; refused while the person was not told of it before (18(3)).

        What no request asked for, a breach did: that another operator lifts than who placed it.
        """
        found = await self._standing(dossier_id, restriction_id)
        if found.announced_at is None:
            raise RegisterError(Refusal.NOT_TOLD)
        if not await self._writing.rows.select(request_case, case_id=found.case_id):
            await self._by_another(restriction_id)
        await self._append(dossier_id, found, RestrictionEvent.LIFTED, self._writing.now)

    async def of(self, dossier_id: str) -> Sequence[Restriction]:
        """Every restriction of this dossier, in the order of recording."""
        await self._writing.dossier_known(dossier_id)
        return restrictions_from(
            await self._writing.rows.select(dossier_restriction, dossier_id=dossier_id)
        )

    async def _standing(self, dossier_id: str, restriction_id: str) -> Restriction:
        for each in await self.of(dossier_id):
            if each.restriction_id == restriction_id and each.period.end is None:
                return each
        raise RegisterError(Refusal.NO_RESTRICTION)

    async def _by_another(self, restriction_id: str) -> None:
        rows = self._writing.rows
        began = RestrictionEvent.BEGAN.value
        (row,) = await rows.select(dossier_restriction, restriction_id=restriction_id, event=began)
        (change,) = await rows.select(register_change, revision=row["revision"])
        people = {each.operator_id: each for each in await read_operators(rows)}
        placer, by = people[row["recorded_by"]], people[self._writing.by]
        by_another(placer, by, change["origin"], self._writing.origin)

    async def _append(
        self, dossier_id: str, what: Restriction, event: RestrictionEvent, at: datetime
    ) -> None:
        await self._writing.append(
            dossier_restriction,
            dossier_id=dossier_id,
            valid_from=stamp(at),
            restriction_id=what.restriction_id,
            event=event.value,
            reason=what.reason.value,
            case_id=what.case_id,
        )
