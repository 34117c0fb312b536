"""Thunderbird without a screen, with a profile of its own, driven as a person drives it.

It is the mail program of Debian's package, told what to do over Marionette (the
protocol by which Mozilla's programs are automated).  ``thunderbird.js`` opens its
own windows: what `Thunderbird.show` gives back stood on the screen, and
`Thunderbird.send` pressed *Send*.  Nothing but loopback is reached.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.servers.marionette import Marionette, MarionetteError
from tests.servers.mozilla import Mozilla

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.people import Person
    from tests.pki import Leaf
    from tests.servers.dovecot import Account
    from tests.servers.postfix import Postfix

ACTIONS = Path(__file__).with_suffix(".js")
_BUNDLE_PASSWORD = "geheim"
_CALL = """
const done = arguments[2];
(async (action, given) => {{
{actions}
return await actions[action](given);
}})(arguments[0], arguments[1]).then(
  value => done({{ value: value ?? null }}),
  error => done({{ error: `${{error}} ${{error.stack ?? ""}}` }})
);
"""


class ThunderbirdError(MarionetteError):
    """It could not do what it was told; the text says why."""


@dataclass(frozen=True)
class Shown:
    """What a person sees of an opened mail.

    `listed` is the subject in the list of mails before it was opened; `encrypted`
    and `signed` are the signs beside the subject, by Thunderbird's own names: "ok",
    "verified" (OpenPGP, by a compared key), "unverified", "unknown", "mismatch",
    "notok", or None where there is none.  `attached` has content by file name.
    """

    listed: str
    subject: str
    text: str
    protection: str | None
    encrypted: str | None
    signed: str | None
    attached: dict[str, bytes]


@dataclass(frozen=True)
class Chosen:
    """What the window for a new mail had chosen when *Send* was pressed."""

    signed: bool
    encrypted: bool
    openpgp: bool


_OWN: dict[str, str | int | bool] = {
    "app.donation.eoy.version.viewed": 999,
    "mail.inappnotifications.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.rights.version": 1,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "mail.shell.checkDefaultClient": False,
    "mail.winsearch.firstRunDone": True,
    "mailnews.database.global.indexer.enabled": False,
    # No desktop is there for notices of new mail; their previews would open mail as well.
    "mail.biff.show_alert": False,
    "mail.biff.alert.show_preview": False,
    "mail.biff.play_sound": False,
    "calendar.timezone.local": "Europe/Amsterdam",
}


class _Conversation:
    """A session in which scripts run with the program's own rights."""

    def __init__(self, port: int) -> None:
        self._marionette = Marionette(port)
        self._marionette.command("Marionette:SetContext", value="chrome")
        self._marionette.command("WebDriver:SetTimeouts", script=900_000)
        self._script = _CALL.format(actions=ACTIONS.read_text())

    def do(self, action: str, given: dict[str, object]) -> Any:
        """One of the actions of ``thunderbird.js``.  Raises `ThunderbirdError`."""
        answer = self._marionette.command(
            "WebDriver:ExecuteAsyncScript", script=self._script, args=[action, given]
        )["value"]
        if "error" in answer:
            raise ThunderbirdError(f"{action}: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        self._marionette.close()


# Mail is as by default.


class Thunderbird(Mozilla[_Conversation]):
    """One person's Thunderbird; each mailbox is an account of its own."""

    name = "thunderbird"
    program = Path("/usr/lib/thunderbird/thunderbird-bin")
    own = _OWN

    def begun(self, port: int) -> _Conversation:
        """Scripts run with the program's own rights."""
        return _Conversation(port)

    def _do(self, action: str, **given: object) -> Any:
        return self.talk.do(action, given)

    # --- setting up -----------------------------------------------------------

    def trust(self, *authorities: bytes) -> None:
        """Take these authorities (PEM) for good, for servers and for mail."""
        for each in authorities:
            body = [line for line in each.decode().splitlines() if line and line[0] != "-"]
            self._do("trust", certificate="".join(body))

    def add_account(self, name: str, account: Account, postfix: Postfix) -> None:
        """A mailbox, and the server over which its owner sends."""
        self._do(
            "account",
            name=name,
            address=account.address,
            password=account.password,
            imap=postfix.dovecot.imaps,
            smtp=postfix.submissions,
        )

    def use_openpgp(self, account: Account, own: Person, partner: bytes) -> None:
        """Their own secret key, and the certificate of whom they write to, both compared."""
        self._do(
            "openpgp",
            address=account.address,
            fingerprint=own.fingerprint,
            secret=own.tsk.decode("latin-1"),
            partner=partner.decode("latin-1"),
        )

    def use_smime(self, account: Account, leaf: Leaf, partner: Leaf, chain: Sequence[Leaf]) -> None:
        """Their own certificate with its key, and that of whom they write to."""
        bundle = self.folder / f"{leaf.x509.serial_number:x}.p12"
        secret = serialization.load_pem_private_key(leaf.key, None)
        bundle.write_bytes(
            pkcs12.serialize_key_and_certificates(
                account.address.encode(),
                secret,  # type: ignore[arg-type]  # RSA or EC, of which it is one
                leaf.x509,
                [each.x509 for each in chain],
                serialization.BestAvailableEncryption(_BUNDLE_PASSWORD.encode()),
            )
        )
        self._do(
            "smime",
            address=account.address,
            bundle=str(bundle),
            password=_BUNDLE_PASSWORD,
            serial=f"{leaf.x509.serial_number:X}",
            partner=base64.b64encode(partner.certificate).decode(),
        )

    # --- using ----------------------------------------------------------------

    def show(self, account: Account, message_id: str) -> Shown:
        """Open the mail with this Message-ID in this account's inbox; an encrypted one."""
        found = self._do("show", address=account.address, messageId=message_id.strip("<> \r\n"))
        return Shown(
            listed=found["listed"],
            subject=found["subject"],
            text=found["text"],
            protection=found["protection"],
            encrypted=found["encrypted"],
            signed=found["signed"],
            attached={name: base64.b64decode(data) for name, data in found["attached"]},
        )

    def send(
        self,
        account: Account,
        recipient: str,
        *,
        subject: str,
        text: str,
        attachments: Sequence[tuple[str, bytes]] = (),
        signed: bool = True,
    ) -> Chosen:
        """Write a mail as the account's owner, with files attached, and send it.

        With `signed` false the owner switches signing off; encryption stays on.
        """
        paths = []
        for name, content in attachments:
            path = self.folder / f"attached-{time.monotonic_ns()}" / name
            path.parent.mkdir()
            path.write_bytes(content)
            paths.append(str(path))
        chosen = self._do(
            "send",
            address=account.address,
            recipient=recipient,
            signed=signed,
            subject=subject,
            text=text,
            attachments=paths,
        )
        return Chosen(**chosen)
