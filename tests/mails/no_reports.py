"""What comes in and is no report: programs, lists, calendars, and mail of the gateway's own.

All of it in the clear unless it says otherwise; it is filed, and nobody gets an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.mail import Protection
from gateway.domain.stops import Outcome, Reason
from tests.mails.faults import fault
from tests.mails.scene import GATEWAY, Who, address
from tests.mails.servers_words import big_provider, exchange, exim, postfix, qmail

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mails.scene import Scene

    Maker = Callable[[Scene], bytes]

FILED = "opening: recognised by its headers, filed"
UNMATCHED = "returning: only a Message-ID of ours counts"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"


def filed(name: str, what: str, reason: Reason, stopped: str = FILED) -> Callable[[Maker], Maker]:
    """A mail that nobody is told of; in the clear it is the same for every protection."""
    return fault(
        name,
        what,
        reason,
        stopped=stopped,
        outcome=Outcome.IGNORE,
        only=Protection.OPENPGP,
    )


def in_the_clear(scene: Scene, body: bytes, **fields: str | None) -> bytes:
    return scene.mail(body, fields=scene.fields(**fields))


# --- programs -----------------------------------------------------------------


@filed("out-of-office", "an absence notice of Outlook, in Dutch", Reason.AUTOMATIC)
def out_of_office(scene: Scene) -> bytes:
    return in_the_clear(
        scene,
        TEXT + b"Ik ben afwezig tot en met 24 augustus. Met vriendelijke groet, Saar\r\n",
        subject="Automatisch antwoord: Ontvangstbevestiging: 1 van 1 berichten doorgegeven",
        auto_submitted="auto-generated",
        x_auto_response_suppress="All",
        x_ms_exchange_inbox_rules_loop="s.saarbeek@taalschool.example",
    )


@filed("vacation-sieve", "an absence notice of a Sieve script", Reason.AUTOMATIC)
def vacation_sieve(scene: Scene) -> bytes:
    return in_the_clear(
        scene,
        TEXT + b"Ik ben met vakantie.\r\n",
        auto_submitted="auto-replied (vacation)",
        precedence="bulk",
        return_path="<>",
    )


@filed("vacation-old", "an absence notice of an old program, by its habits", Reason.AUTOMATIC)
def vacation_old(scene: Scene) -> bytes:
    return in_the_clear(scene, TEXT + b"Afwezig.\r\n", x_autoreply="yes", precedence="junk")


@filed("ticket-opened", "a help desk that made a ticket of a receipt", Reason.AUTOMATIC)
def ticket_opened(scene: Scene) -> bytes:
    suppressed = "OOF, DR, RN, NRN, AutoReply"
    body = TEXT + b"Uw melding heeft nummer 1234.\r\n"
    return in_the_clear(scene, body, x_auto_response_suppress=suppressed)


@filed("read-notice", "a notice that a mail was read (RFC 8098)", Reason.READ_NOTICE)
def read_notice(scene: Scene) -> bytes:
    body = (
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="m"\r\n'
        b"\r\n--m\r\n" + TEXT + b"Uw bericht is gelezen.\r\n"
        b"--m\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Reporting-UA: mail.taalschool.example; Outlook\r\n"
        b"Final-Recipient: rfc822;s.saarbeek@taalschool.example\r\n"
        b"Original-Message-ID: <0a0a@gemeente.example>\r\n"
        b"Disposition: manual-action/MDN-sent-automatically; displayed\r\n\r\n--m--\r\n"
    )
    return in_the_clear(scene, body, subject="Gelezen: Beveiligd bericht")


@filed("abuse-report", "a provider's word about unwanted mail (RFC 5965)", Reason.AUTOMATIC)
def abuse_report(scene: Scene) -> bytes:
    body = (
        b'Content-Type: multipart/report; report-type=feedback-report; boundary="a"\r\n\r\n'
        b"--a\r\n" + TEXT + b"This is an email abuse report.\r\n"
        b"--a\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n--a--\r\n"
    )
    return in_the_clear(scene, body)


@filed("calendar-answer", "a calendar accepts an invitation (RFC 5546)", Reason.CALENDAR)
def calendar_answer(scene: Scene) -> bytes:
    body = (
        b'Content-Type: multipart/alternative; boundary="c"\r\n\r\n--c\r\n' + TEXT + b"Ja.\r\n"
        b"--c\r\nContent-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n"
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        b"--c--\r\n"
    )
    return in_the_clear(scene, body, subject="Geaccepteerd: overleg")


@filed("mailing-list", "a mail of a mailing list", Reason.LIST)
def mailing_list(scene: Scene) -> bytes:
    body = TEXT + b"Nieuws van het netwerk.\r\n"
    return in_the_clear(scene, body, list_id="Inburgering <inburgering.lijst.example>")


@filed("newsletter", "a newsletter, by its precedence", Reason.LIST)
def newsletter(scene: Scene) -> bytes:
    return in_the_clear(scene, TEXT + b"Nieuwsbrief.\r\n", precedence="bulk")


@filed("spam", "a mail that a filter before us took for unwanted", Reason.SPAM)
def spam(scene: Scene) -> bytes:
    return in_the_clear(scene, TEXT + b"Win!\r\n", x_spam_flag="YES")


@filed(
    "signed-answer",
    "a program's answer, signed and encrypted, without a report",
    Reason.AUTOMATIC,
    "checking: no document, and a program wrote it",
)
def signed_answer(scene: Scene) -> bytes:
    return scene.mail(
        scene.sealed(scene.inner(b'{"ontvangstbewijsVersie": "1"}'), Who.SENDER),
        fields=scene.fields(auto_submitted="auto-replied"),
    )


# --- our own ------------------------------------------------------------------


@filed(
    "own-mail",
    "a mail of the gateway's own, sealed to somebody else, that comes back",
    Reason.OWN,
    "returning: our own From",
)
def own_mail(scene: Scene) -> bytes:
    sealed = scene.sealed(scene.inner(), Who.GATEWAY, to=Who.SENDER)
    return scene.mail(sealed, fields=scene.fields(from_=address(Who.GATEWAY), to=GATEWAY))


# --- servers ------------------------------------------------------------------


@filed("bounce-forged", "a failure of a mail that we never sent", Reason.BOUNCE_UNKNOWN, UNMATCHED)
def bounce_forged(_scene: Scene) -> bytes:
    return postfix()


@filed("bounce-exchange", "the same as Exchange writes it", Reason.BOUNCE_UNKNOWN, UNMATCHED)
def bounce_exchange(_scene: Scene) -> bytes:
    return exchange()


@filed("bounce-exim", "the same as an old Exim writes it", Reason.BOUNCE_UNKNOWN, UNMATCHED)
def bounce_exim(_scene: Scene) -> bytes:
    return exim()


@filed("bounce-qmail", "the same as qmail writes it", Reason.BOUNCE_UNKNOWN, UNMATCHED)
def bounce_qmail(_scene: Scene) -> bytes:
    return qmail()


@filed(
    "bounce-big-provider", "the same as large providers write it", Reason.BOUNCE_UNKNOWN, UNMATCHED
)
def bounce_big_provider(_scene: Scene) -> bytes:
    return big_provider()


@filed(
    "bounce-of-a-hundred",
    "a notification that names a hundred mails and recipients",
    Reason.BOUNCE_UNKNOWN,
    UNMATCHED,
)
def bounce_of_a_hundred(_scene: Scene) -> bytes:
    more = "".join(
        f"\r\nFinal-Recipient: rfc822; kim{n}@gemeente.example\r\nAction: failed\r\n"
        for n in range(100)
    )
    ids = "".join(f"Message-ID: <{n:032x}@gemeente.example>\r\n" for n in range(100))
    mail = postfix().decode()
    mail = mail.replace("\r\nFinal-Recipient:", f"{more}\r\nFinal-Recipient:", 1)
    return mail.replace("Message-ID: <0a0a", f"{ids}Message-ID: <0a0a").encode()


@filed(
    "bounce-empty", "a notification that says nothing of anybody", Reason.BOUNCE_UNKNOWN, UNMATCHED
)
def bounce_empty(_scene: Scene) -> bytes:
    return (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.elders.example\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="e"\r\n\r\n'
        b"--e\r\nContent-Type: text/plain\r\n\r\nx\r\n--e--\r\n"
    )


# --- and what is not filed ----------------------------------------------------


@fault(
    "clear-with-invitation",
    "a person's invitation in the clear, which may well hold a report",
    Reason.NOT_ENCRYPTED,
    stopped="opening: only a calendar's answer is a program's",
    only=Protection.OPENPGP,
)
def clear_with_invitation(scene: Scene) -> bytes:
    body = (
        b'Content-Type: multipart/mixed; boundary="c"\r\n\r\n--c\r\n' + TEXT + b"Tot dan?\r\n"
        b"--c\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--c--\r\n"
    )
    return in_the_clear(scene, body)
