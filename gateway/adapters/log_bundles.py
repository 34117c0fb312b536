"""Bundles that prove something without us: entries, checkpoints, and the program that checks them.

What is in one, and what it shows, stands at the head of that program.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections import defaultdict
from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from gateway.adapters.log_outside import stamped_notes
from gateway.adapters.tables_log import log_checkpoints
from gateway.adapters.tables_log_kept import log_cosignatures
from gateway.ledger.merkle import HASH_BYTES
from gateway.ledger.tiles import WIDTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import BinaryIO

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database import Database
    from gateway.adapters.log_proving import Proven

VERIFIER = "taalpoort_verify.py"
PLAIN = "taalpoort_plain.py"
DOSSIER_VERIFIER = "taalpoort_dossier.py"
KEY = "log.vkey"
# A constant, so that the same log gives the same file.
_DATE = (1980, 1, 1, 0, 0, 0)
_BLOCKS = 8
_ENTRIES = text(
    "SELECT seq, entry FROM log_entries WHERE seq >= :first AND seq < :after ORDER BY seq"
)
_TILES = text(
    "SELECT tile, hashes FROM log_tiles WHERE level = 0 AND tile >= :first AND tile < :after"
)


def program(name: str = VERIFIER) -> bytes:
    """A program that is handed out, as it is shipped: by default the one that checks bundles."""
    return resources.files("gateway.ledger.standalone").joinpath(name).read_bytes()


def proof_bundle(found: Proven, public: str, *, with_key: bool) -> bytes:
    """A zip file with one entry, its proof, the log's public key and the verifier."""
    name = f"proof/{found.seq}"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for program_name in (VERIFIER, PLAIN):
            _add(bundle, program_name, program(program_name))
        _add(bundle, KEY, f"{public}\n".encode())
        for file, content in proof_files(found, name, with_key=with_key).items():
            _add(bundle, file, content)
    return out.getvalue()


def proof_files(found: Proven, name: str, *, with_key: bool = True) -> dict[str, bytes]:
    """A proof as files whose names begin so."""
    files = {f"{name}.tlog-proof": bytes(found.proof), f"{name}.entry": found.entry}
    if with_key and found.key is not None:
        files[f"{name}.key"] = f"{found.key.hex()}\n".encode()
    return files


def zipped(files: Mapping[str, bytes]) -> bytes:
    """These files, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            _add(bundle, name, content)
    return out.getvalue()


async def write_bundle(database: Database, public: str, out: BinaryIO) -> None:
    """A zip file with the whole log as one instant knows it; entries stay sealed.

    What was pruned is there by its hash alone.  Beside them lie the timestamps of an
    authority, each with the signed note that it is over (``openssl ts -verify``).
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in (VERIFIER, PLAIN):
            _add(bundle, name, program(name))
        _add(bundle, KEY, f"{public}\n".encode())
        async with database.reading() as connection:
            checkpoints = [line async for line in _checkpoints(connection)]
            _add(bundle, "checkpoints.jsonl", b"".join(checkpoints))
            for size, note, token in await connection.run_sync(_stamped):
                _add(bundle, f"timestamps/{size}.note", note)
                _add(bundle, f"timestamps/{size}.tsr", token)
            with bundle.open(zipfile.ZipInfo("entries.jsonl", _DATE), "w") as file:
                async for line in _entries(connection):
                    file.write(line)


async def _checkpoints(connection: AsyncConnection) -> AsyncIterator[bytes]:
    rows = await connection.execute(select(log_checkpoints).order_by(log_checkpoints.c.size))
    lines = defaultdict(list)
    for each in await connection.execute(select(log_cosignatures)):
        lines[each.size].append(f"{each.line}\n".encode())
    for row in rows:
        note = base64.b64encode(row.note + b"".join(sorted(lines[row.size]))).decode("ascii")
        yield json.dumps({"size": row.size, "note": note}).encode() + b"\n"


def _stamped(connection: Connection) -> list[tuple[int, bytes, bytes]]:
    """The first of each checkpoint."""
    found: dict[int, tuple[int, bytes, bytes]] = {}
    for each in stamped_notes(connection):
        found.setdefault(each[0], each)
    return list(found.values())


async def _entries(connection: AsyncConnection) -> AsyncIterator[bytes]:
    block = 0
    while True:
        found = await connection.execute(
            _ENTRIES, {"first": block * WIDTH, "after": (block + _BLOCKS) * WIDTH}
        )
        entries = {seq: bytes(entry) for seq, entry in found.all()}
        stored = await connection.execute(_TILES, {"first": block, "after": block + _BLOCKS})
        tiles = {tile: bytes(hashes) for tile, hashes in stored.all()}
        if not entries and not tiles:
            return
        for seq in range(block * WIDTH, (block + _BLOCKS) * WIDTH):
            line = _line(seq, entries, tiles)
            if line is not None:
                yield json.dumps(line).encode() + b"\n"
        block += _BLOCKS


def _line(
    seq: int, entries: dict[int, bytes], tiles: dict[int, bytes]
) -> dict[str, int | str] | None:
    if seq in entries:
        return {"seq": seq, "entry": base64.b64encode(entries[seq]).decode("ascii")}
    tile, place = divmod(seq, WIDTH)
    leaf = tiles.get(tile, b"")[place * HASH_BYTES : (place + 1) * HASH_BYTES]
    if len(leaf) < HASH_BYTES:
        return None
    return {"seq": seq, "leaf": base64.b64encode(leaf).decode("ascii")}


def _add(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    bundle.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
