"""What became of reports before, in memory: the twin of what the database's register reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.resending import First, agreement
from gateway.domain.shape import known_path
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from gateway.adapters.memory_flow import MemoryFlow, Recorded, Told
    from gateway.domain.stages import Checked


class MemoryFirsts:
    """What stands of a report, in other mails than the one that walks."""

    def __init__(self, flow: MemoryFlow) -> None:
        self._flow = flow

    def disclosed(self, bericht_id: UUID, party_id: str, trace: str) -> bool:
        """Whether another mail disclosed it, whoever of the party sent that."""
        found = self._before(bericht_id, party_id, trace)
        return any(each.outcome is Outcome.FORWARD for each, _ in found)

    def first(self, checked: Checked, mark: str) -> First | None:
        """What its sender heard of it before; that it went above that it waits."""
        sender, raw = checked.opened.sender, checked.opened.raw
        found = [
            (recorded, told)
            for recorded, told in self._before(
                checked.bericht.bericht_id, sender.party.party_id, raw.trace
            )
            if recorded.sender_id == sender.contact_id
            and recorded.outcome in {Outcome.FORWARD, Outcome.HOLD}
        ]
        found.sort(key=lambda each: each[0].outcome is not Outcome.FORWARD)
        return self._first(*found[0], mark) if found else None

    def _before(
        self, bericht_id: UUID, party_id: str, trace: str
    ) -> Iterator[tuple[Recorded, Told]]:
        for each in self._flow.outcomes:
            told = each.report
            ours = told is not None and (told.bericht_id, told.party_id) == (bericht_id, party_id)
            if told is not None and ours and each.trace != trace and not each.withdrawn:
                yield each, told

    def _first(self, recorded: Recorded, told: Told, mark: str) -> First:
        mail = self._flow.mails[recorded.trace]
        sent = (each for each in self._flow.outgoing.values() if each.outcome is recorded)
        letter = next(sent, None)
        paths = dict.fromkeys((known_path(each.path), each.reason) for each in told.withheld)
        return First(
            trace=recorded.trace,
            received_at=mail.fetched.received_at,
            outcome=recorded.outcome,
            same=agreement(told.mark, mark),
            reasons=recorded.reasons,
            sent_at=letter.sent_at if letter is not None else None,
            role=told.recipient.role if told.recipient else None,
            organisation=told.recipient.party.name if told.recipient else "",
            on_record=True,
            disclosed=tuple(dict.fromkeys(known_path(path) for path in told.disclosed)),
            withheld=tuple(paths),
        )
