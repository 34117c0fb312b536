"""The gateway's own S/MIME keys: read, checked, and what they are worth today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.gateway_secrets import SmimeSecrets
from gateway.config import read_secret
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config import Config


def smime_secrets(config: Config) -> SmimeSecrets | None:
    """All keys with their certificates, newest first; None where S/MIME is not configured."""
    section = config.smime
    if section is None:
        return None
    newest = _pem("smime.certificate_file", section.certificate_file)
    bundles = [read_secret("smime.secret_key_file", section.secret_key_file) + b"\n" + newest]
    for at, each in enumerate(section.older):
        secret = read_secret(f"smime.older[{at}].secret_key_file", each.secret_key_file)
        certificate = _pem(f"smime.older[{at}].certificate_file", each.certificate_file)
        bundles.append(secret + b"\n" + certificate)
    return SmimeSecrets(secrets=tuple(bundles), certificate=newest)


def _pem(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotReadyError(f"{setting}: {path}: {error.strerror}") from None
