"""Who has to hear of a partial erasure; taking a request back, and lifting a breach's restriction.

The last two take two people.
"""

from __future__ import annotations

from gateway.adapters.migrations.changing import refuse_new, widen

revision = "0028_letters"
down_revision = "0025_scope"

_GROWN = {
    "duty_recipient": (
        "ck_duty_recipient_happened",
        "happened IN ('corrected', 'erased', 'restricted')",
        "happened IN ('corrected', 'erased', 'partly', 'restricted')",
    ),
    "proposal": (
        "ck_proposal_kind",
        (
            "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure',"
            " 'not-reporting')"
        ),
        (
            "kind IN ('operator', 'key', 'policy', 'invalidation', 'refusal', 'erasure',"
            " 'not-reporting', 'taken-back')"
        ),
    ),
    "case_step": (
        "ck_case_step_approved",
        "verdict IS NULL OR (verdict = 'approved' AND step = 'decided')",
        "verdict IS NULL OR (verdict = 'approved' AND step IN ('decided', 'withdrawn'))",
    ),
}
_ALONE = (
    "NEW.event = 'lifted' AND NOT EXISTS (SELECT 1 FROM dossier_restriction b"
    " WHERE b.restriction_id = NEW.restriction_id AND b.event = 'began'"
    " AND b.case_id = NEW.case_id AND (b.recorded_by <> NEW.recorded_by"
    " OR EXISTS (SELECT 1 FROM request_case c WHERE c.case_id = b.case_id)))"
)
_NOT_TAKEN_BACK = (
    "(NEW.step = 'withdrawn' AND NEW.verdict IS NULL) OR"
    " (COALESCE(NEW.proposal_kind, '') = 'taken-back')"
    " <> (NEW.step IN ('taking-back', 'withdrawn'))"
)


def upgrade() -> None:
    """What is there stays as it is: it was taken back, or lifted, as the rules were."""
    widen(_GROWN)
    refuse_new("dossier_restriction", "lifted_by_another", _ALONE, "lifting takes two people")
    refuse_new("case_step", "taken_back", _NOT_TAKEN_BACK, "taking back takes two people")
