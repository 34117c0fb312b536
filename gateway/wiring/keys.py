"""The gateway's own key pair: made, checked, shown."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.adapters.certificates import (
    CertificateRefusedError,
    armored,
    belong_together,
    describe_certificate,
    generate_gateway_key,
)
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.config import read_secret, secret_path
from gateway.domain.audit import Action
from gateway.wiring.agent_keys import agent_secrets, whereabouts
from gateway.wiring.deeds import recording
from gateway.wiring.errors import NotReadyError
from gateway.wiring.parts import needed
from gateway.wiring.smime import own_smime, smime_certificate, smime_pem, smime_secrets

if TYPE_CHECKING:
    from gateway.adapters.certificates import CertificateFacts
    from gateway.config import Config


def secret_key(config: Config) -> bytes:
    """The gateway's OpenPGP secret key; refused when others can read it."""
    return read_secret("keys.secret_key_file", needed(config.keys, "keys").secret_key_file)


def certificate(config: Config) -> bytes:
    """The gateway's own certificate, checked: not weak, not expired, for its own address."""
    path = Path(needed(config.keys, "keys").public_key_file)
    try:
        content = path.read_bytes()
        facts = describe_certificate(content)
    except OSError as error:
        raise NotReadyError(f"keys.public_key_file: {path}: {error.strerror}") from None
    except CertificateRefusedError as error:
        raise NotReadyError(f"keys.public_key_file: {path}: {error.kind}") from None
    _fit(path, facts, config.gateway.address)
    return content


def own_secrets(config: Config) -> GatewaySecrets:
    """Every key of the gateway, as the openers get them; raises `NotReadyError`."""
    smime = smime_secrets(config)
    agent = agent_secrets(config, certificate(config))
    if agent is not None:
        return GatewaySecrets(agent=agent, smime=smime)
    return GatewaySecrets(openpgp=(own_key(config),), smime=smime)


def unchecked_secrets(config: Config) -> GatewaySecrets:
    """The same, where another look says what is wrong with the certificate."""
    if needed(config.keys, "keys").gnupg_home is not None:
        return own_secrets(config)
    return GatewaySecrets(openpgp=(secret_key(config),), smime=smime_secrets(config))


def where_it_is(config: Config) -> str:
    """Where the secret key was found, empty for its file; raises `NotReadyError`."""
    agent = agent_secrets(config, certificate(config))
    if agent is not None:
        return whereabouts(agent)
    own_key(config)
    return ""


def own_key(config: Config) -> bytes:
    """The secret key, once both halves are fit and are two halves of one key."""
    secret, named = secret_key(config), needed(config.keys, "keys").secret_key_file
    problem = ""
    try:
        if belong_together(secret, certificate(config)):
            return secret
        problem = "not the secret half of keys.public_key_file"
    except CertificateRefusedError as error:
        problem = error.kind
    raise NotReadyError(f"keys.secret_key_file: {named}: {problem}")


def _fit(path: Path, facts: CertificateFacts, address: str) -> None:
    if facts.revoked or (facts.expires is not None and facts.expires <= datetime.now(UTC)):
        raise NotReadyError(f"keys.public_key_file: {path}: expired or revoked")
    if not (facts.can_encrypt and facts.can_sign):
        raise NotReadyError(f"keys.public_key_file: {path}: cannot both sign and encrypt")
    if address.casefold() not in {each.casefold() for each in facts.emails}:
        raise NotReadyError(f"keys.public_key_file: {path}: not for {address}")


def own_certificate(config: Config) -> dict[str, Any]:
    """What partners compare over the telephone, and until when it holds."""
    facts = describe_certificate(certificate(config))
    return {
        "fingerprint": facts.fingerprint,
        "address": config.gateway.address,
        "created": facts.created.isoformat(),
        "expires": facts.expires.isoformat() if facts.expires else None,
        "algorithm": facts.algorithm,
        "smime": smime_certificate(config),
    }


def own_fingerprint(config: Config) -> str:
    """Of the gateway's OpenPGP key."""
    return describe_certificate(certificate(config)).fingerprint


def armored_certificate(config: Config) -> str:
    """The certificate as partners import it."""
    return armored(certificate(config))


async def exported_certificate(config: Config, *, smime: bool = False) -> str:
    """The same, or that for `smime`, for somebody who takes it out; on record first."""
    found, fingerprint = _exported_smime(config) if smime else _exported(config)
    async with recording(config) as deeds:
        await deeds.record(Action.CERTIFICATE_EXPORTED, fingerprint.lower())
    return found


def _exported(config: Config) -> tuple[str, str]:
    found = certificate(config)
    return armored(found), describe_certificate(found).fingerprint


def _exported_smime(config: Config) -> tuple[str, str]:
    facts = own_smime(config)
    if facts is None:
        raise NotReadyError("smime: this section is missing")
    return smime_pem(config), facts.fingerprint


async def new_key(user_id: str, to: Path, config: Config | None) -> str:
    """A key pair in two files; never overwrites.  Returns the fingerprint.

    With a gateway's configuration it goes on record there; a partner has none.
    """
    fingerprint = _new_key(user_id, to)
    if config is not None:
        async with recording(config) as deeds:
            await deeds.record(Action.KEY_MADE, fingerprint.lower())
    return fingerprint


def _new_key(user_id: str, to: Path) -> str:
    beside = to.with_suffix(".asc")
    if to.exists() or beside.exists() or to == beside:
        raise NotReadyError(f"{to} or {beside} is there already; nothing was made")
    try:
        secret, public = generate_gateway_key(user_id)
    except CertificateRefusedError as error:
        raise NotReadyError(f"user id: {error.kind}") from None
    write_secret(to, secret)
    write_public(beside, public)
    return describe_certificate(public).fingerprint


def make_key(config: Config) -> str:
    """The gateway's own key pair where there is none; says which."""
    keys = needed(config.keys, "keys")
    if keys.gnupg_home is not None:
        where = where_it_is(config)  # GnuPG makes it, see the operating guide
        return f"kept, {describe_certificate(certificate(config)).fingerprint}, {where}"
    secret, public = (
        secret_path("keys.secret_key_file", keys.secret_key_file),
        Path(keys.public_key_file),
    )
    if secret.exists() and public.exists():
        return f"kept, {describe_certificate(certificate(config)).fingerprint}"
    if secret.exists() or public.exists():
        raise NotReadyError(f"only one of {secret} and {public} is there")
    made, shown = generate_gateway_key(f"{config.gateway.name} <{config.gateway.address}>")
    write_secret(secret, made)
    write_public(public, shown)
    return f"made, {describe_certificate(shown).fingerprint}"


def write_public(path: Path, certificate: bytes) -> None:
    """A certificate as partners import it, readable by everybody, such as the service's user."""
    path.write_text(armored(certificate), encoding="ascii")
    path.chmod(0o644)


def write_secret(path: Path, content: bytes) -> None:
    """A new file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
