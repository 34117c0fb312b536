"""The register as a walk reads it, from the database: makes `Known`.

Parties, contacts and certificates change seldom: they are kept decoded until
the register's revision changes, which every statement here reads along.  What
is known of an inburgeraar is read and unsealed anew each time and never kept.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateway.adapters.first_results import Before, first_result, mark_of
from gateway.adapters.outer_header import claimed_address
from gateway.adapters.policy_texts import PolicyTexts
from gateway.adapters.register_rows import dossier_from, dossiers_of, read_roster
from gateway.adapters.register_running import read_running
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.register_statements import (
    BY_ID,
    BY_KENMERK,
    COLUMNS,
    POLICY_TEXT,
    REVISION,
    SIGNED_BEFORE,
)
from gateway.adapters.register_walking import (
    facts_by_id,
    facts_by_kenmerk,
    keyring_of,
    ready_at,
    ready_officers,
)
from gateway.adapters.replaced_reports import on_record
from gateway.adapters.timestamps import microseconds
from gateway.domain.parties import KeyState
from gateway.domain.stages import Known
from gateway.domain.stops import Reason, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from gateway.adapters.database import Database
    from gateway.adapters.quick_reading import Query, Values
    from gateway.adapters.register_rows import Row
    from gateway.adapters.vault import Vault
    from gateway.domain.facts import Facts
    from gateway.domain.histories import DossierHistory, Roster
    from gateway.domain.parties import Contact
    from gateway.domain.policy import Policy
    from gateway.domain.replacing import Record
    from gateway.domain.resending import First
    from gateway.domain.stages import Checked, RawMail
    from gateway.ports import Keyring

# The register would have to change between two readings this many times in a row.
_PATIENCE = 5


class DatabaseRegistry:
    """Implements `gateway.ports.Registry`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._roster: Roster | None = None
        self._keyring: Keyring | None = None
        self._reading_roster = asyncio.Lock()
        self._asking: asyncio.Task[int] | None = None
        self._policies = PolicyTexts(self._policy_text)

    async def revision(self) -> int:
        """The register's revision as of now.

        Who asks before the question has left shares its answer: a batch of mails
        that begin together asks once.
        """
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> int:
        await asyncio.sleep(0)
        self._asking = None
        rows = await self._database.fetch(REVISION, {})
        return int(rows[0][0])

    async def keyring(self) -> Keyring:
        """Every certificate that was ever pinned."""
        roster = await self._current()
        if self._keyring is None or self._keyring.revision != roster.revision:
            self._keyring = keyring_of(roster)
        return self._keyring

    async def holders(self, fingerprint: str, instant: datetime) -> Sequence[Contact]:
        """The contacts to whom this key is pinned at `instant`."""
        return (await self._current()).holders(fingerprint, instant)

    async def opened_before(self, signed: str, raw: RawMail) -> bool:
        """Whether another mail held what was signed here."""
        digest = sha256(raw.content).hexdigest()
        values = {"signed": signed, "trace": raw.trace, "digest": digest}
        return bool(signed and await self._database.fetch(SIGNED_BEFORE, values))

    async def addressee(self, raw: RawMail) -> Contact | None:
        """Who is told that something of theirs arrived; nobody for an automatic mail."""
        address = claimed_address(raw.content)
        return ready_at(await self._current(), address, raw.instant) if address else None

    async def officers(self, instant: datetime) -> Sequence[Contact]:
        """The municipality's privacy officers with a usable key."""
        return ready_officers(await self._current(), instant)

    async def contact(self, contact_id: str, instant: datetime) -> Contact | None:
        """This contact, if mail can be sealed to them."""
        found = (await self._current()).contact(contact_id, instant)
        ready = found is not None and found.key_state(instant) is KeyState.READY
        return found if ready else None

    async def look_up(self, checked: Checked) -> Known:
        """The facts about this report, as of its mail's instant."""
        raw, sender = checked.opened.raw, checked.opened.sender
        asked = checked.bericht.betrokkene.dossierkenmerk
        values: Values = {
            "kenmerk_index": self._vault.blind_index(asked),
            "bericht_id": str(checked.bericht.bericht_id),
            "party_id": sender.party.party_id,
            "trace": raw.trace,
            "instant": microseconds(raw.instant),
        }
        roster, found = await self._read(BY_KENMERK, values)
        facts = facts_by_kenmerk(
            self._vault,
            roster,
            _dossiers(found),
            asked=asked,
            sender=sender,
            instant=raw.instant,
            disclosed_before=bool(found["forward"]),
            replacing=await self._replacing(checked),
        )
        mark = mark_of(self._vault, checked.bericht)
        before = Before.among([*found["forward"], *found["hold"]], sender.contact_id)
        first = await self._first(before, roster, mark) if before else None
        return Known(checked=checked, facts=facts, first=first, mark=mark)

    async def _first(self, before: Before, roster: Roster, mark: str) -> First | None:
        async with self._database.reading() as connection:
            return await first_result(connection, self._vault, roster, before, mark)

    async def _replacing(self, checked: Checked) -> tuple[UUID, Record] | None:
        vervangt, opened = checked.bericht.vervangt, checked.opened
        if vervangt is None:
            return None
        party_id = opened.sender.party.party_id
        return vervangt, await on_record(self._database, vervangt, party_id, opened.raw)

    async def policy(self, known: Known) -> Policy:
        """The decision table that these facts say is in force."""
        return await self.table_of(known.facts)

    async def table_of(self, facts: Facts) -> Policy:
        """As `policy`, for facts that no report is at hand for."""
        return await self._policies.table(facts.policy_digest)

    async def table(self, digest: str) -> Policy:
        """The decision table with this digest."""
        return await self._policies.table(digest)

    async def roster(self) -> Roster:
        """Parties and contacts with their histories."""
        return await self._current()

    async def dossiers_of(self, party_id: str) -> Sequence[DossierHistory]:
        """Every dossier for which this party is, was or will be designated."""
        async with self._database.reading() as connection:
            return await dossiers_of(SqlRows(connection), party_id)

    async def policy_in_force(self, instant: datetime) -> Policy:
        """The table in force; raises `Hold(UNEXPECTED)` where there is none."""
        return await self._policies.table((await self._current()).policy(instant))

    async def _policy_text(self, digest: str) -> str | None:
        rows = await self._database.fetch(POLICY_TEXT, {"digest": digest})
        return str(rows[0][0]) if rows else None

    async def facts_for(self, sender_id: str, dossier_id: str, instant: datetime) -> Facts:
        """What the register says now of one sender and dossier, to compare with a decision."""
        roster, found = await self._read(BY_ID, {"dossier_id": dossier_id})
        return facts_by_id(self._vault, roster, _dossiers(found), sender_id, instant)

    async def _current(self) -> Roster:
        return await self._roster_at(await self.revision())

    async def _read(
        self, query: Query, values: Values
    ) -> tuple[Roster, defaultdict[str, list[Sequence[Any]]]]:
        """What the statement finds, with the roster of the same revision."""
        for _ in range(_PATIENCE):
            found: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
            for row in await self._database.fetch(query, values):
                found[row[0]].append(row)
            revision = int(found["revision"][0][2])
            roster = await self._roster_at(revision)
            if roster.revision == revision:
                return roster, found
        raise Retry(Reason.UNREACHABLE)

    async def _roster_at(self, revision: int) -> Roster:
        """The roster of this revision or a later one."""
        if self._roster is not None and self._roster.revision == revision:
            return self._roster
        async with self._reading_roster:
            if self._roster is None or self._roster.revision < revision:
                async with self._database.reading() as connection:
                    rows = SqlRows(connection)
                    self._roster = await read_roster(rows, await read_running(rows))
            return self._roster


def _dossiers(found: defaultdict[str, list[Sequence[Any]]]) -> list[DossierHistory]:
    return [_dossier(row[1], row[11], found) for row in found["secret"]]


def _dossier(
    dossier_id: str, secret: bytes | None, found: defaultdict[str, list[Sequence[Any]]]
) -> DossierHistory:
    read: dict[str, list[Row]] = {}
    for kind, (table, columns) in COLUMNS.items():
        rows = sorted((row for row in found[kind] if row[1] == dossier_id), key=_order)
        read[table] = [
            {"id": row[2], "valid_from": row[3]} | {name: row[at] for at, name in columns.items()}
            for row in rows
        ]
    return dossier_from(dossier_id, secret, read)


def _order(row: Sequence[Any]) -> int:
    return int(row[2])
