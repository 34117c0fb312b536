"""Reminding: what people have to be told in time, looked after every so often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.duties.notifying import notify
from gateway.duties.reminding import remind

if TYPE_CHECKING:
    from gateway.runner.work import Work
    from gateway.wiring.running import Watch


class Remindings:
    """Rounds of reminders."""

    def __init__(self, work: Work, watch: Watch) -> None:
        self._work = work
        self._watch = watch

    async def turn(self) -> None:
        """One round, and a rest."""
        parts = self._work.parts
        done = await remind(self._watch.reminding, parts.clock())
        for told in done.posted:
            parts.events("reminder.posted", matter=told.reminder.matter.value, to=told.contact_id)
        for reminder in done.untold:
            parts.events("reminder.untold", matter=reminder.matter.value, subject=reminder.subject)
        notified = await self._notified()
        if done.posted or notified:
            self._work.post.set()
        await self._work.rest(self._watch.remind_seconds)

    async def _notified(self) -> bool:
        """Letters that duties ask for; whether any was posted."""
        parts, notifying = self._work.parts, self._watch.notifying
        if notifying is None:
            return False
        done = await notify(notifying, parts.clock())
        for each in done.letters:
            parts.events("duty.posted", duty=each.matter.value, to=each.contact_id)
        for wanted in done.unreachable:
            parts.events("duty.unreachable", duty=wanted.matter.value, to=wanted.meant_for)
        return bool(done.letters)
