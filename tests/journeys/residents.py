"""The people of a town at their own desks: a mailbox, a key, GnuPG, and nothing of the gateway's.

What they send is made by real gpg and handed to Postfix over TLS with their own
password; what they get is fetched over IMAP, decrypted with their own key and
verified by real gpg.
"""

from __future__ import annotations

import base64
import io
import json
import re
import smtplib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2

from tests import people, world

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.people import Person
    from tests.servers.dovecot import Account, Dovecot
    from tests.servers.postfix import Postfix
    from tests.world import Somebody

DOMAINS = {
    world.MUNICIPALITY: "gemeente.example",
    world.SCHOOL_1: "school-a.example",
    world.SCHOOL_2: "school-b.example",
}
_END_OF_MESSAGE = b"-----END PGP MESSAGE-----"
_CHECKPOINT = "Taalpoort-Log-Checkpoint"
# The number of a report or mail, the root of the log and its signature: any figure or a few
# letters stand in one of them some day.
_RANDOM = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[A-Za-z0-9+/]{43,}=")


@dataclass(frozen=True)
class Read:
    """A mail as its reader sees it; `outer` is what a mail server sees of it.

    `raw` is the mail as it came, `opened` what its decryption gave, byte for byte.
    """

    outer: EmailMessage
    inner: EmailMessage
    raw: bytes
    opened: bytes
    signers: tuple[str, ...]

    @property
    def text(self) -> str:
        """The plain text."""
        body = self.inner.get_body(("plain",))
        return "" if body is None else str(body.get_content())

    @property
    def html(self) -> str:
        """The same for a reader that shows HTML."""
        body = self.inner.get_body(("html",))
        return "" if body is None else str(body.get_content())

    @property
    def subject(self) -> str:
        """The real one, from under the encryption."""
        return str(self.inner["Subject"])

    def attached(self, name: str) -> Any:
        """The one JSON attachment whose name begins with `name`."""
        found = [
            part.get_content()
            for part in self.inner.iter_attachments()
            if str(part.get_filename()).startswith(name)
        ]
        assert len(found) == 1, [part.get_filename() for part in self.inner.iter_attachments()]
        return json.loads(found[0])

    @property
    def report(self) -> dict[str, Any]:
        """The one report in the bijsluiter that is attached."""
        (only,) = self.attached("bijsluiter")["berichten"]
        return dict(only)

    @property
    def proof(self) -> dict[str, Any]:
        """The receipt as a file."""
        return dict(self.attached("ontvangstbewijs"))

    @property
    def is_receipt(self) -> bool:
        """Whether it tells a sender what became of a mail of theirs."""
        return any(
            part.get_filename() == "ontvangstbewijs.json" for part in self.inner.iter_attachments()
        )

    def everything(self, *, given_back: bool = True) -> str:
        """Every part decoded, every header, outside and inside, as one text; paper as read.

        Without `given_back` all but the sender's own form, where that comes back to be mended.
        """
        found = [_headers(self.outer)]
        for part in self.inner.walk():
            name = str(part.get_filename())
            if not given_back and name.startswith("verbeteren.") and not name.endswith(".txt"):
                continue
            found.append(_headers(part))
            content = part.get_payload(decode=True)
            if part.get_content_type() == "application/pdf":
                found.append(self.paper)
            elif isinstance(content, bytes):
                found.append(content.decode())
        return "\n".join(found)

    def words(self, *, given_back: bool = True) -> str:
        """Everything but numbers and signatures that are random: what somebody may have written."""
        return _RANDOM.sub("", self.everything(given_back=given_back))

    @property
    def paper(self) -> str:
        """What the one PDF says, and what it says of itself; nothing where there is none."""
        for part in self.inner.iter_attachments():
            if part.get_content_type() == "application/pdf":
                content = part.get_content()
                return "\n".join((text_of(content), *map(str, told_by(content))))
        return ""

    def tells(self, value: object, *, given_back: bool = True) -> bool:
        """Whether this value stands anywhere in it, as a word or number by itself.

        Numbers are also looked for as Dutch writes them, with points and a comma.
        Not inside a number or signature that is random, unless it is one itself.
        Without `given_back` as in `everything`.
        """
        random = _RANDOM.fullmatch(str(value)) is not None
        text = (self.everything if random else self.words)(given_back=given_back)
        spellings = {str(value)}
        if isinstance(value, int | float):
            written = (f"{value:,}", f"{value:.2f}", f"{value:,.2f}")
            spellings |= {spelling.translate(_DUTCH) for spelling in written}
        return any(
            re.search(rf"(?<![0-9A-Za-z]){re.escape(each)}(?![0-9A-Za-z])", text)
            for each in spellings
        )


def _headers(part: EmailMessage) -> str:
    """All of them, with the checkpoint as it was before it became base64."""
    return str([(name, _shown(name, str(value))) for name, value in part.items()])


def _shown(name: str, value: str) -> str:
    return base64.b64decode("".join(value.split())).decode() if name == _CHECKPOINT else value


def text_of(pdf: bytes) -> str:
    """What a reader of a PDF sees, with one space between words."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).replace("\u200b", "").split())


def told_by(pdf: bytes) -> list[str]:
    """Every text in a PDF that is not on its pages: title, author, and what pictures show."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        found = [str(value) for value in file.docinfo.values()] if "/Info" in file.trailer else []
        dictionaries = [each for each in file.objects if isinstance(each, pikepdf.Dictionary)]
        values = [each[name] for each in dictionaries for name in _TOLD if name in each]
        return found + [str(each) for each in values if isinstance(each, pikepdf.String)]


_TOLD = ("/Alt", "/ActualText", "/Title", "/Contents", "/T", "/Summary")
_DUTCH = str.maketrans(",.", ".,")


@dataclass
class Resident:
    """Somebody of the world with a mailbox and a GnuPG of their own."""

    somebody: Somebody
    account: Account
    key: Person
    home: people.GpgHome
    seen: int = field(default=0)

    def trust(self, certificate: bytes) -> None:
        """Import the gateway's certificate."""
        self.home.add(certificate)

    def read(self, mail: bytes) -> Read:
        """Decrypt and verify with gpg; raises CalledProcessError when this key cannot."""
        start, end = mail.index(b"-----BEGIN PGP MESSAGE-----"), mail.index(_END_OF_MESSAGE)
        status = self.home.path / "status"
        done = self.home.run(
            *("--status-file", status, "--decrypt"), given=mail[start : end + len(_END_OF_MESSAGE)]
        )
        lines = status.read_bytes().split(b"\n")
        assert any(line.startswith(b"[GNUPG:] DECRYPTION_OKAY") for line in lines)
        valid = [line.split(b" ") for line in lines if line.startswith(b"[GNUPG:] VALIDSIG ")]
        return Read(
            outer=_parsed(mail),
            inner=_parsed(done.stdout),
            raw=mail,
            opened=done.stdout,
            signers=tuple(words[11].decode() for words in valid),
        )

    def close(self) -> None:
        """Its agent ends."""
        self.home.close()


class Household:
    """Everybody of the world, and the gateway's own mailbox; used by one town after another."""

    def __init__(self, dovecot: Dovecot, postfix: Postfix) -> None:
        self.dovecot = dovecot
        self.postfix = postfix
        self.gateway = postfix.new_account("gemeente.example")
        accounts = [postfix.new_account(DOMAINS[each.party_id]) for each in world.PEOPLE]
        with ThreadPoolExecutor(max_workers=4) as pool:
            made = pool.map(_resident, world.PEOPLE, accounts)
            self.residents: Mapping[str, Resident] = {
                each.somebody.contact_id: each for each in made
            }

    def mails(self, account: Account) -> list[bytes]:
        """All that lies in the inbox of this account, oldest first."""
        return self.dovecot.read(account)

    def unfiled(self) -> set[str]:
        """The UIDs of what lies in the gateway's inbox."""
        if self.dovecot.holds_nothing(self.gateway, "."):
            return set()
        with self.dovecot.client(self.gateway) as client:
            client.select_folder("INBOX", readonly=True)
            return {str(uid) for uid in client.search("UNDELETED")}

    def clear(self) -> None:
        """Every mailbox empty, for the next town."""
        for account in (self.gateway, *(each.account for each in self.residents.values())):
            if self.dovecot.holds_nothing(account):
                continue
            with self.dovecot.client(account) as client:
                for _, _, folder in client.list_folders():
                    if client.select_folder(folder)[b"EXISTS"]:
                        client.delete_messages(client.search())
                        client.expunge()
        for each in self.residents.values():
            each.seen = 0

    def close(self) -> None:
        """Nobody lives here any more."""
        for each in self.residents.values():
            each.close()


class Households:
    """One for each town that exists at the same time."""

    def __init__(self, dovecot: Dovecot, postfix: Postfix) -> None:
        self._servers = (dovecot, postfix)
        self._free: list[Household] = []
        self._all: list[Household] = []

    def take(self) -> Household:
        """One that lives in no town now, with empty mailboxes."""
        if not self._free:
            made = Household(*self._servers)
            self._all.append(made)
            self._free.append(made)
        return self._free.pop()

    def give_back(self, household: Household) -> None:
        """For the next town."""
        household.clear()
        self._free.append(household)

    def close(self) -> None:
        """All of them."""
        for each in self._all:
            each.close()


def _resident(somebody: Somebody, account: Account) -> Resident:
    key = people.by_gnupg(somebody.name, account.address, "cv25519")
    home = people.GpgHome()
    home.add(key.tsk)
    return Resident(somebody=somebody, account=account, key=key, home=home)


def submit(postfix: Postfix, account: Account, mail: bytes, *, recipient: str) -> None:
    """Hand a mail to Postfix as a mail program does: TLS from the start, AUTH, own address."""
    with smtplib.SMTP_SSL(
        "127.0.0.1",
        postfix.submissions,
        timeout=60,
        context=postfix.certificates.client_context(),
    ) as client:
        client.login(account.address, account.password)
        client.sendmail(account.address, [recipient], mail)


def queued(postfix: Postfix) -> int:
    """How many mails this Postfix still has in its hands."""
    spool = postfix.folder / "spool"
    # In the order in which a mail moves, so that none passes unseen: a deferred one is tried again.
    queues = ("maildrop", "incoming", "deferred", "active", "deferred", "hold")
    return sum(each.is_file() for queue in queues for each in (spool / queue).rglob("*"))


def plain_words(mails: Iterable[bytes], *values: str) -> list[str]:
    """Which of these values can be read in these mails by whoever carries them."""
    return [value for mail in mails for value in values if value.encode() in mail]


def _parsed(content: bytes) -> EmailMessage:
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed
