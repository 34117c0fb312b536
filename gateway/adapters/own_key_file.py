"""The file of the gateway's own secret keys: several may stand in it, one behind the other.

Replaced as a whole or not at all (rename(2)), so that whoever is cut off leaves
the file as it was; what of it counts, the database says.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from pysequoia.packet import PacketPile, Tag

from gateway.adapters.key_files import write_new

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class OwnKeyFileError(ValueError):
    """The file cannot be read as secret keys, or not be written; says why, without naming it."""


def keys_in(content: bytes) -> dict[str, bytes]:
    """Each key of a file, binary, by the fingerprint of its primary key (upper-case hex).

    Raises `OwnKeyFileError`.
    """
    found: dict[str, list[bytes]] = {}
    name = ""
    if content.count(b"-----BEGIN PGP") > 1:
        raise OwnKeyFileError("several armored blocks in it; only the first would be read")
    try:
        for packet in PacketPile.from_bytes(content):
            if packet.tag == Tag.SecretKey:
                name = (packet.fingerprint or "").upper()
                found[name] = []
            if name:
                found[name].append(bytes(packet))
    except (RuntimeError, ValueError):
        raise OwnKeyFileError("cannot be read as secret keys") from None
    if not found:
        raise OwnKeyFileError("no secret key in it")
    return {each: b"".join(parts) for each, parts in found.items()}


def replace_keys(path: Path, keys: Mapping[str, bytes]) -> None:
    """These keys instead of those that are there; on disk when this returns.

    The new file belongs to whom the old one belonged, and is theirs alone.  Raises
    `OwnKeyFileError`, and then nothing has changed.
    """
    replaced(path, b"".join(keys.values()), mode=0o600)


def replaced(path: Path, content: bytes, *, mode: int) -> None:
    """A file with another content, in one step; raises `OwnKeyFileError`."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write_new(beside, content, mode=mode)
        with suppress(FileNotFoundError):
            before = path.stat()
            os.chown(beside, before.st_uid, before.st_gid)
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise OwnKeyFileError(error.strerror or type(error).__name__) from None
