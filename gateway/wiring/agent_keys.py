"""The gateway's OpenPGP keys where GnuPG keeps them: settings read, and where they are now."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from gateway.adapters.gateway_secrets import AgentSecrets
from gateway.adapters.gnupg_agent import launch
from gateway.adapters.gnupg_agent_keys import AgentKeys
from gateway.adapters.gnupg_home import GnuPGHome
from gateway.adapters.gnupg_keys import KeysUnavailableError
from gateway.adapters.pgp_container import UnsupportedKeyError
from gateway.config import read_password
from gateway.wiring.errors import NotReadyError
from gateway.wiring.parts import needed

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config import Config

PIN_LIMIT = 127  # bytes, the longest that a card takes


def agent_secrets(config: Config, certificate: bytes) -> AgentSecrets | None:
    """The keys in a GnuPG home, `certificate` the newest; None where they are in a file.

    Raises `NotReadyError`, `ConfigError`.
    """
    keys = needed(config.keys, "keys")
    if keys.gnupg_home is None:
        return None
    _closed(keys.gnupg_home)
    return AgentSecrets(
        home=str(keys.gnupg_home),
        certificates=(certificate, *map(_certificate, keys.older_public_key_files)),
        pin=_pin(keys.pin_file),
    )


def whereabouts(secrets: AgentSecrets) -> str:
    """In which agent or on which card the key is at this moment; raises `NotReadyError`.

    Shows nobody a PIN.
    """
    home = GnuPGHome()
    problem = ""
    try:
        launch(secrets.path)
        return AgentKeys(secrets, home.path, seconds=20).whereabouts()
    except (KeysUnavailableError, UnsupportedKeyError) as error:
        problem = str(error)
    finally:
        home.close()
    raise NotReadyError(f"keys.gnupg_home: {problem}")


def _closed(home: Path) -> None:
    try:
        mode = home.stat().st_mode
    except OSError as error:
        raise NotReadyError(f"keys.gnupg_home: {home}: {error.strerror}") from None
    if not stat.S_ISDIR(mode):
        raise NotReadyError(f"keys.gnupg_home: {home} is no folder")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotReadyError(f"keys.gnupg_home: {home} can be read by others; chmod 700 it")


def _certificate(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotReadyError(f"keys.older_public_key_files: {path}: {error.strerror}") from None


def _pin(named: str | None) -> bytes | None:
    if named is None:
        return None
    pin = read_password("keys.pin_file", named).encode()
    if len(pin) > PIN_LIMIT:
        raise NotReadyError(f"keys.pin_file: longer than {PIN_LIMIT} bytes")
    return pin
