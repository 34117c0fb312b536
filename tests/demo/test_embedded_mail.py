"""The demonstration's mail server, with the product's real adapters as its clients."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import smtplib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gateway.adapters import embedded_mail, throwaway_tls
from gateway.adapters.channel import Security
from gateway.adapters.imap import ImapMailbox, ImapSettings
from gateway.adapters.smtp import SmtpRelay, SmtpSettings
from gateway.domain.stops import Hold, Retry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.adapters.embedded_mail import Account, Listening
    from gateway.adapters.throwaway_tls import ThrowawayTls

SENDER = "docent@school.example"
READER = "casemanager@gemeente.example"
MAX_MAIL = 100_000


@dataclass
class Server:
    """A running server with two accounts, and the adapters that talk to it."""

    at: Listening
    tls: ThrowawayTls
    sender: Account
    reader: Account

    def relay(self, *, password: str | None = None, ca: Path | None = None) -> SmtpRelay:
        return SmtpRelay(
            SmtpSettings(
                host=self.at.host,
                port=self.at.smtp_port,
                security=Security.STARTTLS,
                user=self.sender.address,
                password=password or self.sender.password,
                ca_file=ca or self.tls.ca,
                timeout_seconds=60,
            )
        )

    def mailbox(self, *, password: str | None = None, ca: Path | None = None) -> ImapMailbox:
        return ImapMailbox(
            ImapSettings(
                host=self.at.host,
                port=self.at.imap_port,
                user=self.reader.address,
                password=password or self.reader.password,
                ca_file=ca or self.tls.ca,
                max_mail_bytes=MAX_MAIL,
                timeout_seconds=60,
            )
        )

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.tls.ca)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    tls = throwaway_tls.issue(tmp_path / "tls")
    sender, reader = (embedded_mail.Account.new(address) for address in (SENDER, READER))
    async with embedded_mail.serving([sender, reader], tls) as at:
        yield Server(at, tls, sender, reader)


@pytest.fixture
async def relay(server: Server) -> AsyncIterator[SmtpRelay]:
    made = server.relay()
    yield made
    await made.close()


@pytest.fixture
async def mailbox(server: Server) -> AsyncIterator[ImapMailbox]:
    made = server.mailbox()
    yield made
    await made.close()


def mail(number: int = 1, body: bytes = b"regel\r\n") -> bytes:
    return f"From: {SENDER}\r\nSubject:  {number}  x\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b".leading\r\n..two\r\n.\r\nafter what looked like the end\r\n",
        b"\r\n\r\n\r\n",
        b"x" * 990 + b"\r\n",
        b" trailing \t\r\n",
    ],
    ids=["dot", "dots", "empty lines", "long line", "white space"],
)
async def test_a_mail_arrives_byte_for_byte(
    relay: SmtpRelay, mailbox: ImapMailbox, body: bytes
) -> None:
    await relay.send(mail(body=body), envelope_from="", recipient=READER)

    (fetched,) = await mailbox.fetch_new(10)

    assert fetched.content == mail(body=body)
    assert fetched.size == len(mail(body=body))


async def test_many_at_once_each_arrive_once_and_in_order(
    relay: SmtpRelay, mailbox: ImapMailbox
) -> None:
    sent = [mail(number) for number in range(20)]
    await asyncio.gather(
        *(relay.send(each, envelope_from=SENDER, recipient=READER) for each in sent)
    )

    fetched = await mailbox.fetch_new(50)

    assert sorted(each.content for each in fetched) == sorted(sent)
    uids = [int(each.place.uid) for each in fetched]
    assert uids == sorted(set(uids))


@pytest.mark.parametrize("after", [0, 0.001, 0.003, 0.005, 0.01, 0.02, 0.05, 0.3])
async def test_waiting_ends_at_once_whenever_the_mail_comes(
    relay: SmtpRelay, mailbox: ImapMailbox, after: float
) -> None:
    """Also between the last look and IDLE."""
    await relay.send(mail(), envelope_from="", recipient=SENDER)  # the connection is there
    await mailbox.fetch_new(10)
    waiting = asyncio.create_task(mailbox.wait(3600))
    await asyncio.sleep(after)

    await relay.send(mail(), envelope_from="", recipient=READER)
    async with asyncio.timeout(600):
        await waiting

    assert len(await mailbox.fetch_new(10)) == 1


async def test_a_filed_mail_does_not_come_again(relay: SmtpRelay, mailbox: ImapMailbox) -> None:
    await relay.send(mail(1), envelope_from="", recipient=READER)
    await relay.send(mail(2), envelope_from="", recipient=READER)
    first, _ = await mailbox.fetch_new(10)

    await mailbox.file_away([first.place])

    assert [each.content for each in await mailbox.fetch_new(10)] == [mail(2)]


async def test_of_an_oversize_mail_only_the_header_comes(
    relay: SmtpRelay, mailbox: ImapMailbox
) -> None:
    large = mail(body=b"regel tekst\r\n" * (MAX_MAIL // 10))
    await relay.send(large, envelope_from="", recipient=READER)

    (fetched,) = await mailbox.fetch_new(10)

    assert (fetched.oversize, fetched.size) == (True, len(large))
    assert fetched.content == large[: large.index(b"\r\n\r\n") + 4]


async def test_an_unknown_recipient_is_refused_for_good(relay: SmtpRelay) -> None:
    with pytest.raises(Hold):
        await relay.send(mail(), envelope_from="", recipient="nobody@elsewhere.example")


async def test_a_wrong_password_opens_neither_door(server: Server) -> None:
    relay, mailbox = server.relay(password="wrong"), server.mailbox(password="wrong")

    with pytest.raises(Retry):
        await relay.send(mail(), envelope_from="", recipient=READER)
    with pytest.raises(Retry):
        await mailbox.fetch_new(10)

    await relay.close()
    await mailbox.close()


async def test_a_certificate_of_another_authority_is_not_believed(
    server: Server, tmp_path: Path
) -> None:
    other = throwaway_tls.issue(tmp_path / "other").ca
    relay, mailbox = server.relay(ca=other), server.mailbox(ca=other)

    with pytest.raises(Retry) as no_smtp:
        await relay.send(mail(), envelope_from="", recipient=READER)
    with pytest.raises(Retry) as no_imap:
        await mailbox.fetch_new(10)

    assert no_smtp.value.__notes__ == no_imap.value.__notes__ == ["certificate refused"]
    await relay.close()
    await mailbox.close()


async def test_nothing_is_taken_without_tls_or_without_a_password(server: Server) -> None:
    def converse() -> list[int]:
        with smtplib.SMTP(server.at.host, server.at.smtp_port, "localhost", timeout=60) as smtp:
            smtp.ehlo()
            codes = [smtp.docmd("MAIL", f"FROM:<{SENDER}>")[0], smtp.docmd("AUTH", "PLAIN AA==")[0]]
            smtp.starttls(context=server.context())
            smtp.ehlo()
            return [*codes, smtp.docmd("MAIL", f"FROM:<{SENDER}>")[0]]

    codes = await asyncio.to_thread(converse)

    assert all(code >= 500 for code in codes), codes


async def test_imap_says_nothing_to_who_does_not_speak_tls(server: Server) -> None:
    def greet() -> bytes:
        with contextlib.suppress(imaplib.IMAP4.abort, OSError):
            return imaplib.IMAP4(server.at.host, server.at.imap_port, timeout=1).welcome
        return b""

    assert await asyncio.to_thread(greet) == b""


@pytest.mark.parametrize(
    "smuggled",
    [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n"],
    ids=repr,
)
async def test_a_bare_cr_or_lf_ends_nothing_and_is_refused(
    server: Server, mailbox: ImapMailbox, smuggled: bytes
) -> None:
    """Or one mail could be read as two by the next server (SMTP smuggling)."""

    def converse() -> int:
        with smtplib.SMTP(server.at.host, server.at.smtp_port, "localhost", timeout=60) as smtp:
            smtp.starttls(context=server.context())
            smtp.login(server.sender.address, server.sender.password)
            smtp.mail(SENDER)
            smtp.rcpt(READER)
            smtp.docmd("DATA")
            smtp.send(b"Subject: a\r\n\r\nb" + smuggled + f"MAIL FROM:<{SENDER}>\r\n".encode())
            smtp.send(b"\r\n.\r\n")
            return smtp.getreply()[0]

    assert await asyncio.to_thread(converse) == 554
    assert list(await mailbox.fetch_new(10)) == []


async def test_the_key_files_are_for_their_owner_only(server: Server) -> None:
    for path in (server.tls.key, server.tls.key.parent):
        assert path.stat().st_mode & 0o077 == 0
