"""Restrictions that still stand are one more thing that officers are reminded of."""

from __future__ import annotations

from gateway.adapters.migrations.changing import widen

revision = "0029_holds"
down_revision = "0028_letters"

_GROWN = {
    "reminder": (
        "ck_reminder_matter",
        "matter IN ('key', 'term', 'exclusion', 'request', 'breach', 'erasure')",
        "matter IN ('key', 'term', 'exclusion', 'request', 'breach', 'erasure', 'restriction')",
    ),
}


def upgrade() -> None:
    """What was told stays as it is."""
    widen(_GROWN)
