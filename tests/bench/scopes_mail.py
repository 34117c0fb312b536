"""The record of mail beneath a million disclosures, and of reports that were never passed on.

Filled by the database itself; a ninth of what was not passed on is about nobody known.
"""

from __future__ import annotations

from datetime import UTC, datetime

NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {0})"
    " SELECT {1} FROM n",
    "postgresql": "SELECT {1} FROM generate_series(0::bigint, {0} - 1) AS n(i)",
}
HEX = {"sqlite": "printf('%0{1}x', {0})", "postgresql": "lpad(to_hex({0}), {1}, '0')"}
START = datetime(2024, 1, 1, tzinfo=UTC)
STEP = 60_000_000  # microseconds from one disclosure to the next
SENDERS, TABLES, PEOPLE = 60, 4, 50_000
# So many are in nothing that was passed on.
ONLY_RECEIVED = 9_000
_APART = 100_000_000  # so that what went on and what did not have mails of their own
_MAIL = "trace, digest, size, oversize, mailbox, received_at, stored_at, state, attempts, rounds"
_OUTCOME = (
    "trace, round, number, outcome, reasons, dossier_id, sender_contact_id, sender_party_id,"
    " policy_digest, opened_by, span_id, recorded_at"
)
_FACTS = "trace, round, number, span_id, policy_digest, circumstances, judgement, recorded_at"
_TEXTS = '[["identiteit","none"],["P2","none"],["P3-taalniveau","none"]]'
_GATE = '{"scope":"wi2013","claim":"agrees","person":"matches","sender":"designated"}'


def mail_statements(dialect: str, rows: int, stopped: int) -> list[str]:
    """What fills `inbound`, `outcomes` and `decision_facts`."""
    hexed = HEX[dialect]
    gone, stayed = hexed.format("(i / 3)", 32), hexed.format(f"(i + {_APART})", 32)
    went, came = _at(1), _at(max(1, rows // stopped))
    person = f"CASE WHEN i % 9 > 0 THEN 'dossier-' || ((i * 104729) % {PEOPLE + ONLY_RECEIVED}) END"
    refused = "CASE WHEN i % 10 = 0 THEN 'hold' ELSE 'reject' END"
    reasons = """'["art-12.4/no-consent"]'"""
    head = f'{{"gate":{_GATE},"rows":[],"texts":{_TEXTS},"extra":"'
    circumstances = f"""'{head}' || (i % 12) || '"}}'"""
    span = hexed.format(f"(i + {_APART})", 16)
    policy = hexed.format(f"(i % {TABLES})", 64)

    def fill(table: str, columns: str, count: int, *values: str) -> str:
        return (
            f"INSERT INTO {table} ({columns}) {NUMBERS[dialect].format(count, ', '.join(values))}"
        )

    def mail(count: int, trace: str, at: str) -> str:
        digest = f"{trace} || {trace}"
        kept = (trace, digest, "9", "false", "'INBOX'", at, at, "'done'", "0", "1")
        return fill("inbound", _MAIL, count, *kept)

    def decided(count: int, trace: str, number: str, *said: str, at: str) -> str:
        who = (f"'sender-' || (i % {SENDERS})", f"'party-' || (i % {SENDERS} / 4)")
        key = f"upper({hexed.format(f'(i % {TABLES})', 40)})"
        kept = (trace, "0", number, *said, *who, policy, key, span, at)
        return fill("outcomes", _OUTCOME, count, *kept)

    kept = (stayed, "0", "0", span, policy, circumstances, "'{}'", came)
    return [
        mail(rows // 3 + 1, hexed.format("i", 32), _at(3)),
        mail(stopped, stayed, came),
        decided(rows, gone, "i % 3", "'forward'", "'[]'", f"'dossier-' || (i % {PEOPLE})", at=went),
        decided(stopped, stayed, "0", refused, reasons, person, at=came),
        fill("decision_facts", _FACTS, stopped, *kept),
        f"INSERT INTO places VALUES ('INBOX', 1, '1', {hexed.format(_APART, 32)})",
    ]


def _at(steps: int) -> str:
    return f"{int(START.timestamp()) * 1_000_000} + CAST(i AS bigint) * {STEP * steps}"
