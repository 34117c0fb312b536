"""A Maildir that somebody else writes to: links, pipes, flags, missing folders."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.maildir import MaildirMailbox, MaildirSettings
from gateway.domain.originals import Fate, Original
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

    fetched = await asyncio.wait_for(office.mailbox.fetch_new(10), 300)

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


async def test_a_mail_that_is_renamed_while_the_folder_is_looked_through_goes_all_the_same(
    office: MaildirOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a mail program does to mark it as read; what follows it in the folder goes too."""
    mails = [MAIL, MAIL.replace(b"x", b"y"), MAIL.replace(b"x", b"z")]
    office.deliver(*mails)
    being_read = renaming(office, monkeypatch, times=1)

    found = await office.mailbox.remove([original(each) for each in mails])

    assert set(found.values()) == {Fate.REMOVED}
    assert (office.inbox(), len(being_read)) == ([], 1)


async def test_what_is_renamed_all_the_time_is_not_said_to_be_absent(
    office: MaildirOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.deliver(MAIL, MAIL.replace(b"x", b"y"))
    renaming(office, monkeypatch, times=99)

    with pytest.raises(Retry) as stop:
        await office.mailbox.remove([original(MAIL.replace(b"x", b"z"))])

    assert stop.value.reasons == (Reason.UNREACHABLE,)


async def test_a_folder_that_becomes_a_link_while_it_is_looked_through_leads_nowhere(
    office: MaildirOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever may write beside the mailbox chooses from which folder a mail goes."""
    elsewhere = tmp_path / "elsewhere"
    for folder in (elsewhere, office.folder / ".Oud"):
        (folder / "cur").mkdir(parents=True)
        (folder / "new").mkdir()
    (elsewhere / "cur" / "1.mail").write_bytes(MAIL)
    (office.folder / "cur" / "1.other").write_bytes(MAIL.replace(b"x", b"y"))
    digest = hashlib.file_digest

    def swapped(*given: Any) -> Any:
        if not (office.folder / ".Oud").is_symlink():
            (office.folder / ".Oud").rename(tmp_path / "away")
            (office.folder / ".Oud").symlink_to(elsewhere)
        return digest(*given)

    monkeypatch.setattr(hashlib, "file_digest", swapped)

    with contextlib.suppress(Retry):
        await office.mailbox.remove([original(MAIL)])

    assert [each.name for each in (elsewhere / "cur").iterdir()] == ["1.mail"]


def renaming(office: MaildirOffice, monkeypatch: pytest.MonkeyPatch, *, times: int) -> list[str]:
    """Another program marks a mail whenever one is read, so many times; which it marked."""
    digest, done = hashlib.file_digest, list[str]()

    def marked(stream: Any, *given: Any) -> Any:
        read = os.fstat(stream.fileno()).st_ino
        others = [e for e in (office.folder / "new").iterdir() if e.stat().st_ino != read]
        if len(done) < times and others:
            others[0].rename(others[0].with_name(f"{others[0].name}S"))
            done.append(others[0].name)
        return digest(stream, *given)

    monkeypatch.setattr(hashlib, "file_digest", marked)
    return done


def original(content: bytes) -> Original:
    digest = hashlib.sha256(content).hexdigest()
    return Original(digest=digest, size=len(content), received_at=datetime.now(UTC))
