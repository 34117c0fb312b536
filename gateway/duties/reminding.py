"""Tells people in time: what is due, to whom, sealed, and once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.reminding import (
    Matter,
    Reminder,
    Told,
    audience,
    digest,
    due,
    holds_until,
    missing,
)
from gateway.domain.stages import Standing
from gateway.duties.exclusion import needing_another
from gateway.duties.posting import sealed_for_post
from gateway.ports import ReminderLetter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.histories import Roster
    from gateway.domain.parties import Contact
    from gateway.ports import RegisterView, ReminderLetters, Reminders, Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminding:
    """What it takes to remind."""

    view: RegisterView
    reminders: Reminders
    letters: ReminderLetters
    sealer: Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """What one round did: letters posted, and reminders that nobody could be told of."""

    posted: tuple[Told, ...]
    untold: tuple[Reminder, ...]


async def remind(parts: Reminding, now: datetime) -> Reminded:
    """Tell everything that is due and not told yet; raises `Retry` when that cannot be done now."""
    telling = _Telling(parts, await parts.view.roster(), now)
    for reminder in due(telling.roster, now):
        await telling.tell(reminder)
    return Reminded(posted=tuple(telling.posted), untold=tuple(telling.untold))


class _Telling:
    """One round, on one reading of the register."""

    def __init__(self, parts: Reminding, roster: Roster, now: datetime) -> None:
        self.roster = roster
        self.posted: list[Told] = []
        self.untold: list[Reminder] = []
        self._parts = parts
        self._now = now

    async def tell(self, reminder: Reminder) -> None:
        chosen = await self._parts.reminders.open(reminder)
        wanted = missing(audience(self.roster, reminder, self._now), chosen)
        letters = await self._letters(reminder, wanted)
        if letters and await self._parts.reminders.tell(letters, self._now):
            self.posted += [letter.told for letter in letters]
        elif not letters and (wanted or chosen is None or chosen):
            self.untold.append(reminder)

    async def _letters(
        self, reminder: Reminder, wanted: Sequence[Contact]
    ) -> Sequence[ReminderLetter]:
        dossiers = await self._dossiers(reminder) if wanted else ()
        found = [await self._letter(reminder, to, dossiers) for to in wanted]
        return [letter for letter in found if letter is not None]

    async def _dossiers(self, reminder: Reminder) -> tuple[str, ...]:
        if reminder.matter is not Matter.EXCLUSION:
            return ()
        found = await self._parts.view.dossiers_of(reminder.subject)
        return needing_another(found, reminder.subject, self._now)

    async def _letter(
        self, reminder: Reminder, to: Contact, dossiers: Sequence[str]
    ) -> ReminderLetter | None:
        """None for somebody to whom it cannot be sealed; the others are told all the same."""
        told = Told(reminder=reminder, contact_id=to.contact_id)
        letter = self._parts.letters.reminder(told, to, self.roster, dossiers, self._now)
        mailed = await sealed_for_post(self._parts.sealer, letter)
        if mailed is None:
            return None
        return ReminderLetter(told=told, mailed=mailed, standing=self._standing(told))

    def _standing(self, told: Told) -> Standing:
        return Standing(
            revision=self.roster.revision,
            digest=digest(self.roster, told, self._now),
            until=holds_until(self.roster, told, self._now),
        )
