"""The second engine: GnuPG, whose secret keys lie in an agent of its own, or stay where they are.

gpg is run by ourselves, and its status read as bytes: python-gnupg reads status lines
as text, where a user id with U+0085 counts as a line end and forges them, and hands out
plaintext of what failed.  It imports recipients, of which nothing is read back.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import gnupg

from gateway.adapters.certificates import (
    CertificateRefusedError,
    components,
    sanitised_certificate,
)
from gateway.adapters.gateway_secrets import AgentSecrets
from gateway.adapters.gnupg_agent_keys import AgentKeys
from gateway.adapters.gnupg_keys import Access, ImportedKeys, KeysUnavailableError
from gateway.adapters.gnupg_process import COMMON, environment, memory_file, run
from gateway.adapters.gnupg_status import Report, Verdict
from gateway.adapters.key_names import owners_of
from gateway.adapters.known import Known, found, indexed, judged
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
from gateway.adapters.pgp_signature import claims
from gateway.adapters.recipients import Recipients
from gateway.adapters.unsealing import Decrypted
from gateway.domain.mail import Signature, SignatureState
from gateway.domain.stops import Hold, Reason, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.gnupg_keys import OwnKeys
    from gateway.adapters.pgp_signature import Claims
    from gateway.domain.mail import Letter

ARMORED = b"-----BEGIN PGP MESSAGE-----"
FOR_US_LIMIT = 8  # session keys that may be for us: each is an operation of a slow card
PROOF = b"taalpoort\n"  # signed and opened once, to know that the keys can be used


class GnuPGEngine:
    """`home` is an empty folder of mode 0700 that somebody else removes.

    The first key signs, all of them open; one mail may take `seconds`.  Raises
    `UnsupportedKeyError` when a key is protected, or GnuPG does not take it or cannot use it.
    """

    def __init__(
        self, secrets: Sequence[bytes] | AgentSecrets, *, home: str, seconds: float = 20.0
    ) -> None:
        self._home = Path(home)
        self._gpg = gnupg.GPG(gnupghome=home, options=[*COMMON], env=environment())
        self._gpg.buffer_size = 65536
        self._keys = _own_keys(secrets, self._home, seconds)
        self._ring = self._home / "contacts-0.kbx"
        self._index: dict[str, list[Known]] = {}
        self._names = [_decryption_names(each) for each in self._keys.public]
        self._own_names = frozenset[bytes]().union(*self._names)
        self._owners = owners_of(self._keys.public)
        self._proofs: list[bytes] = []
        self._own_fingerprints = frozenset(
            each.fingerprint for public in self._keys.public for each in components(public)
        )
        self._recipients = Recipients()
        self._imported: dict[str, bytes] = {}
        self.set_keyring(())
        if isinstance(secrets, AgentSecrets):
            self._prove()

    def _prove(self) -> None:
        """Sign and open something: the PIN is right, the certificate that of the secret key.

        And something for each older key, to try it by when a mail does not open.
        Raises `UnsupportedKeyError`.
        """
        try:
            message = self._signed_and_encrypted(PROOF, self._keys.fingerprints[0])
            report = self._opened(message)
        except KeysUnavailableError as error:
            raise UnsupportedKeyError(str(error)) from None
        if not report.decrypted or report.output != PROOF:
            raise UnsupportedKeyError("GnuPG cannot sign and decrypt with the key in its agent")
        if [each.primary for each in report.verdicts if each.fits] != [self._keys.fingerprints[0]]:
            raise UnsupportedKeyError("the key in gpg-agent is not that of the certificate")
        self._proofs = [message, *map(self._encrypted_proof, self._keys.fingerprints[1:])]

    def _encrypted_proof(self, to: str) -> bytes:
        """Empty where the certificate has expired, so that its key is never found to work."""
        asked = ("--recipient", to, "--encrypt")
        return self._asked(PROOF, *asked, access=Access(), ring=False).output

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        """A new keyring file with what is clean of each certificate, and our own."""
        ring = self._home / f"contacts-{time.monotonic_ns()}.kbx"
        clean = [*self._keys.public, *(each for each in map(_clean, certificates) if each)]
        into = ["--no-default-keyring", "--keyring", str(ring)]
        run(self._home, *into, "--import", given=b"".join(clean), check=False)
        self._ring.unlink(missing_ok=True)
        self._ring = ring
        self._index = indexed(certificates)

    def decrypt(self, ciphertext: bytes, at: datetime) -> Decrypted:
        """gpg takes the encryption off and nothing else.

        What it then would do by itself, with compression, literals and further layers, is
        done as strictly as for the other engine.  It sees session keys for secret keys
        only: it would try its passphrase on others, and a mail could guess at it.
        """
        message = sealed(dearmored(ciphertext))
        names = [recipient(each) for each in message.session_keys]
        ours = [each for each in names if each in self._own_names or each == b""]
        if not ours:
            raise NotForUs(names)
        if len(ours) > FOR_US_LIMIT:
            raise Damaged
        try:
            return self._read(message.packed(), frozenset(ours), at)
        except KeysUnavailableError:
            raise Retry(Reason.UNREACHABLE) from None

    def _read(self, message: bytes, names: frozenset[bytes], at: datetime) -> Decrypted:
        """`names` are those of the session keys that may be for us, empty for a hidden one.

        Raises `KeysUnavailableError`: no mail is damaged because a card is missing.
        """
        report = self._opened(message, "--unwrap")
        if not report.opened_by and self._blames_a_key(report, names):
            raise KeysUnavailableError("the secret key could not be used")
        if len(report.output) >= PLAINTEXT_LIMIT:
            raise Oversize
        if not report.decrypted:
            raise NotForUs if names == {b""} else Damaged
        opened = signed(report.output)
        verdicts = [self._verified(opened.content, each, at) for each in opened.signatures]
        opened_by = self._owners.get(report.opened_by, "")
        return Decrypted(opened.content, tuple(verdicts), opened_by)

    def _opened(self, message: bytes, *more: str) -> Report:
        """Raises `KeysUnavailableError`."""
        with self._keys.opening() as access:
            bound = ("--max-output", str(PLAINTEXT_LIMIT))
            return self._asked(message, *bound, "--decrypt", *more, access=access)

    def _blames_a_key(self, report: Report, names: frozenset[bytes]) -> bool:
        """By what gpg says, or because the key does not open what it is known to open.

        gpg is silent about a PIN that nobody entered, and about much that is malformed.
        """
        if self._keys.are_to_blame(report):
            return True
        for at, proof in enumerate(self._proofs):
            named = names & self._names[at] or (at == 0 and b"" in names)
            if named and self._opened(proof).output != PROOF:
                return True
        return False

    def verify(self, content: bytes, signature: bytes, at: datetime) -> tuple[Signature, ...]:
        try:
            packets = signature_packets(signature)
        except Damaged:
            return (Signature(state=SignatureState.BAD),)
        return tuple(self._verified(content, each, at) for each in packets)

    def _verified(self, content: bytes, packet: bytes, at: datetime) -> Signature:
        """One signature in a run of its own, so that it is certain what gpg says of it."""
        try:
            said = claims(packet)
        except Damaged:
            return Signature(state=SignatureState.BAD)
        with memory_file(packet) as file:
            descriptor = file.fileno()
            special = ["--enable-special-filenames", "--verify", "--", f"-&{descriptor}", "-"]
            access = Access(descriptors=(descriptor,))
            report = self._asked(content, *special, access=access)
        if len(report.verdicts) != 1:
            return Signature(state=SignatureState.BAD)
        return self._judged(report.verdicts[0], said, content, (at, report.returncode))

    def _asked(self, given: bytes, *arguments: str, access: Access, ring: bool = True) -> Report:
        """One run of gpg; output, status and input are files in memory, so nothing can block.

        With the contacts' `ring`, or the one with the recipients.  Raises
        `KeysUnavailableError` where the agent keeps gpg waiting.
        """
        contacts = ["--no-default-keyring", "--keyring", str(self._ring)] if ring else []
        with memory_file(given) as source, memory_file() as output, memory_file() as status:
            command = ["gpg", "--homedir", str(self._home), *COMMON, *contacts, *access.options]
            command += ["--status-fd", str(status.fileno()), *arguments]
            try:
                done = subprocess.run(  # noqa: S603 - fixed words, no shell
                    command,
                    stdin=source,
                    stdout=output,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(status.fileno(), *access.descriptors),
                    check=False,
                    timeout=access.seconds,
                    env=environment(),
                )
            except subprocess.TimeoutExpired:
                raise KeysUnavailableError("gpg does not come to an end") from None
            if done.returncode < 0:
                raise Oversize  # killed: by the bound on its processor time
            output.seek(0)
            status.seek(0)
            return Report(done.returncode, output.read(), status.read())

    def _judged(
        self, verdict: Verdict, said: Claims, content: bytes, run: tuple[datetime, int]
    ) -> Signature:
        """Valid only by VALIDSIG with its primary fingerprint and gpg's own return code 0."""
        at, returncode = run
        candidates = self._index.get(verdict.issuer, [])
        signer = next((each for each in candidates if each.fingerprint == verdict.primary), None)
        if signer is None:
            if verdict.primary or not candidates:
                return Signature(state=SignatureState.UNKNOWN_KEY)
            signer = candidates[0]
        finding = found(
            said,
            content,
            self._own_fingerprints,
            issuer=verdict.issuer,
            fits=verdict.fits and returncode == 0,
            weak=verdict.weak_hash,
        )
        return judged(signer, finding, at)

    def seal(self, letter: Letter) -> bytes:
        fingerprint = self._recipient(letter.certificate)
        try:
            message = self._signed_and_encrypted(inner_entity(letter), fingerprint)
            if not message.startswith(ARMORED):
                raise Hold(Reason.SEALING_FAILED)
            return outer_mail(letter, message)
        except KeysUnavailableError:
            raise Retry(Reason.UNREACHABLE) from None
        except UnwritableError:
            raise Hold(Reason.SEALING_FAILED) from None

    def _signed_and_encrypted(self, content: bytes, to: str) -> bytes:
        """Armored, empty where it cannot be done.  Raises `KeysUnavailableError`."""
        words = ["--armor", "--compress-algo", "none", "--local-user", self._keys.fingerprints[0]]
        with self._keys.signing() as access:
            asked = [*words, "--recipient", to, "--sign", "--encrypt"]
            report = self._asked(content, *asked, access=access, ring=False)
        if report.signed:
            return report.output
        if report.failed_to_sign and self._keys.are_to_blame(report):
            raise KeysUnavailableError("the secret key could not be used")
        return b""

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
        self._keys.close()


def _own_keys(secrets: Sequence[bytes] | AgentSecrets, home: Path, seconds: float) -> OwnKeys:
    if isinstance(secrets, AgentSecrets):
        return AgentKeys(secrets, home, seconds)
    return ImportedKeys(secrets, home)


def _clean(certificate: bytes) -> bytes | None:
    try:
        return sanitised_certificate(certificate)
    except CertificateRefusedError:
        return None


def _decryption_names(public: bytes) -> frozenset[bytes]:
    found = [each for each in components(public) if each.encrypts]
    names = {bytes.fromhex(each.fingerprint) for each in found}
    return frozenset(names | {bytes.fromhex(each.key_id) for each in found})
