"""Deeds on record: entries of the log of their own kind, in the transaction of what was done.

Who acted stands in these and in no other entry.  Whom of the inburgeraars a deed is
about is hashed as a pseudonym only, and found beside the log by the register's own id:
when that link goes, it is still on record who looked, and no longer at whom.  So a deed
is sealed under the log's own key, never under that of the person it is about.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.adapters.log_writing import sequence
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.ledger.records import Entry, Found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.log_writing import LogWriter
    from gateway.ledger.envelope import Head
    from gateway.ledger.records import Activity, Plain

KIND: Final = "audit"
# For this a person has a pseudonym of its own: it cannot be linked to that in records.
PURPOSE: Final = "audit"
# About somebody whose key was destroyed before.
ERASED: Final = "erased"


class DeedLog:
    """Puts deeds on record; the one place that decides what of a deed may stand in the log."""

    def __init__(self, activity_for: Callable[[str, str], Activity], log: LogWriter) -> None:
        """`activity_for` gives the activity of a kind of entry, and of the action it is about."""
        self.activity_for = activity_for
        self.log = log

    def write(self, connection: Connection, deeds: Sequence[Deed]) -> None:
        """Add these, in this order, in the caller's transaction; they are of one moment.

        What was done together has one trace, unless it is about a mail that has its own.
        Waits for everybody else who adds to the log.  Raises `BrokenLogError`, and `ValueError`
        for deeds of several moments.
        """
        if not deeds:
            return
        if any(deed.at != deeds[0].at for deed in deeds):
            raise ValueError("deeds that are written together are of one moment")
        sequence(connection)
        together = new_trace()
        entries = [self._entry(deed, deed.trace or together) for deed in deeds]
        self.log.append(connection, entries, deeds[0].at)

    def _entry(self, deed: Deed, trace: str) -> Entry:
        activity = self.activity_for(KIND, deed.action.value)

        def body(pseudonym: str | None) -> Mapping[str, Plain]:
            about = (pseudonym or ERASED) if deed.subject else deed.about
            return {"deed": _content(deed, about)}

        return Entry(
            kind=KIND,
            at=milliseconds(deed.at),
            trace_id=trace,
            span_id=new_span(),
            activity_id=activity.activity_id,
            body=body,
            found=Found(subject=deed.subject or None),
            personal=False,
            purpose=PURPOSE,
        )


def deed_of(head: Head, content: Mapping[str, Any], subject: str | None) -> Deed:
    """A deed as it was recorded; `subject` is whom it is found under, while that is known."""
    said: Mapping[str, Any] = content["deed"]
    return Deed(
        at=datetime.fromtimestamp(said["at"] / 1000, UTC),
        actor=said["actor"],
        action=Action(said["action"]),
        about=said["about"],
        result=DeedResult(said["result"]),
        origin=said["origin"],
        trace=head.trace_id,
        detail=said["detail"],
        subject=subject or "",
    )


def _content(deed: Deed, about: str) -> Mapping[str, Plain]:
    return {
        "at": milliseconds(deed.at),
        "actor": deed.actor,
        "action": deed.action.value,
        "about": about,
        "result": deed.result.value,
        "origin": deed.origin,
        "detail": deed.detail,
    }
