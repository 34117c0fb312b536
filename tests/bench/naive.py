"""(d) The gateway that a user would write: one script, python-gnupg, one mail after another.

Not sabotaged: connections stay open, gpg-agent holds the key, SQLite commits once
a mail.  It trusts what python-gnupg says, checks nothing twice, knows no
substitutes, no covenant term and no second reading of the consent, and forgets
a mail when it dies between sending and moving.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import imaplib
import json
import smtplib
import sqlite3
import ssl
import sys
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import gnupg

ROWS = {
    "T1": "betrokkene",
    "T2": "persoonlijkPlan",
    "T3": "voortgang",
    "T4": "inburgeringstraject",
}
ALWAYS = ("berichtId", "berichttype", "wettelijkRegime", "doelgroep", "betrokkene")


class Naive:
    """The script with its open connections; `settings` as `tests.bench.simple` writes them."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.gpg = gnupg.GPG(gnupghome=settings["home"])
        self.db = sqlite3.connect(settings["database"])
        context = ssl.create_default_context(cafile=settings["ca_file"])
        self.imap = imaplib.IMAP4_SSL("127.0.0.1", settings["imaps"], ssl_context=context)
        self.imap.login(settings["user"], settings["password"])
        self.imap.create("Verwerkt")
        self.imap.select("INBOX")
        self.smtp = smtplib.SMTP_SSL("127.0.0.1", settings["submissions"], context=context)
        self.smtp.login(settings["user"], settings["password"])

    def run(self) -> None:
        """Until it is ended."""
        while True:
            found = self.imap.uid("SEARCH", "UNDELETED")[1][0].split()
            for uid in found:
                self.one(uid.decode())
            if not found:
                time.sleep(1)
                self.imap.noop()

    def one(self, uid: str) -> None:
        """One mail from the mailbox to its recipients."""
        raw: Any = self.imap.uid("FETCH", uid, "(BODY.PEEK[])")[1][0]
        mail = email.message_from_bytes(raw[1], policy=email.policy.default)
        opened = self.gpg.decrypt(mail.get_payload(1).get_payload())  # type: ignore[union-attr]  # the second part of PGP/MIME
        sender = self._row(
            "SELECT address FROM contact WHERE fingerprint = ?", opened.pubkey_fingerprint
        )
        if not opened.valid or sender != email.utils.parseaddr(mail["From"])[1]:
            raise ValueError("not signed by the sender")
        for report in self._document(opened.data)["berichten"]:
            self._share(report, sender)
        self.imap.uid("MOVE", uid, "Verwerkt")

    def _document(self, inner: bytes) -> dict[str, Any]:
        message = email.message_from_bytes(inner, policy=email.policy.default)
        attached = next(
            part for part in message.walk() if part.get_content_type() == "application/json"
        )
        document: dict[str, Any] = json.loads(attached.get_content())
        return document

    def _share(self, report: dict[str, Any], sender: str) -> None:
        person = report["betrokkene"]
        name, born, consent, casemanager = self._whole_row(
            "SELECT name, born, consent, casemanager FROM dossier WHERE kenmerk = ?",
            person["dossierkenmerk"],
        )
        if (name, born) != (person["geslachtsnaam"], person["geboortedatum"]):
            raise ValueError("another person")
        allowed = {*ALWAYS, *(ROWS[row] for row in consent.split())}
        shared = {key: value for key, value in report.items() if key in allowed}
        dropped = [key for key in report if key not in allowed]
        self.db.execute(
            "INSERT INTO log (at, report, shared, dropped) VALUES (?, ?, ?, ?)",
            (datetime.now(UTC).isoformat(), report["berichtId"], str(list(shared)), str(dropped)),
        )
        self.db.commit()
        text = "In de bijlage staat een bericht over een inburgeraar van u.\n"
        self._send(casemanager, "Voortgang", text, shared)
        text = f"Doorgegeven aan {casemanager}.  Weggelaten: {', '.join(dropped) or 'niets'}.\n"
        receipt = {"berichtId": report["berichtId"], "doorgegeven": True, "weggelaten": dropped}
        self._send(sender, "Ontvangstbevestiging", text, receipt)

    def _send(self, to: str, subject: str, text: str, content: dict[str, Any]) -> None:
        inner = EmailMessage()
        inner["Subject"] = subject
        inner.set_content(text)
        inner.add_attachment(
            json.dumps(content, indent=2).encode(),
            maintype="application",
            subtype="json",
            filename="bericht.json",
        )
        sealed = self.gpg.encrypt(
            inner.as_bytes(), [to], sign=self.settings["key"], always_trust=True
        )
        mail = EmailMessage()
        mail["From"], mail["To"] = self.settings["user"], to
        mail["Subject"] = "Beveiligd bericht"
        mail.make_mixed()
        mail.replace_header("Content-Type", "multipart/encrypted")
        mail.set_param("protocol", "application/pgp-encrypted")
        mail.add_attachment(
            b"Version: 1\n", maintype="application", subtype="pgp-encrypted", cte="7bit"
        )
        mail.add_attachment(sealed.data, maintype="application", subtype="octet-stream", cte="7bit")
        self.smtp.send_message(mail)

    def _row(self, statement: str, value: str) -> str:
        return str(self._whole_row(statement, value)[0])

    def _whole_row(self, statement: str, value: str) -> tuple[str, ...]:
        row: tuple[str, ...] | None = self.db.execute(statement, (value,)).fetchone()
        if row is None:
            raise ValueError("unknown")
        return row


if __name__ == "__main__":
    naive = Naive(json.loads(Path(sys.argv[1]).read_text()))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    naive.run()
