"""The log's own Ed25519 key: it signs checkpoints and nothing else (RFC 8032).

It lies apart from the master key, so that whoever can read the database and its
backups cannot sign what the log was.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.domain.silent import Silent
from gateway.ledger.notes import VerifierKey

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 10_000


class LogKeyError(ValueError):
    """The log's key cannot be used; names the file and the reason."""


class LogKey(Silent):
    """Signs checkpoints under the log's name."""

    __slots__ = ("_secret", "public")

    def __init__(self, secret: Ed25519PrivateKey, origin: str) -> None:
        self._secret = secret
        raw = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = VerifierKey(name=origin, public_key=raw)

    @classmethod
    def from_file(cls, path: Path, origin: str, *, credential: bool = False) -> LogKey:
        """The key in this PEM file (PKCS #8); raises `LogKeyError`.

        A `credential` of systemd may show a right of the group, see systemd.exec(5).
        """
        problem = "is not an Ed25519 key in PEM"
        try:
            content = _read_alone(path, stat.S_IRGRP if credential else 0)
            found = load_pem_private_key(content, password=None)
            if isinstance(found, Ed25519PrivateKey):
                return cls(found, origin)
        except LogKeyError as error:
            problem = str(error)
        except OSError as error:
            problem = error.strerror or type(error).__name__
        except (ValueError, TypeError, UnsupportedAlgorithm):
            pass
        raise LogKeyError(f"{path}: {problem}")

    def sign(self, message: bytes) -> bytes:
        """64 bytes, RFC 8032, 5.1.6."""
        return self._secret.sign(message)


def new_log_key(origin: str) -> LogKey:
    """A new key, in memory only."""
    return LogKey(Ed25519PrivateKey.generate(), origin)


def create_log_key(path: Path) -> None:
    """Write a new key, readable by its owner only; raises `LogKeyError`.

    An existing file is never overwritten: whoever holds checkpoints trusts that key.
    """
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    problem = ""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        problem = "exists already and is never overwritten"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        raise LogKeyError(f"{path}: {problem}")


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is good, RFC 8032, 5.1.7."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read_alone(path: Path, allowed: int) -> bytes:
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise LogKeyError("is not a file")
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~allowed:
            raise LogKeyError("can be read or written by others; chmod 600 it")
        return file.read(_MOST_BYTES)
