"""Reading the whole log as it is kept, and holding it against its tree, checkpoints and witnesses.

The first reading needs no key: entries, tree and signatures.  With the master key
a second one opens every entry and looks at what stands beside it (`log_contents`).
One consistent reading of the database in each.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from gateway.adapters.log_contents import contents
from gateway.adapters.log_key import is_signed
from gateway.adapters.log_outside import Outsiders, outside
from gateway.adapters.log_sequencing import tiles
from gateway.adapters.tables_log import log_checkpoints, log_entries, log_pruned, log_tiles
from gateway.ledger.checkpoints import open_checkpoint
from gateway.ledger.findings import Finding, Kind
from gateway.ledger.notes import NoteError
from gateway.ledger.tiles import WIDTH
from gateway.ledger.upper import upper_faults
from gateway.ledger.verdict import Verdict
from gateway.ledger.verifying import Seal, Verification

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.adapters.tables_flow import AnyRow
    from gateway.adapters.vault import Vault
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.notes import VerifierKey

_BLOCKS = 32  # of 256 entries, in one page
_SEALS = 5000


class DatabaseVerifier:
    """Verifies; changes nothing.  Without a vault only what needs no key."""

    def __init__(
        self,
        database: Database,
        log: VerifierKey,
        vault: Vault | None = None,
        outsiders: Outsiders | None = None,
    ) -> None:
        """`outsiders` are those whose timestamps and cosignatures count."""
        self._database = database
        self._log = log
        self._vault = vault
        self._outsiders = outsiders or Outsiders()

    async def verify(
        self,
        witnesses: Sequence[Opened] = (),
        told: Callable[[int, int], None] = lambda done, of: None,
    ) -> Verdict:
        """Everything that is wrong, named by place; `told` hears how many entries of how many.

        `witnesses` are checkpoints that somebody else kept, signatures verified.
        """
        async with self._database.reading() as connection:
            reading = _Reading(connection, self._log, told)
            verdict = await reading.verdict(witnesses)
            others = await connection.run_sync(outside, self._outsiders)
        wrong = _sorted((*verdict.findings, *others.findings))
        verdict = replace(verdict, findings=wrong, said=others.said)
        if self._vault is None:
            return verdict
        found = await contents(self._database, self._vault, verdict.size)
        findings = _sorted((*verdict.findings, *found.findings))
        return replace(verdict, findings=findings, opened=True, erased=found.erased)


class _Reading:
    """One pass over entries and tiles."""

    def __init__(
        self,
        connection: AsyncConnection,
        log: VerifierKey,
        told: Callable[[int, int], None],
    ) -> None:
        self._connection = connection
        self._log = log
        self._told = told
        self._newest: Opened | None = None

    async def verdict(self, witnesses: Sequence[Opened]) -> Verdict:
        seals = [seal async for seal in self._seals()]
        seals += [Seal.witness(each.checkpoint) for each in witnesses]
        pruned = await self._pruned()
        verification = Verification(seals, pruned)
        end = await self._end()
        for first in range(0, end, _BLOCKS * WIDTH):
            await self._page(verification, first)
            self._told(min(first + _BLOCKS * WIDTH, end), end)
        report = verification.end()
        wrong = [each for each in report.findings if each.kind is not Kind.BEYOND]
        wrong += await self._upper(report.covered)
        return Verdict(
            size=max(report.size, report.covered + report.beyond),
            covered=report.covered,
            newest=self._newest,
            findings=_sorted(wrong),
            opened=False,
            pruned=sum(len(each) for each in pruned),
            witnesses=len(witnesses),
            omitted=report.omitted,
        )

    async def _seals(self) -> AsyncIterator[Seal]:
        after = -1
        while True:
            page = select(log_checkpoints).where(log_checkpoints.c.size > after)
            found = await self._connection.execute(
                page.order_by(log_checkpoints.c.size).limit(_SEALS)
            )
            rows = found.all()
            for row in rows:
                yield self._seal(row)
            if len(rows) < _SEALS:
                return
            after = rows[-1].size

    def _seal(self, row: AnyRow) -> Seal:
        try:
            opened = open_checkpoint(row.note, self._log, is_signed)
        except NoteError:
            return Seal(size=row.size, root=bytes(32), signed=False)
        if opened.checkpoint.size != row.size:
            return Seal(size=row.size, root=bytes(32), signed=False)
        self._newest = opened
        return Seal(size=row.size, root=opened.checkpoint.root)

    async def _pruned(self) -> list[range]:
        rows = await self._connection.execute(select(log_pruned).order_by(log_pruned.c.first))
        return [range(row.first, row.after) for row in rows]

    async def _end(self) -> int:
        """The first number behind all entries and tiles."""
        last = await self._connection.scalar(select(func.max(log_entries.c.seq)))
        tile = await self._connection.scalar(
            select(func.max(log_tiles.c.tile)).where(log_tiles.c.level == 0)
        )
        return max(-1 if last is None else last, -1 if tile is None else tile * WIDTH) + 1

    async def _page(self, verification: Verification, first: int) -> None:
        block = first // WIDTH
        stored = await self._connection.execute(_TILES, {"first": block, "after": block + _BLOCKS})
        by_number = {tile: bytes(hashes) for tile, hashes in stored.all()}
        rows = await self._connection.execute(
            _ENTRIES, {"first": first, "after": first + _BLOCKS * WIDTH}
        )
        entries: list[list[tuple[int, bytes]]] = [[] for _ in range(_BLOCKS)]
        for row in rows.all():
            entries[(row[0] - first) // WIDTH].append((row[0], row[1]))
        last = max(by_number, default=block - 1)
        for number in range(_BLOCKS):
            if entries[number] or block + number <= last:
                verification.see(by_number.get(block + number, b""), entries[number])
            elif any(entries[number:]):
                verification.see(b"", [])

    async def _upper(self, size: int) -> Sequence[Finding]:
        """Where the tree above the leaf hashes is not what it should be; proofs would fail."""
        level = 1
        known: dict[tuple[int, int], bytes] = {}
        while size >> (8 * level):
            count = -(-(size >> (8 * level)) // WIDTH)
            known |= await self._connection.run_sync(
                tiles, {(level, number) for number in range(count)}
            )
            level += 1
        return [
            Finding(first=at.start, after=at.stop, kind=Kind.TILE, detail="the stored tree differs")
            for at in upper_faults(size, known)
        ]


# As they are kept, past the types of columns: this is read for every entry there is.
_TILES = text(
    "SELECT tile, hashes FROM log_tiles WHERE level = 0 AND tile >= :first AND tile < :after"
)
_ENTRIES = text(
    "SELECT seq, entry FROM log_entries WHERE seq >= :first AND seq < :after ORDER BY seq"
)


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (each.first, each.after)))
