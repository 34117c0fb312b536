"""The life of the gateway's S/MIME key: requested from an authority, and its answer put in place.

The settings are the switch: files are made beside those in use, and a new key counts
when ``[smime]`` names it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.certificates import CertificateRefusedError
from gateway.adapters.key_files import KeyFileError, create_alone
from gateway.adapters.own_key_file import OwnKeyFileError, replaced
from gateway.adapters.pem_files import PemError, certificates, leads_to_a_root
from gateway.adapters.smime_request import issued, requested
from gateway.adapters.x509_certificates import describe_x509
from gateway.config import read_secret
from gateway.domain.audit import Action
from gateway.wiring.deeds import recording
from gateway.wiring.errors import NotReadyError
from gateway.wiring.smime import trust_material

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.adapters.trust_material import TrustMaterial
    from gateway.adapters.x509_certificates import X509Facts
    from gateway.config import Config
    from gateway.config.smime import SmimeSection


async def smime_request(config: Config, key: Path, *, by: str) -> tuple[Path, str]:
    """A new key in a new file, and the request for its certificate beside it; what it is called.

    On record first.  Raises `NotReadyError`, `RegisterError`.
    """
    request = _new(key)
    made = requested(config.gateway.name, config.gateway.address)
    async with recording(config) as deeds:
        await deeds.record(Action.CERTIFICATE_REQUESTED, made.name, by=by)
    problem = ""
    try:
        create_alone(key, made.secret)
        replaced(request, made.request, mode=0o644)
    except (KeyFileError, OwnKeyFileError) as error:
        problem = str(error)
    if problem:
        raise NotReadyError(f"{key}: {problem}")
    return request, made.name


async def smime_install(
    config: Config, answer: Path, key: Path, *, by: str
) -> tuple[Path, X509Facts]:
    """What the authority sent, checked and put in order, in a file beside its key.

    On record first.  Raises `NotReadyError`, `RegisterError`.
    """
    chain = _issued(config, answer, key)
    facts = _fit(config, answer, chain)
    place = _beside(key, answer)
    async with recording(config) as deeds:
        await deeds.record(Action.CERTIFICATE_INSTALLED, facts.fingerprint.lower(), by=by)
    problem = ""
    try:
        replaced(place, chain, mode=0o644)
    except OwnKeyFileError as error:
        problem = str(error)
    if problem:
        raise NotReadyError(f"{place}: {problem}")
    return place, facts


def _new(key: Path) -> Path:
    request = key.with_suffix(".csr")
    if key.exists() or request.exists() or key == request:
        raise NotReadyError(f"{key} or {request} is there already; nothing was made")
    return request


def _beside(key: Path, answer: Path) -> Path:
    place = key.with_suffix(".pem")
    taken = place == key or place.resolve() == answer.resolve()
    return key.with_name(f"{key.name}.pem") if taken else place


def settings_for(config: Config, key: Path, certificate: Path) -> str:
    """What ``[smime]`` is to say from now on; the key that is in use still opens mail."""
    lines = ["[smime]", f'secret_key_file = "{key}"', f'certificate_file = "{certificate}"']
    section = config.smime
    if section is None:
        return "\n".join([*lines, "roots_file = ...", ""])
    before = [(section.secret_key_file, section.certificate_file)]
    before += [(each.secret_key_file, each.certificate_file) for each in section.older]
    for secret, public in before:
        lines += ["[[smime.older]]", f'secret_key_file = "{secret}"']
        lines += [f'certificate_file = "{public}"']
    return "\n".join([*lines, ""])


def _issued(config: Config, answer: Path, key: Path) -> bytes:
    secret = read_secret("key", str(key))
    problem = ""
    try:
        return issued(secret, answer.read_bytes())
    except PemError as error:
        problem = str(error)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise NotReadyError(f"{answer}: {problem}")


def _fit(config: Config, answer: Path, chain: bytes) -> X509Facts:
    problem, now = "", datetime.now(UTC)
    own = certificates(chain)[0]
    facts = _described(own, answer)
    if facts.emails[0].casefold() != config.gateway.address.casefold():
        problem = f"not for {config.gateway.address}"
    elif not (facts.can_encrypt and facts.can_sign):
        problem = "not meant for both signing and encrypting mail"
    elif facts.expires <= now:
        problem = "expired"
    elif config.smime is not None and not leads_to_a_root(own, _believed(config.smime, chain)):
        problem = "leads to none of smime.roots_file"
    if problem:
        raise NotReadyError(f"{answer}: {problem}")
    return facts


def _believed(section: SmimeSection, chain: bytes) -> TrustMaterial:
    found = trust_material(section)
    return replace(found, intermediates=(*found.intermediates, *certificates(chain)[1:]))


def _described(certificate: bytes, answer: Path) -> X509Facts:
    problem = ""
    try:
        return describe_x509(certificate)
    except CertificateRefusedError as error:
        problem = error.kind
    raise NotReadyError(f"{answer}: {problem}")
