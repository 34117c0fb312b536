"""What leaves the gateway of its log: opened lines, sealed bundles, a proof of one entry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.adapters.log_bundles import proof_bundle, write_bundle
from gateway.adapters.log_proving import NoProofError
from gateway.domain.audit import Action
from gateway.ledger.tiles import TileError
from gateway.wiring.deeds import deeds
from gateway.wiring.errors import NotReadyError
from gateway.wiring.logbook import logbook

if TYPE_CHECKING:
    from typing import BinaryIO

    from gateway.config import Config
    from gateway.ledger.reading import Shown
    from gateway.wiring.logbook import Logbook


async def proven(config: Config, seq: int, *, sealed: bool, by: str) -> tuple[bytes, str]:
    """A zip file that proves one entry, and the public key of the log.

    With the key that opens this entry alone, unless `sealed`; who took it goes on record
    first.  Raises `NotReadyError`, and `RegisterError` for a name that is no operator's.
    """
    async with logbook(config) as book:
        detail = "proof-sealed" if sealed else "proof"
        await _taken(config, book, f"entry/{seq}", by=by, detail=detail)
        try:
            found = await book.proofs.prove(seq)
        except (NoProofError, TileError) as error:
            raise NotReadyError(f"entry {seq}: {error}") from None
        public = str(book.key.public)
        return proof_bundle(found, public, with_key=not sealed), public


async def exported(config: Config, out: BinaryIO, *, ldv: bool = False, by: str) -> None:
    """One line of JSON an entry, or with `ldv` a record with the fields of LDV 1.0 alone.

    Then what people did, and what was erased, is not among them.  Who took them is on
    record first; raises as `proven` does.
    """
    async with logbook(config) as book:
        await _taken(config, book, "log", by=by, detail="opened")
        async for entry in book.reader.read():
            said = _record(entry) if ldv else entry.plain()
            if said is not None:
                out.write(json.dumps(said, ensure_ascii=False).encode() + b"\n")


def _record(entry: Shown) -> dict[str, Any] | None:
    if entry.content is None or entry.head.kind == "audit":
        return None
    found: dict[str, Any] = entry.content["record"]
    return found


async def bundled(config: Config, out: BinaryIO, *, by: str) -> None:
    """The sealed log with tree, checkpoints and verifier, as a zip file; as `exported`."""
    async with logbook(config) as book:
        await _taken(config, book, "log", by=by, detail="bundle")
        await write_bundle(book.database, str(book.key.public), out)


async def _taken(config: Config, book: Logbook, about: str, *, by: str, detail: str) -> None:
    """On record, and covered, before anything leaves."""
    record = await deeds(config, book.database, book.vault)
    await record.record(Action.LOG_EXPORTED, about, by=by, detail=detail)
    await book.cover()
