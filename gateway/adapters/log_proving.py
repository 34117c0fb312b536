"""Proofs from the tree as it is kept: of one entry, and of an earlier state of the log."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.log_sealing import entry_key, is_sealed_by
from gateway.adapters.log_sequencing import newest, tiles
from gateway.adapters.tables_log import log_entries
from gateway.domain.silent import Silent
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.proofs import Proof
from gateway.ledger.tiles import edge_coordinates, inclusion, inclusion_coordinates, root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.vault import PersonKey, Vault
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.notes import VerifierKey


class NoProofError(LookupError):
    """There is no such entry, it was pruned, or no checkpoint covers it yet; says which."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Proven(Silent):
    """One entry with all that shows it stands in the log; `key` is None where it was destroyed."""

    seq: int
    entry: bytes
    key: bytes | None
    proof: Proof


class DatabaseProofs:
    """Reads tiles and entries; writes nothing."""

    def __init__(self, database: Database, vault: Vault, log: VerifierKey) -> None:
        self._database = database
        self._vault = vault
        self._log = log

    async def prove(self, seq: int) -> Proven:
        """The entry with this number under the newest checkpoint.

        Raises `NoProofError`, `TileError` and `BrokenLogError` where the tree is damaged.
        """
        return await self._database.look(partial(self._prove, seq))

    async def about(self, seqs: Sequence[int], dossier_id: str) -> Sequence[Proven]:
        """These entries under one checkpoint, each with its key only where it is the person's own.

        What the log's own key seals, such as who looked, stays sealed.  Raises as `prove`.
        """
        return await self._database.look(partial(self._about, seqs, dossier_id))

    async def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries as the tree has it; raises `TileError`."""
        return await self._database.look(partial(_root_at, size))

    async def newest(self) -> Opened | None:
        """The newest checkpoint; raises `BrokenLogError` for one that another key signed."""
        return await self._database.look(partial(newest, self._log))

    def _about(
        self, seqs: Sequence[int], dossier_id: str, connection: Connection
    ) -> Sequence[Proven]:
        return [self._own(self._prove(seq, connection), dossier_id, connection) for seq in seqs]

    def _own(self, found: Proven, dossier_id: str, connection: Connection) -> Proven:
        row = connection.execute(ENTRIES.where(log_entries.c.seq == found.seq)).one()
        person = LogOpener(self._vault).person(row.subject, row.wrapped_key)
        own = row.subject == dossier_id and person is not None
        if own and person is not None and is_sealed_by(found.entry, person):
            return found
        return Proven(seq=found.seq, entry=found.entry, key=None, proof=found.proof)

    def _prove(self, seq: int, connection: Connection) -> Proven:
        covered = newest(self._log, connection)
        size = covered.checkpoint.size if covered else 0
        row = connection.execute(ENTRIES.where(log_entries.c.seq == seq)).first()
        if row is None:
            raise NoProofError("there is no such entry, or it was kept long enough and taken away")
        if covered is None or seq >= size:
            raise NoProofError("no checkpoint covers this entry yet; one does within a second")
        path = inclusion(seq, size, tiles(connection, inclusion_coordinates(seq, size)))
        person = LogOpener(self._vault).person(row.subject, row.wrapped_key)
        proof = Proof(index=seq, hashes=path, checkpoint=covered.note)
        return Proven(
            seq=seq, entry=row.entry, key=_key(row.entry, self._vault, person), proof=proof
        )


def _key(entry: bytes, vault: Vault, person: PersonKey | None) -> bytes | None:
    try:
        return entry_key(entry, vault, person)
    except UnopenedError:
        return None  # from before entries were sealed


def _root_at(size: int, connection: Connection) -> bytes:
    return root(size, tiles(connection, edge_coordinates(size)))
