"""What is encrypted at rest, and under which key.

One master key of 32 bytes lies in a file outside the database.  From it come,
by HKDF (RFC 5869) with a label each, the key that wraps every inburgeraar's own
key, the key of the blind index and the keys of stored mail.  A person's own key
is random: when its wrapped form is destroyed, what was written under it can
never be read again, and the person's pseudonym can never be made again.

Everything is AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.  The
associated data name purpose and row, so that a ciphertext moved to another row
does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.adapters.key_files import KeyFileError, create_alone, read_alone
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"
# 32 random bytes hold about 30 different ones; fewer than 20 comes by chance less
# than once in 10^9 keys, and 32 printable ones less than once in 10^13.
_LEAST_DIFFERENT = 20


class MasterKeyError(ValueError):
    """The master key cannot be used; names the file and the reason."""


class VaultError(Exception):
    """A ciphertext does not open here: another key, another row, or damage.  Says no more."""


class PersonKey(Silent):
    """One inburgeraar's own key, unwrapped."""

    __slots__ = ("_log", "_salt", "_secret", "_subject")

    def __init__(self, subject: str, secret: bytes) -> None:
        self._subject = subject
        self._secret = secret[:KEY_BYTES]
        self._log = hmac.digest(self._secret, _bound("log entries", subject), "sha256")
        self._salt = secret[KEY_BYTES:]

    def seal(self, purpose: str, context: str, content: bytes) -> bytes:
        """Encrypt for this person; opens only with the same `purpose` and `context`."""
        return _seal(AESGCM(self._secret), _bound(purpose, self._subject, context), content)

    def open(self, purpose: str, context: str, sealed: bytes) -> bytes:
        """The content; raises `VaultError`."""
        return _open(AESGCM(self._secret), _bound(purpose, self._subject, context), sealed)

    def pseudonym(self, purpose: str) -> str:
        """Who this is in a log, in hex: the same for one purpose, unlinkable between purposes."""
        return hmac.digest(self._salt, _bound(purpose, self._subject), "sha256").hex()

    def entry_key(self, which: bytes) -> bytes:
        """The key of one log entry about this person; it opens that entry and no other."""
        return hmac.digest(self._log, which, "sha256")


class Vault(Silent):
    """Seals and opens with what comes from one master key."""

    __slots__ = ("_blobs", "_index", "_log", "_marks", "_master", "_names", "_wrapping")

    def __init__(self, master: bytes) -> None:
        """Refuses a key of the wrong length or one that is not random: `MasterKeyError`."""
        if (weakness := _weakness(master)) is not None:
            raise MasterKeyError(weakness)
        self._master = master
        self._wrapping = AESGCM(self._derived("wrapping of personal keys"))
        self._index = self._derived("blind index of dossierkenmerk")
        self._log = self._derived("log entries about nobody")
        self._names = self._derived("names of outgoing reports")
        self._marks = self._derived("marks of the content of reports")
        self._blobs: dict[str, AESGCM] = {}

    @classmethod
    def from_file(cls, path: Path, *, credential: bool = False) -> Vault:
        """The vault of the key in this file; raises `MasterKeyError` naming file and reason.

        A `credential` of systemd may show a right of the group, see systemd.exec(5).
        """
        problem = ""
        try:
            return cls(read_alone(path, KEY_BYTES + 1, credential=credential))
        except OSError as error:
            problem = error.strerror or type(error).__name__
        except (KeyFileError, MasterKeyError) as error:
            problem = str(error)
        raise MasterKeyError(f"{path}: {problem}")

    @property
    def key_id(self) -> str:
        """Which master key this is, in hex; says nothing of the key itself."""
        return self._derived("name of this master key")[:8].hex()

    def blind_index(self, dossierkenmerk: str) -> bytes:
        """What a dossier is found by: HMAC-SHA256 over the normalised dossierkenmerk."""
        return hmac.digest(self._index, normalised(dossierkenmerk).encode(), "sha256")

    def report_name(self, trace: str, number: int) -> str:
        """What the Message-ID of report `number` of a mail begins with: 32 digits, in hex.

        The same whenever it is sent again.  Nobody else can tell it from the trace, which
        senders read in their receipts: who names it has seen the mail.  Nor does it show
        how many reports a document held, which would tell a recipient that some are missing.
        """
        return hmac.digest(self._names, _bound(trace, str(number)), "sha256").hex()[:32]

    def mark(self, content: bytes) -> str:
        """What the content of a report is known again by: HMAC-SHA256, in hex."""
        return hmac.digest(self._marks, content, "sha256").hex()

    def new_person(self, subject: str) -> bytes:
        """A new random key and salt for this person, wrapped."""
        secret = secrets.token_bytes(2 * KEY_BYTES)
        return _seal(self._wrapping, _bound("personal key", subject), secret)

    def person(self, subject: str, wrapped: bytes) -> PersonKey:
        """The person's key, unwrapped; raises `VaultError`."""
        return PersonKey(subject, _open(self._wrapping, _bound("personal key", subject), wrapped))

    def entry_key(self, which: bytes) -> bytes:
        """The key of one log entry that is about no inburgeraar."""
        return hmac.digest(self._log, which, "sha256")

    def seal_blob(self, purpose: str, context: str, content: bytes) -> bytes:
        """Encrypt what belongs to nobody in particular yet, such as mail as it came."""
        return _seal(self._blob(purpose), _bound(purpose, context), content)

    def open_blob(self, purpose: str, context: str, sealed: bytes) -> bytes:
        """The content; raises `VaultError`."""
        return _open(self._blob(purpose), _bound(purpose, context), sealed)

    def _blob(self, purpose: str) -> AESGCM:
        if purpose not in self._blobs:
            self._blobs[purpose] = AESGCM(self._derived(f"blobs: {purpose}"))
        return self._blobs[purpose]

    def _derived(self, label: str) -> bytes:
        info = f"taalpoort vault 1: {label}".encode()
        return HKDF(hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._master)


def normalised(dossierkenmerk: str) -> str:
    """A dossierkenmerk as compared: its case is no difference."""
    return dossierkenmerk.strip().upper()


def create_master_key(path: Path) -> None:
    """Write a new random key, readable by its owner only; raises `MasterKeyError`.

    An existing file is never overwritten: everything sealed would be lost.
    """
    problem = ""
    try:
        create_alone(path, secrets.token_bytes(KEY_BYTES))
    except KeyFileError as error:
        problem = str(error)
    if problem:
        raise MasterKeyError(f"{path}: {problem}")


def _weakness(master: bytes) -> str | None:
    if len(master) != KEY_BYTES:
        return f"must hold exactly {KEY_BYTES} bytes"
    if not any(master):
        return "holds nothing but zeros"
    if len(set(master)) < _LEAST_DIFFERENT:
        return "is not random: too few different bytes"
    if all(32 <= byte < 127 for byte in master):
        return "is text, not 32 random bytes"
    return None


def _bound(*words: str) -> bytes:
    # Hashed one by one, so that no two lists of words run together into the same bytes.
    return b"".join([_hashed(word) for word in words])


@lru_cache(maxsize=4096)
def _hashed(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()


def _seal(cipher: AESGCM, bound: bytes, content: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + cipher.encrypt(nonce, content, bound)


def _open(cipher: AESGCM, bound: bytes, sealed: bytes) -> bytes:
    if sealed[:1] == _VERSION:
        try:
            nonce, content = sealed[1 : 1 + _NONCE_BYTES], memoryview(sealed)[1 + _NONCE_BYTES :]
            return cipher.decrypt(nonce, content, bound)
        except (InvalidTag, ValueError):
            pass
    raise VaultError
