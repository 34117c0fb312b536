"""The gateway's own key pair: made, checked, shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.adapters.certificates import (
    CertificateRefusedError,
    armored,
    describe_certificate,
    generate_gateway_key,
)
from gateway.adapters.gateway_secrets import GatewaySecrets, OwnNames
from gateway.adapters.key_files import KeyFileError, create_alone, write_new
from gateway.adapters.key_making import MadeKey, made_key, public_half
from gateway.adapters.key_names import names_of
from gateway.adapters.own_key_file import OwnKeyFileError, keys_in
from gateway.config import read_secret, secret_path
from gateway.domain.audit import Action
from gateway.wiring.agent_keys import agent_secrets, whereabouts
from gateway.wiring.deeds import recording
from gateway.wiring.errors import NotReadyError
from gateway.wiring.parts import needed
from gateway.wiring.smime import own_smime, smime_certificate, smime_pem, smime_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.adapters.certificates import CertificateFacts
    from gateway.adapters.gateway_secrets import SmimeSecrets
    from gateway.config import Config
    from gateway.domain.own_keys import OwnKey, OwnKeys

LASTS = timedelta(days=3 * 365)
REVOCATION_TEXT = """This revokes the gateway's key {}.
Keep it apart from the key, in a safe: whoever has it can end the key, and nothing else.
To use it: gateway key revoke FINGERPRINT --with THIS-FILE

"""


def key_file(config: Config) -> Path:
    """Where the gateway's OpenPGP secret keys lie."""
    return secret_path("keys.secret_key_file", needed(config.keys, "keys").secret_key_file)


def keys_here(config: Config) -> dict[str, bytes]:
    """All secret keys in that file, by fingerprint; refused when others can read it."""
    if needed(config.keys, "keys").gnupg_home is not None:
        raise NotReadyError(
            "keys.gnupg_home: GnuPG makes and keeps this gateway's keys; see docs/operating.md"
        )
    named = needed(config.keys, "keys").secret_key_file
    content = read_secret("keys.secret_key_file", named)
    problem = ""
    try:
        return keys_in(content)
    except OwnKeyFileError as error:
        problem = str(error)
    raise NotReadyError(f"keys.secret_key_file: {named}: {problem}")


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
    _fit(f"keys.public_key_file: {path}", facts, config.gateway.address)
    return content


def own_secrets(
    config: Config, recorded: OwnKeys, at: datetime, *, strict: bool = True
) -> GatewaySecrets:
    """Every key of the gateway, as the openers get them; raises `NotReadyError`.

    As far as they are on record: those that still open, the current one first, and the
    names of those that do not open here.  Where none is on record yet, the one of
    keys.public_key_file.  Unless `strict` the current one may be missing here.
    """
    smime, here = smime_secrets(config), available(config)
    if recorded.current is None:
        only = describe_certificate(own_public(config)).fingerprint
        return _secrets(config, [only], smime, OwnNames())
    if strict:
        _current(config, recorded.current, here)
    opening = recorded.opening(at)
    others = OwnNames(
        closed=_names(key for key in recorded.keys if not key.opens(at)),
        absent=_names(key for key in opening if key.fingerprint not in here),
    )
    names = [key.fingerprint for key in opening if key.fingerprint in here]
    return _secrets(config, names, smime, others)


def _secrets(
    config: Config, names: Sequence[str], smime: SmimeSecrets | None, others: OwnNames
) -> GatewaySecrets:
    if not names:
        raise NotReadyError(f"{_where(config)}: none of the keys that are on record is in it")
    if needed(config.keys, "keys").gnupg_home is None:
        here = keys_here(config)
        return GatewaySecrets(
            openpgp=tuple(here[name] for name in names), smime=smime, others=others
        )
    kept, agent = available(config), agent_secrets(config, certificate(config))
    assert agent is not None
    agent = replace(agent, certificates=tuple(kept[name] for name in names))
    return GatewaySecrets(agent=agent, smime=smime, others=others)


def own_public(config: Config) -> bytes:
    """The certificate of the key that settings name as the one in use; `NotReadyError`."""
    if needed(config.keys, "keys").gnupg_home is None:
        return public_half(own_key(config))
    return certificate(config)


def available(config: Config) -> dict[str, bytes]:
    """The certificates of all keys that can be used here, by fingerprint; `NotReadyError`."""
    if needed(config.keys, "keys").gnupg_home is None:
        return {name: public_half(secret) for name, secret in keys_here(config).items()}
    agent = agent_secrets(config, certificate(config))
    assert agent is not None
    return {describe_certificate(each).fingerprint: each for each in agent.certificates}


def _where(config: Config) -> str:
    keys = needed(config.keys, "keys")
    if keys.gnupg_home is not None:
        return f"keys.gnupg_home: {keys.gnupg_home}"
    return f"keys.secret_key_file: {keys.secret_key_file}"


def _current(config: Config, key: OwnKey, here: Mapping[str, bytes]) -> None:
    where = _where(config)
    if key.fingerprint not in here:
        raise NotReadyError(
            f"{where}: key {key.fingerprint}, the one in use, is not in it; "
            "copy the file from the gateway where it was made"
        )
    _fit(where, describe_certificate(here[key.fingerprint]), config.gateway.address)


def _names(keys: Iterable[OwnKey]) -> frozenset[str]:
    return frozenset[str]().union(*(names_of(key.certificate) for key in keys))


def where_it_is(config: Config) -> str:
    """Where the secret key was found, empty for its file; raises `NotReadyError`."""
    agent = agent_secrets(config, certificate(config))
    if agent is not None:
        return whereabouts(agent)
    own_key(config)
    return ""


def own_key(config: Config) -> bytes:
    """The secret half of keys.public_key_file, once that is fit; raises `NotReadyError`."""
    fingerprint = describe_certificate(certificate(config)).fingerprint
    found = keys_here(config).get(fingerprint)
    if found is None:
        named = needed(config.keys, "keys").secret_key_file
        raise NotReadyError(
            f"keys.secret_key_file: {named}: not the secret half of keys.public_key_file"
        )
    return found


def _fit(where: str, facts: CertificateFacts, address: str) -> None:
    if facts.revoked or (facts.expires is not None and facts.expires <= datetime.now(UTC)):
        raise NotReadyError(f"{where}: expired or revoked")
    if not (facts.can_encrypt and facts.can_sign):
        raise NotReadyError(f"{where}: cannot both sign and encrypt")
    if address.casefold() not in {each.casefold() for each in facts.emails}:
        raise NotReadyError(f"{where}: not for {address}")


def own_certificate(config: Config) -> dict[str, Any]:
    """What partners compare over the telephone, and until when it holds."""
    facts = describe_certificate(certificate(config))
    return {
        "fingerprint": facts.fingerprint,
        "address": config.gateway.address,
        "created": facts.created.isoformat(),
        "expires": facts.expires.isoformat() if facts.expires else None,
        "algorithm": facts.algorithm,
        "post_quantum": facts.post_quantum,
        "smime": smime_certificate(config),
    }


def own_fingerprint(config: Config) -> str:
    """Of the gateway's OpenPGP key."""
    return describe_certificate(certificate(config)).fingerprint


def armored_certificate(config: Config) -> str:
    """The certificate as partners import it."""
    return armored(certificate(config))


async def exported_smime(config: Config) -> str:
    """That for S/MIME, for somebody who takes it out; on record first."""
    facts = own_smime(config)
    if facts is None:
        raise NotReadyError("smime: this section is missing")
    async with recording(config) as deeds:
        await deeds.record(Action.CERTIFICATE_EXPORTED, facts.fingerprint.lower())
    return smime_pem(config)


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
    made = new_own_key(config, datetime.now(UTC) + LASTS, post_quantum=False)
    fingerprint = describe_certificate(made.certificate).fingerprint
    kept = keep_revocation(config, fingerprint, made.revocation)
    write_secret(secret, made.secret)
    write_public(public, made.certificate)
    return f"made, {fingerprint}; keep {kept} apart, it revokes the key"


def new_own_key(config: Config, until: datetime, *, post_quantum: bool) -> MadeKey:
    """A key in the gateway's own name; raises `NotReadyError`."""
    gateway, problem = config.gateway, ""
    try:
        return made_key(
            f"{gateway.name} <{gateway.address}>", until=until, post_quantum=post_quantum
        )
    except CertificateRefusedError as error:
        problem = error.kind
    raise NotReadyError(f"gateway.name: {problem}")


def keep_revocation(config: Config, fingerprint: str, revocation: bytes) -> Path:
    """What revokes a key, in a file of its own; a colon keeps it from being imported by accident.

    Raises `NotReadyError`.
    """
    chosen = needed(config.keys, "keys").revocation_folder
    folder = chosen or config.gateway.state_dir / "revocations"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, problem = folder / f"{fingerprint}.rev", ""
    try:
        create_alone(path, REVOCATION_TEXT.format(fingerprint).encode() + b":" + revocation)
    except KeyFileError as error:
        problem = str(error)
    if problem:
        raise NotReadyError(f"{path}: {problem}")
    return path


def write_public(path: Path, certificate: bytes) -> None:
    """A certificate as partners import it, readable by everybody, such as the service's user."""
    path.write_text(armored(certificate), encoding="ascii")
    path.chmod(0o644)


def write_secret(path: Path, content: bytes) -> None:
    """A new file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_new(path, content)
