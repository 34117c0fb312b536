"""Reading the whole log as it is kept, and holding it against its tree, checkpoints and witnesses.

The first reading needs no key: entries, tree and signatures.  With the master key
a second one opens every entry and looks at what stands beside it (`log_contents`).
One consistent reading of the database in each.  Nothing that lies there is believed
for its type or number: whoever rewrites the log chooses those too.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from gateway.adapters.log_contents import contents
from gateway.adapters.log_key import is_signed
from gateway.adapters.log_outside import Outside, Outsiders, outside
from gateway.ledger.checkpoints import open_checkpoint
from gateway.ledger.findings import Finding, Kind
from gateway.ledger.notes import NoteError
from gateway.ledger.tiles import WIDTH
from gateway.ledger.verdict import Verdict
from gateway.ledger.verifying import MOST_FINDINGS, Seal, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, TextClause

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.notes import VerifierKey
    from gateway.ledger.tiles import Tiles
    from gateway.ledger.verifying import Report

# Of 256 entries, in one page: more no longer fit in the processor's cache.
_BLOCKS = 8
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
        verdict, readable, others = await self._database.look(partial(self._read, witnesses, told))
        wrong = _sorted((*verdict.findings, *others.findings))
        verdict = replace(verdict, findings=wrong, said=others.said)
        if self._vault is None or not readable:
            return verdict
        found = await contents(self._database, self._vault, verdict.size)
        findings = _sorted((*verdict.findings, *found.findings))
        return replace(verdict, findings=findings, opened=True, erased=found.erased)

    def _read(
        self,
        witnesses: Sequence[Opened],
        told: Callable[[int, int], None],
        connection: Connection,
    ) -> tuple[Verdict, bool, Outside]:
        reading = _Reading(connection, self._log, told)
        verdict = reading.verdict(witnesses)
        return verdict, reading.readable, outside(connection, self._outsiders)


class _Reading:
    """One pass over entries and tiles; `readable` unless an entry is not even bytes."""

    def __init__(
        self,
        connection: Connection,
        log: VerifierKey,
        told: Callable[[int, int], None],
    ) -> None:
        self._connection = connection
        self._log = log
        self._told = told
        self._newest: Opened | None = None
        self._findings: list[Finding] = []
        self.readable = True

    def verdict(self, witnesses: Sequence[Opened]) -> Verdict:
        seals = list(self._seals())
        covered = max((seal.size for seal in seals if seal.signed), default=0)
        seals += [Seal.witness(each.checkpoint) for each in witnesses]
        pruned = self._pruned()
        verification = Verification(seals, pruned)
        end = self._end(covered)
        page = _BLOCKS * WIDTH
        for first in range(0, end, page):
            self._page(verification, range(first, min(first + page, end)))
            self._told(min(first + page, end), end)
        report = verification.end(self._upper())
        wrong = [each for each in report.findings if each.kind is not Kind.BEYOND]
        wrong += [*self._findings, *_unsigned(report)]
        return Verdict(
            size=max(report.size, report.covered + report.beyond),
            covered=report.covered,
            newest=self._newest,
            findings=_sorted(wrong),
            opened=False,
            pruned=sum(len(each) for each in pruned),
            against=tuple(each.checkpoint.size for each in witnesses),
            omitted=report.omitted,
        )

    def _seals(self) -> Iterator[Seal]:
        after = -1
        while True:
            rows = self._rows(_CHECKPOINTS, after=after, most=_SEALS)
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

    def _pruned(self) -> list[range]:
        return [range(first, after) for first, after in self._rows(_PRUNED)]

    def _end(self, covered: int) -> int:
        """The first number behind all entries and tiles, by how many there are.

        A row may bear any number; those that lie elsewhere are named and not read.
        """
        count: int
        tiles: int
        ((count,),) = self._rows(_BEHIND, covered=covered)
        ((tiles, first, last),) = self._rows(_EXTENT)
        if tiles and (first, last) != (0, tiles - 1):
            self._found(covered, Kind.TILE, "the stored tiles are not numbered one after another")
        end = max(covered, covered + count, tiles * WIDTH)
        for stray in (_BEFORE, _AFTER):
            for (seq,) in self._rows(stray, end=end, most=MOST_FINDINGS):
                self._found(seq, Kind.INSERTED, "numbered outside the log")
        if count:
            for (seq,) in self._rows(_HOLE, covered=covered, last=covered + count - 1):
                self._found(seq, Kind.DELETED, "missing behind the newest checkpoint")
        return end

    def _page(self, verification: Verification, seqs: range) -> None:
        first, after = seqs.start, seqs.stop
        block, last = first // WIDTH, -(-after // WIDTH)
        stored = self._rows(_TILES, first=block, after=last)
        by_number = {tile: as_bytes(hashes) for tile, hashes in stored}
        rows = self._rows(_ENTRIES, first=first, after=after)
        for number, inside in enumerate(self._blocks(rows, seqs), block):
            verification.see(by_number.get(number, b""), inside)

    def _blocks(self, rows: Sequence[Any], seqs: range) -> Sequence[Sequence[tuple[int, bytes]]]:
        """The entries of each block; as they come where none is missing, as nearly always."""
        if len(rows) == len(seqs) and {type(entry) for _, entry in rows} == {bytes}:
            return [rows[at : at + WIDTH] for at in range(0, len(rows), WIDTH)]
        blocks: list[list[tuple[int, bytes]]] = [[] for _ in range(0, len(seqs), WIDTH)]
        for seq, entry in rows:
            if type(entry) is not bytes:
                self._mistyped(seq)
            blocks[(seq - seqs.start) // WIDTH].append((seq, as_bytes(entry)))
        return blocks

    def _mistyped(self, seq: int) -> None:
        self.readable = False
        self._found(seq, Kind.ALTERED, "no bytes, but what no gateway writes there")

    def _found(self, seq: int, kind: Kind, detail: str) -> None:
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(Finding(first=seq, after=seq + 1, kind=kind, detail=detail))

    def _upper(self) -> Tiles:
        """The tree above the leaf hashes, where proofs come from."""
        rows = self._rows(_UPPER)
        return {(level, tile): as_bytes(hashes) for level, tile, hashes in rows}

    def _rows(self, statement: TextClause, **values: int) -> Sequence[Any]:
        # The driver's own rows: a third of the time goes into dressing them up.
        found: Sequence[Any] = self._connection.execute(statement, values).cursor.fetchall()
        return found


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
# Two statements, because one with OR reads every entry.
_BEFORE = text("SELECT seq FROM log_entries WHERE seq < 0 AND seq < :end ORDER BY seq LIMIT :most")
_AFTER = text("SELECT seq FROM log_entries WHERE seq >= :end ORDER BY seq LIMIT :most")
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
