"""The servers' configuration that ships, asked over the wire what it allows."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from gateway.adapters import imap_session
from gateway.adapters.channel import Security
from gateway.adapters.imap import ImapMailbox
from gateway.adapters.smtp import SmtpRelay, SmtpSettings
from tests.contracts.offices import imap_settings
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import wait_until
from tests.servers.smtp_sink import SmtpSink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.dovecot import Account, Dovecot
    from tests.servers.tls import Certificates

MAIL = b"From: docent@school-a.example\r\nSubject: x\r\nMessage-ID: <x@y.test>\r\n\r\nregel\r\n"


@pytest.fixture
def submission(postfix: Postfix) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", postfix.submission, timeout=60) as client:
        client.ehlo("client.example")
        yield client


@pytest.fixture
def secured(submission: smtplib.SMTP, certificates: Certificates) -> smtplib.SMTP:
    submission.starttls(context=certificates.client_context())
    submission.ehlo("client.example")
    return submission


# -- Postfix ---------------------------------------------------------------------


def test_before_tls_there_is_no_password_and_no_mail(
    submission: smtplib.SMTP, mail_account: Account
) -> None:
    assert not submission.has_extn("auth")
    assert submission.docmd("AUTH", "PLAIN AHgAeA==")[0] >= 500
    assert submission.mail("a@gemeente.example")[0] == 530


def test_the_incoming_port_takes_no_mail_without_tls(
    postfix: Postfix, mail_account: Account
) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.smtp, timeout=60) as client:
        client.ehlo("client.example")
        assert client.mail("docent@school-a.example")[0] == 530


def test_the_incoming_port_offers_no_login_and_relays_nothing(
    postfix: Postfix, certificates: Certificates
) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.smtp, timeout=60) as client:
        client.starttls(context=certificates.client_context())
        client.ehlo("client.example")
        assert not client.has_extn("auth")
        assert client.mail("docent@school-a.example")[0] == 250
        assert client.rcpt("somebody@elsewhere.example")[0] == 554


def test_submission_without_login_is_refused(secured: smtplib.SMTP, mail_account: Account) -> None:
    secured.mail("")
    assert secured.rcpt(mail_account.address)[0] == 554


def test_a_login_sends_under_its_own_address_or_none(
    postfix: Postfix, secured: smtplib.SMTP, mail_account: Account
) -> None:
    other = postfix.new_account()
    secured.login(mail_account.address, mail_account.password)

    for sender, answer in ((mail_account.address, 250), ("", 250), (other.address, 553)):
        secured.mail(sender)
        assert secured.rcpt(mail_account.address)[0] == answer
        secured.rset()


def test_one_mail_has_one_recipient(
    postfix: Postfix, secured: smtplib.SMTP, mail_account: Account
) -> None:
    secured.login(mail_account.address, mail_account.password)
    secured.mail("")

    assert secured.rcpt(mail_account.address)[0] == 250
    assert secured.rcpt(postfix.new_account().address)[0] == 452


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the old is the point
@pytest.mark.parametrize("newest", ["TLSv1_1", "TLSv1_2", "TLSv1_3"])
def test_both_servers_speak_tls_1_2_and_later_only(
    dovecot: Dovecot, postfix: Postfix, certificates: Certificates, newest: str
) -> None:
    for port in (dovecot.imaps, postfix.submissions):
        context = certificates.client_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion[newest]
        if newest == "TLSv1_1":
            with pytest.raises((ssl.SSLError, ConnectionError)):
                _handshake(context, port)
        else:
            assert _handshake(context, port) == newest.replace("_", ".")


def _handshake(context: ssl.SSLContext, port: int) -> str | None:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.recv(1)
        return secured.version()


def test_postfix_adds_nothing_that_the_author_did_not_write(
    postfix: Postfix, mail_account: Account
) -> None:
    bare = b"Subject: x\r\n\r\nregel\r\n"

    postfix.receive(bare, sender="docent@school-a.example", recipient=mail_account.address)

    (arrived,) = postfix.dovecot.wait_for(mail_account)
    assert arrived.endswith(bare)
    added = {line.split(b":")[0] for line in arrived[: -len(bare)].split(b"\r\n") if line}
    assert {name for name in added if not name.startswith((b"\t", b" "))} == {
        b"Return-Path",
        b"X-Original-To",
        b"Delivered-To",
        b"Received",
    }


def test_a_mailbox_is_made_by_the_first_mail(postfix: Postfix) -> None:
    account = postfix.dovecot.accounts()[0]
    assert not postfix.dovecot.maildir(account).exists()

    postfix.receive(MAIL, sender="docent@school-a.example", recipient=account.address)

    assert postfix.dovecot.wait_for(account)[0].endswith(MAIL)


def test_postfix_finds_no_fault_in_its_configuration(
    certificates: Certificates, dovecot: Dovecot
) -> None:
    """Unused parameters, overridden lines and unknown words come out as warnings."""
    with Postfix(certificates, dovecot) as server:
        account = server.new_account()
        server.receive(MAIL, sender="docent@school-a.example", recipient=account.address)
        dovecot.wait_for(account)
        done = subprocess.run(
            ("postconf", "-c", str(server.folder / "etc"), "-n"),
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        # The mail lies there before Postfix has written that it does.
        wait_until(lambda: "delivered to maildir" in server.log.read_text(), what="its log")
        log = server.log.read_text()

    assert done.stderr == ""
    assert [line for line in log.splitlines() if "warning" in line or "fatal" in line] == []


# -- Dovecot ----------------------------------------------------------------------


def test_imap_without_tls_takes_no_password(dovecot: Dovecot, account: Account) -> None:
    """Asked from another address: Dovecot counts its own as secured."""
    with (
        socket.create_connection(
            ("127.0.0.1", dovecot.imap), timeout=60, source_address=("127.0.0.2", 0)
        ) as plain,
        plain.makefile("rb") as answers,
    ):
        assert b"LOGINDISABLED" in answers.readline()
        plain.sendall(f'a LOGIN {account.address} "{account.password}"\r\n'.encode())
        said = answers.readline() + answers.readline()

    assert b"a NO [PRIVACYREQUIRED]" in said


def test_a_wrong_password_is_refused(dovecot: Dovecot, account: Account) -> None:
    context = dovecot.certificates.client_context()
    with (
        IMAPClient("127.0.0.1", dovecot.imaps, ssl_context=context, timeout=60) as client,
        pytest.raises(IMAPClientError, match="AUTHENTICATIONFAILED"),
    ):
        client.login(account.address, "verkeerd")


# -- PostgreSQL --------------------------------------------------------------------


def test_postgresql_gives_nothing_up_for_speed(postgres: Postgres) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        postgres.sql(f"DO $$ BEGIN ASSERT current_setting('{setting}') = 'on'; END $$")


def test_what_was_committed_survives_a_crash_of_the_server() -> None:
    with Postgres() as server:
        server.sql("CREATE TABLE kept AS SELECT 1 AS n")
        server.kill()
        server.start()
        server.sql("INSERT INTO kept VALUES (2)")


# -- the sink, and the whole way -------------------------------------------------------


async def test_the_sink_takes_mail_through_a_postfix_that_asks_for_tls_and_login(
    certificates: Certificates, dovecot: Dovecot
) -> None:
    with (
        SmtpSink(keep=True) as sink,
        Postfix(certificates, dovecot, extra=sink.behind_postfix) as postfix,
    ):
        account = postfix.new_account()
        relay = _relay(postfix, account)

        await relay.send(MAIL, envelope_from="", recipient=account.address)

        await relay.close()
        plain = MAIL.replace(b"\r\n", b"\n")

        def arrived() -> list[bool]:
            return [plain in each.replace(b"\r\n", b"\n") for each in sink.kept()]

        await asyncio.to_thread(wait_until, lambda: any(arrived()), what="a mail at the sink")
        assert arrived() == [True]
        assert dovecot.read(account) == []


async def test_a_mail_that_postfix_takes_is_announced_and_not_looked_for(
    postfix: Postfix, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dovecot says so itself; the gateway's own looking and renewing is hours away."""
    monkeypatch.setattr(imap_session, "_POLL_SECONDS", 3600.0)
    account = postfix.new_account()
    mailbox = ImapMailbox(imap_settings(dovecot, account))
    relay = _relay(postfix, account)
    for _ in range(3):
        await mailbox.file_away([it.place for it in await mailbox.fetch_new(10)])
        waiting = asyncio.create_task(mailbox.wait(3600))
        await asyncio.sleep(0.1)
        await relay.send(MAIL, envelope_from="", recipient=account.address)
        async with asyncio.timeout(600):
            await waiting
        assert len(await mailbox.fetch_new(10)) == 1
    await mailbox.close()
    await relay.close()


def _relay(postfix: Postfix, account: Account) -> SmtpRelay:
    return SmtpRelay(
        SmtpSettings(
            host="127.0.0.1",
            port=postfix.submission,
            security=Security.STARTTLS,
            user=account.address,
            password=account.password,
            ca_file=postfix.certificates.ca,
        )
    )
