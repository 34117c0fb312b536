"""A register in memory, for tests and trials: the twin of the one in the database.

The same rules and the same histories over rows kept in lists; nothing outlives it.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.adapters import tables_deciding as deciding
from gateway.adapters import tables_register as tables
from gateway.adapters.first_results import mark_of
from gateway.adapters.outer_header import claimed_address
from gateway.adapters.policy_texts import PolicyTexts
from gateway.adapters.register_cases import read_case, read_cases, read_words
from gateway.adapters.register_change import Change
from gateway.adapters.register_consents import read_papers, read_scan
from gateway.adapters.register_deciding import acting, founder, read_proposals
from gateway.adapters.register_rows import dossiers_of, read_dossier, read_roster
from gateway.adapters.register_running import read_running
from gateway.adapters.register_walking import (
    facts_by_id,
    facts_by_kenmerk,
    keyring_of,
    ready_at,
    ready_officers,
)
from gateway.adapters.register_writing import Writing
from gateway.domain.parties import KeyState
from gateway.domain.replacing import Record
from gateway.domain.stages import Known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Table

    from gateway.adapters.register_rows import Row
    from gateway.adapters.register_writing import Described
    from gateway.adapters.vault import Vault
    from gateway.domain.cases import Case
    from gateway.domain.consent_forms import Forms, OnRecord
    from gateway.domain.facts import Facts
    from gateway.domain.histories import DossierHistory, Roster
    from gateway.domain.incidents import SentReport
    from gateway.domain.parties import Contact
    from gateway.domain.policy import Policy
    from gateway.domain.proposals import Proposal
    from gateway.domain.resending import First
    from gateway.domain.stages import Checked, RawMail
    from gateway.ports import Keyring


class MemoryRows:
    """Rows in lists."""

    def __init__(self) -> None:
        self.tables: defaultdict[str, list[Row]] = defaultdict(list)
        self.number = 0

    async def append(self, table: Table, row: Row) -> None:
        """Add a row."""
        serial = {"id": len(self.tables[table.name]) + 1} if "id" in table.c else {}
        self.tables[table.name].append(
            dict.fromkeys(column.name for column in table.c) | serial | dict(row)
        )

    async def select(self, table: Table, **equal: object) -> Sequence[Row]:
        """Rows in the order of recording."""
        return [
            row
            for row in self.tables[table.name]
            if all(row[name] == value for name, value in equal.items())
        ]

    async def among(self, table: Table, column: str, values: Collection[str]) -> Sequence[Row]:
        """Rows in the order of recording."""
        return [row for row in self.tables[table.name] if row[column] in values]

    async def extend(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows."""
        for row in rows:
            await self.append(table, row)

    async def revision(self) -> int:
        """How many changes there have been."""
        return self.number


class MemorySentReports:
    """What left, as a test or a trial says; implements `gateway.ports.SentReports`."""

    def __init__(self, reports: Iterable[SentReport] = ()) -> None:
        self.reports = list(reports)

    async def about(self, dossier_ids: Collection[str], since: datetime) -> Sequence[SentReport]:
        """As the port says."""
        return [
            each
            for each in self.reports
            if each.dossier_id in dossier_ids and (each.sent_at is None or each.sent_at >= since)
        ]

    async def received(self, dossier_id: str) -> Sequence[SentReport]:
        """As the port says."""
        return [each for each in self.reports if each.dossier_id == dossier_id]


class MemoryRegister:
    """Changes of the register in memory; the interface of `Register.change`."""

    def __init__(
        self,
        vault: Vault,
        clock: Callable[[], datetime],
        describe: Callable[[bytes], Described],
        origin: str = "",
        *,
        forms: Callable[[], Forms] | None = None,
    ) -> None:
        self.rows = MemoryRows()
        self.vault = vault
        self.sent = MemorySentReports()
        self._clock = clock
        self._describe = describe
        self._origin = origin
        self._forms = forms

    @asynccontextmanager
    async def change(self, *, by: str) -> AsyncIterator[Change]:
        """Everything inside the block together, or nothing."""
        operator = await acting(self.rows, by, self._origin)
        async with self._together(operator) as change:
            yield change

    @asynccontextmanager
    async def founding(self, *, by: str) -> AsyncIterator[Change]:
        """As `change`, by somebody who need not be registered while fewer than two are."""
        operator = await founder(self.rows, by, self._origin)
        async with self._together(operator) as change:
            yield change

    async def proposals(self) -> Sequence[Proposal]:
        """Everything that was ever proposed, oldest first."""
        return await read_proposals(self.rows)

    async def cases(self) -> Sequence[Case]:
        """Every request that people ever made about their own data."""
        return await read_cases(self.rows)

    async def case(self, case_id: str) -> Case:
        """One of them; `RegisterError` where there is none."""
        return await read_case(self.rows, case_id)

    async def case_words(self, case_id: str) -> Mapping[int, str]:
        """What was written in a case, by the number of the step."""
        return await read_words(self.rows, self.vault, case_id)

    async def consents(self, dossier_id: str) -> Sequence[OnRecord]:
        """Every consent event of a dossier with what its form showed."""
        return await read_papers(self.rows, self.vault, dossier_id)

    async def consent_scan(self, dossier_id: str, number: int) -> bytes:
        """The scan of the form of this event; `RegisterError` where there is none to read."""
        return await read_scan(self.rows, self.vault, dossier_id, number)

    @asynccontextmanager
    async def _together(self, operator: str) -> AsyncIterator[Change]:
        before = {name: list(rows) for name, rows in self.rows.tables.items()}
        self.rows.number += 1
        writing = Writing(
            rows=self.rows,
            vault=self.vault,
            describe=self._describe,
            forms=self._forms,
            by=operator,
            origin=self._origin,
            now=self._clock(),
            revision=self.rows.number,
            sent=self.sent,
        )
        change = Change(writing)
        try:
            yield change
            await change.finish()
        except BaseException:
            self.rows.tables = defaultdict(list, before)
            self.rows.number -= 1
            raise


class MemoryRegistry:
    """Implements `gateway.ports.Registry` over a `MemoryRegister`.

    `disclosed` says whether a report of a party was disclosed by another mail, `opened`
    whether another mail held the same signed message, `first` what became of a report of
    which this is the mark when its sender sent it before, `on_record` what became of the
    report of a party that a correction names.
    """

    def __init__(
        self,
        register: MemoryRegister,
        disclosed: Callable[[UUID, str, str], bool] = lambda _bericht, _party, _trace: False,
        opened: Callable[[str, RawMail], bool] = lambda _signed, _raw: False,
        first: Callable[[Checked, str], First | None] = lambda _checked, _mark: None,
        on_record: Callable[[UUID, str, RawMail], Record] = lambda _replaced, _party, _raw: (
            Record()
        ),
    ) -> None:
        self._register = register
        self._rows = register.rows
        self._vault = register.vault
        self._disclosed = disclosed
        self._opened = opened
        self._first = first
        self._on_record = on_record
        self._policies = PolicyTexts(self._policy_text)

    async def revision(self) -> int:
        """The register's revision."""
        return await self._rows.revision()

    async def keyring(self) -> Keyring:
        """Every certificate that was ever pinned."""
        roster = await read_roster(self._rows)
        return keyring_of(roster)

    async def holders(self, fingerprint: str, instant: datetime) -> Sequence[Contact]:
        """The contacts to whom this key is pinned at `instant`."""
        return (await read_roster(self._rows)).holders(fingerprint, instant)

    async def opened_before(self, signed: str, raw: RawMail) -> bool:
        """Whether another mail held what was signed here."""
        return self._opened(signed, raw)

    async def addressee(self, raw: RawMail) -> Contact | None:
        """Who is told that something of theirs arrived."""
        address = claimed_address(raw.content)
        roster = await read_roster(self._rows)
        return ready_at(roster, address, raw.instant) if address else None

    async def officers(self, instant: datetime) -> Sequence[Contact]:
        """The municipality's privacy officers with a usable key."""
        return ready_officers(await read_roster(self._rows), instant)

    async def contact(self, contact_id: str, instant: datetime) -> Contact | None:
        """This contact, if mail can be sealed to them."""
        found = (await read_roster(self._rows)).contact(contact_id, instant)
        ready = found is not None and found.key_state(instant) is KeyState.READY
        return found if ready else None

    async def look_up(self, checked: Checked) -> Known:
        """The facts about this report, as of its mail's instant."""
        raw, sender = checked.opened.raw, checked.opened.sender
        asked = checked.bericht.betrokkene.dossierkenmerk
        index = self._vault.blind_index(asked)
        found = await self._rows.select(tables.dossier_index, kenmerk_index=index)
        facts = facts_by_kenmerk(
            self._vault,
            await read_roster(self._rows),
            await self._histories(row["dossier_id"] for row in found),
            asked=asked,
            sender=sender,
            instant=raw.instant,
            disclosed_before=self._disclosed(
                checked.bericht.bericht_id, sender.party.party_id, raw.trace
            ),
            replacing=self._replacing(checked),
        )
        mark = mark_of(self._vault, checked.bericht)
        return Known(checked=checked, facts=facts, first=self._first(checked, mark), mark=mark)

    def _replacing(self, checked: Checked) -> tuple[UUID, Record] | None:
        vervangt, opened = checked.bericht.vervangt, checked.opened
        if vervangt is None:
            return None
        return vervangt, self._on_record(vervangt, opened.sender.party.party_id, opened.raw)

    async def policy(self, known: Known) -> Policy:
        """The decision table that these facts say is in force."""
        return await self._policies.table(known.facts.policy_digest)

    async def table(self, digest: str) -> Policy:
        """The decision table with this digest."""
        return await self._policies.table(digest)

    async def roster(self) -> Roster:
        """Parties and contacts with their histories, and the terms that run."""
        return await read_roster(self._rows, await read_running(self._rows))

    async def dossiers_of(self, party_id: str) -> Sequence[DossierHistory]:
        """Every dossier for which this party is, was or will be designated."""
        return await dossiers_of(self._rows, party_id)

    async def _policy_text(self, digest: str) -> str | None:
        rows = await self._rows.select(deciding.policy_text, digest=digest)
        return str(rows[0]["text"]) if rows else None

    async def facts_for(self, sender_id: str, dossier_id: str, instant: datetime) -> Facts:
        """What the register says now of one sender and dossier."""
        roster = await read_roster(self._rows)
        found = await self._histories([dossier_id])
        return facts_by_id(self._vault, roster, found, sender_id, instant)

    async def _histories(self, dossier_ids: Iterable[str]) -> list[DossierHistory]:
        found = [await read_dossier(self._rows, dossier_id) for dossier_id in dossier_ids]
        return [history for history in found if history is not None]
