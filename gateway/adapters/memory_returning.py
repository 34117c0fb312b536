"""What left and what comes back, in memory, under the same contract; for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.database_returning import LATER, SOON
from gateway.adapters.flow_rows import AT_REST
from gateway.adapters.memory_flow import answer
from gateway.adapters.outer_header import names_itself
from gateway.domain.delivery import BELIEVED_FOR, News, SentLetter
from gateway.domain.stages import Post
from gateway.domain.stops import Hold, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from datetime import datetime, timedelta

    from gateway.adapters.memory_flow import MemoryFlow, Outgoing
    from gateway.domain.histories import Roster
    from gateway.domain.outcomes import Handled, Mailed, Returned
    from gateway.domain.stages import RawMail

_OPEN = ("waiting", "claimed")


class MemorySentMail:
    """As `database_sent_mail.DatabaseSentMail`."""

    def __init__(
        self, flow: MemoryFlow, *, roster: Callable[[], Awaitable[Roster]], address: str
    ) -> None:
        self._flow = flow
        self._roster = roster
        self._address = address.casefold()

    async def named(self, message_ids: Collection[str], instant: datetime) -> Sequence[SentLetter]:
        """See the port."""
        roster = await self._roster()
        newest = {
            each.message_id: each
            for each in sorted(self._flow.outgoing.values(), key=lambda each: each.created_at)
            if each.message_id in message_ids
            and _left(each)
            and (each.sent_at is None or each.sent_at >= instant - BELIEVED_FOR)
        }
        return [self._letter(each, roster, instant) for each in newest.values()]

    def _letter(self, each: Outgoing, roster: Roster, instant: datetime) -> SentLetter:
        contact = roster.contacts.get(each.recipient_id)
        mail = self._flow.mails.get(each.trace)
        return SentLetter(
            outgoing_id=each.id,
            trace=each.trace,
            post=Post(each.kind),
            message_id=each.message_id,
            recipient=contact.even_if_gone(each.sent_at or instant).address if contact else "",
            number=each.outcome.number if each.outcome else None,
            sender_id=each.sender_id,
            kept=mail is not None and not mail.forgotten,
        )

    async def wrote(self, raw: RawMail) -> bool:
        """See the port."""
        message_id, author = names_itself(raw.content)
        known = {each.message_id for each in self._flow.outgoing.values()}
        return author.casefold() == self._address or message_id in known


def _left(each: Outgoing) -> bool:
    tried = each.state == "waiting" and each.attempts > 0
    return tried or each.state in {"sent", "returned", "claimed"}


def early(flow: MemoryFlow, handled: Handled) -> timedelta | None:
    """As `database_returning.Returning.early`."""
    open_: set[str] = set()
    for each in handled.returned:
        outgoing = flow.outgoing[each.fate.letter.outgoing_id]
        open_.add(outgoing.state)
        if outgoing.kind == Post.REPORT.value:
            open_.add(flow.mails[outgoing.trace].state)
    open_ &= set(_OPEN)
    return None if not open_ else SOON if open_ == {"claimed"} else LATER


def settle(flow: MemoryFlow, handled: Handled, now: datetime) -> None:
    """As `database_returning.Returning.settle`."""
    for told in handled.returned:
        each = flow.outgoing[told.fate.letter.outgoing_id]
        failed = told.fate.news is News.FAILED
        flow.log.append(("returned" if failed else "delivery", each.trace))
        if failed and each.state == "sent" and each.kind != Post.REMINDER.value:
            _came_back(flow, each, told, now)
        if told.fate.strayed and all(each is not before for before in flow.proposed):
            flow.proposed.append(each)
            _tell(flow, each, told.strayed, now)


def _came_back(flow: MemoryFlow, each: Outgoing, told: Returned, now: datetime) -> None:
    each.rest("returned")
    mail = flow.mails[each.trace]
    if each.outcome is None or mail.state not in AT_REST:
        return
    each.outcome.withdrawn = True
    kept = not mail.forgotten
    stop = Hold(Reason.CAME_BACK) if kept else Reject(Reason.NOT_ARRIVED)
    flow.outcomes.append(each.outcome.instead(stop))
    mail.rounds += 1
    if kept:
        mail.rest("held")
    flow.withdraw(flow.waiting(each.trace, answers_only=True))
    _tell(flow, each, told.back, now)


def _tell(flow: MemoryFlow, each: Outgoing, letters: Sequence[Mailed], now: datetime) -> None:
    for mailed in flow.spared(each.id, letters, now):
        letter = answer(each.trace, mailed, now)
        flow.outgoing[letter.id] = letter
