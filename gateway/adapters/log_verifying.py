"""Reading the whole log as it is kept, and holding it against its tree, checkpoints and witnesses.

The first reading needs no key: entries, tree and signatures.  With the master key
a second one opens every entry and looks at what stands beside it (`log_contents`).
One consistent reading of the database in each.  Nothing that lies there is believed
for its type or number: whoever rewrites the log chooses those too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from gateway.adapters.log_contents import contents
from gateway.adapters.log_key import is_signed
from gateway.ledger.checkpoints import open_checkpoint
from gateway.ledger.findings import Finding, Kind
from gateway.ledger.notes import NoteError
from gateway.ledger.tiles import WIDTH
from gateway.ledger.verdict import Verdict
from gateway.ledger.verifying import MOST_FINDINGS, Seal, Verification

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from sqlalchemy import TextClause
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.notes import VerifierKey
    from gateway.ledger.tiles import Tiles
    from gateway.ledger.verifying import Report

_BLOCKS = 32  # of 256 entries, in one page
_SEALS = 5000


class DatabaseVerifier:
    """Verifies; changes nothing.  Without a vault only what needs no key."""

    def __init__(self, database: Database, log: VerifierKey, vault: Vault | None = None) -> None:
        self._database = database
        self._log = log
        self._vault = vault

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
        if self._vault is None or not reading.readable:
            return verdict
        found = await contents(self._database, self._vault, verdict.size)
        findings = _sorted((*verdict.findings, *found))
        return replace(verdict, findings=findings, opened=True)


class _Reading:
    """One pass over entries and tiles; `readable` unless an entry is not even bytes."""

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
        self._findings: list[Finding] = []
        self.readable = True

    async def verdict(self, witnesses: Sequence[Opened]) -> Verdict:
        seals = [seal async for seal in self._seals()]
        covered = max((seal.size for seal in seals if seal.signed), default=0)
        seals += [Seal.witness(each.checkpoint) for each in witnesses]
        pruned = await self._pruned()
        verification = Verification(seals, pruned)
        end = await self._end(covered)
        for first in range(0, end, _BLOCKS * WIDTH):
            await self._page(verification, first, end)
            self._told(min(first + _BLOCKS * WIDTH, end), end)
        report = verification.end(await self._upper())
        wrong = [each for each in report.findings if each.kind is not Kind.BEYOND]
        wrong += [*self._findings, *_unsigned(report)]
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
            rows = await self._rows(_CHECKPOINTS, after=after, most=_SEALS)
            for size, note in rows:
                yield self._seal(size, as_bytes(note))
            if len(rows) < _SEALS:
                return
            after = rows[-1][0]

    def _seal(self, size: int, note: bytes) -> Seal:
        try:
            opened = open_checkpoint(note, self._log, is_signed)
        except NoteError:
            return Seal(size=size, root=bytes(32), signed=False)
        if opened.checkpoint.size != size:
            return Seal(size=size, root=bytes(32), signed=False)
        self._newest = opened
        return Seal(size=size, root=opened.checkpoint.root)

    async def _pruned(self) -> list[range]:
        return [range(first, after) for first, after in await self._rows(_PRUNED)]

    async def _end(self, covered: int) -> int:
        """The first number behind all entries and tiles, by how many there are.

        A row may bear any number; those that lie elsewhere are named and not read.
        """
        count: int
        tiles: int
        ((count,),) = await self._rows(_BEHIND, covered=covered)
        ((tiles, first, last),) = await self._rows(_EXTENT)
        if tiles and (first, last) != (0, tiles - 1):
            self._found(covered, Kind.TILE, "the stored tiles are not numbered one after another")
        end = max(covered, covered + count, tiles * WIDTH)
        for (seq,) in await self._rows(_STRAY, end=end, most=MOST_FINDINGS):
            self._found(seq, Kind.INSERTED, "numbered outside the log")
        if count:
            for (seq,) in await self._rows(_HOLE, covered=covered, last=covered + count - 1):
                self._found(seq, Kind.DELETED, "missing behind the newest checkpoint")
        return end

    async def _page(self, verification: Verification, first: int, end: int) -> None:
        block, after = first // WIDTH, min(first + _BLOCKS * WIDTH, end)
        last = -(-after // WIDTH)
        stored = await self._rows(_TILES, first=block, after=last)
        by_number = {tile: as_bytes(hashes) for tile, hashes in stored}
        entries: list[list[tuple[int, bytes]]] = [[] for _ in range(block, last)]
        for seq, entry in await self._rows(_ENTRIES, first=first, after=after):
            if type(entry) is not bytes:
                self._mistyped(seq)
            entries[(seq - first) // WIDTH].append((seq, as_bytes(entry)))
        for number, inside in enumerate(entries, block):
            verification.see(by_number.get(number, b""), inside)

    def _mistyped(self, seq: int) -> None:
        self.readable = False
        self._found(seq, Kind.ALTERED, "no bytes, but what no gateway writes there")

    def _found(self, seq: int, kind: Kind, detail: str) -> None:
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(Finding(first=seq, after=seq + 1, kind=kind, detail=detail))

    async def _upper(self) -> Tiles:
        """The tree above the leaf hashes, where proofs come from."""
        rows = await self._rows(_UPPER)
        return {(level, tile): as_bytes(hashes) for level, tile, hashes in rows}

    async def _rows(self, statement: TextClause, **values: int) -> Sequence[Any]:
        return (await self._connection.execute(statement, values)).all()


def _unsigned(report: Report) -> Iterator[Finding]:
    """Tree and checkpoint are kept in one transaction: there is no tree without one."""
    if report.size > report.covered and not any(
        each.kind is Kind.SIGNATURE and each.after == report.size for each in report.findings
    ):
        detail = f"the tree has {report.size} entries, and the checkpoint over them is gone"
        yield Finding(first=report.covered, after=report.size, kind=Kind.SIGNATURE, detail=detail)


# As they are kept, past the types of columns: this is read for every entry there is.
_TILES = text(
    "SELECT tile, hashes FROM log_tiles WHERE level = 0 AND tile >= :first AND tile < :after"
)
_EXTENT = text("SELECT count(*), min(tile), max(tile) FROM log_tiles WHERE level = 0")
_UPPER = text("SELECT level, tile, hashes FROM log_tiles WHERE level <> 0")
_ENTRIES = text(
    "SELECT seq, entry FROM log_entries WHERE seq >= :first AND seq < :after ORDER BY seq"
)
_BEHIND = text("SELECT count(*) FROM log_entries WHERE seq >= :covered")
_STRAY = text("SELECT seq FROM log_entries WHERE seq < 0 OR seq >= :end ORDER BY seq LIMIT :most")
# The first number that is missing, of those that the entries behind a checkpoint should have.
_HOLE = text(
    "SELECT n.seq FROM (SELECT :covered AS seq UNION ALL "
    "SELECT seq + 1 FROM log_entries WHERE seq >= :covered) n "
    "WHERE n.seq <= :last AND NOT EXISTS (SELECT 1 FROM log_entries e WHERE e.seq = n.seq) "
    "ORDER BY n.seq LIMIT 1"
)
_CHECKPOINTS = text(
    "SELECT size, note FROM log_checkpoints WHERE size > :after ORDER BY size LIMIT :most"
)
_PRUNED = text("SELECT first, after FROM log_pruned ORDER BY first")


def as_bytes(value: object) -> bytes:
    """What lies in a column of bytes, whatever it is; SQLite keeps text and numbers there too."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (each.first, each.after)))
