"""A breach is frozen each time it is extended too; officers are reminded of what that leaves."""

from __future__ import annotations

from gateway.adapters.migrations.changing import widen

revision = "0031_extending"
down_revision = "0030_received"

_GROWN = {
    "breach_evidence": (
        "ck_breach_evidence_occasion",
        "occasion IN ('opened', 'closed')",
        "occasion IN ('opened', 'closed', 'extended')",
    ),
    "reminder": (
        "ck_reminder_matter",
        "matter IN ('key', 'term', 'exclusion', 'request', 'breach', 'erasure', 'restriction')",
        (
            "matter IN ('key', 'term', 'exclusion', 'request', 'breach', 'erasure', 'restriction',"
            " 'extension')"
        ),
    ),
}


def upgrade() -> None:
    """Nothing was extended; what is there stays as it is."""
    widen(_GROWN)
