"""The log's own Ed25519 key: it signs checkpoints and nothing else (RFC 8032).

It lies apart from the master key, so that whoever can read the database and its
backups cannot sign what the log was.
"""

from __future__ import annotations

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

from gateway.adapters.key_files import KeyFileError, create_alone, read_alone
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
            content = read_alone(path, _MOST_BYTES, credential=credential)
            found = load_pem_private_key(content, password=None)
            if isinstance(found, Ed25519PrivateKey):
                return cls(found, origin)
        except KeyFileError as error:
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
        create_alone(path, pem)
    except KeyFileError as error:
        problem = str(error)
    if problem:
        raise LogKeyError(f"{path}: {problem}")


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is good, RFC 8032, 5.1.7."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
