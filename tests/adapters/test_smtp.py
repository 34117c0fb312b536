"""Faults of an SMTP connection: on a real Postfix, and on a scripted server where it must lie."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.channel import Security
from gateway.adapters.smtp import SmtpRelay, SmtpSettings
from gateway.domain.stops import Hold, Reason, Retry
from tests.servers.postfix import Postfix
from tests.servers.process import free_port, wait_until
from tests.servers.tls import issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.servers.dovecot import Account, Dovecot
    from tests.servers.tls import Certificates

MAIL = b"From: taalpoort@gemeente.example\r\nSubject: x\r\n\r\nregel\r\n"
MEGABYTE = 1024 * 1024
FOR_EVER = 3600.0  # seconds, that nobody in this file waits out
IN_TIME = 600.0  # seconds, with a machine that has far too much to do


def settings_for(postfix: Postfix, account: Account, **values: object) -> SmtpSettings:
    security = values.get("security", Security.STARTTLS)
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": postfix.submissions if security is Security.IMPLICIT else postfix.submission,
        "user": account.address,
        "password": account.password,
        "ca_file": postfix.certificates.ca,
        "connections": 1,
        "timeout_seconds": 60,
    }
    return SmtpSettings(**{**fields, **values})


async def trouble(settings: SmtpSettings, recipient: str) -> list[str]:
    """What the operator is told when nothing can be sent, through no fault of the mail."""
    relay = SmtpRelay(settings)
    try:
        with pytest.raises(Retry) as stop:
            await relay.send(MAIL, envelope_from="", recipient=recipient)
    finally:
        await relay.close()
    assert stop.value.reasons == (Reason.UNREACHABLE,)
    assert stop.value.__context__ is None
    return list(stop.value.__notes__)


@pytest.fixture
def own(certificates: Certificates, dovecot: Dovecot) -> Iterator[Postfix]:
    """A server that this test may stop and restart."""
    with Postfix(certificates, dovecot) as server:
        yield server


@pytest.fixture
async def relay(own: Postfix) -> AsyncIterator[SmtpRelay]:
    made = SmtpRelay(settings_for(own, own.new_account()))
    yield made
    await made.close()


# -- the channel -----------------------------------------------------------------


async def test_nobody_listens(postfix: Postfix, mail_account: Account) -> None:
    settings = settings_for(postfix, mail_account, port=free_port())

    assert await trouble(settings, mail_account.address) == ["no connection"]


@pytest.mark.parametrize("security", list(Security))
async def test_a_certificate_of_an_unknown_authority_is_refused(
    postfix: Postfix, mail_account: Account, security: Security, tmp_path: Path
) -> None:
    stranger = issue(tmp_path)
    settings = settings_for(postfix, mail_account, security=security, ca_file=stranger.ca)

    assert await trouble(settings, mail_account.address) == ["certificate refused"]


@pytest.mark.parametrize("security", list(Security))
async def test_a_certificate_for_another_name_is_refused(
    dovecot: Dovecot, security: Security, tmp_path: Path
) -> None:
    with Postfix(issue(tmp_path, "smtp.elsewhere.example"), dovecot) as other:
        account = other.new_account()
        settings = settings_for(other, account, security=security)

        assert await trouble(settings, account.address) == ["certificate refused"]


async def test_without_starttls_neither_password_nor_mail_is_sent(
    certificates: Certificates, dovecot: Dovecot
) -> None:
    with Postfix(certificates, dovecot, without_tls=True) as server:
        account = server.new_account()

        assert await trouble(settings_for(server, account), account.address) == ["no STARTTLS"]
        await asyncio.to_thread(wait_until, lambda: "ehlo=1" in server.tail())
        log = server.tail()
        assert "auth=" not in log
        assert "mail=" not in log


async def test_a_wrong_password_is_not_the_mails_fault(
    postfix: Postfix, mail_account: Account
) -> None:
    settings = settings_for(postfix, mail_account, password="verkeerd")

    assert await trouble(settings, mail_account.address) == ["AUTH 535"]


async def test_a_server_that_wants_a_password_we_do_not_have(
    postfix: Postfix, mail_account: Account
) -> None:
    settings = settings_for(postfix, mail_account, user=None, password=None)
    relay = SmtpRelay(settings)

    with pytest.raises((Retry, Hold)) as stop:
        await relay.send(MAIL, envelope_from="", recipient=mail_account.address)

    assert stop.value.__notes__ == ["RCPT 554"]
    await relay.close()


async def test_another_ones_return_path_is_refused_by_the_shipped_configuration(
    postfix: Postfix, mail_account: Account
) -> None:
    other = postfix.new_account()
    relay = SmtpRelay(settings_for(postfix, mail_account))

    with pytest.raises(Hold) as stop:
        await relay.send(MAIL, envelope_from=other.address, recipient=other.address)

    assert stop.value.__notes__ == ["RCPT 553"]
    await relay.close()


@pytest.mark.parametrize(
    "values",
    [{"connections": 0}, {"connections": 5}, {"user": None}, {"password": None}],
    ids=["none", "too many", "no user", "no password"],
)
def test_settings_that_make_no_sense_are_refused(
    postfix: Postfix, mail_account: Account, values: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"connections|password"):
        settings_for(postfix, mail_account, **values)


def test_settings_do_not_print_the_password(postfix: Postfix, mail_account: Account) -> None:
    assert mail_account.password not in repr(settings_for(postfix, mail_account))


# -- the server goes and comes back ----------------------------------------------------


async def test_a_kept_connection_that_went_stale_is_opened_again(
    own: Postfix, relay: SmtpRelay
) -> None:
    account = own.new_account()
    await relay.send(MAIL, envelope_from="", recipient=account.address)
    await asyncio.to_thread(own.stop)
    await asyncio.to_thread(own.start)

    await relay.send(MAIL, envelope_from="", recipient=account.address)

    assert len(await asyncio.to_thread(own.dovecot.wait_for, account, 2)) == 2


async def test_a_server_that_is_down_is_a_retry_until_it_is_up(
    own: Postfix, relay: SmtpRelay
) -> None:
    account = own.new_account()
    await relay.send(MAIL, envelope_from="", recipient=account.address)
    await asyncio.to_thread(own.stop)
    for _ in range(2):
        with pytest.raises(Retry):
            await relay.send(MAIL, envelope_from="", recipient=account.address)

    await asyncio.to_thread(own.start)
    await relay.send(MAIL, envelope_from="", recipient=account.address)

    assert len(await asyncio.to_thread(own.dovecot.wait_for, account, 2)) == 2


async def test_a_frozen_server_is_given_up_in_time(own: Postfix) -> None:
    account = own.new_account()
    relay = SmtpRelay(settings_for(own, account, timeout_seconds=8))
    await relay.send(MAIL, envelope_from="", recipient=account.address)
    own.pause()

    async with asyncio.timeout(IN_TIME):
        with pytest.raises(Retry) as stop:
            await relay.send(MAIL, envelope_from="", recipient=account.address)

    assert stop.value.__notes__ == ["no answer in time"]
    await relay.close()
    own.resume()


async def test_the_connection_is_kept(own: Postfix, relay: SmtpRelay) -> None:
    account = own.new_account()
    for _ in range(5):
        await relay.send(MAIL, envelope_from="", recipient=account.address)

    def signed_in() -> int:
        return own.tail(100_000).count("sasl_method")

    # What Postfix did stands in its log some time after it said so to us.
    await asyncio.to_thread(wait_until, lambda: signed_in() >= 5)
    assert signed_in() == 5
    assert (
        own.tail(100_000).count("submission/smtpd") - own.tail(100_000).count("client=") <= 4
    )  # one connect, beside the look whether the port answers


# -- large mail ---------------------------------------------------------------------------


async def test_a_mail_of_25_megabytes_goes_and_one_of_60_is_held(
    postfix: Postfix, mail_account: Account
) -> None:
    line = b".234567890" * 7 + b"\r\n"
    relay = SmtpRelay(settings_for(postfix, mail_account, timeout_seconds=60))
    large = MAIL + line * (25 * MEGABYTE // len(line))
    huge = MAIL + line * (60 * MEGABYTE // len(line))

    await relay.send(large, envelope_from="", recipient=mail_account.address)
    with pytest.raises(Hold) as stop:
        await relay.send(huge, envelope_from="", recipient=mail_account.address)
    await relay.send(MAIL, envelope_from="", recipient=mail_account.address)

    assert stop.value.__notes__ == ["MAIL 552"]
    arrived = await asyncio.to_thread(postfix.dovecot.wait_for, mail_account, 2)
    assert any(each.endswith(large[large.index(b"Subject: ") :]) for each in arrived)
    await relay.close()


# -- a server that breaks off or lies -----------------------------------------------------


@dataclass
class Script:
    """An SMTP server with TLS that says what it is told, and counts what it hears."""

    certificates: Certificates
    answers: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Script:
        self.server = await asyncio.start_server(
            self.serve, "127.0.0.1", 0, ssl=self.certificates.server_context()
        )
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(f"{self.answers.get('greeting', '220 hello')}\r\n".encode())
        refused = False
        while line := await reader.readline():
            verb = line[:4].decode().strip().upper()
            self.heard.append(verb)
            usual = {"DATA": "554 nobody" if refused else "354 go"}.get(verb, "250 fine")
            answer = self.answers.get(verb, usual)
            refused = verb in {"MAIL", "RCPT", "DATA"} and (refused or answer[0] in "45")
            if answer == "hang up":
                break
            if answer == "say nothing":
                self.asked.set()
                continue
            writer.write(f"{answer}\r\n".encode())
            if verb == "DATA" and answer.startswith("354"):
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                answer = self.answers.get("end", "250 mine now")
                if answer == "hang up":
                    break
                writer.write(f"{answer}\r\n".encode())
        writer.close()

    def settings(self, **values: object) -> SmtpSettings:
        fields: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": Security.IMPLICIT,
            "ca_file": self.certificates.ca,
            "connections": 1,
            "timeout_seconds": 5,
        }
        return SmtpSettings(**{**fields, **values})


@pytest.fixture(params=["250 one by one", "250-together\r\n250 PIPELINING"])
async def script(
    certificates: Certificates, request: pytest.FixtureRequest
) -> AsyncIterator[Script]:
    async with Script(certificates, {"EHLO": request.param}) as server:
        yield server


async def send(script: Script) -> SmtpRelay:
    relay = SmtpRelay(script.settings())
    await relay.send(MAIL, envelope_from="", recipient="a@gemeente.example")
    return relay


async def test_a_connection_lost_after_the_mail_was_said_is_not_tried_again_by_itself(
    script: Script,
) -> None:
    """The server may have taken it: the outbox decides, and the Message-ID stays the same."""
    script.answers["end"] = "hang up"

    with pytest.raises(Retry):
        await send(script)

    assert len(script.mails) == 1
    assert script.connections == 1


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
async def test_a_connection_lost_once_mail_was_accepted_is_a_retry(
    script: Script, verb: str
) -> None:
    script.answers[verb] = "hang up"

    with pytest.raises(Retry):
        await send(script)

    assert script.connections == 1
    assert script.mails == []


@pytest.mark.parametrize("answer", ["hang up", "421 too long idle"])
async def test_a_kept_connection_that_ends_at_mail_is_opened_again_once(
    script: Script, answer: str
) -> None:
    relay = await send(script)
    script.answers["MAIL"] = answer

    with pytest.raises(Retry):
        await relay.send(MAIL, envelope_from="", recipient="a@gemeente.example")

    assert script.connections == 2
    assert script.heard.count("MAIL") == 3
    await relay.close()


@pytest.mark.parametrize(
    ("where", "answer", "kind", "note"),
    [
        ("MAIL", "452 no room", Retry, "MAIL 452"),
        ("MAIL", "552 too large", Hold, "MAIL 552"),
        ("MAIL", "530 log in first", Retry, "MAIL 530"),
        ("RCPT", "450 busy", Retry, "RCPT 450"),
        ("RCPT", "550 jan@gemeente.example is unknown", Hold, "RCPT 550"),
        ("DATA", "451 later", Retry, "DATA 451"),
        ("DATA", "554 no", Hold, "DATA 554"),
        ("end", "452 no room", Retry, "DATA 452"),
        ("end", "554 looks like spam: jan@gemeente.example", Hold, "DATA 554"),
        ("end", "354 what", Retry, "DATA 354"),
        ("greeting", "554 go away", Retry, "answer 554"),
        ("greeting", "421 busy", Retry, "answer 421"),
        ("greeting", "nonsense", Retry, "answer -1"),
        ("RCPT", "nonsense", Retry, "answer -1"),
    ],
)
async def test_only_the_number_of_an_answer_counts_and_is_kept(
    script: Script, where: str, answer: str, kind: type[Retry | Hold], note: str
) -> None:
    script.answers[where] = answer

    with pytest.raises(kind) as stop:
        await send(script)

    assert stop.value.__notes__ == [note]
    assert stop.value.__context__ is None
    assert "jan" not in str(stop.value)


async def test_after_a_refusal_the_connection_is_reset_and_kept(script: Script) -> None:
    relay = await send(script)
    script.answers["RCPT"] = "550 no"
    with pytest.raises(Hold):
        await relay.send(MAIL, envelope_from="", recipient="b@gemeente.example")
    del script.answers["RCPT"]

    await relay.send(MAIL, envelope_from="", recipient="a@gemeente.example")

    assert script.connections == 1
    assert script.heard.count("RSET") == 1
    assert len(script.mails) == 2
    await relay.close()


async def test_a_server_that_wants_the_mail_of_a_refused_recipient_gets_nothing(
    certificates: Certificates,
) -> None:
    """RFC 2920, 3.1: DATA said together with a RCPT that is refused may still be allowed."""
    answers = {"EHLO": "250-together\r\n250 PIPELINING", "RCPT": "550 no", "DATA": "354 go"}
    async with Script(certificates, answers) as script:
        relay = SmtpRelay(script.settings())
        with pytest.raises(Hold) as stop:
            await relay.send(MAIL, envelope_from="", recipient="b@gemeente.example")
        del answers["RCPT"]

        await relay.send(MAIL, envelope_from="", recipient="a@gemeente.example")

        assert stop.value.__notes__ == ["RCPT 550"]
        assert script.mails == [MAIL + b".\r\n"]
        assert script.connections == 2
        await relay.close()


async def test_a_cancelled_mail_does_not_run_into_the_next(script: Script) -> None:
    relay = await send(script)
    script.answers["RCPT"] = "say nothing"
    sending = asyncio.create_task(
        relay.send(MAIL + b"first\r\n", envelope_from="", recipient="a@gemeente.example")
    )
    await script.asked.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    del script.answers["RCPT"]

    await relay.send(MAIL + b"second\r\n", envelope_from="", recipient="b@gemeente.example")

    assert script.mails[-1] == MAIL + b"second\r\n.\r\n"
    assert script.connections == 2
    await relay.close()


@pytest.mark.parametrize(("answer", "kind"), [(552, Hold), (451, Retry), (250, Retry)])
async def test_a_server_that_answers_a_large_mail_half_way_has_not_accepted_it(
    certificates: Certificates, answer: int, kind: type[Hold | Retry]
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        for go_on in (b"250 ehlo", b"250 mail", b"250 rcpt", b"354 go"):
            await reader.readline()
            writer.write(go_on + b"\r\n")
        await reader.readexactly(MEGABYTE)
        writer.write(f"{answer} enough\r\n".encode())
        await asyncio.sleep(FOR_EVER)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificates.server_context())
    async with server:
        script = Script(certificates, port=server.sockets[0].getsockname()[1])
        relay = SmtpRelay(script.settings(timeout_seconds=FOR_EVER))

        async with asyncio.timeout(IN_TIME):
            with pytest.raises(kind) as stop:
                await relay.send(
                    MAIL + b"regel\r\n" * 8 * MEGABYTE,
                    envelope_from="",
                    recipient="a@gemeente.example",
                )

        assert stop.value.__notes__ == [f"DATA {answer}"]
        await relay.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the old is the point
@pytest.mark.parametrize(("newest", "heard"), [("TLSv1_1", False), ("TLSv1_2", True)])
async def test_tls_older_than_1_2_is_refused(
    certificates: Certificates, newest: str, heard: bool
) -> None:
    context = certificates.server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion[newest]
    script = Script(certificates)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0, ssl=context)
    async with server:
        script.port = server.sockets[0].getsockname()[1]
        script.answers["MAIL"] = "450 busy"

        notes = await trouble(script.settings(), "a@gemeente.example")

    assert (notes == ["MAIL 450"]) is heard
    assert (script.connections == 1) is heard
