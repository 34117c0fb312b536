"""What every `Relay` does, into a real Postfix and in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import pytest

from gateway.adapters.channel import Security
from gateway.adapters.memory_mail import MemoryRelay
from gateway.adapters.smtp import SmtpRelay, SmtpSettings
from gateway.domain.stops import Hold, Reason, Retry
from tests.servers.postfix import Postfix

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gateway.ports import Relay
    from tests.servers.dovecot import Account, Dovecot
    from tests.servers.tls import Certificates

TEMPORARY = "later@gemeente.example"
UNKNOWN = "nobody@gemeente.example"
_SAYS_LATER = f"check_recipient_access inline:{{ {{ {TEMPORARY} = 451 4.3.0 later }} }}"


class Hop(Protocol):
    """A relay, whose mail somebody can see arrive."""

    @property
    def relay(self) -> Relay:
        """The adapter."""

    def mailbox(self) -> str:
        """An address that takes mail."""

    async def arrived(self, address: str, count: int) -> list[tuple[str, bytes]]:
        """Return path and content of the mails for this address, once there are `count`."""


def settings_for(
    postfix: Postfix, account: Account, security: Security, *, connections: int = 2
) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=postfix.submissions if security is Security.IMPLICIT else postfix.submission,
        security=security,
        user=account.address,
        password=account.password,
        ca_file=postfix.certificates.ca,
        connections=connections,
        timeout_seconds=60,
    )


class PostfixHop:
    """Postfix takes it with a password and delivers it to Dovecot."""

    def __init__(self, postfix: Postfix, sender: Account, security: Security) -> None:
        self.postfix = postfix
        self.relay = SmtpRelay(settings_for(postfix, sender, security))
        self._accounts: dict[str, Account] = {}

    def mailbox(self) -> str:
        """A new one on both servers."""
        account = self.postfix.new_account()
        self._accounts[account.address] = account
        return account.address

    async def arrived(self, address: str, count: int) -> list[tuple[str, bytes]]:
        """Read over IMAP; Postfix writes the return path on top."""
        account = self._accounts[address]
        mails = await asyncio.to_thread(self.postfix.dovecot.wait_for, account, count)
        return [_return_path_and_content(mail) for mail in mails]


def _return_path_and_content(delivered: bytes) -> tuple[str, bytes]:
    first, _, _ = delivered.partition(b"\r\n")
    assert first.startswith(b"Return-Path: <")
    start = delivered.index(b"From: ")
    return first.decode()[len("Return-Path: <") : -1], delivered[start:]


class MemoryHop:
    """The twin."""

    def __init__(self) -> None:
        self.relay = MemoryRelay()
        self.relay.temporary.add(TEMPORARY)
        self.relay.permanent.add(UNKNOWN)

    def mailbox(self) -> str:
        """Every address takes mail."""
        return "casemanager@gemeente.example"

    async def arrived(self, address: str, count: int) -> list[tuple[str, bytes]]:
        """At once."""
        mails = [it for it in self.relay.accepted if it.recipient == address]
        assert len(mails) >= count
        return [(it.envelope_from, it.mail) for it in mails]


@pytest.fixture(scope="module")
def picky(certificates: Certificates, dovecot: Dovecot) -> Iterator[Postfix]:
    """A Postfix that asks for patience about one recipient."""
    with Postfix(
        certificates, dovecot, extra={"smtpd_recipient_restrictions": _SAYS_LATER}
    ) as server:
        yield server


@pytest.fixture(scope="module")
def sender(picky: Postfix) -> Account:
    return picky.new_account()


@pytest.fixture(params=["starttls", "implicit", "memory"])
async def hop(
    request: pytest.FixtureRequest, picky: Postfix, sender: Account
) -> AsyncIterator[Hop]:
    made: Hop = (
        MemoryHop()
        if request.param == "memory"
        else PostfixHop(picky, sender, Security(request.param))
    )
    yield made
    await made.relay.close()


def mail(number: int = 1, body: bytes = b"regel\r\n") -> bytes:
    head = (
        "From: taalpoort@gemeente.example",
        f"Subject: {number}",
        f"Message-ID: <{number}@gemeente.test>",
        "Date: Mon, 02 Mar 2026 10:00:00 +0100",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def test_an_accepted_mail_arrives_byte_for_byte(hop: Hop) -> None:
    address = hop.mailbox()

    await hop.relay.send(mail(), envelope_from="", recipient=address)

    assert await hop.arrived(address, 1) == [("", mail())]


async def test_the_return_path_is_the_one_that_was_given(hop: Hop, sender: Account) -> None:
    address = hop.mailbox()

    await hop.relay.send(mail(), envelope_from=sender.address, recipient=address)

    assert await hop.arrived(address, 1) == [(sender.address, mail())]


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b".leading\r\n..two\r\n.\r\nafter what looked like the end\r\n",
        b"\r\n\r\n\r\n",
        b"x" * 990 + b"\r\n",
    ],
    ids=["dot", "dots", "empty lines", "long line"],
)
async def test_the_content_survives_the_protocol(hop: Hop, body: bytes) -> None:
    address = hop.mailbox()

    await hop.relay.send(mail(body=body), envelope_from="", recipient=address)

    assert await hop.arrived(address, 1) == [("", mail(body=body))]


async def test_many_at_once_each_arrive_once(hop: Hop) -> None:
    address = hop.mailbox()
    sent = [mail(number) for number in range(20)]

    await asyncio.gather(
        *(hop.relay.send(each, envelope_from="", recipient=address) for each in sent)
    )

    arrived = await hop.arrived(address, 20)
    assert sorted(content for _, content in arrived) == sorted(sent)


async def test_a_large_mail_passes(hop: Hop) -> None:
    address = hop.mailbox()
    large = mail(body=b".2345678901234567890123456789012345678901234567890\r\n" * 100_000)

    await hop.relay.send(large, envelope_from="", recipient=address)

    assert await hop.arrived(address, 1) == [("", large)]


async def test_a_permanent_refusal_is_a_hold(hop: Hop) -> None:
    with pytest.raises(Hold) as refusal:
        await hop.relay.send(mail(), envelope_from="", recipient=UNKNOWN)

    assert refusal.value.reasons == (Reason.UNDELIVERABLE,)
    assert refusal.value.__notes__ == ["RCPT 550"]


async def test_a_temporary_refusal_is_a_retry(hop: Hop) -> None:
    with pytest.raises(Retry) as refusal:
        await hop.relay.send(mail(), envelope_from="", recipient=TEMPORARY)

    assert refusal.value.reasons == (Reason.UNREACHABLE,)
    assert refusal.value.__notes__ == ["RCPT 451"]


async def test_a_refusal_does_not_touch_the_next_mail(hop: Hop) -> None:
    address = hop.mailbox()
    for refused in (UNKNOWN, TEMPORARY, UNKNOWN):
        with pytest.raises((Hold, Retry)):
            await hop.relay.send(mail(1), envelope_from="", recipient=refused)

    await hop.relay.send(mail(2), envelope_from="", recipient=address)

    assert await hop.arrived(address, 1) == [("", mail(2))]


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "casemanager",
        "a@gemeente.example, b@gemeente.example",
        "a@gemeente.example b@gemeente.example",
        "Naam <a@gemeente.example>",
        "a@gemeente.example>\r\nRCPT TO:<b@gemeente.example",
        "a@gemeente.example\r\n",
        "a@gemeente.example\n",
        "a@[127.0.0.1]",
        "á@gemeente.example",
    ],
)
async def test_anything_but_one_plain_recipient_is_held(hop: Hop, recipient: str) -> None:
    with pytest.raises(Hold) as refusal:
        await hop.relay.send(mail(), envelope_from="", recipient=recipient)

    assert refusal.value.reasons == (Reason.UNDELIVERABLE,)


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: x\r\n\r\n\n.\nMAIL FROM:<>\r\n",
        b"Subject: x\r\n\r\n\r.\r\r\n",
        b"Subject: x\n\nonly LF\n",
        "Subject: x\r\n\r\né\r\n".encode(),
        b"Subject: x\r\n\r\n\0\r\n",
        b"Subject: x\r\n\r\nno end",
        b"",
    ],
    ids=["bare LF", "bare CR", "only LF", "8bit", "NUL", "no end", "nothing"],
)
async def test_a_mail_that_could_be_read_in_two_ways_is_held(hop: Hop, content: bytes) -> None:
    with pytest.raises(Hold) as refusal:
        await hop.relay.send(content, envelope_from="", recipient="a@gemeente.example")

    assert refusal.value.reasons == (Reason.UNDELIVERABLE,)


async def test_closing_is_safe_twice_and_before_any_use(hop: Hop) -> None:
    await hop.relay.close()
    await hop.relay.close()


async def test_closing_finishes_what_is_under_way(hop: Hop) -> None:
    address = hop.mailbox()
    sending = asyncio.create_task(hop.relay.send(mail(), envelope_from="", recipient=address))
    await asyncio.sleep(0)

    await hop.relay.close()

    assert sending.done()
    assert await hop.arrived(address, 1) == [("", mail())]
