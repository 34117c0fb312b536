"""The same few actions on every incoming transport, so that one suite can ask them all."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Protocol

from gateway.adapters.channel import Security
from gateway.adapters.imap import ImapMailbox, ImapSettings
from gateway.adapters.maildir import MaildirMailbox, MaildirSettings
from gateway.adapters.memory_mail import MemoryMailbox

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.ports import Mailbox
    from tests.servers.dovecot import Account, Dovecot

MAX_MAIL = 4000
BATCH = 6000


class Office(Protocol):
    """A mailbox together with what an outsider can do to it and see of it."""

    @property
    def mailbox(self) -> Mailbox:
        """The adapter."""

    def deliver(self, *mails: bytes) -> None:
        """Mails arrive."""

    def inbox(self) -> list[bytes]:
        """What lies unfiled."""

    def filed(self) -> list[bytes]:
        """What the processed folder holds."""

    def aside(self) -> list[bytes]:
        """What the folder for oversize mail holds."""

    def remove(self, mail: bytes) -> None:
        """Somebody else deletes a mail."""


def imap_settings(
    dovecot: Dovecot,
    account: Account,
    security: Security = Security.IMPLICIT,
    *,
    max_mail_bytes: int = MAX_MAIL,
    batch_bytes: int = BATCH,
) -> ImapSettings:
    """The settings for one account of a server in the tests."""
    return ImapSettings(
        host="127.0.0.1",
        port=dovecot.imaps if security is Security.IMPLICIT else dovecot.imap,
        security=security,
        user=account.address,
        password=account.password,
        ca_file=dovecot.certificates.ca,
        timeout_seconds=60,
        max_mail_bytes=max_mail_bytes,
        batch_bytes=batch_bytes,
    )


class DovecotOffice:
    """Over IMAP, implicit TLS or STARTTLS."""

    def __init__(self, dovecot: Dovecot, security: Security) -> None:
        self.dovecot = dovecot
        self.account = dovecot.new_account()
        self.settings = imap_settings(dovecot, self.account, security)
        self.mailbox = ImapMailbox(self.settings)

    def deliver(self, *mails: bytes) -> None:
        """As a delivery agent does."""
        self.dovecot.deliver(self.account, *mails)

    def inbox(self) -> list[bytes]:
        """As another IMAP client sees it."""
        return self.dovecot.read(self.account)

    def filed(self) -> list[bytes]:
        """As another IMAP client sees it."""
        return self.dovecot.read(self.account, self.settings.processed_folder)

    def aside(self) -> list[bytes]:
        """As another IMAP client sees it."""
        return self.dovecot.read(self.account, self.settings.oversize_folder)

    def remove(self, mail: bytes) -> None:
        """Another IMAP client deletes and expunges."""
        with self.dovecot.client(self.account) as client:
            client.select_folder("INBOX")
            bodies = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
            client.delete_messages([uid for uid, it in bodies.items() if it[b"BODY[]"] == mail])
            client.expunge()


class MaildirOffice:
    """A folder on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("new", "cur", "tmp"):
            (folder / part).mkdir(parents=True)
        self.settings = MaildirSettings(folder=folder, max_mail_bytes=MAX_MAIL, batch_bytes=BATCH)
        self.mailbox = MaildirMailbox(self.settings)
        self._clock = 1_700_000_000_000_000_000

    def deliver(self, *mails: bytes) -> None:
        """Written in tmp, renamed into new."""
        for mail in mails:
            self._clock += 1_000_000
            unique = f"{self._clock // 10**9}.R{secrets.token_hex(8)}.test"
            written = self.folder / "tmp" / unique
            written.write_bytes(mail)
            os.utime(written, ns=(self._clock, self._clock))
            written.rename(self.folder / "new" / unique)

    def inbox(self) -> list[bytes]:
        """Both new and cur."""
        return self._read(self.folder / "new") + self._read(self.folder / "cur")

    def filed(self) -> list[bytes]:
        """The folder `.Verwerkt`."""
        return self._read(self.folder / ".Verwerkt" / "cur")

    def aside(self) -> list[bytes]:
        """The folder `.TeGroot`."""
        return self._read(self.folder / ".TeGroot" / "cur")

    def remove(self, mail: bytes) -> None:
        """A person deletes a file."""
        for file in (self.folder / "new").iterdir():
            if file.read_bytes() == mail:
                file.unlink()

    def _read(self, part: Path) -> list[bytes]:
        if not part.exists():
            return []
        files = sorted(part.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        return [file.read_bytes() for file in files]


class MemoryOffice:
    """The twin."""

    def __init__(self) -> None:
        self.mailbox = MemoryMailbox(max_mail_bytes=MAX_MAIL, batch_bytes=BATCH)

    def deliver(self, *mails: bytes) -> None:
        """They are there."""
        for mail in mails:
            self.mailbox.deliver(mail)

    def inbox(self) -> list[bytes]:
        """All that was not filed."""
        return [mail for mail, _ in self.mailbox.inbox.values()]

    def filed(self) -> list[bytes]:
        """All that was."""
        return self.mailbox.processed

    def aside(self) -> list[bytes]:
        """All that was too large."""
        return self.mailbox.oversize

    def remove(self, mail: bytes) -> None:
        """It is gone."""
        for uid, (content, _) in list(self.mailbox.inbox.items()):
            if content == mail:
                del self.mailbox.inbox[uid]
