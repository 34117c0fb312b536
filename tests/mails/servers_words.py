"""Notifications about mail as servers of other people's write them, with fictitious names.

Each function takes the Message-ID of the mail that it speaks of and whom it went to.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.mails.scene import GATEWAY

DATE = "Thu, 02 Jul 2026 11:23:45 +0200"


class Sent(NamedTuple):
    """A mail of the gateway's, as a server that returns it knows it."""

    message_id: str = f"<{'0a' * 16}@gemeente.example>"
    recipient: str = "casper@gemeente.example"

    @property
    def headers(self) -> str:
        return (
            f"Return-Path: <{GATEWAY}>\nReceived: from mail.gemeente.example by mx.elders.example"
            f" with ESMTPS; {DATE}\nFrom: Uitwisselpunt inburgering <{GATEWAY}>\n"
            f"To: {self.recipient}\nDate: {DATE}\nMessage-ID: {self.message_id}\n"
            "Subject: Beveiligd bericht van het uitwisselpunt inburgering\n"
            "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
            'Content-Type: multipart/encrypted; boundary="=_o1";\n'
            ' protocol="application/pgp-encrypted"\n'
        )


SENT = Sent()


def postfix(
    sent: Sent = SENT,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    final: str = "",
    original: str | None = None,
) -> bytes:
    """Of Postfix 3.7; `original` None as it writes it, empty for none."""
    final = final or sent.recipient
    original = sent.recipient if original is None else original
    first = f"Original-Recipient: rfc822;{original}\n" if original else ""
    return _lines(
        f"""Return-Path: <>
Delivered-To: {GATEWAY}
Received: by mx.elders.example (Postfix) id 4dK2x1; {DATE}
Date: {DATE}
From: MAILER-DAEMON@mx.elders.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {GATEWAY}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4dK2x0.1719912225/mx.elders.example"
Content-Transfer-Encoding: 8bit
Message-Id: <20260702092345.4dK2x1@mx.elders.example>

This is a MIME-encapsulated message.

--4dK2x0.1719912225/mx.elders.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mx.elders.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{final}>: unknown user: "casper"

--4dK2x0.1719912225/mx.elders.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.elders.example
X-Postfix-Queue-ID: 4dK2x0
X-Postfix-Sender: rfc822; {GATEWAY}
Arrival-Date: {DATE}

Final-Recipient: rfc822; {final}
{first}Action: {action}
Status: {status}
Diagnostic-Code: X-Postfix; unknown user: "casper"

--4dK2x0.1719912225/mx.elders.example
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

{sent.headers}
--=_o1
Content-Type: application/pgp-encrypted

Version: 1

--=_o1--

--4dK2x0.1719912225/mx.elders.example--
"""
    )


def exchange(sent: Sent = SENT) -> bytes:
    """Of Exchange Online, in Dutch: HTML in base64, and the headers alone come back."""
    return _lines(
        f"""From: <postmaster@elders.example>
To: <{GATEWAY}>
Date: {DATE}
Content-Type: multipart/report; report-type=delivery-status;
	boundary="e3a8-bijlage-0001"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: nl-NL
Message-ID: <b7c1-9d10@elders.example>
In-Reply-To: {sent.message_id}
References: {sent.message_id}
Subject: =?utf-8?B?S2FuIG5pZXQgd29yZGVuIGJlem9yZ2Q6IEJldmVpbGlnZCBiZXJpY2h0?=
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
Return-Path: <>

--e3a8-bijlage-0001
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="e3a8-bijlage-0002"

--e3a8-bijlage-0002
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Uw bericht aan {sent.recipient.replace("=", "=3D")} kan niet worden bezorgd.

--e3a8-bijlage-0002
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: base64

PGh0bWw+PGJvZHk+S2FuIG5pZXQgd29yZGVuIGJlem9yZ2Q8L2JvZHk+PC9odG1sPg==

--e3a8-bijlage-0002--

--e3a8-bijlage-0001
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB0001.elders.example
Received-From-MTA: dns;mail.gemeente.example
Arrival-Date: {DATE}

Final-Recipient: rfc822;{sent.recipient}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found

--e3a8-bijlage-0001
Content-Type: text/rfc822-headers

{sent.headers}
--e3a8-bijlage-0001--
"""
    )


def exim(sent: Sent = SENT) -> bytes:
    """Of Exim 4.69: no RFC 3464, one text, and a header that says whom."""
    return _lines(
        f"""Return-Path: <>
Received: from mail by mx.elders.example with local (Exim 4.69)
	id 1OLFV6-00070a-Ff; {DATE}
X-Failed-Recipients: {sent.recipient}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.elders.example>
To: {GATEWAY}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1OLFV6-00070a-Ff@mx.elders.example>
Date: {DATE}

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {sent.recipient}
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

{sent.headers}"""
    )


def qmail(sent: Sent = SENT) -> bytes:
    """Of qmail: nothing but a text."""
    return _lines(
        f"""Return-Path: <>
Date: {DATE}
From: MAILER-DAEMON@mx.elders.example
To: {GATEWAY}
Subject: failure notice

Hi. This is the qmail-send program at mx.elders.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{sent.recipient}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{sent.headers}"""
    )


def big_provider(sent: Sent = SENT) -> bytes:
    """As the largest providers write: related parts with a picture, and a reference only."""
    return _lines(
        f"""Return-Path: <>
Date: {DATE}
To: {GATEWAY}
From: Mail Delivery Subsystem <mailer-daemon@post.example>
Subject: Delivery Status Notification (Failure)
Auto-Submitted: auto-replied
X-Failed-Recipients: {sent.recipient}
References: {sent.message_id}
In-Reply-To: {sent.message_id}
Message-ID: <66840c11.d0a0220.1a2b3.0001.GMR@post.example>
Content-Type: multipart/report; boundary="000000000000a1"; report-type=delivery-status

--000000000000a1
Content-Type: multipart/related; boundary="000000000000a2"

--000000000000a2
Content-Type: text/plain; charset="UTF-8"

** Adres niet gevonden **

Je bericht is niet bezorgd bij {sent.recipient}.

--000000000000a2
Content-Type: image/png; name="icon.png"
Content-ID: <icon.png>
Content-Transfer-Encoding: base64

iVBORw0KGgo=

--000000000000a2--

--000000000000a1
Content-Type: message/delivery-status

Reporting-MTA: dns; post.example
Received-From-MTA: dns; {GATEWAY}
Arrival-Date: {DATE}
X-Original-Message-ID: {sent.message_id}

Final-Recipient: rfc822; {sent.recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.

--000000000000a1
Content-Type: message/rfc822

{sent.headers}
--000000000000a1--
"""
    )


FORMATS = {
    "postfix": postfix,
    "exchange": exchange,
    "exim": exim,
    "qmail": qmail,
    "big-provider": big_provider,
}


def _lines(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
