"""Who has to hear of a partial erasure."""

from __future__ import annotations

from gateway.adapters.migrations.changing import widen

revision = "0028_letters"
down_revision = "0025_scope"

_GROWN = {
    "duty_recipient": (
        "ck_duty_recipient_happened",
        "happened IN ('corrected', 'erased', 'restricted')",
        "happened IN ('corrected', 'erased', 'partly', 'restricted')",
    ),
}


def upgrade() -> None:
    """What is there stays as it is: nothing that was allowed before is refused."""
    widen(_GROWN)
