"""The tables of the register: what exists, and the history of what is known about it.

A history is only appended to: a trigger refuses every UPDATE, DELETE and
TRUNCATE, but for what goes with a person whom an erasure names.  Instants are
microseconds since 1970 in UTC, the same on every database.  What may be changed is
apart: the register's revision, and what must be destroyed when a person's data are
erased (`dossier_secret`, `dossier_index`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from gateway.adapters.database import metadata
from gateway.adapters.table_guards import after_create as after_create  # noqa: PLC0414 - other tables have it from here
from gateway.adapters.table_guards import erased, guard_person
from gateway.adapters.table_guards import guard as guard  # noqa: PLC0414 - other tables have it from here
from gateway.adapters.timestamps import instant_at, microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_Serial = BigInteger().with_variant(Integer, "sqlite")
Instant = BigInteger


def stamp(instant: datetime | None) -> int | None:
    """An instant as it is stored; raises ValueError without a time zone."""
    return None if instant is None else microseconds(instant)


def optional_instant(stamped: int | None) -> datetime | None:
    """The instant again, where there is one."""
    return None if stamped is None else instant_at(stamped)


def recorded_columns() -> Sequence[Column[Any]]:
    """Under which revision, when and by whom."""
    return (
        Column("revision", BigInteger, nullable=False),
        Column("recorded_at", Instant, nullable=False),
        Column("recorded_by", String(100), nullable=False),
    )


def history_columns() -> Sequence[Column[Any]]:
    """What every entry of a history has."""
    return (
        Column("id", _Serial, primary_key=True, autoincrement=True),
        Column("valid_from", Instant, nullable=False),
        *recorded_columns(),
    )


def _of(column: str) -> Column[Any]:
    table = column.removesuffix("_id").removeprefix("provider_")
    return Column(column, String(64), ForeignKey(f"{table}.{table}_id"), nullable=False)


def _side() -> Column[Any]:
    return Column("side", String(16), nullable=False)


def _known_side() -> CheckConstraint:
    return CheckConstraint("side IN ('provider', 'municipality')", name="side")


register_state = Table(
    "register_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("master_key_id", String(16)),
    CheckConstraint("id = 1", name="one_row"),
)

party = Table(
    "party",
    metadata,
    Column("party_id", String(64), primary_key=True),
    _side(),
    Column("instellingsnummer", String(10), nullable=False, unique=True),
    *recorded_columns(),
    _known_side(),
)
party_name = Table(
    "party_name",
    metadata,
    *history_columns(),
    _of("party_id"),
    Column("name", String(200), nullable=False),
)
party_standing = Table(
    "party_standing",
    metadata,
    *history_columns(),
    _of("party_id"),
    Column("standing", String(16), nullable=False),
)
party_term = Table(
    "party_term",
    metadata,
    *history_columns(),
    _of("party_id"),
    Column("term_start", Instant, nullable=False),
    Column("term_end", Instant, nullable=False),
    CheckConstraint("term_end > term_start", name="term_order"),
)

contact = Table(
    "contact",
    metadata,
    Column("contact_id", String(64), primary_key=True),
    _of("party_id"),
    *recorded_columns(),
)
contact_detail = Table(
    "contact_detail",
    metadata,
    *history_columns(),
    _of("contact_id"),
    Column("name", String(200), nullable=False),
    Column("address", String(254), nullable=False),
    Column("role", String(32), nullable=False),
    Column("active", Boolean, nullable=False),
)
contact_confidentiality = Table(
    "contact_confidentiality",
    metadata,
    *history_columns(),
    _of("contact_id"),
    Column("declared", Boolean, nullable=False),
    Column("bound_start", Instant),
    Column("bound_end", Instant),
)
contact_key = Table(
    "contact_key",
    metadata,
    *history_columns(),
    _of("contact_id"),
    Column("fingerprint", String(64)),
    Column("certificate", LargeBinary),
    Column("protection", String(7)),
    Column("key_start", Instant),
    Column("key_end", Instant),
    Column("revoked_at", Instant),
    Column("proposal_id", String(16), unique=True),
    # Always the same, so that a foreign key can hold the proposal to its kind and its verdict.
    Column("proposal_kind", String(16), nullable=False, default="key"),
    Column("verdict", String(9), nullable=False, default="approved"),
    # Pinned before a key took two people; set by the migration only.
    Column("earlier", Boolean, nullable=False, default=False),
    ForeignKeyConstraint(
        ["proposal_id", "proposal_kind", "contact_id"],
        ["proposal.proposal_id", "proposal.kind", "proposal.subject"],
        name="fk_contact_key_proposed",
    ),
    ForeignKeyConstraint(
        ["proposal_id", "verdict"],
        ["proposal_decision.proposal_id", "proposal_decision.verdict"],
        name="fk_contact_key_approved",
    ),
    CheckConstraint("(fingerprint IS NULL) = (certificate IS NULL)", name="whole_key"),
    CheckConstraint("(fingerprint IS NULL) = (protection IS NULL)", name="protected"),
    CheckConstraint("protection IN ('openpgp', 'smime')", name="protection"),
    CheckConstraint("proposal_kind = 'key' AND verdict = 'approved'", name="same_always"),
    CheckConstraint("proposal_id IS NULL OR fingerprint IS NOT NULL", name="proposed_key"),
    # Without a proposal a row takes away a key, or revokes one from where it begins.
    CheckConstraint(
        "earlier OR proposal_id IS NOT NULL OR fingerprint IS NULL"
        " OR (revoked_at IS NOT NULL AND revoked_at <= valid_from)",
        name="by_two_people",
    ),
)

dossier = Table(
    "dossier", metadata, Column("dossier_id", String(64), primary_key=True), *recorded_columns()
)
dossier_secret = Table(
    "dossier_secret",
    metadata,
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), primary_key=True),
    Column("wrapped_key", LargeBinary),
    Column("destroyed_at", Instant),
    Column("destroyed_by", String(100)),
    CheckConstraint("(wrapped_key IS NULL) = (destroyed_at IS NOT NULL)", name="kept_or_destroyed"),
)
dossier_index = Table(
    "dossier_index",
    metadata,
    Column("kenmerk_index", LargeBinary, primary_key=True),
    Column("dossier_id", String(64), ForeignKey("dossier.dossier_id"), primary_key=True),
)
dossier_identity = Table(
    "dossier_identity",
    metadata,
    *history_columns(),
    _of("dossier_id"),
    Column("context", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
dossier_circumstance = Table(
    "dossier_circumstance",
    metadata,
    *history_columns(),
    _of("dossier_id"),
    Column("regime", String(16)),
    Column("doelgroep", String(40)),
    Column("duty_start", Instant),
    Column("duty_end", Instant),
)
designation = Table(
    "designation",
    metadata,
    *history_columns(),
    _of("dossier_id"),
    _side(),
    _of("party_id"),
    Column("contact_id", String(64), ForeignKey("contact.contact_id")),
    _known_side(),
)
substitution = Table(
    "substitution",
    metadata,
    *history_columns(),
    Column("substitution_id", String(32), nullable=False),
    _of("dossier_id"),
    _side(),
    _of("contact_id"),
    Column("period_end", Instant, nullable=False),
    _known_side(),
)
consent_event = Table(
    "consent_event",
    metadata,
    *history_columns(),
    _of("dossier_id"),
    _of("provider_party_id"),
    Column("kind", String(16), nullable=False),
    Column("categories", String(40), nullable=False),
    Column("extra", String(200), nullable=False),
    Column("form_version", String(40), nullable=False),
    Column("form_language", String(16), nullable=False),
    Column("expressed_by", String(16), nullable=False),
    Column("interpreter", Boolean, nullable=False),
    Column("proof_sha256", String(64)),
)

# Who looked at whose personal data.
consultation = Table(
    "consultation",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("consulted_at", Instant, nullable=False),
    Column("consulted_by", String(100), nullable=False),
    Column("what", String(40), nullable=False),
    Column("about_id", String(64), nullable=False),
    Column("origin", String(100), nullable=False, server_default=text("''")),
)
# From which account each change came; whatever was recorded in it has the same revision.
register_change = Table(
    "register_change",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("origin", String(100), nullable=False),
)

HISTORIES: tuple[Table, ...] = (
    party_name,
    party_standing,
    party_term,
    contact_detail,
    contact_confidentiality,
    contact_key,
    dossier_identity,
    dossier_circumstance,
    designation,
    substitution,
    consent_event,
)
APPEND_ONLY: tuple[Table, ...] = (
    party,
    contact,
    dossier,
    consultation,
    register_change,
    *HISTORIES,
)

for _table in HISTORIES:
    _key = next(name for name in ("dossier_id", "contact_id", "party_id") if name in _table.c)
    Index(f"ix_{_table.name}_{_key}", _table.c[_key])

# What is about one inburgeraar goes when they are erased (`tables_erasing`).
PERSONAL: tuple[Table, ...] = (
    dossier_identity,
    dossier_circumstance,
    designation,
    substitution,
    consent_event,
)
for _table in APPEND_ONLY:
    if _table in PERSONAL:
        guard_person(_table)
    elif _table is consultation:
        guard_person(_table, erased("OLD.about_id"))
    else:
        guard(_table)
for _dialect in ("sqlite", "postgresql"):
    after_create(
        register_state, _dialect, "INSERT INTO register_state (id, revision) VALUES (1, 0)"
    )
