"""A Maildir that somebody else writes to: links, pipes, flags, missing folders."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.maildir import MaildirMailbox, MaildirSettings
from gateway.domain.stops import Reason, Retry
from tests.contracts.offices import MaildirOffice

if TYPE_CHECKING:
    from pathlib import Path

MAIL = b"Subject: x\n\nregel\n"


@pytest.fixture
def office(tmp_path: Path) -> MaildirOffice:
    return MaildirOffice(tmp_path / "box")


async def test_bytes_come_as_they_lie_there(office: MaildirOffice) -> None:
    hostile = [b"", b"\0", b"a\rb\nc\r\n\xff", MAIL, bytes(range(256))]
    office.deliver(*hostile)

    assert [it.content for it in await office.mailbox.fetch_new(10)] == hostile


async def test_links_pipes_folders_and_hidden_files_are_no_mail(
    office: MaildirOffice, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not a mail")
    (office.folder / "new" / "1.link").symlink_to(secret)
    (office.folder / "new" / "2.dangling").symlink_to(tmp_path / "nowhere")
    (office.folder / "new" / "3.folder").mkdir()
    (office.folder / "new" / ".hidden").write_bytes(b"not a mail")
    os.mkfifo(office.folder / "new" / "4.pipe")
    office.deliver(MAIL)

    fetched = await asyncio.wait_for(office.mailbox.fetch_new(10), 5)

    assert [it.content for it in fetched] == [MAIL]


@pytest.mark.parametrize("part", ["new", "cur"])
async def test_a_folder_that_is_a_link_is_refused(
    office: MaildirOffice, tmp_path: Path, part: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "1.mail").write_bytes(MAIL)
    (office.folder / part).rmdir()
    (office.folder / part).symlink_to(elsewhere)

    with pytest.raises(Retry) as stop:
        await office.mailbox.fetch_new(10)

    assert stop.value.reasons == (Reason.UNREACHABLE,)


async def test_a_processed_folder_that_is_a_link_is_refused_and_the_mail_stays(
    office: MaildirOffice, tmp_path: Path
) -> None:
    office.deliver(MAIL)
    (fetched,) = await office.mailbox.fetch_new(10)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (office.folder / ".Verwerkt").mkdir()
    (office.folder / ".Verwerkt" / "cur").symlink_to(elsewhere)

    with pytest.raises(Retry):
        await office.mailbox.file_away([fetched.place])

    assert office.inbox() == [MAIL]
    assert list(elsewhere.iterdir()) == []


async def test_a_mail_that_a_program_looked_at_meanwhile_is_still_the_same_mail(
    office: MaildirOffice,
) -> None:
    office.deliver(MAIL)
    (fetched,) = await office.mailbox.fetch_new(10)
    (file,) = (office.folder / "new").iterdir()
    file.rename(office.folder / "cur" / f"{file.name}:2,S")

    assert [it.place for it in await office.mailbox.fetch_new(10)] == [fetched.place]
    await office.mailbox.file_away([fetched.place])

    (filed,) = (office.folder / ".Verwerkt" / "cur").iterdir()
    assert filed.name == f"{file.name}:2,S"
    assert office.inbox() == []


async def test_a_folder_that_is_not_there_is_trouble_not_an_empty_mailbox(tmp_path: Path) -> None:
    mailbox = MaildirMailbox(MaildirSettings(folder=tmp_path / "tikfout"))

    for call in (mailbox.fetch_new(10), mailbox.wait(1)):
        with pytest.raises(Retry) as stop:
            await call
        assert stop.value.__notes__ == ["mail folder: No such file or directory"]
        assert stop.value.__context__ is None


async def test_a_large_header_is_read_in_part(office: MaildirOffice) -> None:
    endless = b"X-Long: " + b"a" * 1024 * 1024 + b"\n\nregel\n"
    office.deliver(endless)

    (fetched,) = await office.mailbox.fetch_new(10)

    assert fetched.oversize
    assert fetched.size == len(endless)
    assert fetched.content == endless[: 256 * 1024]
