"""Nothing that the gateway sends goes round for ever, whoever answers it and however."""

from __future__ import annotations

import hashlib
import quopri
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.memory_sealer import read_transparent, transparent_message
from gateway.domain.sparing import DAY, HOUR, LIMITS, Occasion
from gateway.domain.stops import Outcome, Reason
from tests import generators, people
from tests.mails.servers_words import FORMATS, Sent, postfix
from tests.memory_town import GATEWAY, MemoryTown, addresses, memory_town, until
from tests.world import CASPER, OFFICER, SAAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.adapters.memory_mail import Accepted

    Answering = Callable[[MemoryTown, Accepted], bytes | None]

# Smaller than in earnest, and different, so that each is known by its number.
FEW = {Occasion.UNPROVEN: 4, Occasion.REFUSED: 12, Occasion.WAITING: 16}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for occasion, most in FEW.items():
        monkeypatch.setitem(LIMITS, occasion, ((most, HOUR), (4 * most, DAY)))


def answered_by(town: MemoryTown, answer: Answering) -> list[bytes]:
    """Whatever reaches Saar is answered at once by a program of hers; what it wrote."""
    accept = town.relay._accept  # the last step of the relay, which the test listens in on
    wrote: list[bytes] = []

    def listening(offered: Accepted) -> None:
        accept(offered)
        if offered.recipient in addresses(SAAR):
            mail = answer(town, offered)
            if mail is not None:
                wrote.append(mail)
                town.mailbox.deliver(mail, received_at=town.clock.now)

    town.relay._accept = listening  # type: ignore[method-assign]  # as above
    return wrote


def signed(town: MemoryTown, inner: bytes, **more: str) -> bytes:
    """Sealed as Saar's own, whatever it is."""
    saar = town.persons[SAAR]
    message = transparent_message(
        inner, reader=town.gateway.cert, signers=[saar.cert], made=town.clock.now
    )
    headers = {
        "From": saar.user_id,
        "To": GATEWAY,
        "Date": format_datetime(town.clock.now),
        "Message-ID": people.new_message_id(),
        "Subject": "Re: Ontvangstbevestiging",
    }
    return people.pgp_mime(headers | more, message)


def thanks(town: MemoryTown, _offered: Accepted) -> bytes:
    """A program that signs, and says nowhere that it is one."""
    return signed(town, people.entity((("bedankt.txt", "text/plain", b"Dank u wel."),)))


def about_a_stranger(town: MemoryTown, _offered: Accepted) -> bytes:
    """A system that sends a report which has to wait, as often as it hears that it waits."""
    return reports_on(town, 99)


def about_many_strangers(town: MemoryTown, _offered: Accepted) -> bytes:
    """The same, with a report on somebody else each time."""
    return reports_on(town, 99 + len(town.relay.accepted))


def reports_on(town: MemoryTown, number: int) -> bytes:
    document = generators.document_json(generators.bericht(number))
    return signed(town, people.entity((("bijsluiter.json", "application/json", document),)))


def another_gateway(town: MemoryTown, offered: Accepted) -> bytes:
    """A gateway to which ours is a registered sender: a receipt for each of our letters."""
    return signed(town, read_transparent(offered.mail), **{"Auto-Submitted": "auto-generated"})


def a_reply_with_a_report(town: MemoryTown, _offered: Accepted) -> bytes:
    """A system that answers with a report of its own and says that it is an answer."""
    document = generators.document_json(generators.bericht(1))
    inner = people.entity((("bijsluiter.json", "application/json", document),))
    return signed(town, inner, **{"Auto-Submitted": "auto-replied"})


def plain_thanks(town: MemoryTown, _offered: Accepted) -> bytes:
    """A program that writes in the clear under Saar's address."""
    return (
        f"From: {town.persons[SAAR].user_id}\r\nTo: {GATEWAY}\r\n"
        f"Message-ID: {people.new_message_id()}\r\nSubject: Re: Uw mail\r\n\r\nDank u wel.\r\n"
    ).encode()


def absence(town: MemoryTown, offered: Accepted) -> bytes:
    """The absence notice of an ordinary mail program."""
    return b"Auto-Submitted: auto-replied\r\n" + plain_thanks(town, offered)


@pytest.mark.parametrize(
    ("answer", "letters"),
    [
        (thanks, 1 + FEW[Occasion.REFUSED]),
        (about_a_stranger, 2 + FEW[Occasion.REFUSED]),
        (about_many_strangers, 1 + FEW[Occasion.WAITING]),
        (another_gateway, 1),
        (a_reply_with_a_report, 1),
        (plain_thanks, 1 + FEW[Occasion.UNPROVEN]),
        (absence, 1),
    ],
)
async def test_an_answer_to_everything_comes_to_an_end(answer: Answering, letters: int) -> None:
    """One mail, and then a program answers whatever comes: so many letters and no more."""
    town = await memory_town(batch=4)
    wrote = answered_by(town, answer)
    town.arrives(1)
    async with town.running():
        await until(lambda: town.accepted().count(addresses(SAAR)[0]) >= letters)
        await until(lambda: town.at_rest(1 + len(wrote)))
    assert Counter(town.accepted())[addresses(SAAR)[0]] == letters
    assert len(wrote) == letters
    assert Counter(town.accepted())[addresses(OFFICER)[0]] <= FEW[Occasion.WAITING]
    assert town.told("bug") == []
    # Every one of them is on record, answered or not.
    assert len({each.trace for each in town.flow.outcomes}) == 1 + len(wrote)


async def test_every_letter_says_that_a_program_wrote_it_and_wants_no_notice_back() -> None:
    """RFC 3834, 3.1.7; only what became of a report is to come back."""
    town = await memory_town()
    town.arrives(1)
    town.mailbox.deliver(plain_thanks(town, None), received_at=town.clock.now)  # type: ignore[arg-type]  # looks at no letter
    async with town.running():
        await until(lambda: town.at_rest(2))
    assert len(town.relay.accepted) == 3
    for each in town.relay.accepted:
        assert message_from_bytes(each.mail)["Auto-Submitted"] == "auto-generated"
        report = each.recipient in addresses(CASPER)
        assert each.envelope_from == (GATEWAY if report else "")


# --- what a server says -------------------------------------------------------


async def comes_back(town: MemoryTown, mail: Callable[[Sent], bytes], *, mails: int = 2) -> None:
    """A report leaves, and then this comes in about it."""
    town.arrives(1)
    async with town.running():
        await until(lambda: town.at_rest(1))
        (report,) = town.posted("report")
        sent = Sent(message_id=report.message_id, recipient=report.recipient)
        town.mailbox.deliver(mail(sent), received_at=town.clock.now)
        await until(lambda: town.at_rest(mails))


def standing(town: MemoryTown) -> list[tuple[Outcome, tuple[Reason, ...]]]:
    first, *_ = town.mails()
    return [(each.outcome, each.reasons) for each in town.flow.standing(first.trace)]


@pytest.mark.parametrize("dialect", FORMATS)
async def test_a_report_that_does_not_arrive_waits_and_everybody_concerned_hears(
    dialect: str,
) -> None:
    town = await memory_town()
    await comes_back(town, FORMATS[dialect])
    assert standing(town) == [(Outcome.HOLD, (Reason.CAME_BACK,))]
    assert town.accepted() == addresses(CASPER, SAAR, OFFICER, SAAR)
    notification = town.mails()[1]
    assert [each.reasons for each in town.flow.standing(notification.trace)] == [(Reason.BOUNCE,)]
    for each in town.relay.accepted[2:]:
        text = quopri.decodestring(read_transparent(each.mail)).decode()
        assert "niet bij de ontvanger is aangekomen" in text
        assert "casper" not in text.lower()
    assert town.flow.proposed == []


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
async def test_other_news_is_filed(action: str) -> None:
    town = await memory_town()
    await comes_back(town, lambda sent: postfix(sent, action=action, status="4.4.1"))
    assert standing(town) == [(Outcome.FORWARD, ())]
    assert town.accepted() == addresses(CASPER, SAAR)


async def test_another_mailbox_that_took_it_is_told_to_the_officer_alone() -> None:
    town = await memory_town()
    await comes_back(town, lambda sent: postfix(sent, action="relayed", final="prive@post.example"))
    assert standing(town) == [(Outcome.FORWARD, ())]
    assert town.accepted() == addresses(CASPER, SAAR, OFFICER)
    assert len(town.flow.proposed) == 1
    assert b"gateway breach list" in read_transparent(town.relay.accepted[-1].mail)


async def test_who_knows_the_receipt_does_not_know_the_name_of_the_report() -> None:
    """A sender reads the trace in the receipt; from it no Message-ID follows."""
    town = await memory_town()

    def forged(_sent: Sent) -> bytes:
        trace = town.mails()[0].trace
        guesses = [trace, f"{trace}.0", hashlib.sha256(f"{trace}.0".encode()).hexdigest()[:32]]
        names = "".join(f"Message-ID: <{each}@gemeente.example>\r\n" for each in guesses)
        return postfix().replace(b"Message-ID: <0a0a", names.encode() + b"Message-ID: <0a0a")

    await comes_back(town, forged)
    assert standing(town) == [(Outcome.FORWARD, ())]
    assert town.accepted() == addresses(CASPER, SAAR)


async def test_a_notification_that_says_much_later_what_became_of_it_is_filed() -> None:
    town = await memory_town()

    def late(sent: Sent) -> bytes:
        town.clock.now += timedelta(days=11)
        return postfix(sent)

    await comes_back(town, late)
    assert standing(town) == [(Outcome.FORWARD, ())]


async def test_a_report_says_in_vain_that_it_is_a_notification() -> None:
    """Encrypted and signed, it is opened, whatever its header says of programs or lists."""
    town = await memory_town()
    document = generators.document_json(generators.bericht(1))
    inner = people.entity((("bijsluiter.json", "application/json", document),))
    mail = signed(
        town,
        inner,
        **{
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
            "List-Id": "<a.b.example>",
            "X-Spam-Flag": "YES",
            "Return-Path": "<>",
            "X-Auto-Response-Suppress": "All",
        },
    )
    town.mailbox.deliver(mail, received_at=town.clock.now)
    async with town.running():
        await until(lambda: town.at_rest(1))
    assert town.accepted() == addresses(CASPER, SAAR)
