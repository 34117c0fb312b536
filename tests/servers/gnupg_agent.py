"""Homes of GnuPG whose agent has the gateway's secret key, on its disk or on a card."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gateway.adapters.gateway_secrets import AgentSecrets
from gateway.adapters.gnupg_agent import Agent, launch, socket_of
from tests.servers.openpgp_card import ADMIN_PIN, USER_PIN, OpenPGPCard
from tests.servers.pcsc import Reader

if TYPE_CHECKING:
    from types import TracebackType

SOCKET = "PCSCLITE_CSOCK_NAME"  # where libpcsclite looks for a reader's service


@dataclass
class AgentHome:
    """A home with an agent, and with a `card` a reader that it is in; both end with it.

    `pin` is what a gateway's configuration would name.
    """

    card: OpenPGPCard | None = None
    path: Path = field(init=False)
    certificate: bytes = field(init=False, default=b"")
    pin: bytes | None = field(init=False, default=None)
    _reader: Reader | None = field(init=False, default=None)

    def __enter__(self) -> Self:
        self.path = Path(tempfile.mkdtemp(prefix="agent-"))
        (self.path / "scdaemon.conf").write_text("disable-ccid\n")
        (self.path / "gpg-agent.conf").write_text("s2k-count 65536\n")  # cheap, not safe
        if self.card is not None:
            self._reader = Reader(self.path / "reader", self.card)
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._reader is not None:
            self._reader.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def start(self) -> None:
        """As the gateway does, with the reader's address in the agent's environment."""
        before = os.environ.get(SOCKET)
        os.environ[SOCKET] = str(self.path / "reader")
        try:
            launch(self.path)
        finally:
            os.environ.pop(SOCKET)
            if before is not None:
                os.environ[SOCKET] = before

    def stop(self) -> None:
        """End the agent, and scdaemon with it."""
        subprocess.run(
            ["gpgconf", "--homedir", str(self.path), "--kill", "all"],
            check=True,
            capture_output=True,
        )

    @property
    def reader(self) -> Reader:
        assert self._reader is not None
        return self._reader

    @property
    def secrets(self) -> AgentSecrets:
        return AgentSecrets(home=str(self.path), certificates=(self.certificate,), pin=self.pin)

    def take(self, secret: bytes, certificate: bytes) -> Self:
        """Import an unprotected key; onto the card where there is one (operating.md)."""
        self.gpg("--import", given=secret)
        self.certificate = certificate
        if self.card is not None:
            self._to_card()
            self.pin = USER_PIN
        return self

    def make(self, user_id: str, passphrase: str, *kinds: str) -> Self:
        """A new key that this passphrase protects, of these algorithms; not for a card."""
        self.pin = passphrase.encode()
        signing, opening = kinds or ("ed25519", "cv25519")
        asked = ["--pinentry-mode", "loopback", "--passphrase", passphrase]
        self.gpg(*asked, "--quick-generate-key", user_id, signing, "sign", "1y")
        self.gpg(*asked, "--quick-add-key", self._fingerprint(), opening, "encr", "1y")
        self.certificate = self.gpg("--export")
        return self

    def make_on_card(self, user_id: str, *kinds: str) -> Self:
        """The same without a passphrase, moved to the card."""
        self.make(user_id, "", *kinds)._to_card()
        self.pin = USER_PIN
        return self

    def forget(self) -> None:
        """Every secret key is gone from the disk."""
        for each in (self.path / "private-keys-v1.d").iterdir():
            each.unlink()

    def enter(self, pin: bytes) -> None:
        """As a person does with `gpg --card-edit`, verify."""
        with Agent(str(socket_of(self.path)), 10) as agent:
            agent.unlock(agent.card().serial, pin)

    def gpg(self, *arguments: str, given: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.path), "--batch", "--quiet", *arguments]
        return subprocess.run(command, input=given, check=True, capture_output=True).stdout

    def _fingerprint(self) -> str:
        listed = self.gpg("--with-colons", "--list-keys").decode().split("\n")
        return next(line.split(":")[9] for line in listed if line.startswith("fpr:"))

    def _to_card(self) -> None:
        admin = ADMIN_PIN.decode()
        dialogue = ["keytocard", "y", "1", admin, "key 1", "keytocard", "2", admin, "save"]
        command = ["gpg", "--homedir", str(self.path), "--no-tty", "--command-fd", "0"]
        command += ["--pinentry-mode", "loopback", "--edit-key", self._fingerprint()]
        text = "\n".join([*dialogue, ""])
        subprocess.run(command, input=text, text=True, check=True, capture_output=True)
        self.stop()  # so that nothing remembers the admin's PIN
        self.start()
