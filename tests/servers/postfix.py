"""A private Postfix with the configuration of ``docker/postfix``.

Needs root, and the user and groups that Debian's package makes (``postfix``,
``postdrop``).  Delivers into the Maildirs of a `Dovecot`, which also checks the
passwords.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import subprocess
import time
from typing import TYPE_CHECKING

from tests.servers.process import DOCKER, Server, all_ended, free_port, needs_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.servers.dovecot import Account, Dovecot
    from tests.servers.tls import Certificates

_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold")
_MORE_QUEUES = ("incoming", "private", "saved", "trace")


def _set(main: str, name: str, value: str) -> str:
    """Replace a parameter where the shipped file has it (twice would only warn), else append."""
    line = f"{name} = {value}"
    changed, times = re.subn(rf"^{name} =.*$", line.replace("\\", r"\\"), main, flags=re.MULTILINE)
    return changed if times else f"{main}{line}\n"


def _write_back_dated(file: Path, text: str) -> None:
    """Postfix sleeps while a file is younger than a second, lest it read half of one."""
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    past = time.time() - 60
    os.utime(draft, (past, past))
    draft.replace(file)


class Postfix(Server):
    """Ports: `smtp` (incoming, STARTTLS), `submission` (STARTTLS, AUTH), `submissions` (TLS, AUTH).

    `extra` are parameters that win over the shipped ones; `without_tls` takes
    STARTTLS away from the submission port, to see what a client does then;
    `submissions` is a port that was chosen already.
    """

    name = "postfix"

    def __init__(
        self,
        certificates: Certificates,
        dovecot: Dovecot,
        *,
        extra: Mapping[str, str] | None = None,
        without_tls: bool = False,
        submissions: int = 0,
    ) -> None:
        needs_root(self.name)
        super().__init__()
        self.certificates = certificates
        self.dovecot = dovecot
        self.smtp, self.submission = free_port(), free_port()
        self.submissions = submissions or free_port()
        self._etc = self.folder / "etc"
        self._etc.mkdir()
        self._make_folders()
        self._tables: dict[str, dict[str, str]] = {"domains": {}, "mailboxes": {}, "senders": {}}
        self._enter(*dovecot.accounts())
        self._write_main(extra or {})
        self._write_master(without_tls=without_tls)

    def _make_folders(self) -> None:
        spool, data = self.folder / "spool", self.folder / "data"
        for folder in (spool, spool / "pid", data, self.folder / "log.d"):
            folder.mkdir()
        for queue in (*_QUEUES, *_MORE_QUEUES):
            (spool / queue).mkdir(mode=0o700)
            shutil.chown(spool / queue, "postfix")
        for shared, mode in (("public", 0o2710), ("maildrop", 0o1730)):
            (spool / shared).mkdir()
            shutil.chown(spool / shared, "postfix", "postdrop")
            (spool / shared).chmod(mode)
        shutil.chown(data, "postfix")

    def _write_main(self, extra: Mapping[str, str]) -> None:
        here = {
            "myhostname": "mail.gemeente.example",
            "inet_interfaces": "127.0.0.1",
            "queue_directory": f"{self.folder}/spool",
            "data_directory": f"{self.folder}/data",
            "maillog_file": str(self.log),
            "maillog_file_prefixes": str(self.folder),
            "smtpd_tls_chain_files": f"{self.certificates.key}, {self.certificates.certificate}",
            "smtpd_sasl_path": f"inet:127.0.0.1:{self.dovecot.sasl}",
            "virtual_mailbox_base": str(self.dovecot.boxes),
            **extra,
        }
        main = (DOCKER / "postfix" / "main.cf").read_text()
        for name, value in here.items():
            main = _set(main, name, value)
        _write_back_dated(self._etc / "main.cf", main)

    def _write_master(self, *, without_tls: bool) -> None:
        shipped = (DOCKER / "postfix" / "master.cf").read_text()
        for service, port in (
            ("smtp", self.smtp),
            ("submission", self.submission),
            ("submissions", self.submissions),
        ):
            shipped, changed = re.subn(
                rf"^{service}(?= +inet )", str(port), shipped, flags=re.MULTILINE
            )
            assert changed == 1, service
        if without_tls:
            shipped = shipped.replace(
                "-o syslog_name=postfix/submission\n",
                "-o syslog_name=postfix/submission\n    -o smtpd_tls_security_level=none\n",
            )
        (self._etc / "master.cf").write_text(shipped)

    def command(self) -> Sequence[str]:
        """Postfix's master in the foreground, without ``postfix check`` (which takes seconds)."""
        return ("/usr/lib/postfix/sbin/master", "-d", "-c", str(self._etc))

    def ports(self) -> Sequence[int]:
        """All three."""
        return (self.smtp, self.submission, self.submissions)

    def add_account(self, account: Account) -> None:
        """Accept mail for this mailbox of `Dovecot`, and let its owner submit under its name."""
        self._enter(account)
        self.reload()

    def _enter(self, *accounts: Account) -> None:
        for account in accounts:
            self._tables["domains"][account.domain] = "ours"
            self._tables["mailboxes"][account.address] = f"{account.domain}/{account.local}/"
            self._tables["senders"][account.address] = account.address
        for table, entries in self._tables.items():
            lines = (f"{key} {value}\n" for key, value in entries.items())
            _write_back_dated(self._etc / table, "".join(lines))

    def new_account(self, domain: str = "gemeente.example") -> Account:
        """A mailbox of its own on both servers; at once, while Dovecot has accounts in stock."""
        account = self.dovecot.new_account(domain)
        if account.address not in self._tables["mailboxes"]:
            self.add_account(account)
        return account

    def reload(self) -> None:
        """Read the tables again; return when only children that serve a client are old ones."""
        if self._process is None:
            return
        _, *children = self.processes()
        self._process.send_signal(signal.SIGHUP)
        all_ended(children, seconds=1)

    def postfix_command(self, *command: str) -> str:
        """Run one of Postfix's own commands (``postqueue -p``) on this instance."""
        return subprocess.run(
            (command[0], "-c", str(self._etc), *command[1:]),
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        ).stdout

    def receive(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """Hand in a mail on the incoming port, as another organisation's server does."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=300) as client:
            client.starttls(context=self.certificates.client_context())
            client.sendmail(sender, [recipient], mail)
