"""The ledger in memory, under the same contract; for tests and the bare walk."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from gateway.adapters.evidence import Walked, dossier_of
from gateway.adapters.flow_rows import (
    Walk,
    disclosure_of,
    judgement_of,
    number_of,
    replaced_by,
)
from gateway.adapters.memory_flow import Judged, Outgoing, Recorded, Told, answer
from gateway.adapters.memory_returning import early, settle
from gateway.adapters.tables_flow import FINAL
from gateway.domain.outcomes import Ended
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.memory_flow import MemoryFlow, StoredMail
    from gateway.domain.outcomes import Handled, Settled
    from gateway.domain.parties import Contact
    from gateway.domain.stages import Sealed
    from gateway.ports import Claimed


class MemoryLedger:
    """As `database_ledger.DatabaseLedger`."""

    def __init__(self, flow: MemoryFlow) -> None:
        self._flow = flow

    async def release(self, handled: Sequence[tuple[Claimed, Handled]], now: datetime) -> None:
        """See the port."""
        for claimed, each in handled:
            mail = self._flow.mails[each.raw.trace]
            if (mail.state, mail.token) != ("claimed", claimed.token):
                continue
            walk = self._walk(each, mail)
            after = early(self._flow, each)
            if after is not None:
                mail.free(now + after, counted=False)
            elif each.outcome is Outcome.RETRY or self._taken(walk):
                mail.free(now, counted=False)
            else:
                self._record(walk, mail, now)

    def _walk(self, handled: Handled, mail: StoredMail) -> Walk:
        standing = self._flow.standing(mail.trace)
        final = frozenset(each.number for each in standing if each.outcome.value in FINAL)
        return Walk(handled=handled, walked=Walked("", mail.rounds), standing=final)

    def _taken(self, walk: Walk) -> bool:
        """Whether another mail has disclosed one of its reports, or held what was signed here."""
        signed, raw = walk.handled.signed, walk.handled.raw
        return (
            bool(walk.disclosures & self._disclosed())
            or bool(walk.replacements & self._replaced())
            or self._flow.opened_before(signed, raw)
        )

    def _replaced(self) -> set[tuple[str, str]]:
        return {
            (each.replaces, each.report.party_id)
            for each in self._flow.outcomes
            if each.replaces is not None and each.report is not None and not each.withdrawn
        }

    def _disclosed(self) -> set[tuple[str, str]]:
        return {
            each.disclosed
            for each in self._flow.outcomes
            if each.disclosed is not None and not each.withdrawn
        }

    def _record(self, walk: Walk, mail: StoredMail, now: datetime) -> None:
        flow = self._flow
        for before in flow.standing(mail.trace):
            before.withdrawn = before.outcome.value not in FINAL
        flow.log.append(("mail", mail.trace))
        flow.withdraw(flow.waiting(mail.trace, answers_only=True))
        for settled in walk.settled:
            recorded = _recorded(mail, settled, walk.handled.sender, now)
            flow.outcomes.append(recorded)
            if recorded.number >= 0:
                flow.log.append(("report", mail.trace))
            if not isinstance(settled, Ended):
                self._post(_report(settled, recorded, now))
        for mailed in flow.spared(mail.trace, walk.handled.mailed, now):
            self._post(answer(mail.trace, mailed, now))
        mail.rest(walk.state)
        mail.rounds += 1
        mail.signed = mail.signed or walk.handled.signed
        settle(flow, walk.handled, now)

    def _post(self, outgoing: Outgoing) -> None:
        self._flow.outgoing[outgoing.id] = outgoing


def _recorded(
    mail: StoredMail, settled: Settled, sender: Contact | None, now: datetime
) -> Recorded:
    stop = settled.stop if isinstance(settled, Ended) else None
    return Recorded(
        trace=mail.trace,
        number=number_of(settled),
        outcome=stop.outcome if stop else Outcome.FORWARD,
        reasons=stop.reasons if stop else (),
        disclosed=None if isinstance(settled, Ended) else disclosure_of(settled),
        sender_id=sender.contact_id if sender else "",
        dossier_id=dossier_of(settled),
        standing=settled.standing if isinstance(settled, Ended) else None,
        judged=_judged(mail, settled, now),
        report=_told(settled, sender),
        replaces=None if isinstance(settled, Ended) else replaced_by(settled),
    )


def _told(settled: Settled, sender: Contact | None) -> Told | None:
    if isinstance(settled, Ended):
        if settled.bericht_id is None or sender is None:
            return None
        return Told(
            bericht_id=settled.bericht_id,
            party_id=sender.party.party_id,
            mark=settled.mark,
            recipient=None,
            disclosed=(),
            withheld=settled.withheld,
        )
    disclosure = settled.addressed.disclosure
    return Told(
        bericht_id=disclosure.content.bericht_id,
        party_id=disclosure.sender.party.party_id,
        mark=disclosure.mark,
        recipient=settled.addressed.recipient,
        disclosed=disclosure.disclosed,
        withheld=disclosure.withheld,
    )


def _judged(mail: StoredMail, settled: Settled, now: datetime) -> Judged | None:
    digest = (
        settled.policy_digest
        if isinstance(settled, Ended)
        else settled.addressed.disclosure.policy_digest
    )
    if not digest:
        return None
    return Judged(
        policy_digest=digest,
        round=mail.rounds,
        recorded_at=now,
        judgement=judgement_of(settled),
    )


def _report(sealed: Sealed, recorded: Recorded, now: datetime) -> Outgoing:
    disclosure = sealed.addressed.disclosure
    return Outgoing(
        id=secrets.token_hex(16),
        kind="report",
        trace=recorded.trace,
        message_id=sealed.message_id,
        recipient=sealed.addressed.recipient.address,
        mail=sealed.mail,
        created_at=now,
        due_at=now,
        outcome=recorded,
        standing=disclosure.standing,
        sender_id=disclosure.sender.contact_id,
        dossier_id=disclosure.dossier_id,
        recipient_id=sealed.addressed.recipient.contact_id,
    )
