"""The second engine: GnuPG, with the secret key in an agent of its own.

python-gnupg imports keys and encrypts.  Decrypting and verifying call gpg
ourselves: python-gnupg reads status lines as text, where a user id with U+0085
counts as a line end and forges them, and hands out plaintext of what failed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

import gnupg

from gateway.adapters.certificates import (
    CertificateRefusedError,
    components,
    sanitised_certificate,
)
from gateway.adapters.gnupg_status import Report, Verdict
from gateway.adapters.known import Finding, Known, indexed, judged
from gateway.adapters.mime_write import UnwritableError, inner_entity, outer_mail
from gateway.adapters.pgp_container import NotForUs, UnsupportedKeyError
from gateway.adapters.pgp_packets import (
    PLAINTEXT_LIMIT,
    Damaged,
    Oversize,
    dearmored,
    recipient,
    sealed,
    signature_packets,
    signed,
)
from gateway.adapters.recipients import Recipients
from gateway.adapters.unsealing import Decrypted
from gateway.domain.mail import Signature, SignatureState
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.mail import Letter

COMMON = ["--batch", "--no-tty", "--no-options", "--quiet", "--no-auto-check-trustdb"]
COMMON += ["--trust-model", "always", "--disable-dirmngr", "--no-auto-key-retrieve"]
COMMON += ["--no-auto-key-locate", "--no-autostart"]
UNWRAP = ("--decrypt", "--unwrap")
GPG_SECONDS = 60
ARMORED = b"-----BEGIN PGP MESSAGE-----"
SUPERVISED_DESCRIPTOR = 3  # systemd's first, as sd_listen_fds(3) has it
PR_SET_PDEATHSIG = 1


class GnuPGEngine:
    """`home` is an empty folder of mode 0700 that somebody else removes.

    Raises `UnsupportedKeyError` when the key is protected or GnuPG does not take it.
    """

    def __init__(self, secret: bytes, *, home: str) -> None:
        self._home = Path(home)
        self._agent = _started_agent(self._home)
        self._gpg = gnupg.GPG(gnupghome=home, options=[*COMMON, "--pinentry-mode", "error"])
        self._gpg.buffer_size = 65536
        self._fingerprint = self._imported_secret(secret)
        self._public = _run(self._home, "--export", self._fingerprint)
        self._ring = self._home / "contacts-0.kbx"
        self._index: dict[str, list[Known]] = {}
        self._own_names = _decryption_names(self._public)
        self._recipients = Recipients()
        self._imported: dict[str, bytes] = {}
        self.set_keyring(())

    def _imported_secret(self, secret: bytes) -> str:
        fingerprints = self._gpg.import_keys(secret).fingerprints
        listed = _run(self._home, "--with-colons", "--list-secret-keys").split(b"\n")
        names = [line.split(b":")[9].decode("ascii") for line in listed if line[:4] == b"fpr:"]
        if not fingerprints or not names:
            raise UnsupportedKeyError("GnuPG does not take this secret key")
        return names[0]

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        """A new keyring file with what is clean of each certificate, and our own."""
        ring = self._home / f"contacts-{time.monotonic_ns()}.kbx"
        clean = [self._public, *(each for each in map(_clean, certificates) if each)]
        into = ["--no-default-keyring", "--keyring", str(ring)]
        _run(self._home, *into, "--import", given=b"".join(clean), check=False)
        self._ring.unlink(missing_ok=True)
        self._ring = ring
        self._index = indexed(certificates)

    def decrypt(self, ciphertext: bytes, at: datetime) -> Decrypted:
        """One container with nothing behind it, and one signed message in it.

        Both are checked by ours, as for the other engine: gpg takes off thirty layers
        of compression, and stops at a bad signature before it has looked whether the
        encryption's own integrity holds.
        """
        message = dearmored(ciphertext)
        names = {recipient(each) for each in sealed(message).session_keys}
        if not names & {*self._own_names, b""}:
            raise NotForUs
        unwrapped = self._asked(message, "--max-output", str(PLAINTEXT_LIMIT), *UNWRAP)
        if len(unwrapped.output) >= PLAINTEXT_LIMIT:
            raise Oversize
        if not unwrapped.decrypted:
            raise NotForUs if names == {b""} else Damaged
        content = signed(unwrapped.output).content
        report = self._asked(unwrapped.output, "--decrypt")
        if report.failed_otherwise:
            raise Damaged
        return Decrypted(content, self._signatures(report, at))

    def verify(self, content: bytes, signature: bytes, at: datetime) -> tuple[Signature, ...]:
        try:
            found = signature_packets(signature)
        except Damaged:
            return (Signature(state=SignatureState.BAD),)
        with _memory_file(b"".join(found)) as file:
            descriptor = file.fileno()
            special = ["--enable-special-filenames", "--verify", "--", f"-&{descriptor}", "-"]
            report = self._asked(content, *special, descriptors=(descriptor,))
        verdicts = self._signatures(report, at)
        missing = len(found) - len(verdicts)
        return verdicts + (Signature(state=SignatureState.BAD),) * max(0, missing)

    def _asked(self, given: bytes, *arguments: str, descriptors: tuple[int, ...] = ()) -> Report:
        """One run of gpg; output, status and input are files in memory, so nothing can block."""
        ring = ["--no-default-keyring", "--keyring", str(self._ring)]
        with _memory_file(given) as source, _memory_file() as output, _memory_file() as status:
            command = ["gpg", "--homedir", str(self._home), *COMMON, *ring]
            command += ["--status-fd", str(status.fileno()), *arguments]
            done = subprocess.run(  # noqa: S603 - fixed words, no shell
                command,
                stdin=source,
                stdout=output,
                stderr=subprocess.DEVNULL,
                pass_fds=(status.fileno(), *descriptors),
                check=False,
                timeout=GPG_SECONDS,
            )
            if done.returncode < 0:
                raise Oversize  # killed: by the bound on its processor time
            if self._agent.poll() is not None:
                sys.exit(1)  # without its agent every mail would look damaged
            output.seek(0)
            status.seek(0)
            return Report(done.returncode, output.read(), status.read())

    def _signatures(self, report: Report, at: datetime) -> tuple[Signature, ...]:
        return tuple(self._judged(each, at, report.returncode) for each in report.verdicts)

    def _judged(self, verdict: Verdict, at: datetime, returncode: int) -> Signature:
        """Valid only by VALIDSIG with its primary fingerprint and gpg's own return code 0."""
        candidates = self._index.get(verdict.issuer, [])
        signer = next((each for each in candidates if each.fingerprint == verdict.primary), None)
        if signer is None:
            if verdict.primary or not candidates:
                return Signature(state=SignatureState.UNKNOWN_KEY)
            signer = candidates[0]
        finding = Finding(
            issuer=verdict.issuer,
            created=verdict.created,
            fits=verdict.fits and returncode == 0,
            weak_hash=verdict.weak_hash,
        )
        return judged(signer, finding, at)

    def seal(self, letter: Letter) -> bytes:
        fingerprint = self._recipient(letter.certificate)
        try:
            inner = inner_entity(letter)
            result = self._gpg.encrypt(
                inner,
                [fingerprint],
                sign=self._fingerprint,
                always_trust=True,
                extra_args=["--compress-algo", "none"],
            )
            if result.returncode != 0 or not result.data.startswith(ARMORED):
                raise Hold(Reason.SEALING_FAILED)
            return outer_mail(letter, result.data)
        except UnwritableError:
            raise Hold(Reason.SEALING_FAILED) from None

    def _recipient(self, data: bytes) -> str:
        """Imported once, without keys that cannot be used."""
        cert = self._recipients.certificate(data)
        fingerprint = cert.fingerprint.upper()
        usable = bytes(cert)
        if self._imported.get(fingerprint) != usable:
            self._gpg.import_keys(sanitised_certificate(usable))
            self._imported[fingerprint] = usable
        return fingerprint

    def close(self) -> None:
        """End the agent, which holds the secret key."""
        self._agent.kill()
        self._agent.wait()


def _clean(certificate: bytes) -> bytes | None:
    try:
        return sanitised_certificate(certificate)
    except CertificateRefusedError:
        return None


def _decryption_names(public: bytes) -> frozenset[bytes]:
    found = [each for each in components(public) if each.encrypts]
    names = {bytes.fromhex(each.fingerprint) for each in found}
    return frozenset(names | {bytes.fromhex(each.key_id) for each in found})


def _run(home: Path, *arguments: str, given: bytes = b"", check: bool = True) -> bytes:
    command = ["gpg", "--homedir", str(home), *COMMON, *arguments]
    done = subprocess.run(  # noqa: S603 - fixed words, no shell
        command, input=given, capture_output=True, check=check, timeout=GPG_SECONDS
    )
    return done.stdout


def _memory_file(content: bytes = b"") -> BinaryIO:
    file = os.fdopen(os.memfd_create("mail"), "w+b")
    file.write(content)
    file.seek(0)
    return file


def _started_agent(home: Path) -> subprocess.Popen[bytes]:
    """An agent that is our child and dies with us, instead of one that gpg leaves behind.

    Supervised means: it does not fork, and serves the socket that it is given.
    """
    path = _run_tool("gpgconf", "--homedir", str(home), "--list-dirs", "agent-socket")
    address = unquote(path.decode().strip())
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        Path(address).chmod(0o600)
        listener.listen(32)

        def prepare() -> None:
            os.dup2(listener.fileno(), SUPERVISED_DESCRIPTOR)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

        return subprocess.Popen(  # noqa: S603 - fixed words, no shell
            ["gpg-agent", "--homedir", str(home), "--supervised"],  # noqa: S607 - found on PATH by design
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "std"},
            pass_fds=(SUPERVISED_DESCRIPTOR,),
            preexec_fn=prepare,  # noqa: PLW1509 - the opener has one thread
        )


def _run_tool(*command: str) -> bytes:
    done = subprocess.run(command, check=True, capture_output=True, timeout=GPG_SECONDS)  # noqa: S603 - fixed words
    return done.stdout
