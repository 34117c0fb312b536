"""What leaves the gateway about its keys: certificates, a sheet, a statement, a directory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.certificates import CertificateRefusedError, armored, describe_certificate
from gateway.adapters.key_making import minimal
from gateway.adapters.key_sheet import KeySheet, Whose, clear_signed, statement
from gateway.adapters.own_key_book import recorded_keys
from gateway.adapters.own_key_file import OwnKeyFileError, replaced
from gateway.adapters.page import Press
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.adapters.web_key_directory import directory
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.own_keys import OwnKeyError, OwnKeyRefusal, OwnKeyState
from gateway.wiring import keys, parts
from gateway.wiring.deeds import covering, deeds
from gateway.wiring.errors import NotReadyError
from gateway.wiring.key_life import entered
from gateway.wiring.readiness import ready_database
from gateway.wiring.smime import own_smime

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config import Config
    from gateway.domain.own_keys import OwnKey, OwnKeys
    from gateway.domain.texts import Language

_ZONE = ZoneInfo("Europe/Amsterdam")
_SHOWN = (OwnKeyState.CURRENT, OwnKeyState.NEXT, OwnKeyState.OLDER, OwnKeyState.REVOKED)


async def certificates_for_partners(config: Config, *, older: bool) -> str:
    """The certificate in use, minimal and armored; with `older` those before it as well,
    with their revocations."""
    found = await _taken_out(config)
    wanted = [key for key in found.keys if key.current or (older and key.current_from)]
    ordered = sorted(wanted, key=lambda key: not key.current)
    return "".join(armored(handed(config, key)) for key in ordered)


async def key_sheet(config: Config, language: Language) -> tuple[str, bytes]:
    """The sheet to compare fingerprints by, as text and as PDF."""
    return sheet_of(config, await _taken_out(config), language, datetime.now(UTC))


def sheet_of(config: Config, found: OwnKeys, language: Language, at: datetime) -> tuple[str, bytes]:
    """As `key_sheet`, of these keys and the certificate for S/MIME; raises `NotReadyError`."""
    words, smime = Words(language, "keys"), own_smime(config)
    shown = [
        (key, describe_certificate(key.certificate).expires)
        for key in found.keys
        if key.state(at) in _SHOWN
    ]
    extra = (smime.fingerprint,) if smime else ()
    page = KeySheet(words, _whose(config), _ZONE).page(shown, extra, at)
    try:
        return Press().text(page), pdf(page, author=config.gateway.name, at=at)
    except UnprintableError:
        pass
    raise NotReadyError("gateway: a name in it cannot be set")


async def key_statement(config: Config, old: str, language: Language) -> bytes:
    """That the key in use has taken the place of an older one, signed by that; a text."""
    found, now = await _taken_out(config), datetime.now(UTC)
    current = found.current
    before = [key for key in found.keys if key.state(now) is OwnKeyState.OLDER]
    key = found.named(old) if old else next(iter(before), None)
    if key is None or current is None or key.current:
        raise OwnKeyError(OwnKeyRefusal.UNKNOWN)
    if key.revoked is not None:
        raise OwnKeyError(OwnKeyRefusal.REVOKED)
    secret = keys.keys_here(config).get(key.fingerprint)
    if secret is None:
        raise OwnKeyError(OwnKeyRefusal.NOT_HERE)
    words = Words(language, "keys")
    until = words.moment(key.closes, _ZONE) if key.closes else ""
    text = statement(words, _whose(config), old=key, new=current, until=until)
    return clear_signed(secret, text)


async def key_directory(config: Config, folder: Path) -> tuple[str, ...]:
    """A Web Key Directory below `folder`, to be published; which files were written.

    Readable by everybody; what else lies there stays.
    """
    found = await _taken_out(config)
    revoked = [key for key in found.keys if key.revoked is not None and key.current_from]
    current = [key for key in found.keys if key.current]
    problem = ""
    try:
        tree = directory(config.gateway.address, [key.certificate for key in (*current, *revoked)])
        for name, content in tree.items():
            _published(folder, name, content)
        return tuple(tree)
    except CertificateRefusedError as error:
        problem = error.kind
    except OwnKeyFileError as error:
        problem = str(error)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise NotReadyError(f"{folder}: {problem}")


def _published(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    for parent in reversed(path.relative_to(folder).parents[:-1]):
        place = folder / parent
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o755)
    replaced(path, content, mode=0o644)


def handed(config: Config, key: OwnKey) -> bytes:
    """A certificate as partners get it, without names of others; raises `NotReadyError`."""
    problem = ""
    try:
        return minimal(key.certificate, config.gateway.address)
    except CertificateRefusedError as error:
        problem = error.kind
    raise NotReadyError(f"key {key.fingerprint}: {problem}")


async def _taken_out(config: Config) -> OwnKeys:
    """The keys; that somebody took something of them out goes on record first."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        await entered(config, database, vault)
        found = await recorded_keys(database)
        current = found.current.fingerprint.lower() if found.current else ""
        record = await deeds(config, database, vault)
        await record.record(Action.CERTIFICATE_EXPORTED, current)
        return found


def _whose(config: Config) -> Whose:
    gateway = config.gateway
    return Whose(
        name=gateway.name,
        address=gateway.address,
        municipality=gateway.municipality,
        contact=gateway.contact,
    )
