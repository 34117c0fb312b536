"""Mails whose reports were sent, in memory, under the same contract; for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.earlier import SentBefore, opened_again
from gateway.domain.stages import Post
from gateway.domain.whom import Whom

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.adapters.memory_flow import MemoryFlow, Outgoing


class MemoryEarlier:
    """As `database_earlier.DatabaseEarlier`."""

    def __init__(self, flow: MemoryFlow) -> None:
        self._flow = flow

    async def before(self, wanted: Collection[Whom], trace: str) -> Sequence[SentBefore]:
        """See the port."""
        flow = self._flow
        sent = [each for each in flow.outgoing.values() if _whom(each) in wanted]
        sent.sort(key=lambda each: (each.sent_at, each.trace), reverse=True)
        return opened_again(
            (each.trace, mail.fetched.size, each.outcome.number, mail.fetched.oversize)
            for each in sent
            if each.trace != trace
            and each.outcome is not None
            and not (mail := flow.mails[each.trace]).forgotten
        )


def _whom(each: Outgoing) -> Whom | None:
    if each.kind != Post.REPORT.value or each.state != "sent":
        return None
    return Whom(each.dossier_id, each.sender_id, each.recipient_id)
