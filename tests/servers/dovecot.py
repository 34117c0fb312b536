"""A private Dovecot with the configuration of ``docker/dovecot``.

Needs root, and the users that Debian's package makes (``dovecot``,
``dovenull``).  Mail belongs to the numeric user 5000, which needs no account.
"""

from __future__ import annotations

import itertools
import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imapclient import IMAPClient

from tests.servers.process import DOCKER, Server, free_port, needs_root, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.servers.tls import Certificates

MAIL_USER = 5000
PASSWORD = "geheim genoeg"
_DOMAINS = ("gemeente.example", "school-a.example", "school-b.example")
_STOCK = 300
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailbox: its address is also its login."""

    address: str
    password: str

    @property
    def local(self) -> str:
        """The part before the @."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


class Dovecot(Server):
    """Ports: `imaps` (implicit TLS), `imap` (STARTTLS), `sasl` (for Postfix).

    `extra` are further lines of configuration, read last, so that a test can
    take an extension away from the real server; `without_tls` takes STARTTLS.
    """

    name = "dovecot"
    # Its master lingers a second over its logger when all else has ended.
    patience = 0.3

    def __init__(
        self,
        certificates: Certificates,
        *,
        extra: str = "",
        without_tls: bool = False,
        imaps: int = 0,
    ) -> None:
        needs_root(self.name)
        super().__init__()
        self._without_tls = without_tls
        if without_tls:
            extra += "ssl = no\ndisable_plaintext_auth = no\n"
        self.certificates = certificates
        self.imaps, self.imap, self.sasl = imaps or free_port(), free_port(), free_port()
        self.boxes = self.folder / "mail" / "boxes"
        self._make_mail_folder()
        self._users = self.folder / "users"
        self._users.touch(mode=0o644)
        self._changes = 1_000_000_000
        self._accounts: list[Account] = []
        self._stock = self._lay_in_stock()
        self._write_configuration(extra)

    def _make_mail_folder(self) -> None:
        self.boxes.mkdir(parents=True)
        for folder in (self.boxes.parent, self.boxes):
            os.chown(folder, MAIL_USER, MAIL_USER)

    def _write_configuration(self, extra: str) -> None:
        shipped = (DOCKER / "dovecot" / "dovecot.conf").read_text()
        for there, here in (
            ("/etc/dovecot/users", self._users),
            ("/etc/mail-tls/server.pem", self.certificates.certificate),
            ("/etc/mail-tls/server.key", self.certificates.key),
            ("/var/mail/", f"{self.folder}/mail/"),
        ):
            assert there in shipped, there
            shipped = shipped.replace(there, str(here))
        self._configuration.write_text(f"{shipped}\n!include local.conf\n")
        (self.folder / "local.conf").write_text(
            f"""
listen = 127.0.0.1
base_dir = {self.folder}/run
state_dir = {self.folder}/state
service imap-login {{
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
  }}
}}
service auth {{
  inet_listener sasl {{
    port = {self.sasl}
  }}
}}
# All tests come from one address: a wrong password in one would slow down the others.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{extra}
"""
        )

    @property
    def _configuration(self) -> Path:
        return self.folder / "dovecot.conf"

    def command(self) -> Sequence[str]:
        """Dovecot's master in the foreground."""
        return ("/usr/sbin/dovecot", "-F", "-c", str(self._configuration))

    def ports(self) -> Sequence[int]:
        """All three; without TLS there is no implicit TLS."""
        return (self.imap, self.sasl, *(() if self._without_tls else (self.imaps,)))

    def add_account(self, address: str, password: str = PASSWORD) -> Account:
        """A mailbox of this name.

        Before `start` this costs nothing; afterwards up to a second, because
        Dovecot looks at its file of users once in each second.
        """
        account = Account(address=address, password=password)
        self._write_users(account)
        self._make_maildir(account)
        if self.processes():
            time.sleep(1.05 - time.time() % 1)
        return account

    def new_account(self, domain: str = "gemeente.example") -> Account:
        """A mailbox of which no other test knows the name; at once, as long as the stock lasts."""
        if spare := self._stock.get(domain):
            account = spare.pop()
            self._make_maildir(account)
            return account
        return self.add_account(f"bak{next(_numbers)}@{domain}")

    def accounts(self) -> list[Account]:
        """All that can log in, those in stock too."""
        return list(self._accounts)

    def _lay_in_stock(self) -> dict[str, list[Account]]:
        stock = {
            domain: [
                Account(address=f"bak{next(_numbers)}@{domain}", password=PASSWORD)
                for _ in range(_STOCK)
            ]
            for domain in _DOMAINS
        }
        self._write_users(*(account for spare in stock.values() for account in spare))
        return stock

    def _write_users(self, *accounts: Account) -> None:
        self._accounts += accounts
        lines = [f"{account.address}:{{PLAIN}}{account.password}\n" for account in accounts]
        draft = self._users.with_suffix(".draft")
        draft.write_text(self._users.read_text() + "".join(lines))
        # Dovecot rereads the file when its time changes, and counts in whole seconds.
        self._changes += 1
        os.utime(draft, (self._changes, self._changes))
        draft.replace(self._users)

    def maildir(self, account: Account) -> Path:
        """Where this account's mail lies."""
        return self.boxes / account.domain / account.local

    def _make_maildir(self, account: Account) -> None:
        maildir = self.maildir(account)
        for folder in ("new", "cur", "tmp"):
            (maildir / folder).mkdir(parents=True, exist_ok=True)
            os.chown(maildir / folder, MAIL_USER, MAIL_USER)
        for folder_above in (maildir, maildir.parent):
            os.chown(folder_above, MAIL_USER, MAIL_USER)

    def holds_nothing(self, account: Account, *folders: str) -> bool:
        """Whether no file of a mail lies in these folders of its Maildir, all without any."""
        boxes = [self.maildir(account) / each for each in folders]
        found = boxes or [each.parent for each in self.maildir(account).rglob("cur")]
        # First what is new, because it moves from there.
        return not any(any((box / part).glob("*")) for box in found for part in ("new", "cur"))

    def deliver(self, account: Account, *mails: bytes) -> None:
        """Put mails into the INBOX as a delivery agent does, byte for byte."""
        for mail in mails:
            # Digits that repeat within the names make Dovecot's hash tables collide.
            unique = f"{1_700_000_000 + next(_numbers)}.R{secrets.token_hex(8)}.test"
            written = self.maildir(account) / "tmp" / unique
            written.write_bytes(mail)
            os.chown(written, MAIL_USER, MAIL_USER)
            written.rename(self.maildir(account) / "new" / unique)

    def client(self, account: Account) -> IMAPClient:
        """A logged-in connection of the test's own; use it as a context manager."""
        client = IMAPClient(
            "127.0.0.1",
            self.imaps,
            ssl_context=self.certificates.client_context(),
            timeout=300,
        )
        client.login(account.address, account.password)
        return client

    def read(self, account: Account, folder: str = "INBOX") -> list[bytes]:
        """All mails of a folder as an IMAP client sees them; empty when it does not exist.

        Nobody logs in to an inbox in whose Maildir no file lies: most people in a
        journey get nothing, and a login takes longer than looking there.
        """
        if folder == "INBOX" and self.holds_nothing(account, "."):
            return []
        with self.client(account) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = client.search("UNDELETED")
            found = client.fetch(uids, ["BODY.PEEK[]"])
            return [bytes(found[uid][b"BODY[]"]) for uid in uids]

    def wait_for(
        self, account: Account, count: int = 1, *, folder: str = "INBOX", seconds: float = 300
    ) -> list[bytes]:
        """All mails of a folder once there are `count` or more."""
        found: list[bytes] = []

        def enough() -> bool:
            found[:] = self.read(account, folder)
            return len(found) >= count

        wait_until(enough, seconds=seconds, pause=0.05, what=f"{count} mails in {folder}")
        return found

    def doveadm(self, *arguments: str) -> str:
        """Run Dovecot's own administration command; raises when it fails."""
        return subprocess.run(
            ("/usr/bin/doveadm", "-c", str(self._configuration), *arguments),
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        ).stdout
