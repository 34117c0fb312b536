"""People with a key and an address who mean harm, or whose programs do, on real servers.

What is tried elsewhere is not tried here: mail that does not open is in
``test_bad_input.py``, other people's inburgeraars in ``test_article_12_5.py``.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests import generators
from tests.journeys.town import report
from tests.mails.servers_words import FORMATS
from tests.world import CASPER, OFFICER, SAAR, SOFIE, Setting

if TYPE_CHECKING:
    from tests.journeys.town import Town

MARKUP = '<img src="//spion.example"> & <script>alert(1)</script>'
BIDI = "Wobbe\u202etxt.exe"
HIDDEN = "Wobbe\u200b\u2063"


class Tags(HTMLParser):
    """The names of all elements of a page, and every address in an attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_what_looks_like_markup_is_read_as_it_was_written(town: Town) -> None:
    """In a field that takes it, into the casemanager's HTML, and in a name of the sender's own."""
    number = town.inburgeraar()
    sent = report(number)
    progress = generators.voortgang()
    progress["taalniveaus"] = [{"vaardigheid": "LE", "begin": "A1", "toets": MARKUP}]
    town.send(SAAR, sent | {"voortgang": progress, MARKUP: MARKUP})
    mail = town.read(CASPER)
    page = Tags(mail.html)
    assert not page.names & {"img", "script", "link", "iframe", "a", "form"}
    assert page.addresses == []
    assert MARKUP in mail.text
    assert mail.report["voortgang"]["taalniveaus"][0]["toets"] == MARKUP
    receipt = town.receipt(SAAR)
    assert not receipt.tells("spion")
    assert town.withheld(SAAR)["?"] == "art-12.3/not-in-bijsluiter"


@pytest.mark.parametrize(
    "name", [BIDI, HIDDEN, "Wobbe\nOntvanger: iedereen", "Wobbe\x00", "Wobbe\x1b[2J"]
)
def test_hidden_and_turning_characters_do_not_come_in(town: Town, name: str) -> None:
    number = town.inburgeraar()
    sent = report(number)
    sent["betrokkene"] = generators.betrokkene(number) | {"voornamen": name}
    town.send(SAAR, sent)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.3/faulty-report"})]
    assert not town.receipt(SAAR).tells("Wobbe", given_back=False)


@pytest.mark.parametrize("message_id", ["<a b@c>", "geen teken", f"<{'a' * 950}@b.example>"])
def test_an_odd_message_id_costs_nobody_a_receipt(town: Town, message_id: str) -> None:
    number = town.inburgeraar()
    town.send(SAAR, report(number), message_id=message_id)
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.receipt(SAAR).outer["In-Reply-To"] is None


def test_another_school_cannot_use_up_the_number_of_a_report(town: Town) -> None:
    """Sofie sends something of her own under the number that Saar is about to use."""
    hers = town.inburgeraar(Setting(contact=SOFIE))
    his = town.inburgeraar()
    number = str(uuid4())
    town.send(SOFIE, report(hers, berichtId=number))
    town.send(SAAR, report(his, berichtId=number))
    assert town.got() == {CASPER: 2, SOFIE: 1, SAAR: 1}


def test_a_report_that_was_refused_may_come_again_under_its_number(town: Town) -> None:
    number, bericht_id = town.inburgeraar(), str(uuid4())
    faulty = report(number, berichtId=bericht_id, doelgroep="?")
    town.send(SAAR, faulty)
    town.post(SAAR, town.sealed(SAAR, report(number, berichtId=bericht_id)))
    town.settle(2)
    assert town.got() == {CASPER: 1, SAAR: 2}


def test_what_the_gateway_wrote_itself_is_not_answered_when_it_comes_back(town: Town) -> None:
    """A receipt sent round to the gateway, by a forwarding rule say, as it is and in new words."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    (receipt,) = town.inbox(SAAR)
    again = b"X-Forwarded: yes\r\n" + receipt.replace(b"Auto-Submitted: auto-generated\r\n", b"")
    town.household.dovecot.deliver(town.household.gateway, receipt, again)
    town.settle(3)
    assert town.got() == {CASPER: 1, SAAR: 1}


def test_a_report_that_comes_back_waits_and_is_told_of(town: Town) -> None:
    """Our own server had taken it; the one after that did not, and says so without a name."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    (sent,) = town.inbox(CASPER)
    notification = b"\r\n".join(
        [
            b"Return-Path: <>",
            b"From: MAILER-DAEMON@mx.example",
            b"Auto-Submitted: auto-replied",
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
            *(b"", b"--r", b"Content-Type: message/delivery-status", b""),
            *(b"Reporting-MTA: dns; mx.example", b"", b"Action: failed", b"Status: 5.1.1"),
            *(b"--r", b"Content-Type: message/rfc822", b"", sent, b"--r--", b""),
        ]
    )
    town.household.dovecot.deliver(town.household.gateway, notification)
    town.settle(2)
    assert town.got() == {CASPER: 1, SAAR: 2, OFFICER: 1}
    first, told = town.records()
    assert first.trace in town.read(OFFICER).text
    assert (first.state, told.state) == ("held", "done")
    assert first.standing == ((0, "hold", frozenset({"gateway/came-back"})),)
    assert told.standing == ((-1, "ignore", frozenset({"mail/bounce"})),)


def test_a_notification_about_somebody_elses_mail_wakes_nobody(town: Town) -> None:
    """Made up, or sent to the wrong address: on record, and that is all."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    town.household.dovecot.deliver(town.household.gateway, *(write() for write in FORMATS.values()))
    town.settle(1 + len(FORMATS))
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert {each.standing for each in town.records()[1:]} == {
        ((-1, "ignore", frozenset({"mail/bounce-unknown"})),)
    }


def test_no_word_of_a_mail_reaches_the_log_lines(town: Town) -> None:
    """Whatever happened in this town: trace, counts and codes, and no word that anybody wrote."""
    number = town.inburgeraar()
    town.send(SAAR, report(number), report(number) | {MARKUP: MARKUP, "doelgroep": "Wobbe"})
    told = str(town.gateway.events)
    assert "mail.handled" in told
    for word in ("Wobbe", "spion", "Fictief", "letterhuis", "school-a", "DEMO-", "MAILER"):
        assert word not in told
