"""The desk and the reminders in memory, under the same contracts; for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.evidence import new_trace
from gateway.adapters.memory_flow import answer
from gateway.domain.reminding import digest
from gateway.domain.stages import Standing
from gateway.domain.stops import Outcome
from gateway.domain.walking_again import MOST_WALKS, Resting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from gateway.adapters.memory_flow import MemoryFlow, Outgoing, Recorded, StoredMail
    from gateway.domain.reminding import Reminder, Told
    from gateway.domain.walking_again import Looked
    from gateway.ports import RegisterView, ReminderLetter


class MemoryDesk:
    """As `database_desk.DatabaseDesk`."""

    def __init__(self, flow: MemoryFlow) -> None:
        self._flow = flow

    async def doubtful(self, revision: int, now: datetime, limit: int) -> Sequence[Resting]:
        """See the port."""
        found = [
            _resting(mail, each)
            for mail, each in self._held()
            if each.standing is None
            or each.standing.revision != revision
            or (each.standing.until is not None and each.standing.until <= now)
        ]
        return found[:limit]

    def _held(self) -> Iterator[tuple[StoredMail, Recorded]]:
        for mail in sorted(self._flow.mails.values(), key=lambda mail: mail.stored_at):
            for each in self._flow.standing(mail.trace) if mail.state == "held" else ():
                if each.outcome is Outcome.HOLD and each.number >= 0 and each.sender_id:
                    yield mail, each

    async def walk_again(self, resting: Sequence[Resting], now: datetime) -> Sequence[str]:
        """See the port."""
        going: list[str] = []
        for trace, round_ in {each.trace: each.round for each in resting}.items():
            mail = self._flow.mails[trace]
            if (mail.state, mail.rounds) == ("held", round_) and mail.walked < MOST_WALKS:
                mail.by_itself, mail.walked, mail.attempts = round_, mail.walked + 1, 0
                mail.free(now, counted=False)
                self._flow.log.append(("walk-again", trace))
                going.append(trace)
        return going

    async def looked(self, looked: Sequence[Looked]) -> None:
        """See the port."""
        for each in looked:
            for recorded in self._flow.standing(each.resting.trace):
                if recorded.number == each.resting.number and recorded.outcome is Outcome.HOLD:
                    recorded.standing = Standing(
                        revision=each.revision, digest=each.resting.digest or "", until=each.until
                    )


class MemoryReminders:
    """As `database_reminders.DatabaseReminders`."""

    def __init__(self, flow: MemoryFlow, view: RegisterView) -> None:
        self._flow = flow
        self._view = view
        self._letters: dict[str, tuple[Told, Outgoing]] = {}

    async def open(self, reminder: Reminder) -> frozenset[str] | None:
        """See the port."""
        found = [
            (told.contact_id, posted.state)
            for told, posted in self._letters.values()
            if told.reminder == reminder
        ]
        reached = {who for who, state in found if state != "withdrawn"}
        return frozenset(who for who, _ in found) - reached if found else None

    async def tell(self, letters: Sequence[ReminderLetter], now: datetime) -> bool:
        """See the port."""
        taken = {told for told, posted in self._letters.values() if posted.state != "withdrawn"}
        if not letters or taken & {each.told for each in letters}:
            return False
        for each in letters:
            trace = new_trace()
            posted = answer(trace, each.mailed, now)
            posted.kind, posted.standing = "reminder", each.standing
            self._flow.outgoing[posted.id] = posted
            self._flow.log.append(("reminder", trace))
            self._letters[trace] = (each.told, posted)
        return True

    async def told(self, trace: str) -> Told | None:
        """See the port."""
        return self._letters[trace][0] if trace in self._letters else None

    async def digest(self, trace: str, instant: datetime) -> str:
        """As `DatabaseReminders.digest`."""
        told = await self.told(trace)
        return digest(await self._view.roster(), told, instant) if told else ""


def _resting(mail: StoredMail, recorded: Recorded) -> Resting:
    return Resting(
        trace=mail.trace,
        round=mail.rounds,
        number=recorded.number,
        sender_id=recorded.sender_id,
        dossier_id=recorded.dossier_id,
        reasons=recorded.reasons,
        digest=recorded.standing.digest if recorded.standing else None,
    )
