"""Secret keys that stay in the agent of another GnuPG home, or on the card that it knows of.

Our throw-away home holds public keys only, and a file in place of the agent's socket
that says where the real one is (libassuan, "Socket redirection").
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pysequoia import Cert

from gateway.adapters.gnupg_agent import BAD_PIN, Agent, AgentError, CardState, socket_of
from gateway.adapters.gnupg_keys import Access, KeysUnavailableError
from gateway.adapters.gnupg_process import memory_file, run
from gateway.adapters.pgp_container import UnsupportedKeyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.adapters.gateway_secrets import AgentSecrets
    from gateway.adapters.gnupg_status import Report

LOCK = "taalpoort.lock"
LOCK_POLL_SECONDS = 0.02
SHARE = 0.4  # of an opener's time for one use of a key, since a mail may take two
TRIES = 3  # a card with fewer tries left has refused a PIN; nobody but a person tries again
# What a ciphertext can be guilty of: Checksum error, Wrong secret key used, Bad MPI value,
# Invalid value, Invalid data, Bad data, Invalid length, Decryption failed (gpg-error's numbers).
CIPHERTEXT_FAULTS = frozenset({10, 18, 30, 55, 79, 89, 139, 152})


class AgentKeys:
    """Secret keys in the agent of another home, or on the card that it knows of.

    `seconds` is what an opener has for one mail.  One use at a time on this machine: a
    card does one thing at a time anyway, and nobody shows it a PIN that was just refused.
    """

    def __init__(self, secrets: AgentSecrets, home: Path, seconds: float) -> None:
        self._theirs = secrets.path
        self._pin = secrets.pin
        self._seconds = seconds * SHARE
        self._address = str(socket_of(self._theirs))
        socket_of(home).write_text(f"%Assuan%\nsocket={self._address}\n", encoding="utf-8")
        for each in secrets.certificates:
            run(home, "--import", given=each, check=False)
        listed = [_grips(home, each) for each in map(_fingerprint, secrets.certificates)]
        self.fingerprints = tuple(each.fingerprint for each in listed)
        self.public = tuple(run(home, "--export", each) for each in self.fingerprints)
        self._signing = listed[0].signing
        self._opening = [each.opening for each in listed]

    @contextmanager
    def opening(self) -> Iterator[Access]:
        """As `OwnKeys.opening`.

        gpg never has a card's PIN for this: a mail can name a key several times, and a
        wrong PIN would be shown as often.
        """
        with self._alone():
            card = self._unlocked()
            with self._passphrase(None if card else self._pin) as access:
                yield access

    @contextmanager
    def signing(self) -> Iterator[Access]:
        """As `OwnKeys.signing`; a card may want the PIN for every signature."""
        with self._alone():
            self._unlocked()
            with self._passphrase(self._pin) as access:
                yield access

    def are_to_blame(self, report: Report) -> bool:
        """As `OwnKeys.are_to_blame`: the mail is only blamed for what a mail can do."""
        strange = [each for each in report.key_failures if each not in CIPHERTEXT_FAULTS]
        return report.failed_to_sign or bool(strange)

    def whereabouts(self) -> str:
        """Where the signing key is, for a person.  Raises `KeysUnavailableError`."""
        try:
            with Agent(self._address, self._seconds) as agent:
                card = self._state(agent)
        except AgentError:
            raise KeysUnavailableError("gpg-agent does not answer") from None
        if card is None:
            return f"in the agent of {self._theirs}"
        return f"on card {card.serial}, {card.left} tries for its PIN left"

    def close(self) -> None:
        """The agent is not ours to end."""

    @contextmanager
    def _alone(self) -> Iterator[None]:
        until = time.monotonic() + self._seconds
        with _lock_file(self._theirs / LOCK) as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise KeysUnavailableError("others use the key all the time") from None
                    time.sleep(LOCK_POLL_SECONDS)
            yield

    def _unlocked(self) -> CardState | None:
        """The card with the signing key, its PIN shown to it; None for keys on a disk."""
        try:
            with Agent(self._address, self._seconds) as agent:
                card = self._state(agent)
                if card is not None and self._pin is not None:
                    agent.unlock(card.serial, self._pin)
                return card
        except AgentError as error:
            refused = error.code in BAD_PIN
        said = "the card refuses the PIN" if refused else "gpg-agent does not answer as it should"
        raise KeysUnavailableError(said)

    def _state(self, agent: Agent) -> CardState | None:
        """Raises `KeysUnavailableError` for a key or card that is not there, or a refused PIN."""
        signer = next((held for each in self._signing if (held := agent.held(each))), None)
        opens = all(any(agent.held(each) for each in grips) for grips in self._opening)
        if signer is None or not opens:
            raise KeysUnavailableError("gpg-agent does not have the secret key of a certificate")
        if not signer.card:
            return None
        try:
            card = agent.card()
        except AgentError:
            raise KeysUnavailableError("the card is not in the reader") from None
        if card.serial != signer.card:
            raise KeysUnavailableError("another card is in the reader")
        if card.left < TRIES:
            said = f"a PIN was refused; the card takes {card.left} more before it blocks itself"
            raise KeysUnavailableError(said)
        return card

    @contextmanager
    def _passphrase(self, secret: bytes | None) -> Iterator[Access]:
        if secret is None:
            yield Access(seconds=self._seconds)
            return
        with memory_file(secret + b"\n") as file:
            options = ("--pinentry-mode", "loopback", "--passphrase-fd", str(file.fileno()))
            yield Access(options, (file.fileno(),), self._seconds)


@contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        raise KeysUnavailableError("keys.gnupg_home cannot be written") from None
    try:
        yield handle
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class _Grips:
    """A certificate's keys by keygrip, as the agent knows them."""

    fingerprint: str
    signing: tuple[str, ...]
    opening: tuple[str, ...]


def _grips(home: Path, fingerprint: str) -> _Grips:
    """What GnuPG says each key is for (doc/DETAILS, fields 1, 2, 10 and 12)."""
    listed = run(home, "--with-colons", "--with-keygrip", "--list-keys", fingerprint, check=False)
    signing, opening, uses, all_uses = [], [], b"", b""
    for line in listed.split(b"\n"):
        fields = line.split(b":")
        if fields[0] in {b"pub", b"sub"}:
            uses = b"" if fields[1] in {b"e", b"r", b"i"} else fields[11]
            all_uses = fields[11]  # an old key still opens what was encrypted to it
        elif fields[0] == b"grp":
            signing += [fields[9].decode("ascii")] if b"s" in uses else []
            opening += [fields[9].decode("ascii")] if b"e" in all_uses else []
    if not opening:
        raise UnsupportedKeyError("GnuPG does not take this certificate")
    return _Grips(fingerprint, tuple(signing), tuple(opening))


def _fingerprint(certificate: bytes) -> str:
    return Cert.from_bytes(certificate).fingerprint.upper()
