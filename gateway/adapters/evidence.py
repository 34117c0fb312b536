"""From what became of a mail to what is put on record about it: references, codes, paths."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.decision_rows import written
from gateway.adapters.timestamps import microseconds
from gateway.domain.outcomes import Ended
from gateway.domain.shape import known_path
from gateway.domain.stops import Outcome, Reason
from gateway.ledger.records import Activity, Entry, Found, Plain, Record, Status, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from gateway.domain.outcomes import Handled, Mailed, Settled
    from gateway.domain.plans import PlanFile
    from gateway.domain.stages import Sealed, Withheld

TECHNICAL = frozenset(
    {
        Reason.OPENER_LIMIT,
        Reason.SEALING_FAILED,
        Reason.UNDELIVERABLE,
        Reason.CAME_BACK,
        Reason.NOT_ARRIVED,
        Reason.UNREACHABLE,
        Reason.OWN_KEY_ABSENT,
        Reason.UNEXPECTED,
    }
)
_FAILED = frozenset({"undeliverable", "returned"})
_NAMES = {
    "mail": "mail afhandelen",
    "report": "bericht beoordelen",
    "sent": "verzenden",
    "undeliverable": "onbestelbaar",
    "returned": "teruggekomen",
    "delivery": "bericht over bezorging",
    "withdrawn": "intrekken voor verzending",
    "walk-again": "opnieuw beoordelen",
    "released": "vrijgeven door functionaris",
    "refused": "weigeren door functionaris",
    "consulted": "inzien door functionaris",
    "reminder": "herinneren",
    "dossier": "gegevens geven aan wie erover gaat",
    "duty": "schrijven over een plicht",
}


class Scribe:
    """Writes entries; the one place that decides what of a mail may stand in the log."""

    def __init__(self, activity_for: Callable[[str, str], Activity]) -> None:
        """`activity_for` gives the activity of a kind of entry, and of the letter it is about."""
        self._activity_for = activity_for

    def mail(
        self,
        handled: Handled,
        answers: Sequence[Mailed],
        span_id: str,
        walked: Walked,
        now: datetime,
    ) -> Entry:
        """The mail itself: no data subject, the parent of its reports' records.

        `answers` are those of its letters that go; how many do not is on record too.
        """
        whole = [o for o in handled.outcomes if isinstance(o, Ended) and o.number is None]
        reasons = [reason for ended in whole for reason in ended.stop.reasons]
        evidence: dict[str, Plain] = {
            "message_digest": walked.digest,
            "round": walked.round,
            "size": handled.raw.size,
            "protection": handled.protection.value if handled.protection else None,
            "opened_by": handled.opened_by or None,
            "sender": handled.sender.contact_id if handled.sender else None,
            "outcome": handled.headline,
            "reasons": [reason.value for reason in reasons],
            "reports": len(handled.outcomes) - len(whole),
            "answers": [mailed.message_id for mailed in answers],
            "spared": len(handled.mailed) - len(answers) or None,
        }
        record = Record(
            trace_id=handled.raw.trace,
            span_id=span_id,
            name=_NAMES["mail"],
            status=_status(handled.outcome, reasons),
            start_time=milliseconds(handled.raw.instant),
            end_time=milliseconds(now),
        )
        found = Found(
            sender=handled.sender.contact_id if handled.sender else None, outcome=handled.headline
        )
        return entry("mail", record, self._activity_for("mail", ""), evidence, found)

    def report(
        self, handled: Handled, settled: Settled, about: About, walked: Walked, now: datetime
    ) -> Entry:
        """One report, one data subject, and why it went or did not go."""
        stop = settled.stop if isinstance(settled, Ended) else None
        outcome = stop.outcome if stop is not None else Outcome.FORWARD
        evidence: dict[str, Plain] = {
            "message_digest": walked.digest,
            "round": walked.round,
            "sender": handled.sender.contact_id if handled.sender else None,
            "outcome": outcome.value,
            "reasons": [reason.value for reason in stop.reasons] if stop is not None else [],
            **(_ended(settled) if isinstance(settled, Ended) else _disclosed(settled)),
        }
        record = Record(
            trace_id=handled.raw.trace,
            span_id=about.span,
            parent_span_id=about.parent,
            name=_NAMES["report"],
            status=_status(outcome, stop.reasons if stop is not None else ()),
            start_time=milliseconds(handled.raw.instant),
            end_time=milliseconds(now),
        )
        found = Found(
            subject=about.subject,
            sender=handled.sender.contact_id if handled.sender else None,
            recipient=None if isinstance(settled, Ended) else recipient_of(settled),
            outcome=outcome.value,
        )
        return entry("report", record, self._activity_for("report", ""), evidence, found)

    def settled(self, kind: str, about: About, now: datetime, **evidence: Plain) -> Entry:
        """What happened later to something already on record."""
        instant = milliseconds(now)
        record = Record(
            trace_id=about.trace,
            span_id=about.span,
            parent_span_id=about.parent,
            name=_NAMES[kind],
            status=Status.ERROR if kind in _FAILED else Status.OK,
            start_time=instant,
            end_time=instant,
        )
        recipient = evidence.get("recipient")
        found = Found(
            subject=about.subject, recipient=recipient if isinstance(recipient, str) else None
        )
        activity = self._activity_for(kind, str(evidence.get("mail", "")))
        return entry(kind, record, activity, evidence, found)


@dataclass(frozen=True, slots=True)
class Walked:
    """What the inbound row knows of a mail: the digest of its bytes, and which round this is."""

    digest: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Which trace, span and data subject a record is about; that by the register's own id."""

    trace: str
    span: str
    parent: str | None = None
    subject: str | None = None


def new_span() -> str:
    """Eight random bytes in hex (W3C Trace Context, 3.2.2.4)."""
    return secrets.token_hex(8)


def new_trace() -> str:
    """Sixteen bytes in hex: six of time (milliseconds since 1970), two counted, eight random.

    W3C Trace Context, 3.2.2.3 asks for at least seven random bytes at the right;
    time at the left keeps what came together near each other in every index.  Each
    is greater than those that this process made before: the order of arrival.
    """
    return f"{_ticks.following(time.time_ns() // 1_000_000):016x}{secrets.token_hex(8)}"


class _Ticks:
    """Milliseconds with 65,536 steps in each, never the same twice and never backwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def following(self, now: int) -> int:
        with self._lock:
            self._last = max(self._last + 1, now << 16)
            return self._last


_ticks = _Ticks()


def milliseconds(instant: datetime) -> int:
    """Since 1970, as LDV counts."""
    return microseconds(instant) // 1000


def dossier_of(settled: Settled) -> str:
    """The dossier a report is proven to be about, or nothing."""
    if isinstance(settled, Ended):
        return settled.dossier_id
    return settled.addressed.disclosure.dossier_id


def recipient_of(sealed: Sealed) -> str:
    """The one contact a report goes to."""
    return sealed.addressed.recipient.contact_id


def _status(outcome: Outcome, reasons: Iterable[Reason]) -> Status:
    if TECHNICAL & set(reasons):
        return Status.ERROR
    return Status.UNSET if outcome is Outcome.HOLD else Status.OK


def _disclosed(sealed: Sealed) -> dict[str, Plain]:
    disclosure = sealed.addressed.disclosure
    return {
        "number": disclosure.number,
        "document_id": str(disclosure.document_id),
        "bericht_id": str(disclosure.content.bericht_id),
        "mark": disclosure.mark or None,
        "policy": disclosure.policy_digest,
        "rows": list(disclosure.rows),
        "ground": disclosure.ground.value,
        "articles": list(disclosure.articles),
        "categories": [category.value for category in disclosure.categories],
        "disclosed": paths_of(disclosure.disclosed),
        "withheld": _withheld(disclosure.withheld),
        "judgement": written(disclosure.judgement).digest,
        "repeated": [
            {"trace": each.trace, "number": each.number} for each in sealed.addressed.earlier
        ]
        or None,
        "recipient": recipient_of(sealed),
        "message_id": sealed.message_id,
        **_replacing(sealed),
        "sealed_by": sealed.sealed_by or None,
        "sealed_to": sealed.sealed_to or None,
        "facts": {
            "revision": disclosure.standing.revision,
            "digest": disclosure.standing.digest,
        },
        **_plan(disclosure.plan),
    }


def _plan(plan: PlanFile | None) -> dict[str, Plain]:
    """Which file came and which one left, by SHA-256."""
    return {} if plan is None else {"plan": {"original": plan.original, "sha256": plan.sha256}}


def _replacing(sealed: Sealed) -> dict[str, Plain]:
    """Of a correction: what it replaces, and of which categories it shows what stood there."""
    replaces, before = sealed.addressed.disclosure.content.vervangt, sealed.addressed.before
    if replaces is None:
        return {}
    beside = sorted(category.value for category in before.categories) if before else []
    return {"replaces": str(replaces), "beside": list(beside)}


def _ended(ended: Ended) -> dict[str, Plain]:
    return {
        "number": ended.number,
        "bericht_id": str(ended.bericht_id) if ended.bericht_id else None,
        "mark": ended.mark or None,
        "policy": ended.policy_digest or None,
        "rows": list(ended.rows),
        "withheld": _withheld(ended.withheld),
        "judgement": written(ended.judgement).digest if ended.judgement is not None else None,
    }


def paths_of(paths: Sequence[str]) -> list[str]:
    """Field paths as they stand on record: those that the bijsluiter knows, each once."""
    return list(dict.fromkeys(known_path(path) for path in paths))


def _withheld(withheld: Sequence[Withheld]) -> list[Plain]:
    found = dict.fromkeys((known_path(each.path), each.reason.value) for each in withheld)
    return [{"path": path, "reason": reason} for path, reason in found]
