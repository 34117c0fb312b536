"""What is kept of a signed consent form (annex 2), beside the event that a walk reads.

Words that somebody wrote, and the scan, are sealed under the key of the person:
destroying that key makes them unreadable, and leaves the event as it was.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from gateway.adapters.database import metadata
from gateway.adapters.table_guards import emptied, erased, guard_person
from gateway.adapters.tables_register import recorded_columns

_Event = BigInteger().with_variant(Integer, "sqlite")

# `notice_sha256` is the digest of the form's text; `sealed` holds the words written on it.
consent_form = Table(
    "consent_form",
    metadata,
    Column(
        "event_id", _Event, ForeignKey("consent_event.id"), primary_key=True, autoincrement=False
    ),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), nullable=False),
    Column("partner", String(8), nullable=False),
    Column("notice_sha256", String(64)),
    Column("context", String(32)),
    Column("sealed", LargeBinary),
    Column("scan_type", String(20)),
    Column("scan_bytes", Integer),
    *recorded_columns(),
    CheckConstraint("partner IN ('signed', 'none', 'missing')", name="partner"),
    CheckConstraint("(context IS NULL) = (sealed IS NULL)", name="whole_words"),
    CheckConstraint("(scan_type IS NULL) = (scan_bytes IS NULL)", name="whole_scan"),
)
# Apart, so that reading about forms does not read megabytes.
consent_scan = Table(
    "consent_scan",
    metadata,
    Column(
        "event_id",
        _Event,
        ForeignKey("consent_form.event_id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("context", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    *recorded_columns(),
)

Index("ix_consent_form_dossier_id", consent_form.c.dossier_id)

CONSENT = (consent_form, consent_scan)
# Of consent that was withdrawn the words and the scan go, also where the person stays.
_UNTIL = "e.whole OR e.events_until >= OLD.event_id"
_KEPT = [each.name for each in consent_form.columns if each.name not in {"context", "sealed"}]
guard_person(consent_form, changed=emptied(_KEPT, erased("OLD.dossier_id", _UNTIL)))
_WHOSE = "(SELECT f.dossier_id FROM consent_form f WHERE f.event_id = OLD.event_id)"
guard_person(consent_scan, erased(_WHOSE, _UNTIL))
