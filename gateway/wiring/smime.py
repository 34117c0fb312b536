"""S/MIME as it is configured: the gateway's own keys, checked, and whom it believes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.adapters import correspondents, pem_files
from gateway.adapters.certificates import CertificateRefusedError
from gateway.adapters.gateway_secrets import SmimeSecrets
from gateway.adapters.pem_files import PemError
from gateway.adapters.trust_material import TrustMaterial
from gateway.adapters.x509_certificates import X509Facts, describe_x509
from gateway.config import read_secret
from gateway.domain.mail import Protection
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.adapters.correspondents import Facts
    from gateway.config import Config
    from gateway.config.smime import SmimeSection

OWN = "smime.certificate_file"


def smime_secrets(config: Config) -> SmimeSecrets | None:
    """All keys with their certificates, newest first; None where S/MIME is not configured.

    Raises `NotReadyError` when one half is not that of the other, or the newest cannot be
    used now for the gateway's own address.
    """
    section = config.smime
    if section is None:
        return None
    _fit(section, config.gateway.address)
    bundles = [key_pair("smime", section.secret_key_file, section.certificate_file)]
    for at, each in enumerate(section.older):
        bundles.append(key_pair(f"smime.older[{at}]", each.secret_key_file, each.certificate_file))
    newest = pem_files.written(_chain(OWN, section.certificate_file))
    return SmimeSecrets(secrets=tuple(bundles), certificate=newest)


def key_pair(where: str, secret_file: str, certificate_file: Path) -> bytes:
    """A key and its certificates in one text, once they are two halves of one key."""
    setting = f"{where}.secret_key_file"
    secret = read_secret(setting, secret_file)
    chain = pem_files.written(_chain(f"{where}.certificate_file", certificate_file))
    problem = ""
    try:
        return pem_files.joined(secret, chain)
    except PemError as error:
        problem = str(error)
    raise NotReadyError(f"{setting}: {secret_file}: {problem}")


def trust_material(section: SmimeSection) -> TrustMaterial:
    """What the configured files say; raises `NotReadyError` for one that cannot be read."""
    between = section.intermediates_file
    return TrustMaterial(
        roots=_chain("smime.roots_file", section.roots_file),
        intermediates=_chain("smime.intermediates_file", between) if between else (),
        crls=tuple(_file("smime.crl_files", each) for each in section.crl_files),
        ocsp=tuple(_file("smime.ocsp_files", each) for each in section.ocsp_files),
    )


def describing(config: Config) -> Callable[[bytes], Facts]:
    """What describes a correspondent's certificate, and refuses one that never could be used.

    `CertificateRefusedError`: as of its kind, ``smime-not-configured``, and ``untrusted``
    where no path leads to a configured root.
    """

    def describe(data: bytes) -> Facts:
        facts = correspondents.describe(data)
        if facts.protection is Protection.SMIME:
            _believable(config, facts.kept)
        return facts

    return describe


def _believable(config: Config, certificate: bytes) -> None:
    if config.smime is None:
        raise CertificateRefusedError("smime-not-configured")
    if not pem_files.leads_to_a_root(certificate, trust_material(config.smime)):
        raise CertificateRefusedError("untrusted")


def own_smime(config: Config) -> X509Facts | None:
    """What our own certificate says; None without S/MIME, raises `NotReadyError`."""
    return _own(config.smime.certificate_file) if config.smime else None


def usable_smime(config: Config) -> X509Facts | None:
    """As `own_smime`, once mail can be sealed to it and signed by it now for our address."""
    if config.smime is not None:
        _fit(config.smime, config.gateway.address)
    return own_smime(config)


def smime_certificate(config: Config) -> dict[str, Any] | None:
    """What partners compare over the telephone, and until when it holds."""
    facts = own_smime(config)
    if facts is None:
        return None
    return {
        "fingerprint": facts.fingerprint,
        "address": facts.emails[0],
        "created": facts.created.isoformat(),
        "expires": facts.expires.isoformat(),
        "algorithm": f"{facts.algorithm} {facts.bits}",
        "serial": facts.serial,
        "issuer": facts.issuer,
    }


def smime_pem(config: Config) -> str:
    """Our own certificate and its intermediates, as partners import them; empty without."""
    section = config.smime
    if section is None:
        return ""
    return pem_files.written(_chain(OWN, section.certificate_file)).decode("ascii")


def described_key(certificate: bytes) -> dict[str, str]:
    """What a contact's certificate says of itself, beside its fingerprint and validity."""
    try:
        facts = correspondents.describe(certificate)
    except CertificateRefusedError as error:
        return {"algorithm": error.kind}
    found = {"algorithm": f"{facts.algorithm} {facts.bits}"}
    if isinstance(facts, X509Facts):
        found |= {"serial": facts.serial, "issuer": facts.issuer}
    return found


def _fit(section: SmimeSection, address: str) -> None:
    """Whether mail can be sealed to and signed by the newest certificate, for our address."""
    facts, problem, now = _own(section.certificate_file), "", datetime.now(UTC)
    if facts.expires <= now:
        problem = "expired"
    elif facts.created > now:
        problem = "not valid yet"
    elif not (facts.can_encrypt and facts.can_sign):
        problem = "not meant for both signing and encrypting mail"
    elif facts.emails[0].casefold() != address.casefold():
        problem = f"not for {address}"
    if problem:
        raise NotReadyError(f"{OWN}: {section.certificate_file}: {problem}")


def _own(path: Path) -> X509Facts:
    problem = ""
    try:
        return describe_x509(_chain(OWN, path)[0])
    except CertificateRefusedError as error:
        problem = error.kind
    raise NotReadyError(f"{OWN}: {path}: {problem}")


def _chain(setting: str, path: Path) -> tuple[bytes, ...]:
    problem = ""
    try:
        return pem_files.certificates(_file(setting, path))
    except PemError as error:
        problem = str(error)
    raise NotReadyError(f"{setting}: {path}: {problem}")


def _file(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotReadyError(f"{setting}: {path}: {error.strerror}") from None
