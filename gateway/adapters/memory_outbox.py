"""The outbox in memory, under the same contract; for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.adapters.flow_rows import AT_REST
from gateway.adapters.memory_flow import Outgoing, answer, due
from gateway.domain.stages import Post, Released
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.at_rest import FactsFor, Reminded, Revision
    from gateway.adapters.memory_flow import MemoryFlow
    from gateway.domain.outcomes import Mailed


class MemoryOutbox:
    """As `database_outbox.DatabaseOutbox`."""

    def __init__(
        self,
        flow: MemoryFlow,
        *,
        return_path: str,
        revision: Revision,
        facts_for: FactsFor,
        reminded: Reminded | None = None,
        lease: timedelta = timedelta(seconds=180),
    ) -> None:
        self._flow = flow
        self._return_path = return_path
        self._revision = revision
        self._facts_for = facts_for
        self._reminded = reminded
        self._lease = lease
        self.holds = False  # whether a hold is over everything

    async def claim(self, limit: int, now: datetime) -> Sequence[Released]:
        """See the port."""
        pending = {
            each.trace
            for each in self._flow.outgoing.values()
            if each.kind == "report" and each.due_at is not None
        }
        free = (
            []
            if self.holds
            else [
                each
                for each in due(self._flow.outgoing.values(), now)
                if each.kind != "receipt" or each.trace not in pending
            ]
        )
        for each in free[:limit]:
            each.take("mine", now + self._lease)
        return [self._released(each) for each in free[:limit]]

    async def may_leave(self, released: Released) -> bool:
        """See the port."""
        return not self.holds

    def _released(self, each: Outgoing) -> Released:
        return Released(
            outgoing_id=each.id,
            trace=each.trace,
            message_id=each.message_id,
            envelope_from=self._return_path if each.kind == "report" else "",
            recipient=each.recipient,
            mail=each.mail,
            attempts=each.attempts,
            standing=each.standing,
            post=Post(each.kind),
            number=each.outcome.number if each.outcome else None,
            sender_id=each.sender_id,
        )

    async def still_stands(self, released: Sequence[Released], now: datetime) -> Sequence[bool]:
        """See the port."""
        return [await self._stands(each, now) for each in released]

    async def _stands(self, released: Released, now: datetime) -> bool:
        standing = released.standing
        if standing is None:
            return True
        in_time = standing.until is None or now < standing.until
        if in_time and standing.revision == await self._revision():
            return True
        each = self._flow.outgoing[released.outgoing_id]
        if each.kind == "reminder":
            found = await self._reminded(each.trace, now) if self._reminded else ""
            return found == standing.digest
        facts = await self._facts_for(each.sender_id, each.dossier_id, now)
        return facts.digest() == standing.digest

    async def sent(self, released: Sequence[Released], now: datetime) -> None:
        """See the port."""
        for each in self._open(released):
            each.rest("sent")
            each.mail = b""
            each.sent_at = now
            self._flow.log.append(("sent", each.trace))

    async def renew(self, released: Sequence[Released], now: datetime) -> None:
        """See the port."""
        for each in self._mine(released):
            each.due_at = now + self._lease

    async def postpone(self, released: Released, not_before: datetime) -> None:
        """See the port."""
        for each in self._mine([released]):
            each.free(not_before, counted=True)

    async def hand_back(self, released: Sequence[Released]) -> None:
        """See the port."""
        for each in self._mine(released):
            each.free(each.created_at, counted=False)

    async def undeliverable(
        self, released: Released, answers: Sequence[Mailed], now: datetime
    ) -> None:
        """See the port."""
        flow = self._flow
        for each in self._mine([released]):
            each.rest("undeliverable")
            each.mail = b""
            flow.log.append(("undeliverable", each.trace))
            if each.outcome is not None:
                each.outcome.withdrawn = True
                flow.withdraw(flow.waiting(each.trace, answers_only=True))
            mail = flow.mails.get(each.trace)
            if mail and mail.state in AT_REST and each.kind != "notice":
                mail.rest("held")
                if each.outcome is not None:
                    flow.outcomes.append(each.outcome.instead(Hold(Reason.UNDELIVERABLE)))
            for mailed in answers:
                letter = answer(each.trace, mailed, now)
                flow.outgoing[letter.id] = letter

    async def walk_again(self, released: Sequence[Released], now: datetime) -> None:
        """See the port."""
        flow = self._flow
        mine = self._mine(released)
        traces = dict.fromkeys(each.trace for each in mine if each.kind != "reminder")
        flow.withdraw(mine)
        for trace in traces:
            flow.withdraw(flow.waiting(trace, answers_only=False))
            flow.log.append(("walk-again", trace))
            mail = flow.mails[trace]
            if mail.state in AT_REST:
                mail.attempts, mail.by_itself = 0, mail.rounds
                mail.free(now, counted=False)

    def _open(self, released: Sequence[Released]) -> list[Outgoing]:
        found = (self._flow.outgoing[each.outgoing_id] for each in released)
        return [each for each in found if each.due_at is not None]

    def _mine(self, released: Sequence[Released]) -> list[Outgoing]:
        return [each for each in self._open(released) if each.state == "claimed"]
