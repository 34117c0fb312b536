"""Servers' words about mail, as their programs write them and as nobody should."""

from __future__ import annotations

import json
import logging
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.frames import MalformedFrameError, stop_from, stop_header
from gateway.adapters.not_a_report import no_report
from gateway.domain.delivery import MOST_NAMED, Delivery, DeliveryTold, News, Notification
from gateway.domain.stops import Ignore, Reason
from tests.mails.servers_words import FORMATS, SENT, Sent, postfix, qmail

HEADERS = b"From: MAILER-DAEMON@mx.elders.example\r\nReturn-Path: <>\r\n"


def read(mail: bytes) -> Notification:
    stop = no_report(mail)
    assert isinstance(stop, DeliveryTold)
    return stop.notification


def said(mail: bytes) -> list[tuple[News, str]]:
    return [(each.news, each.final) for each in read(mail).deliveries]


@pytest.mark.parametrize("dialect", FORMATS)
@pytest.mark.parametrize("ends", [b"\r\n", b"\n"], ids=["crlf", "lf"])
def test_every_dialect_names_the_mail_and_who_did_not_get_it(dialect: str, ends: bytes) -> None:
    found = read(FORMATS[dialect](SENT).replace(b"\r\n", ends))
    assert SENT.message_id in found.message_ids
    assert [(each.news, each.final) for each in found.deliveries] == [(News.FAILED, SENT.recipient)]


def test_what_a_server_says_of_one_recipient() -> None:
    mail = postfix(action="delayed", status="4.4.1", final="prive@post.example")
    assert read(mail).deliveries == (
        Delivery(
            news=News.DELAYED,
            status="4.4.1",
            final="prive@post.example",
            original=SENT.recipient,
        ),
    )


@pytest.mark.parametrize(
    ("action", "status", "news"),
    [
        ("failed", "5.1.1", News.FAILED),
        ("FAILED (bad destination)", "5.1.1", News.FAILED),
        ("failed", "4.4.7", News.FAILED),  # given up after days
        ("delayed", "4.0.0", News.DELAYED),
        ("delivered", "2.0.0", News.DELIVERED),
        ("relayed", "2.0.0", News.RELAYED),
        ("expanded", "2.0.0", News.EXPANDED),
        ("", "5.1.1 (no such user)", News.FAILED),
        ("mislukt", "4.0.0", News.DELAYED),
        ("mislukt", "", News.FAILED),  # not understood: a person looks
    ],
)
def test_the_action_decides_and_without_one_the_class_of_the_status(
    action: str, status: str, news: News
) -> None:
    assert said(postfix(action=action, status=status)) == [(news, SENT.recipient)]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("rfc822;<casper@gemeente.example>", "casper@gemeente.example"),
        ("RFC822 ; casper@gemeente.example (Casper)", "casper@gemeente.example"),
        ("rfc822;casper+40gemeente.example", "casper@gemeente.example"),  # xtext
        ("utf-8;kàsper@gemeente.example", "kàsper@gemeente.example"),
        ("x-unix;casper", ""),
        ("rfc822;/var/mail/casper", ""),
        ("rfc822;two@x.example two@y.example", ""),
        (f"rfc822;{'a' * 500}@x.example", ""),
    ],
)
def test_an_address_is_read_in_one_way_or_not_at_all(written: str, address: str) -> None:
    mail = postfix().replace(
        f"Original-Recipient: rfc822;{SENT.recipient}".encode(),
        f"Original-Recipient: {written}".encode(),
    )
    assert [each.original for each in read(mail).deliveries] == [address]


def test_a_status_that_is_encoded_is_read() -> None:
    mail = postfix().replace(
        b"Content-Type: message/delivery-status\r\n\r\n",
        b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: quoted-printable"
        b"\r\n\r\n",
    )
    assert said(mail) == [(News.FAILED, SENT.recipient)]


def test_a_broken_notification_is_still_heard() -> None:
    """Without its last boundary no strict reader takes it; a failure would go unnoticed."""
    mail = postfix()
    mail = mail[: mail.rindex(b"--4dK2x0")]
    found = read(mail)
    assert found.message_ids == (SENT.message_id,)
    assert [each.final for each in found.deliveries] == [SENT.recipient]


def test_no_more_is_taken_over_than_a_few_names() -> None:
    many = "".join(f"Message-ID: <{n:032x}@gemeente.example>\r\n" for n in range(1000))
    found = read(qmail() + many.encode())
    assert len(found.message_ids) == MOST_NAMED
    more = b"\r\nFinal-Recipient: rfc822;a@b.example\r\nAction: failed\r\n" * 1000
    mail = postfix().replace(b"\r\n\r\nFinal-Recipient", b"\r\n" + more + b"\r\nFinal-Recipient")
    assert len(read(mail).deliveries) == MOST_NAMED


def test_a_persons_words_about_a_failure_are_no_notification() -> None:
    mail = (
        b"From: Saar <saar@school.example>\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n"
        + qmail().partition(b"\r\n\r\n")[2]
    )
    assert no_report(mail) is None


def test_what_the_library_stumbles_over_goes_nowhere(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """It logs with a traceback, in which a stranger's words could stand."""
    mail = HEADERS + b"Content-Type: text/plain; charset=nergens\r\n\r\nGEHEIM <a@b.example>:\r\n"
    with caplog.at_level(logging.DEBUG):
        no_report(mail)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/report"])
def test_a_notification_without_a_bottom_is_filed_as_any_other(kind: str) -> None:
    """The library gives up by an error that would pass for a fault of ours, and be held."""
    nested = b"Content-Type: message/rfc822\r\n\r\n" * 1500 + b"x"
    start = f'Content-Type: {kind}; report-type="delivery-status"; boundary=z\r\n\r\n--z\r\n'
    found = no_report(HEADERS + start.encode() + nested + b"\r\n--z--\r\n")
    assert found is not None
    assert found.reasons in {(Reason.AUTOMATIC,), (Reason.BOUNCE_UNKNOWN,)}


def test_a_large_notification_is_read_in_passing() -> None:
    began = time.process_time()
    read(postfix(Sent(recipient=SENT.recipient)) + b"x" * 20_000_000)
    no_report(HEADERS + b"\r\n" + b"<a@b.example>: " * 1_000_000)
    assert time.process_time() - began < 60  # looked at in every place, it would be hours


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(sorted(FORMATS)), st.integers(0, 2000))
def test_no_bytes_break_the_reader(noise: bytes, dialect: str, at: int) -> None:
    mail = FORMATS[dialect](SENT)
    stop = no_report(mail[:at] + noise + mail[at:])
    assert stop is None or isinstance(stop, Ignore)


def test_it_crosses_from_an_opener_as_it_was_read() -> None:
    stop = no_report(postfix(final="prive@post.example"))
    assert isinstance(stop, DeliveryTold)
    wire = json.loads(json.dumps(stop_header(stop)))
    back = stop_from(wire)
    assert isinstance(back, DeliveryTold)
    assert back.notification == stop.notification
    assert back.reasons == (Reason.BOUNCE_UNKNOWN,)


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"message_ids": "x", "deliveries": []},
        {"message_ids": [1], "deliveries": []},
        {"message_ids": ["x"] * 100, "deliveries": []},
        {"message_ids": ["x" * 10_000], "deliveries": []},
        {"message_ids": [], "deliveries": [1]},
        {"message_ids": [], "deliveries": [{"news": "perhaps"}]},
        {
            "message_ids": [],
            "deliveries": [{"news": "perhaps", "status": "", "final": "", "original": ""}],
        },
    ],
)
def test_an_opener_that_says_something_else_is_not_believed(told: object) -> None:
    with pytest.raises(MalformedFrameError):
        stop_from({"stop": "ignore", "reasons": ["mail/bounce-unknown"], "told": told})


def test_every_message_id_is_one_that_a_header_could_carry() -> None:
    for dialect in FORMATS.values():
        for each in read(dialect(SENT)).message_ids:
            assert re.fullmatch(r"<[!-~]+@[!-~]+>", each)
