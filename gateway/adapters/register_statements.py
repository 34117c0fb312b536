"""The statements of a walk: everything about one dossier, and the revision, in one reading."""

from __future__ import annotations

from gateway.adapters.quick_reading import Query

REVISION = Query("SELECT revision FROM register_state")
POLICY_TEXT = Query("SELECT text FROM policy_text WHERE digest = :digest")
# The same bytes are the same mail, as when somebody looks at it from a file.
SIGNED_BEFORE = Query(
    "SELECT trace FROM inbound WHERE signed = :signed AND trace <> :trace AND digest <> :digest"
)

# One row for everything, padded to one shape, so that one statement reads it all.
_HISTORIES = """
SELECT 'secret' AS kind, s.dossier_id AS dossier_id, CAST(0 AS BIGINT) AS id,
    CAST(0 AS BIGINT) AS at1, CAST(NULL AS BIGINT) AS at2, CAST(NULL AS BIGINT) AS at3,
    CAST(NULL AS VARCHAR) AS word1, CAST(NULL AS VARCHAR) AS word2, CAST(NULL AS VARCHAR) AS word3,
    CAST(NULL AS VARCHAR) AS word4, CAST(NULL AS VARCHAR) AS word5, s.wrapped_key AS bytes
FROM dossier_secret s JOIN found ON found.dossier_id = s.dossier_id
UNION ALL
SELECT 'identity', h.dossier_id, h.id, h.valid_from, NULL, NULL,
    h.context, NULL, NULL, NULL, NULL, h.sealed
FROM dossier_identity h JOIN found ON found.dossier_id = h.dossier_id
UNION ALL
SELECT 'circumstance', h.dossier_id, h.id, h.valid_from, h.duty_start, h.duty_end,
    h.regime, h.doelgroep, NULL, NULL, NULL, NULL
FROM dossier_circumstance h JOIN found ON found.dossier_id = h.dossier_id
UNION ALL
SELECT 'designation', h.dossier_id, h.id, h.valid_from, NULL, NULL,
    h.side, h.party_id, h.contact_id, NULL, NULL, NULL
FROM designation h JOIN found ON found.dossier_id = h.dossier_id
UNION ALL
SELECT 'substitution', h.dossier_id, h.id, h.valid_from, h.period_end, NULL,
    h.side, h.substitution_id, h.contact_id, NULL, NULL, NULL
FROM substitution h JOIN found ON found.dossier_id = h.dossier_id
UNION ALL
SELECT 'consent', h.dossier_id, h.id, h.valid_from, h.recorded_at, NULL,
    h.kind, h.provider_party_id, h.categories, h.extra, h.form_version, NULL
FROM consent_event h JOIN found ON found.dossier_id = h.dossier_id
UNION ALL
SELECT 'restriction', h.dossier_id, h.id, h.valid_from, NULL, NULL,
    h.restriction_id, h.event, h.reason, h.case_id, NULL, NULL
FROM dossier_restriction h JOIN found ON found.dossier_id = h.dossier_id
UNION ALL
SELECT 'revision', '', r.revision, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM register_state r
"""
# An index over part of a table is used for a condition that is written out, not for a value.
_BEFORE = """
UNION ALL
SELECT '{outcome}', o.trace, o.number, o.recorded_at, NULL, NULL,
    o.sender_contact_id, o.span_id, o.recipient_contact_id, NULL, NULL, NULL
FROM outcomes o
WHERE o.bericht_id = :bericht_id AND o.sender_party_id = :party_id AND o.outcome = '{outcome}'
    AND o.withdrawn_at IS NULL AND o.trace <> :trace AND o.recorded_at <= :instant
"""
_WENT, _WAITS = _BEFORE.format(outcome="forward"), _BEFORE.format(outcome="hold")
_FOUND_BY_KENMERK = """
WITH found AS (SELECT dossier_id FROM dossier_index WHERE kenmerk_index = :kenmerk_index)
"""
_FOUND_BY_ID = """
WITH found AS (SELECT dossier_id FROM dossier WHERE dossier_id = :dossier_id)
"""

BY_KENMERK = Query("".join((_FOUND_BY_KENMERK, _HISTORIES, _WENT, _WAITS)))
BY_ID = Query("".join((_FOUND_BY_ID, _HISTORIES)))
# Of each kind: its table, and which place in the row is which column.
COLUMNS = {
    "identity": ("dossier_identity", {6: "context", 11: "sealed"}),
    "circumstance": (
        "dossier_circumstance",
        {4: "duty_start", 5: "duty_end", 6: "regime", 7: "doelgroep"},
    ),
    "designation": ("designation", {6: "side", 7: "party_id", 8: "contact_id"}),
    "substitution": (
        "substitution",
        {4: "period_end", 6: "side", 7: "substitution_id", 8: "contact_id"},
    ),
    "consent": (
        "consent_event",
        {
            4: "recorded_at",
            6: "kind",
            7: "provider_party_id",
            8: "categories",
            9: "extra",
            10: "form_version",
        },
    ),
    "restriction": (
        "dossier_restriction",
        {6: "restriction_id", 7: "event", 8: "reason", 9: "case_id"},
    ),
}
