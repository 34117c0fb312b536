"""The versions make exactly the tables that the code knows, on either database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters import migrations
from gateway.adapters.database import Database, metadata
from gateway.adapters.database_scope import DatabaseScopes
from gateway.adapters.migrate import migrate
from gateway.adapters.schema_version import MIGRATIONS, SchemaError, check_schema, needed
from gateway.adapters.timestamps import instant_at
from gateway.adapters.vault import Vault
from gateway.domain.scope import Criterion, counted
from gateway.domain.stops import Reason, Retry
from tests.databases import KINDS, create_tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

VERSIONS = Path(migrations.__file__).parent / "versions"
LATEST = max(each.stem for each in VERSIONS.glob("0*.py"))


@pytest.fixture(params=KINDS)
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table."""
    at = f"sqlite:///{tmp_path / 'taalpoort.db'}"
    database = Database(
        at if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )
    yield database
    await database.close()


async def test_a_new_database_gets_all_tables_once(empty: Database) -> None:
    assert await migrate(empty) == f"made, version {LATEST}"
    assert await migrate(empty) == f"kept, version {LATEST}"
    await check_schema(empty)


def test_the_version_needed_is_the_newest_that_alembic_knows() -> None:
    """One line of versions, each in a file of its name; only Alembic reads what is in them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [needed()] == [LATEST]
    files = {each.stem for each in (MIGRATIONS / "versions").glob("[0-9]*.py")}
    assert {each.revision for each in scripts.walk_revisions()} == files


async def test_no_drift_between_versions_and_tables(empty: Database) -> None:
    await migrate(empty)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_constraints_indexes_and_triggers_are_those_of_the_tables(
    empty: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What Alembic's comparison does not see: checks, triggers, conditions of indexes."""
    kind = empty.dialect
    url = f"sqlite:///{tmp_path / 'b.db'}" if kind == "sqlite" else _second(request)
    other = Database(url)
    await migrate(empty)
    await create_tables(other)
    try:
        async with empty.engine.connect() as left, other.engine.connect() as right:
            migrated = await left.run_sync(_shape)
            assert migrated == await right.run_sync(_shape)
            assert len(migrated) > 60
    finally:
        await other.close()


async def test_what_is_missing_or_too_new_is_named(empty: Database) -> None:
    with pytest.raises(SchemaError, match="no tables yet"):
        await check_schema(empty)
    await migrate(empty)
    async with empty.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    with pytest.raises(SchemaError, match="9999_later"):
        await check_schema(empty)
    with pytest.raises(SchemaError, match="9999_later"):
        await migrate(empty)


async def test_a_database_of_something_else_is_left_alone(empty: Database) -> None:
    async with empty.transaction() as connection:
        await connection.execute(text("CREATE TABLE something_else (id INTEGER)"))
    with pytest.raises(SchemaError, match="something else"):
        await migrate(empty)
    async with empty.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert names == ["something_else"]


async def test_two_gateways_that_start_together_migrate_once(empty: Database) -> None:
    second = Database(empty.engine.url.render_as_string(hide_password=False))
    try:
        done = await asyncio.gather(migrate(empty), migrate(second))
    finally:
        await second.close()
    assert sorted(done) == [f"kept, version {LATEST}", f"made, version {LATEST}"]


async def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    for url in (
        f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}",
        "postgresql://postgres:secret@127.0.0.1:9/x",
    ):
        database = Database(url)
        with pytest.raises(Retry) as stop:
            await migrate(database)
        assert stop.value.reasons == (Reason.UNREACHABLE,)
        assert "secret" not in str(stop.value)
        await database.close()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, metadata))


def _second(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("postgres").create_database()
    return url


def _shape(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        listing = "SELECT type || ' ' || coalesce(sql, name) FROM sqlite_master"
    else:
        listing = """
            SELECT 'check ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint
            UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger
                WHERE NOT tgisinternal
        """
    rows = (" ".join(str(row[0]).split()) for row in connection.execute(text(listing)))
    # SQLite keeps the statement as written, and constraints have no order.
    return sorted(
        part.rstrip(" )")
        for row in rows
        if "alembic" not in row
        for part in row.split(", CONSTRAINT")
    )


async def test_what_lies_in_the_outbox_of_an_earlier_version_stays(empty: Database) -> None:
    """The outbox is made anew; its mails, their states and what they answer are as before."""
    await _migrate_to(empty, "0003_two_people")
    async with empty.transaction() as connection:
        for statement in _OUTBOX:
            given = {"sealed": b"sealed"} if ":sealed" in statement else {}
            await connection.execute(text(statement), given)
    assert await migrate(empty) == f"brought from 0003_two_people to {LATEST}"
    async with empty.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT * FROM outgoing JOIN outgoing_mail USING (id)")
        )
        (row,) = found.all()
    assert (row.id, row.state, row.due_at, bytes(row.sealed)) == ("a", "waiting", 7, b"sealed")


async def test_who_released_what_in_an_earlier_version_stays(empty: Database) -> None:
    """From where, nobody kept."""
    await _migrate_to(empty, "0007_incidents")
    async with empty.transaction() as connection:
        await connection.execute(text(_OUTBOX[0]))
        await connection.execute(
            text(
                """INSERT INTO approvals (trace, round, bericht_id, deed, name_key, name, at)
                   VALUES ('t', 1, 'b', 'release', 'fien', 'Fien', 3)"""
            )
        )
    await migrate(empty)
    async with empty.engine.connect() as connection:
        (row,) = (await connection.execute(text("SELECT * FROM approvals"))).all()
    assert tuple(row) == ("t", 1, "b", "release", "fien", "Fien", 3, "")


_OUTBOX = (
    """INSERT INTO inbound (trace, digest, size, oversize, mailbox, received_at, stored_at, state,
         attempts, rounds) VALUES ('t', 'd', 1, false, 'INBOX', 1, 1, 'done', 0, 1)""",
    """INSERT INTO outgoing (id, trace, number, kind, message_id, size, state, due_at, attempts,
         span_id, created_at) VALUES ('a', 't', 0, 'report', '<m>', 6, 'waiting', 7, 0, 's', 5)""",
    "INSERT INTO outgoing_mail (id, sealed) VALUES ('a', :sealed)",
)


async def test_keys_of_an_earlier_version_find_their_proposal_or_are_marked(
    empty: Database,
) -> None:
    """Pinned by two people: the proposal of that change.  Before there were any: marked so."""
    await _migrate_to(empty, "0008_approvals_stay")
    async with empty.transaction() as connection:
        for statement in _KEYS:
            given = {"c": b"x"} if ":c" in statement else {}
            await connection.execute(text(statement), given)
    assert await migrate(empty) == f"brought from 0008_approvals_stay to {LATEST}"
    async with empty.engine.connect() as connection:
        found = await connection.execute(text("SELECT * FROM contact_key ORDER BY id"))
        rows = found.all()
        (table,) = (await connection.execute(text("SELECT * FROM policy_activation"))).all()
    assert [(row.fingerprint, row.proposal_id, bool(row.earlier)) for row in rows] == [
        ("AA", None, True),
        ("BB", "p1", False),
        ("BB", None, False),
        (None, None, False),
    ]
    assert [row.protection for row in rows] == ["openpgp", "openpgp", "openpgp", None]
    assert (table.digest, table.proposal_kind, table.verdict) == ("d", "policy", "approved")


async def test_what_one_operator_ended_in_an_earlier_version_stays_ended(empty: Database) -> None:
    """And from now on neither is done by one (ADR 0049)."""
    await _migrate_to(empty, "0025_scope")
    async with empty.transaction() as connection:
        for statement in (*_ASKED, _taken_back(1), _restriction(1, "r1", "began")):
            await connection.execute(text(statement))
        await connection.execute(text(_restriction(2, "r1", "lifted")))
    await migrate(empty)
    async with empty.transaction() as connection:
        await connection.execute(text(_restriction(3, "r2", "began")))
        steps = (await connection.execute(text("SELECT step FROM case_step"))).scalars().all()
        found = await connection.execute(text("SELECT event FROM dossier_restriction ORDER BY id"))
        assert (steps, found.scalars().all()) == (["withdrawn"], ["began", "lifted", "began"])
    for alone in (_taken_back(2), _restriction(4, "r2", "lifted")):
        with pytest.raises(DBAPIError, match="two people"):
            async with empty.transaction() as connection:
                await connection.execute(text(alone))


def _taken_back(number: int) -> str:
    return f"""INSERT INTO case_step (id, case_id, kind, step, detail, revision, recorded_at,
        recorded_by) VALUES ({number}, 'c', 'access', 'withdrawn', '{{}}', 1, 1, 'a')"""


def _restriction(number: int, restriction: str, event: str) -> str:
    return f"""INSERT INTO dossier_restriction (id, valid_from, revision, recorded_at, recorded_by,
        dossier_id, restriction_id, event, reason, case_id)
        VALUES ({number}, 1, 1, 1, 'a', 'd', '{restriction}', '{event}', 'unlawful', 'lek-1')"""


_ASKED = (
    "INSERT INTO dossier (dossier_id, revision, recorded_at, recorded_by) VALUES ('d', 1, 1, 'a')",
    """INSERT INTO request_case (case_id, kind, reference, received_at, due_at, revision,
        recorded_at, recorded_by) VALUES ('c', 'access', 'Z-1', 1, 2, 1, 1, 'a')""",
)
_BY = "1, 1, 'a'"
_KEYS = (
    f"INSERT INTO party VALUES ('p', 'provider', '1', {_BY})",
    f"INSERT INTO contact VALUES ('c', 'p', {_BY})",
    *(
        f"INSERT INTO operator VALUES ('{name}', '{name}', '{name}', NULL, {_BY})"
        for name in ("a", "b")
    ),
    f"INSERT INTO policy_text VALUES ('d', '1', 't', {_BY})",
    f"INSERT INTO policy_activation VALUES (1, 1, {_BY}, 'd', NULL, NULL)",
    f"""INSERT INTO proposal
        VALUES ('p1', 'key', 'c', '{{"fingerprint": "BB"}}', 'a', 'x', {_BY})""",
    "INSERT INTO proposal_decision VALUES ('p1', 'a', 'approved', 'b', 'x', '', 7, 1, 'b')",
    "INSERT INTO contact_key VALUES (1, 1, 1, 1, 'a', 'c', 'AA', :c, 1, NULL, NULL)",
    "INSERT INTO contact_key VALUES (2, 2, 7, 2, 'b', 'c', 'BB', :c, 1, NULL, NULL)",
    "INSERT INTO contact_key VALUES (3, 3, 8, 3, 'b', 'c', 'BB', :c, 1, NULL, 3)",
    "INSERT INTO contact_key VALUES (4, 4, 9, 4, 'b', 'c', NULL, NULL, NULL, NULL, NULL)",
)


async def _migrate_to(database: Database, version: str) -> None:
    config = Config()
    folder = Path(migrations.__file__).parent
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, version)

    async with database.transaction() as connection:
        await connection.run_sync(upgrade)


async def test_what_scopes_were_counted_over_in_an_earlier_version_stays(empty: Database) -> None:
    """Each person and mail gets a number; whoever was erased before stays nobody."""
    await _migrate_to(empty, "0025_scope")
    async with empty.transaction() as connection:
        for statement in _DISCLOSED:
            await connection.execute(text(statement))
    await migrate(empty)
    scopes = DatabaseScopes(empty, Vault(bytes(range(32))))
    met = (await scopes.scope(Criterion(contact="r"), datetime.now(UTC))).disclosures
    assert [(each.dossier_id, each.trace, each.number, each.state.value) for each in met] == [
        ("d1", "t1", 0, "returned"),
        ("", "t1", 1, "sent"),
        ("d1", "t2", 0, "waiting"),
    ]
    assert [each.span_id for each in met] == ["s1", "s2", "s3"]
    assert (met[0].sent_at, met[2].sent_at) == (instant_at(5), None)
    assert await scopes.counts(Criterion(contact="r")) == counted(met)


_DISCLOSED = (
    """INSERT INTO disclosed_kind VALUES
         (7, 'k', 's', 'p', 'r', 'q', 'w', 'consent', 'AA', 'BB', 'CC', 'openpgp')""",
    "INSERT INTO field_set VALUES (3, 'f', 'identiteit P2', 'a')",
    *(
        f"""INSERT INTO disclosed (kind, fields, dossier_id, trace, number, span_id, short,
              reference, state, moment, recorded_at, sent_at) VALUES (7, 3, {row})"""
        for row in (
            "'d1', 't1', 0, 's1', 'm1', 'm1', 'returned', 5, 4, 5",
            "NULL, 't1', 1, 's2', 'm2', 'm2', 'sent', 5, 4, 5",
            "'d1', 't2', 0, 's3', 'm3', 'm3', 'waiting', 6, 6, NULL",
            "'d2', 't2', 1, 's4', 'm4', 'm4', 'withdrawn', 6, 6, NULL",
        )
    ),
)


async def test_a_breach_of_an_earlier_version_can_be_extended(empty: Database) -> None:
    """What was frozen and told stays, and stays as it is; on SQLite with its triggers too."""
    await _migrate_to(empty, "0030_received")
    async with empty.transaction() as connection:
        for statement in (_ASKED[0], *_OPENED, _frozen(1, "opened")):
            await connection.execute(text(statement), {"note": b""} if ":note" in statement else {})
    with pytest.raises(DBAPIError):
        await _freeze(empty, 2, "extended")
    assert await migrate(empty) == f"brought from 0030_received to {LATEST}"
    await _freeze(empty, 2, "extended")
    for wrong in ("pruned", "reopened"):
        with pytest.raises(DBAPIError):
            await _freeze(empty, 3, wrong)
    for statement in ("UPDATE breach_evidence SET holds = 9", "DELETE FROM breach_evidence"):
        with pytest.raises(DBAPIError, match="only appended to"):
            async with empty.transaction() as connection:
                await connection.execute(text(statement))
    async with empty.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT occasion, holds FROM breach_evidence ORDER BY id")
        )
        assert [tuple(row) for row in found] == [("opened", 0), ("extended", 0)]


_OPENED = (
    "INSERT INTO breach (breach_id, revision, recorded_at, recorded_by) VALUES ('b-1', 1, 1, 'a')",
)


def _frozen(number: int, occasion: str) -> str:
    return f"""INSERT INTO breach_evidence (id, breach_id, occasion, size, root, note, scope_digest,
        holds, revision, recorded_at, recorded_by)
        VALUES ({number}, 'b-1', '{occasion}', 0, '', :note, '', 0, {number}, 1, 'a')"""


async def _freeze(database: Database, number: int, occasion: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text(_frozen(number, occasion)), {"note": b""})
