"""Faults of an IMAP connection, on a real Dovecot that is stopped, frozen, misconfigured."""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.channel import Security
from gateway.adapters.imap import ImapMailbox, ImapSettings
from gateway.domain.stops import Reason, Retry
from tests.contracts.offices import imap_settings
from tests.servers.dovecot import Dovecot
from tests.servers.process import free_port, wait_until
from tests.servers.tls import issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.servers.dovecot import Account
    from tests.servers.tls import Certificates

MEGABYTE = 1024 * 1024
FOR_EVER = 3600.0  # seconds, that nobody in this file waits out
IN_TIME = 600.0  # seconds, with a machine that has far too much to do
SMALL = b"From: docent@school-a.example\r\nSubject: x\r\n\r\nregel\r\n"


@pytest.fixture
def own(certificates: Certificates) -> Iterator[Dovecot]:
    """A server that this test may stop, freeze and restart."""
    with Dovecot(certificates) as server:
        yield server


@pytest.fixture
async def mailbox(own: Dovecot) -> AsyncIterator[ImapMailbox]:
    made = ImapMailbox(imap_settings(own, own.new_account("gemeente.example")))
    yield made
    await made.close()


async def trouble(settings: ImapSettings) -> list[str]:
    """What the operator is told when this mailbox cannot be used."""
    mailbox = ImapMailbox(settings)
    try:
        with pytest.raises(Retry) as stop:
            await mailbox.fetch_new(1)
    finally:
        await mailbox.close()
    assert stop.value.reasons == (Reason.UNREACHABLE,)
    assert stop.value.__context__ is None
    return list(stop.value.__notes__)


def changed(settings: ImapSettings, **values: object) -> ImapSettings:
    fields = {name: getattr(settings, name) for name in ImapSettings.__slots__}
    return ImapSettings(**{**fields, **values})


# -- the channel ----------------------------------------------------------------


async def test_nobody_listens(dovecot: Dovecot, account: Account) -> None:
    settings = changed(imap_settings(dovecot, account), port=free_port())

    assert await trouble(settings) == ["no connection"]


async def test_a_host_name_that_does_not_resolve(dovecot: Dovecot, account: Account) -> None:
    settings = changed(imap_settings(dovecot, account), host="imap.invalid")

    assert await trouble(settings) == ["no connection"]


@pytest.mark.parametrize("security", list(Security))
async def test_a_certificate_of_an_unknown_authority_is_refused(
    dovecot: Dovecot, account: Account, security: Security, tmp_path: Path
) -> None:
    stranger = issue(tmp_path)
    settings = changed(imap_settings(dovecot, account, security), ca_file=stranger.ca)

    assert await trouble(settings) == ["certificate refused"]


@pytest.mark.parametrize("security", list(Security))
async def test_without_a_ca_file_the_machines_authorities_count(
    dovecot: Dovecot, account: Account, security: Security
) -> None:
    settings = changed(imap_settings(dovecot, account, security), ca_file=None)

    assert await trouble(settings) == ["certificate refused"]


@pytest.mark.parametrize("security", list(Security))
async def test_a_certificate_for_another_name_is_refused(
    tmp_path: Path, security: Security
) -> None:
    with Dovecot(issue(tmp_path, "imap.elsewhere.example")) as other:
        settings = imap_settings(other, other.new_account(), security)

        assert await trouble(settings) == ["certificate refused"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the old is the point
async def test_tls_older_than_1_2_is_refused(
    dovecot: Dovecot, account: Account, certificates: Certificates
) -> None:
    """OpenSSL on this machine may still speak 1.1 when asked to; we do not ask."""
    old = certificates.server_context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    heard: list[object] = []
    server = await asyncio.start_server(
        lambda *streams: heard.append(streams), "127.0.0.1", 0, ssl=old
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = changed(imap_settings(dovecot, account), port=port)

        assert await trouble(settings) in (["TLS failed"], ["no connection"])
    assert heard == []


async def test_without_starttls_no_password_is_sent(certificates: Certificates) -> None:
    with Dovecot(certificates, without_tls=True) as server:
        settings = imap_settings(server, server.new_account(), Security.STARTTLS)

        assert await trouble(settings) == ["no STARTTLS"]
        # Dovecot words it otherwise when it hears of the end before it could ask.
        ended = re.compile("no auth attempts|disconnected before auth was ready")
        await asyncio.to_thread(wait_until, lambda: bool(ended.search(server.tail())))
        assert "Login:" not in server.tail()


async def test_a_wrong_password_is_told_to_the_operator(dovecot: Dovecot, account: Account) -> None:
    settings = changed(imap_settings(dovecot, account), password="verkeerd")

    assert await trouble(settings) == ["login refused"]


@pytest.mark.parametrize("field", ["user", "password"])
def test_what_login_cannot_carry_is_refused_when_configured(
    dovecot: Dovecot, account: Account, field: str
) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        changed(imap_settings(dovecot, account), **{field: "geheim-é"})


def test_settings_do_not_print_the_password(dovecot: Dovecot, account: Account) -> None:
    assert account.password not in repr(imap_settings(dovecot, account))


# -- the server goes and comes back -------------------------------------------------


async def test_a_server_that_comes_back_is_used_again(own: Dovecot, mailbox: ImapMailbox) -> None:
    assert list(await mailbox.fetch_new(1)) == []
    own.stop()
    with pytest.raises(Retry):
        await mailbox.fetch_new(1)
    with pytest.raises(Retry):
        await mailbox.wait(1)

    own.start()

    assert list(await mailbox.fetch_new(1)) == []


async def test_a_server_that_ends_ends_the_waiting(own: Dovecot, mailbox: ImapMailbox) -> None:
    await mailbox.fetch_new(1)
    waiting = asyncio.create_task(mailbox.wait(FOR_EVER))
    await asyncio.sleep(0.2)

    await asyncio.to_thread(own.stop)
    async with asyncio.timeout(IN_TIME):
        with pytest.raises(Retry):
            await waiting


async def test_a_server_that_was_restarted_while_we_waited_loses_nothing(own: Dovecot) -> None:
    account = own.new_account()
    mailbox = ImapMailbox(imap_settings(own, account))
    await mailbox.fetch_new(1)
    waiting = asyncio.create_task(mailbox.wait(FOR_EVER))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(own.stop)
    own.deliver(account, SMALL)
    await asyncio.to_thread(own.start)
    async with asyncio.timeout(IN_TIME):
        with pytest.raises(Retry):
            await waiting

        await mailbox.wait(FOR_EVER)

    assert [it.content for it in await mailbox.fetch_new(1)] == [SMALL]
    await mailbox.close()


async def test_a_frozen_server_is_given_up_in_time_and_closing_is_prompt(own: Dovecot) -> None:
    settings = changed(imap_settings(own, own.new_account()), timeout_seconds=8)
    mailbox = ImapMailbox(settings)
    await mailbox.fetch_new(1)
    own.pause()

    async with asyncio.timeout(IN_TIME):
        with pytest.raises(Retry) as stop:
            await mailbox.fetch_new(1)
    assert stop.value.__notes__ == ["no answer in time"]
    own.resume()
    assert list(await mailbox.fetch_new(1)) == []
    own.pause()
    async with asyncio.timeout(IN_TIME):
        await mailbox.close()


async def test_closing_does_not_wait_for_a_server_that_is_silent(own: Dovecot) -> None:
    settings = changed(imap_settings(own, own.new_account()), timeout_seconds=FOR_EVER)
    mailbox = ImapMailbox(settings)
    await mailbox.fetch_new(1)
    own.pause()
    stuck = asyncio.create_task(mailbox.fetch_new(1))
    await asyncio.sleep(0.2)

    async with asyncio.timeout(IN_TIME):
        await mailbox.close()
        with pytest.raises(Retry):
            await stuck


async def test_closing_ends_the_waiting(own: Dovecot, mailbox: ImapMailbox) -> None:
    await mailbox.fetch_new(1)
    waiting = asyncio.create_task(mailbox.wait(FOR_EVER))
    await asyncio.sleep(0.2)

    async with asyncio.timeout(IN_TIME):
        await mailbox.close()
        await waiting


async def test_idle_is_renewed_before_the_server_would_hang_up(
    dovecot: Dovecot, account: Account
) -> None:
    mailbox = ImapMailbox(changed(imap_settings(dovecot, account), idle_renew_seconds=0.2))
    await mailbox.fetch_new(1)
    waiting = asyncio.create_task(mailbox.wait(FOR_EVER))
    await asyncio.sleep(1)
    assert not waiting.done()

    dovecot.deliver(account, SMALL)
    await asyncio.wait_for(waiting, IN_TIME)

    await mailbox.close()


@pytest.mark.parametrize("seconds", [0, 29 * 60])
def test_idle_must_be_renewed_within_29_minutes(
    dovecot: Dovecot, account: Account, seconds: float
) -> None:
    with pytest.raises(ValueError, match="29 minutes"):
        changed(imap_settings(dovecot, account), idle_renew_seconds=seconds)


async def test_no_mail_slips_through_between_fetching_and_waiting(
    dovecot: Dovecot, account: Account
) -> None:
    """The server's word may come in one packet with its consent to IDLE."""
    mailbox = ImapMailbox(imap_settings(dovecot, account))
    for number in range(14):
        places = [it.place for it in await mailbox.fetch_new(10)]
        await mailbox.file_away(places)
        waiting = asyncio.create_task(mailbox.wait(FOR_EVER))
        await asyncio.sleep(0.0004 * number)
        dovecot.deliver(account, SMALL)
        await asyncio.wait_for(waiting, IN_TIME)
    await mailbox.close()


# -- the folder changes under us ----------------------------------------------------


async def test_after_a_change_of_uidvalidity_nothing_is_filed_and_all_comes_again(
    dovecot: Dovecot, account: Account
) -> None:
    dovecot.deliver(account, SMALL, SMALL + b"2\r\n")
    mailbox = ImapMailbox(imap_settings(dovecot, account))
    before = await mailbox.fetch_new(10)
    renumbered = before[0].place.uidvalidity + 7
    dovecot.doveadm(
        "mailbox", "update", "-u", account.address, "--uid-validity", str(renumbered), "INBOX"
    )

    await mailbox.file_away([it.place for it in before])

    assert len(dovecot.read(account)) == 2
    assert dovecot.read(account, "Verwerkt") == []
    again = await mailbox.fetch_new(10)
    assert {it.place.uidvalidity for it in again} == {renumbered}
    assert [it.content for it in again] == [it.content for it in before]
    await mailbox.file_away([it.place for it in again])
    assert len(dovecot.read(account, "Verwerkt")) == 2
    await mailbox.close()


async def test_a_processed_folder_that_is_gone_is_made_again(
    dovecot: Dovecot, account: Account
) -> None:
    dovecot.deliver(account, SMALL)
    mailbox = ImapMailbox(imap_settings(dovecot, account))
    places = [it.place for it in await mailbox.fetch_new(10)]
    with dovecot.client(account) as client:
        client.delete_folder("Verwerkt")

    with pytest.raises(Retry):
        await mailbox.file_away(places)
    await mailbox.file_away(places)

    assert dovecot.read(account, "Verwerkt") == [SMALL]
    assert dovecot.read(account) == []
    await mailbox.close()


async def test_a_source_folder_that_does_not_exist_is_trouble_not_an_empty_mailbox(
    dovecot: Dovecot, account: Account
) -> None:
    settings = changed(imap_settings(dovecot, account), folder="Tikfout")

    assert await trouble(settings) == ["IMAP failed"]


async def test_a_mail_marked_for_deletion_by_a_person_is_passed_over(
    certificates: Certificates,
) -> None:
    """Where neither MOVE nor UIDPLUS is offered the mark is all that filing can leave."""
    with Dovecot(certificates, extra="imap_capability = IMAP4rev1\n") as server:
        account = server.new_account()
        server.deliver(account, SMALL)
        mailbox = ImapMailbox(imap_settings(server, account))
        places = [it.place for it in await mailbox.fetch_new(10)]
        await mailbox.file_away(places)
        assert list(await mailbox.fetch_new(10)) == []
        with server.client(account) as client:
            client.select_folder("INBOX")
            assert len(client.search("DELETED")) == 1
        await mailbox.close()


# -- large and hostile mail ------------------------------------------------------------


async def test_a_mail_of_25_megabytes_comes_whole_and_one_of_60_only_as_its_header(
    dovecot: Dovecot, account: Account
) -> None:
    line = b"0123456789" * 7 + b"\r\n"
    large = SMALL + line * (25 * MEGABYTE // len(line))
    huge = SMALL + line * (60 * MEGABYTE // len(line))
    dovecot.deliver(account, SMALL, large, huge, SMALL)
    defaults = imap_settings(
        dovecot, account, max_mail_bytes=36 * MEGABYTE, batch_bytes=8 * MEGABYTE
    )
    mailbox = ImapMailbox(defaults)

    batches = []
    while batch := await mailbox.fetch_new(10):
        batches.append([(it.size, it.oversize) for it in batch])
        assert all(it.content == large for it in batch if it.size == len(large))
        assert all(len(it.content) < 100 for it in batch if it.oversize)
        await mailbox.file_away([it.place for it in batch if not it.oversize])
        await mailbox.set_aside([it.place for it in batch if it.oversize])

    assert batches == [
        [(len(SMALL), False)],
        [(len(large), False)],
        [(len(huge), True)],
        [(len(SMALL), False)],
    ]
    assert len(dovecot.read(account, "TeGroot")) == 1
    await mailbox.close()


async def test_a_header_as_large_as_a_mail_is_fetched_in_part(
    dovecot: Dovecot, account: Account
) -> None:
    endless = b"X-Long: " + b"a" * MEGABYTE + b"\r\n\r\nregel\r\n"
    dovecot.deliver(account, endless)
    mailbox = ImapMailbox(imap_settings(dovecot, account))

    (fetched,) = await mailbox.fetch_new(10)

    assert fetched.oversize
    assert endless.startswith(fetched.content)
    assert len(fetched.content) == 256 * 1024
    await mailbox.close()


HOSTILE = {
    "bare CR": b"Subject: a\rb\r\n\r\nc\rd\r\r\n\r",
    "8bit": b"Subject: \xe9\xff\r\n\r\n\x80\xfe\xff\r\n",
    "no header": b"\r\n\r\n",
    "no end": b"Subject: x\r\n\r\nno line end",
    "looks like IMAP": b"Subject: x\r\n\r\n)\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\n1 OK\r\n{12}\r\n",
    "quotes and braces": b'Subject: "\\" {9} (\r\n\r\n"{5}\\\r\n',
    "one octet": b"x",
    "control characters": bytes(range(1, 32)) + b"\x7f\r\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_bytes_come_as_they_lie_there(
    dovecot: Dovecot, account: Account, content: bytes
) -> None:
    dovecot.deliver(account, content, SMALL)
    mailbox = ImapMailbox(imap_settings(dovecot, account))

    fetched = await mailbox.fetch_new(10)

    assert [it.content for it in fetched] == [_as_imap_shows(content), SMALL]
    assert fetched[0].size == len(fetched[0].content)
    await mailbox.file_away([it.place for it in fetched])
    assert len(dovecot.read(account, "Verwerkt")) == 2
    await mailbox.close()


def _as_imap_shows(content: bytes) -> bytes:
    """A bare LF is a line end on disk; IMAP shows it as CRLF, and that is all that changes."""
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


async def test_a_nul_does_not_break_the_conversation(dovecot: Dovecot, account: Account) -> None:
    """IMAP literals hold no NUL (RFC 9051, 4.3); Dovecot shows 0x80 in its place."""
    dovecot.deliver(account, b"Subject: a\0b\r\n\r\nc\0\r\n", SMALL)
    mailbox = ImapMailbox(imap_settings(dovecot, account))

    fetched = await mailbox.fetch_new(10)

    assert [it.content for it in fetched] == [b"Subject: a\x80b\r\n\r\nc\x80\r\n", SMALL]
    await mailbox.close()


async def test_an_empty_file_in_the_mailbox_is_an_empty_mail(
    dovecot: Dovecot, account: Account
) -> None:
    dovecot.deliver(account, b"", SMALL)
    mailbox = ImapMailbox(imap_settings(dovecot, account))

    fetched = await mailbox.fetch_new(10)

    assert [it.content for it in fetched] == [b"", SMALL]
    await mailbox.close()


async def test_two_thousand_mails_come_in_order_and_are_all_filed(
    dovecot: Dovecot, account: Account
) -> None:
    sent = [SMALL + b"%d\r\n" % number for number in range(2500)]
    dovecot.deliver(account, *sent)
    mailbox = ImapMailbox(imap_settings(dovecot, account, batch_bytes=8 * MEGABYTE))

    came = []
    while batch := await mailbox.fetch_new(1200):
        came += [it.content for it in batch]
        await mailbox.file_away([it.place for it in batch])

    assert came == sent
    with dovecot.client(account) as client:
        assert client.folder_status("Verwerkt", ["MESSAGES"])[b"MESSAGES"] == 2500
    await mailbox.close()
