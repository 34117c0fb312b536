"""What every `Mailbox` does, over real IMAP, on disk and in memory."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.channel import Security
from tests.contracts.offices import (
    BATCH,
    MAX_MAIL,
    DovecotOffice,
    MaildirOffice,
    MemoryOffice,
    Office,
)
from tests.servers.dovecot import Dovecot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from tests.servers.tls import Certificates

FOR_EVER = 3600.0  # seconds, that nobody in this file waits out
IN_TIME = 600.0  # seconds, with a machine that has far too much to do
# What an older or smaller server does not offer; the adapter then takes the long way.
_WITHOUT_MOVE = "imap_capability = IMAP4rev1 IDLE UIDPLUS LITERAL+ UNSELECT\n"
_BARE = "imap_capability = IMAP4rev1 UNSELECT\n"

KINDS = ("imap-implicit", "imap-starttls", "imap-without-move", "imap-bare", "maildir", "memory")


@pytest.fixture(scope="module")
def without_move(certificates: Certificates) -> Iterator[Dovecot]:
    with Dovecot(certificates, extra=_WITHOUT_MOVE) as server:
        yield server


@pytest.fixture(scope="module")
def bare(certificates: Certificates) -> Iterator[Dovecot]:
    with Dovecot(certificates, extra=_BARE) as server:
        yield server


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    def dovecot(fixture: str, security: Security) -> Office:
        return DovecotOffice(request.getfixturevalue(fixture), security)

    makers: dict[str, Callable[[], Office]] = {
        "imap-implicit": lambda: dovecot("dovecot", Security.IMPLICIT),
        "imap-starttls": lambda: dovecot("dovecot", Security.STARTTLS),
        "imap-without-move": lambda: dovecot("without_move", Security.IMPLICIT),
        "imap-bare": lambda: dovecot("bare", Security.IMPLICIT),
        "maildir": lambda: MaildirOffice(tmp_path / "box"),
        "memory": MemoryOffice,
    }
    made = makers[request.param]()
    yield made
    await made.mailbox.close()


def mail(number: int, *, size: int = 0) -> bytes:
    head = f"From: docent@school-a.example\r\nSubject: {number}\r\n\r\n".encode()
    return head + b"regel tekst\r\n" * (max(size - len(head), 0) // 13)


async def test_an_empty_mailbox_gives_nothing(office: Office) -> None:
    assert list(await office.mailbox.fetch_new(10)) == []


async def test_mails_come_oldest_first_byte_for_byte(office: Office) -> None:
    sent = [mail(number) for number in range(5)]
    office.deliver(*sent)

    fetched = await office.mailbox.fetch_new(10)

    assert [it.content for it in fetched] == sent
    assert [it.size for it in fetched] == [len(it) for it in sent]
    assert len({it.place for it in fetched}) == 5
    assert len({it.place.mailbox for it in fetched}) == 1
    assert not any(it.oversize for it in fetched)


async def test_the_time_of_arrival_is_known_with_its_zone(office: Office) -> None:
    office.deliver(mail(1))

    (fetched,) = await office.mailbox.fetch_new(10)

    assert fetched.received_at.utcoffset() == timedelta(0)
    assert datetime(2023, 11, 14, tzinfo=UTC) < fetched.received_at
    assert fetched.received_at < datetime.now(UTC) + timedelta(minutes=1)


async def test_fetching_changes_nothing_so_that_a_crash_loses_nothing(office: Office) -> None:
    office.deliver(mail(1), mail(2))

    first = await office.mailbox.fetch_new(10)
    again = await office.mailbox.fetch_new(10)

    assert [it.place for it in first] == [it.place for it in again]
    assert office.inbox() == [mail(1), mail(2)]
    assert office.filed() == []


async def test_the_limit_holds(office: Office) -> None:
    office.deliver(*(mail(number) for number in range(5)))

    assert len(await office.mailbox.fetch_new(3)) == 3


async def test_a_batch_stops_before_it_is_too_many_bytes(office: Office) -> None:
    office.deliver(*(mail(number, size=2500) for number in range(4)))

    fetched = await office.mailbox.fetch_new(10)

    assert 0 < sum(it.size for it in fetched) <= BATCH
    assert len(fetched) == 2


async def test_of_an_oversize_mail_only_the_header_comes(office: Office) -> None:
    large = mail(1, size=MAX_MAIL * 2)
    office.deliver(large, mail(2))

    fetched = await office.mailbox.fetch_new(10)

    assert [it.oversize for it in fetched] == [True, False]
    assert fetched[0].content == large[: large.index(b"\r\n\r\n") + 4]
    assert fetched[0].size == len(large)
    assert fetched[1].content == mail(2)


async def test_a_filed_mail_is_in_the_processed_folder_and_does_not_come_again(
    office: Office,
) -> None:
    office.deliver(mail(1), mail(2), mail(3))
    fetched = await office.mailbox.fetch_new(10)

    await office.mailbox.file_away([fetched[0].place, fetched[2].place])

    assert [it.content for it in await office.mailbox.fetch_new(10)] == [mail(2)]
    assert office.inbox() == [mail(2)]
    assert office.filed() == [mail(1), mail(3)]
    assert office.aside() == []


async def test_an_oversize_mail_is_set_aside_for_the_officer(office: Office) -> None:
    large = mail(1, size=MAX_MAIL * 2)
    office.deliver(large)
    fetched = await office.mailbox.fetch_new(10)

    await office.mailbox.set_aside([it.place for it in fetched])

    assert list(await office.mailbox.fetch_new(10)) == []
    assert office.aside() == [large]
    assert office.filed() == []


async def test_filing_nothing_or_twice_is_no_error(office: Office) -> None:
    office.deliver(mail(1))
    places = [it.place for it in await office.mailbox.fetch_new(10)]

    await office.mailbox.file_away([])
    await office.mailbox.file_away(places)
    await office.mailbox.file_away(places)

    assert office.filed() == [mail(1)]


async def test_filing_a_mail_that_somebody_removed_is_no_error(office: Office) -> None:
    office.deliver(mail(1), mail(2))
    places = [it.place for it in await office.mailbox.fetch_new(10)]
    office.remove(mail(1))

    await office.mailbox.file_away(places)

    assert office.filed() == [mail(2)]
    assert office.inbox() == []


async def test_places_of_another_mailbox_or_numbering_are_left_alone(office: Office) -> None:
    office.deliver(mail(1))
    (fetched,) = await office.mailbox.fetch_new(10)
    elsewhere = replace(fetched.place, mailbox="elsewhere")
    earlier = replace(fetched.place, uidvalidity=fetched.place.uidvalidity + 1)

    await office.mailbox.file_away([elsewhere, earlier])

    assert office.inbox() == [mail(1)]
    assert office.filed() == []


async def test_waiting_ends_in_time_when_nothing_comes(office: Office) -> None:
    await office.mailbox.fetch_new(10)
    began = time.monotonic()

    async with asyncio.timeout(IN_TIME):
        await office.mailbox.wait(0.3)

    assert time.monotonic() - began > 0.25


async def test_waiting_ends_soon_after_a_mail_arrives(office: Office) -> None:
    await office.mailbox.fetch_new(10)
    waiting = asyncio.create_task(office.mailbox.wait(FOR_EVER))
    await asyncio.sleep(0.2)  # of no consequence where it is too short: see the next test

    office.deliver(mail(1))
    async with asyncio.timeout(IN_TIME):
        await waiting

    assert len(await office.mailbox.fetch_new(10)) == 1


async def test_a_mail_that_came_before_the_waiting_began_ends_it_at_once(office: Office) -> None:
    await office.mailbox.fetch_new(10)
    office.deliver(mail(1))

    async with asyncio.timeout(IN_TIME):
        await office.mailbox.wait(FOR_EVER)


async def test_what_a_limit_left_behind_ends_the_waiting_at_once(office: Office) -> None:
    office.deliver(mail(1), mail(2), mail(3))
    await office.mailbox.fetch_new(2)

    async with asyncio.timeout(IN_TIME):
        await office.mailbox.wait(FOR_EVER)


async def test_a_mail_that_was_handed_out_does_not_end_the_waiting(office: Office) -> None:
    """Or a mail that cannot be stored would make the gateway run in circles."""
    office.deliver(mail(1))
    await office.mailbox.fetch_new(10)
    began = time.monotonic()

    await office.mailbox.wait(0.3)

    assert time.monotonic() - began > 0.25


async def test_waiting_can_be_cancelled_at_once_and_the_mailbox_still_works(
    office: Office,
) -> None:
    await office.mailbox.fetch_new(10)
    waiting = asyncio.create_task(office.mailbox.wait(FOR_EVER))
    await asyncio.sleep(0.2)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    office.deliver(mail(1))
    async with asyncio.timeout(IN_TIME):
        fetched = await office.mailbox.fetch_new(10)

    assert [it.content for it in fetched] == [mail(1)]


async def test_closing_is_safe_twice_and_before_any_use(office: Office) -> None:
    await office.mailbox.close()
    await office.mailbox.close()


async def test_closing_after_use_is_prompt(office: Office) -> None:
    office.deliver(mail(1))
    await office.mailbox.fetch_new(10)

    async with asyncio.timeout(IN_TIME):
        await office.mailbox.close()
