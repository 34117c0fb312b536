"""What every `Mailbox` does when an original has to go, over real IMAP, on disk and in memory."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.channel import Security
from gateway.adapters.imap import ImapMailbox
from gateway.domain.originals import Fate, Original
from gateway.domain.stops import Retry
from tests.contracts.offices import (
    DovecotOffice,
    MaildirOffice,
    MemoryOffice,
    Office,
    imap_settings,
)
from tests.servers.dovecot import Dovecot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.servers.tls import Certificates

_BARE = "imap_capability = IMAP4rev1 UNSELECT\n"
_SHARED = """
namespace gedeeld {
  type = public
  separator = .
  prefix = Gedeeld.
  location = maildir:%h/gedeeld
}
"""
KINDS = ("imap", "maildir", "memory")


@pytest.fixture(scope="module")
def bare(certificates: Certificates) -> Iterator[Dovecot]:
    with Dovecot(certificates, extra=_BARE) as server:
        yield server


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    made: Office
    if request.param == "imap":
        made = DovecotOffice(request.getfixturevalue("dovecot"), Security.IMPLICIT)
    else:
        made = MaildirOffice(tmp_path / "box") if request.param == "maildir" else MemoryOffice()
    yield made
    await made.mailbox.close()


@pytest.fixture
async def over_imap(dovecot: Dovecot) -> AsyncIterator[DovecotOffice]:
    made = DovecotOffice(dovecot, Security.IMPLICIT)
    yield made
    await made.mailbox.close()


def mail(text: str, message_id: str = "een@school-a.example") -> bytes:
    head = f"From: docent@school-a.example\r\nMessage-ID: <{message_id}>\r\n\r\n"
    return (head + text + "\r\n").encode()


def original(content: bytes, office: Office) -> Original:
    return Original(
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        received_at=datetime.now(UTC),
        mailboxes=frozenset({office.mailbox.name}),
    )


async def removed(office: Office, *contents: bytes) -> list[Fate]:
    found = await office.mailbox.remove([original(each, office) for each in contents])
    return [found[hashlib.sha256(each).hexdigest()] for each in contents]


async def filed(office: Office, *mails: bytes) -> None:
    office.deliver(*mails)
    await office.mailbox.file_away([each.place for each in await office.mailbox.fetch_new(10)])


async def test_it_goes_wherever_it_lies_and_no_other_with_it(office: Office) -> None:
    """Of one Message-ID and one size, the digest tells which; every copy goes."""
    assert not isinstance(office, DovecotOffice) or await office.mailbox.can_remove()
    hers, his, third = mail("over Anna"), mail("over Badr"), mail("nog een van Anna")
    await filed(office, hers, his, hers)
    office.deliver(third, hers)

    assert await removed(office, hers, third) == [Fate.REMOVED, Fate.REMOVED]

    assert (office.filed(), office.inbox()) == ([his], [])


async def test_what_is_not_there_is_absent_and_asking_twice_is_no_error(office: Office) -> None:
    hers, his = mail("over Anna"), mail("over Badr")
    await filed(office, hers, his)

    assert await removed(office, hers) == [Fate.REMOVED]
    assert await removed(office, hers, his) == [Fate.ABSENT, Fate.REMOVED]
    assert await removed(office) == []

    assert office.filed() == []


async def test_the_mailbox_works_on_after_removing(office: Office) -> None:
    hers, his = mail("over Anna"), mail("over Badr")
    await filed(office, hers)
    await removed(office, hers)

    office.deliver(his)
    (fetched,) = await office.mailbox.fetch_new(10)
    await office.mailbox.file_away([fetched.place])

    assert (fetched.content, office.filed()) == (his, [his])


async def test_an_imap_folder_that_a_person_made_is_looked_through_too(
    over_imap: DovecotOffice,
) -> None:
    hers, his = mail("over Anna"), mail("over Badr")
    await filed(over_imap, hers, his)
    with over_imap.dovecot.client(over_imap.account) as client:
        client.create_folder("Archief")
        client.select_folder(over_imap.settings.processed_folder)
        client.move(client.search("ALL"), "Archief")

    assert await removed(over_imap, hers) == [Fate.REMOVED]

    assert over_imap.dovecot.read(over_imap.account, "Archief") == [his]


async def test_a_folder_that_does_not_open_keeps_nobody_from_looking_in_the_others(
    over_imap: DovecotOffice,
) -> None:
    """What was not found there is not said to be absent, for it may lie in that one."""
    hers, his = mail("over Anna"), mail("over Badr")
    await filed(over_imap, hers)
    with over_imap.dovecot.client(over_imap.account) as client:
        client.create_folder("Dicht")
    shut = over_imap.dovecot.maildir(over_imap.account) / ".Dicht"
    for part in ("new", "cur", "tmp"):
        shutil.rmtree(shut / part)
        (shut / part).write_text("geen map")

    assert await removed(over_imap, hers, his) == [Fate.REMOVED, Fate.UNREACHABLE]

    shutil.rmtree(shut)
    assert over_imap.filed() == []
    assert await removed(over_imap, his) == [Fate.ABSENT]


async def test_a_mailbox_that_is_shared_with_the_account_is_its_own_and_the_rest_is_not(
    certificates: Certificates,
) -> None:
    hers, folders = mail("over Anna"), ("Gedeeld.Post", "Gedeeld.Verwerkt", "Gedeeld.Anders")
    with Dovecot(certificates, extra=_SHARED) as server:
        account = server.new_account()
        with server.client(account) as client:
            for folder in folders:
                client.create_folder(folder)
                client.append(folder, hers)
        settings = replace(
            imap_settings(server, account),
            folder="Gedeeld.Post",
            processed_folder="Gedeeld.Verwerkt",
        )
        mailbox = ImapMailbox(settings)
        found = await mailbox.remove([original(hers, MemoryOffice())])
        await mailbox.close()
        left = [server.read(account, each) for each in folders]

    assert (list(found.values()), left) == ([Fate.REMOVED], [[], [], [hers]])


async def test_what_a_person_marked_in_a_mail_program_stays(over_imap: DovecotOffice) -> None:
    hers, his = mail("over Anna"), mail("over Badr")
    await filed(over_imap, hers, his)
    with over_imap.dovecot.client(over_imap.account) as client:
        client.select_folder(over_imap.settings.processed_folder)
        client.delete_messages(client.search(["BODY", "Badr"]))

    assert await removed(over_imap, hers) == [Fate.REMOVED]

    with over_imap.dovecot.client(over_imap.account) as client:
        client.select_folder(over_imap.settings.processed_folder, readonly=True)
        found = client.fetch(client.search("DELETED"), ["BODY.PEEK[]"])
    assert [each[b"BODY[]"] for each in found.values()] == [his]


async def test_another_numbering_of_the_folder_changes_nothing(over_imap: DovecotOffice) -> None:
    """As a server that lost its index gives new UIDs (RFC 9051, 2.3.1.1)."""
    hers, his = mail("over Anna"), mail("over Badr")
    await filed(over_imap, his, hers)
    folder = over_imap.settings.processed_folder
    with over_imap.dovecot.client(over_imap.account) as client:
        client.rename_folder(folder, "Oud")
        client.create_folder(folder)
        client.select_folder("Oud")
        client.copy(client.search("ALL"), folder)
        client.delete_folder("Oud")

    assert await removed(over_imap, hers) == [Fate.REMOVED]

    assert over_imap.filed() == [his]


async def test_a_server_that_estimates_sizes_is_searched_by_the_day(
    over_imap: DovecotOffice,
) -> None:
    hers, his = mail("over Anna"), mail("over Badr")
    await filed(over_imap, hers, his)
    today = next(iter(await internal_dates(over_imap)))
    estimated = replace(original(hers, over_imap), size=len(hers) + 30, received_at=today)

    found = await over_imap.mailbox.remove([estimated])

    assert list(found.values()) == [Fate.REMOVED]
    assert over_imap.filed() == [his]


async def internal_dates(office: DovecotOffice) -> list[datetime]:
    with office.dovecot.client(office.account) as client:
        client.select_folder(office.settings.processed_folder, readonly=True)
        facts = client.fetch(client.search("ALL"), ["INTERNALDATE"])
    return [each[b"INTERNALDATE"] for each in facts.values()]


async def test_without_uidplus_it_stays_unmarked_and_that_is_said(bare: Dovecot) -> None:
    office = DovecotOffice(bare, Security.IMPLICIT)
    hers = mail("over Anna")
    await filed(office, hers)

    assert await office.mailbox.can_remove() is False
    assert await removed(office, hers) == [Fate.STUCK]

    assert office.filed() == [hers]
    with bare.client(office.account) as client:
        client.select_folder(office.settings.processed_folder, readonly=True)
        assert client.search("DELETED") == []
    await office.mailbox.close()


async def test_a_mailbox_that_is_away_says_so() -> None:
    office = MemoryOffice()
    office.mailbox.reachable = False
    with pytest.raises(Retry):
        await removed(office, mail("over Anna"))
