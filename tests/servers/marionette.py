"""The conversation by which Mozilla's programs are automated (Marionette), on loopback.

Messages are JSON behind their length and a colon; a command is
``[0, number, name, parameters]``, an answer ``[1, number, error, result]``.
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class MarionetteError(Exception):
    """The program could not do what it was told; the text says why."""


class Marionette:
    """A session with a program that listens on this port; `patience` in seconds."""

    def __init__(self, port: int, *, patience: float = 1000) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._read()  # who it is
        self.command("WebDriver:NewSession", capabilities={})

    def command(self, name: str, /, **parameters: object) -> Any:
        """One command and its result.  Raises `MarionetteError`."""
        self._number += 1
        message = json.dumps([0, self._number, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._read()
        assert number == self._number
        if error is not None:
            raise MarionetteError(f"{name}: {error['error']}: {error['message']}")
        return result

    def close(self) -> None:
        """Hang up; the program goes on."""
        self._stream.close()
        self._socket.close()

    def _read(self) -> Any:
        length = bytearray()
        while (digit := self._stream.read(1)) != b":":
            if not digit:
                raise MarionetteError("the program went away")
            length += digit
        return json.loads(self._stream.read(int(length)))


# What keeps a program of Mozilla's silent, on loopback and without questions.
SILENT: dict[str, str | int | bool] = {
    # Whatever is not on loopback goes to a proxy that is not there, names included.
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
    "network.proxy.socks_remote_dns": True,
    "network.proxy.failover_direct": False,
    "network.proxy.no_proxies_on": "localhost, 127.0.0.1",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.auto": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "toolkit.telemetry.server": "",
    "browser.shell.checkDefaultBrowser": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,",
}


def preferences(port: int, own: Mapping[str, str | int | bool]) -> str:
    """The text of ``user.js`` for a program that listens on `port`."""
    settings = {"marionette.port": port, **SILENT, **own}
    return "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items())


def environment(folder: str) -> tuple[str, ...]:
    """The beginning of a command that runs a program without a screen, at home in `folder`."""
    own = {
        "HOME": folder,
        "TMPDIR": folder,
        "MOZ_HEADLESS": "1",
        "MOZ_CRASHREPORTER_DISABLE": "1",
        "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1",  # else its server cannot be switched off
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    return ("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in own.items()))


SWITCHES = ("--headless", "--no-remote", "--marionette", "--remote-allow-system-access")
