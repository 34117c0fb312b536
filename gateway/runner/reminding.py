"""Reminding: what people have to be told in time, looked after every so often."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        if done.posted:
            self._work.post.set()
        await self._work.rest(self._watch.remind_seconds)
