"""The administration of the register in the database: changes, and reading it back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, select, update

from gateway.adapters import tables_deciding as deciding
from gateway.adapters import tables_register as tables
from gateway.adapters.breach_evidence import evidence, freeze
from gateway.adapters.breach_rows import read_affected
from gateway.adapters.csv_import import take_in
from gateway.adapters.log_forgetting import forget_as_decided
from gateway.adapters.looking import actor_of, looks, refusals_recorded
from gateway.adapters.register_breaches import one, read_breach_words, read_breaches
from gateway.adapters.register_cases import read_case, read_cases, read_words
from gateway.adapters.register_change import Change
from gateway.adapters.register_consents import read_papers, read_scan
from gateway.adapters.register_deciding import acting, founder, read_operators, read_proposals
from gateway.adapters.register_erasing import erase_case
from gateway.adapters.register_holding import read_holds
from gateway.adapters.register_invalidating import Looking
from gateway.adapters.register_late import read_incidents
from gateway.adapters.register_rows import (
    DOSSIER_TABLES,
    dossier_from,
    dossiers_of,
    grouped,
    read_dossier,
    read_roster,
)
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.register_writing import Writing, open_identity
from gateway.adapters.sent_reports import SqlSentReports
from gateway.adapters.vault import MasterKeyError, normalised
from gateway.domain.histories import DossierRecord
from gateway.domain.importing import Imported
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections import defaultdict
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from sqlalchemy import Connection, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.audit_writing import DeedLog
    from gateway.adapters.database import Database
    from gateway.adapters.register_change import Erase
    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Described
    from gateway.adapters.vault import Vault
    from gateway.domain.affected import Affected
    from gateway.domain.audit import Action
    from gateway.domain.breaches import Breach, Frozen
    from gateway.domain.cases import Case
    from gateway.domain.consent_forms import Forms, OnRecord
    from gateway.domain.erasing import Terms
    from gateway.domain.histories import DossierHistory, Roster
    from gateway.domain.holding import QueueHold
    from gateway.domain.importing import Kind
    from gateway.domain.incidents import Incident
    from gateway.domain.operators import Operator
    from gateway.domain.proposals import Proposal
    from gateway.ports import SentReports


_Read = TypeVar("_Read")


class _DryRun(Exception):  # noqa: N818 - ends a transaction that was only tried
    pass


class Register:
    """The register as its administration uses it.

    Changes raise `RegisterError` for what the register refuses, and then nothing
    of the whole change is on record; `Retry(UNREACHABLE)` when the database
    cannot be used now.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Callable[[], datetime],
        describe: Callable[[bytes], Described],
        origin: str = "",
        *,
        deeds: DeedLog,
        forms: Callable[[], Forms] | None = None,
        terms: Callable[[], Terms] | None = None,
    ) -> None:
        """Without `terms` of retention nobody is erased from here."""
        self._database = database
        self._deeds = deeds
        self._vault = vault
        self._clock = clock
        self._describe = describe
        self._origin = origin
        self._forms = forms
        self._terms = terms

    @asynccontextmanager
    async def change(self, *, by: str) -> AsyncIterator[Change]:
        """Everything inside the block together, or nothing; `by` is an operator's id or name."""
        async with self._changing(by, acting) as change:
            yield change

    @asynccontextmanager
    async def founding(self, *, by: str) -> AsyncIterator[Change]:
        """As `change`, by somebody who need not be registered while fewer than two are."""
        async with self._changing(by, founder) as change:
            yield change

    @asynccontextmanager
    async def _changing(
        self, by: str, who: Callable[[Rows, str, str], Awaitable[str]]
    ) -> AsyncIterator[Change]:
        async with self._refusals(by), self._database.transaction() as connection:
            revision = await _next_revision(connection, self._vault)
            rows = SqlRows(connection)
            operator = await who(rows, by, self._origin)
            sent = SqlSentReports(connection, self._vault, hold=True)
            writing = self._writing(rows, operator, revision, sent)
            change = Change(writing, self._erase(writing))
            yield change
            await change.finish()
            # Last, because everybody who adds to the log waits from here on.
            frozen = [
                deed
                for breach_id, occasion in change.breaches.to_freeze
                for deed in await connection.run_sync(freeze, breach_id, occasion, writing)
            ]
            await connection.run_sync(self._deeds.write, [*writing.done(), *frozen])
            for each in writing.erasures:
                await connection.run_sync(forget_as_decided, self._deeds, each)

    def _erase(self, writing: Writing) -> Erase | None:
        terms = self._terms
        if terms is None:
            return None

        async def erase(change: Change, case: Case) -> None:
            await erase_case(writing, change, case, terms())

        return erase

    def _refusals(self, by: str) -> AbstractAsyncContextManager[None]:
        return refusals_recorded(self._database, self._deeds, by, self._origin, self._clock)

    def _writing(self, rows: Rows, operator: str, revision: int, sent: SentReports) -> Writing:
        return Writing(
            rows=rows,
            vault=self._vault,
            describe=self._describe,
            forms=self._forms,
            by=operator,
            origin=self._origin,
            now=self._clock(),
            revision=revision,
            sent=sent,
        )

    async def import_csv(
        self, kind: Kind, content: bytes, *, by: str, dry_run: bool = False
    ) -> Imported:
        """Take a whole file in, in one transaction.

        `dry_run` does everything, and keeps and opens nothing.  Raises `CsvFaultsError`
        with every faulty row, and then nothing was taken in.
        """
        taken = 0
        try:
            async with self.change(by=by) as change:
                taken = await take_in(change, kind, content)
                if dry_run:
                    raise _DryRun
                change.imported(kind)
        except _DryRun:
            return Imported(rows=taken, opened=None)
        return Imported(rows=taken, opened=change.opened)

    async def consulted(self, *, by: str, action: Action, ids: Iterable[str]) -> None:
        """Put on record who looked at whose personal data (BIO2 8.15): one deed for each id."""
        async with self._refusals(by), self._database.transaction() as connection:
            operator = await acting(SqlRows(connection), by, self._origin)
            deeds = looks(operator, self._origin, action, ids, self._clock())
            await connection.run_sync(self._deeds.write, deeds)

    async def listed(self, *, by: str, action: Action, ids: Iterable[str]) -> None:
        """As `consulted`, for what is shown unasked; without a name by whose account this is."""

        def write(connection: Connection) -> None:
            actor = actor_of(connection, by, self._origin)
            self._deeds.write(connection, looks(actor, self._origin, action, ids, self._clock()))

        async with self._refusals(by):
            await self._database.write(write)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Rows]:
        async with self._database.reading() as connection:
            yield SqlRows(connection)

    async def roster(self) -> Roster:
        """All parties and contacts with their histories."""
        async with self._reading() as rows:
            return await read_roster(rows)

    async def operators(self) -> Sequence[Operator]:
        """Everybody who is or was an operator."""
        async with self._reading() as rows:
            return await read_operators(rows)

    async def proposals(self) -> Sequence[Proposal]:
        """Everything that was ever proposed, oldest first."""
        async with self._reading() as rows:
            return await read_proposals(rows)

    async def policies(self) -> Sequence[Row]:
        """Every table that came into force, with who put it on record and when."""
        return await self.recorded(deciding.policy_activation)

    async def policy_text(self, digest: str) -> str | None:
        """The text of a table that is, was or may come into force."""
        found = await self.recorded(deciding.policy_text, digest=digest)
        return str(found[0]["text"]) if found else None

    async def incidents(self, incident_id: str = "") -> Sequence[Incident]:
        """Every incident proposal, or the one with this id."""
        async with self._reading() as rows:
            return await read_incidents(rows, incident_id)

    async def breaches(self) -> Sequence[Breach]:
        """Every breach that is in the register of breaches, oldest first."""
        async with self._reading() as rows:
            return await read_breaches(rows)

    async def breach(self, breach_id: str) -> Breach:
        """The one with this id; raises `BreachError`."""
        async with self._reading() as rows:
            return one(await read_breaches(rows, breach_id or "-"))

    async def breach_words(self, breach_id: str) -> Mapping[int, str]:
        """What people wrote of it, by the number of the step; whoever asks is on record first."""
        async with self._reading() as rows:
            return await read_breach_words(rows, self._vault, breach_id)

    async def breach_affected(self, breach_id: str) -> Sequence[Affected]:
        """All that it concerns, each once."""
        async with self._reading() as rows:
            return await read_affected(rows, breach_id)

    async def breach_evidence(self, breach_id: str) -> Sequence[Frozen]:
        """What was frozen with it."""
        return await self._database.look(partial(evidence, breach_id=breach_id))

    async def cases(self) -> Sequence[Case]:
        """Every request that people ever made about their own data, oldest first."""
        async with self._reading() as rows:
            return await read_cases(rows)

    async def case(self, case_id: str) -> Case:
        """One of them; `RegisterError` where there is none."""
        async with self._reading() as rows:
            return await read_case(rows, case_id)

    async def case_words(self, case_id: str) -> Mapping[int, str]:
        """What was written in a case, by the number of the step; whoever shows it records it."""
        async with self._reading() as rows:
            return await read_words(rows, self._vault, case_id)

    async def queue_holds(self) -> Sequence[QueueHold]:
        """Every hold on outgoing mail that there was."""
        async with self._reading() as rows:
            return await read_holds(rows)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Looking]:
        """One consistent reading of consents and of what left on them; changes nothing."""
        async with self._database.reading() as connection:
            sent = SqlSentReports(connection, self._vault)
            yield Looking(SqlRows(connection), sent, self._vault, self._clock())

    async def dossiers(self) -> list[DossierRecord]:
        """All dossiers, in the order of recording."""
        async with self._reading() as rows:
            read = {
                table.name: grouped(await rows.select(table), "dossier_id")
                for table in (tables.dossier, tables.dossier_secret, *DOSSIER_TABLES)
            }
        recorded = [found for rows in read["dossier"].values() for found in rows]
        return [
            self._opened(_history(row["dossier_id"], read))
            for row in sorted(recorded, key=lambda row: int(row["revision"]))
        ]

    async def dossier(self, dossierkenmerk: str) -> DossierRecord | None:
        """The dossier that has this dossierkenmerk now, or else this id of our own."""
        async with self._reading() as rows:
            index = self._vault.blind_index(dossierkenmerk)
            for row in await rows.select(tables.dossier_index, kenmerk_index=index):
                record = await self._record(rows, row["dossier_id"])
                known = record.identity.dossierkenmerk if record.identity else ""
                if normalised(known) == normalised(dossierkenmerk):
                    return record
        return await self.dossier_by_id(dossierkenmerk)

    async def dossier_by_id(self, dossier_id: str) -> DossierRecord | None:
        """The dossier with this id."""
        async with self._reading() as rows:
            if not await rows.select(tables.dossier, dossier_id=dossier_id):
                return None
            return await self._record(rows, dossier_id)

    async def consents(self, dossier_id: str) -> Sequence[OnRecord]:
        """Every consent event of a dossier with what its form showed, in the order of recording."""
        async with self._reading() as rows:
            return await read_papers(rows, self._vault, dossier_id)

    async def consent_scan(self, dossier_id: str, number: int) -> bytes:
        """The scan of the form of this event; `RegisterError` where there is none to read."""
        async with self._reading() as rows:
            return await read_scan(rows, self._vault, dossier_id, number)

    async def dossiers_of(self, party_id: str) -> Sequence[DossierHistory]:
        """Every dossier for which this party is, was or will be designated."""
        async with self._reading() as rows:
            return await dossiers_of(rows, party_id)

    async def read(self, what: Callable[[Rows, str], Awaitable[_Read]], of: str) -> _Read:
        """What one of the register's readers finds of this case or request, in one reading."""
        async with self._reading() as rows:
            return await what(rows, of)

    async def recorded(self, table: Table, **equal: object) -> Sequence[Row]:
        """The rows of one history as recorded, with who recorded them and when."""
        async with self._reading() as rows:
            return await rows.select(table, **equal)

    async def _record(self, rows: Rows, dossier_id: str) -> DossierRecord:
        history = await read_dossier(rows, dossier_id)
        if history is None:
            raise LookupError("a dossier without its person's key")
        return self._opened(history)

    def _opened(self, history: DossierHistory) -> DossierRecord:
        identity = open_identity(self._vault, history, self._clock())
        return DossierRecord(history=history, identity=identity)


def _history(dossier_id: str, read: Mapping[str, defaultdict[str, list[Row]]]) -> DossierHistory:
    secret = read["dossier_secret"][dossier_id][0]["wrapped_key"]
    own = {table.name: read[table.name][dossier_id] for table in DOSSIER_TABLES}
    return dossier_from(dossier_id, secret, own)


async def _next_revision(connection: AsyncConnection, vault: Vault) -> int:
    # First, so that on PostgreSQL the row lock lets one change at a time check and write.
    state = tables.register_state
    statement: Any = (
        update(state)
        .values(
            revision=state.c.revision + 1,
            master_key_id=func.coalesce(state.c.master_key_id, vault.key_id),
        )
        .returning(state.c.revision, state.c.master_key_id)
    )
    row = (await connection.execute(statement)).one()
    if row.master_key_id != vault.key_id:
        raise RegisterError(Refusal.OTHER_MASTER_KEY)
    return int(row.revision)


async def check_master_key(database: Database, vault: Vault) -> None:
    """Whether the register was sealed with this master key; raises `MasterKeyError`.

    With another one every dossier would seem unknown.
    """
    async with database.reading() as connection:
        found = await connection.scalar(select(tables.register_state.c.master_key_id))
    if found not in {None, vault.key_id}:
        raise MasterKeyError("is not the key that the register was sealed with")
