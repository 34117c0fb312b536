"""Entries as a gateway writes them about reports that were passed on, of people who are made up."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.ledger.records import Activity, Entry, Found, Plain, Record, Status, entry

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.vault import Vault

ACTIVITY = Activity(
    activity_id="https://register.gemeente.example/verwerkingen/exchange/1", version="0.1.0"
)
_PATHS = [
    "voortgang.niveau.lezen", "voortgang.niveau.luisteren", "voortgang.niveau.schrijven",
    "voortgang.niveau.spreken", "voortgang.uren.gevolgd", "voortgang.uren.gepland",
    "voortgang.verzuim.urenGeoorloofd", "voortgang.verzuim.urenOngeoorloofd",
]  # fmt: skip


class LogMaterial:
    """`wrapped` are the keys of those who are registered, by the register's own id."""

    def __init__(self, vault: Vault) -> None:
        self.wrapped: dict[str, bytes] = {}
        self._vault = vault

    def know(self, subject: str) -> None:
        """Make this person's key."""
        self.wrapped[subject] = self._vault.new_person(subject)

    @staticmethod
    def subject(number: int) -> str:
        """The register's own id of a person: as random as a real one, the same every time."""
        return hashlib.sha256(b"%d" % number).hexdigest()[:16]

    def entry(self, subject: str, now: datetime) -> Entry:
        """One report about this person, passed on."""
        at = milliseconds(now)
        record = Record(
            trace_id=new_trace(),
            span_id=new_span(),
            parent_span_id=new_span(),
            name="bericht beoordelen",
            status=Status.OK,
            start_time=at - 40,
            end_time=at,
        )
        evidence: dict[str, Plain] = {
            "message_digest": secrets.token_hex(32),
            "round": 0,
            "sender": "contact-1",
            "outcome": "forward",
            "reasons": [],
            "number": 0,
            "document_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
            "bericht_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964fe",
            "policy": "cd" * 32,
            "rows": ["wi2013-consent"],
            "ground": "consent",
            "articles": ["12.4", "12.5"],
            "categories": ["T1", "T4"],
            "disclosed": _PATHS,
            "withheld": [],
            "judgement": "ef" * 32,
            "recipient": "contact-2",
            "message_id": f"<{secrets.token_hex(16)}@gemeente.example>",
            "facts": {"revision": 12, "digest": "aa" * 32},
        }
        found = Found(subject=subject, sender="contact-1", recipient="contact-2", outcome="forward")
        return entry("report", record, ACTIVITY, evidence, found)
