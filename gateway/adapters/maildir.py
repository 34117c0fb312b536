"""The incoming mailbox as a Maildir folder, for a mail server on the same machine.

Reads ``new`` and ``cur`` and writes nothing there; filing is one rename into a
Maildir++ folder beside them (``.Verwerkt``, ``.TeGroot``), removing unlinks.  Every step goes
through an open folder's descriptor and refuses symbolic links, so that nobody
who may deliver mail can make the gateway read or move another file.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import stat
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from gateway.adapters.channel import unreachable
from gateway.domain.originals import Fate
from gateway.ports import Fetched, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeVar

    from gateway.domain.originals import Original

    _Result = TypeVar("_Result")

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Non-blocking, lest opening a named pipe waits for somebody to write to it.
_MAIL = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_HEADER_LIMIT = 256 * 1024
_POLL_SECONDS = 0.25
# So often a folder is looked through until nothing was renamed in it meanwhile.
_LOOKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirSettings:
    """A folder with ``new``, ``cur`` and ``tmp``; the limits are those of `ImapSettings`."""

    folder: Path
    processed_folder: str = ".Verwerkt"
    oversize_folder: str = ".TeGroot"
    max_mail_bytes: int = 36 * 1024 * 1024
    batch_bytes: int = 8 * 1024 * 1024

    @property
    def mailbox(self) -> str:
        """The name under which places of this mailbox are recorded."""
        return f"maildir:{self.folder}"


class _File(NamedTuple):
    """One mail as it lies there; sorts oldest first."""

    delivered: int
    name: str
    part: str
    size: int

    @property
    def unique(self) -> str:
        """The name without its flags: what stays the same from ``new`` to ``cur``."""
        return self.name.partition(":")[0]


class MaildirMailbox:
    """A `Mailbox` on a Maildir.  A folder that cannot be read is `Retry(UNREACHABLE)`."""

    def __init__(self, settings: MaildirSettings) -> None:
        self._settings = settings
        self._handed_out: frozenset[str] = frozenset()

    async def fetch_new(self, limit: int) -> Sequence[Fetched]:
        """Oldest first, by the time of delivery."""
        return await self._apart(lambda: self._fetch(limit))

    async def file_away(self, places: Sequence[Place]) -> None:
        """Rename into the processed folder."""
        await self._apart(lambda: self._file(places, self._settings.processed_folder))

    async def set_aside(self, places: Sequence[Place]) -> None:
        """Rename into the folder for oversize mail."""
        await self._apart(lambda: self._file(places, self._settings.oversize_folder))

    async def wait(self, seconds: float) -> None:
        """Look four times a second for a name that `fetch_new` has not handed out."""
        until = time.monotonic() + seconds
        while not await self._apart(self._has_unseen):
            left = until - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(min(left, _POLL_SECONDS))

    @property
    def name(self) -> str:
        """That of the settings."""
        return self._settings.mailbox

    async def remove(self, originals: Sequence[Original]) -> Mapping[str, Fate]:
        """From this folder and every Maildir++ folder beside it."""
        return await self._apart(lambda: self._remove(originals))

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _apart(self, act: Callable[[], _Result]) -> _Result:
        try:
            return await asyncio.to_thread(act)
        except OSError as error:
            trouble = f"mail folder: {os.strerror(error.errno or 0)}"
        raise unreachable(trouble)

    # -- in a thread ----------------------------------------------------------------

    def _fetch(self, limit: int) -> list[Fetched]:
        files = self._list()
        fetched: list[Fetched] = []
        left = self._settings.batch_bytes
        for file in files[:limit]:
            left -= min(file.size, self._settings.max_mail_bytes)
            if left < 0 and fetched:
                break
            with contextlib.suppress(FileNotFoundError):  # a mail program moved it meanwhile
                fetched.append(self._read(file))
        here = {file.unique for file in files}
        now_handed_out = {mail.place.uid for mail in fetched}
        self._handed_out = frozenset((self._handed_out & here) | now_handed_out)
        return fetched

    def _list(self) -> list[_File]:
        return sorted(file for part in ("new", "cur") for file in self._list_part(part))

    def _list_part(self, part: str) -> Iterator[_File]:
        with _opened(self._settings.folder / part) as folder, os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    facts = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(facts.st_mode):
                        yield _File(facts.st_mtime_ns, entry.name, part, facts.st_size)

    def _read(self, file: _File) -> Fetched:
        with _opened(self._settings.folder / file.part) as folder:
            mail = os.open(file.name, _MAIL, dir_fd=folder)
        with open(mail, "rb") as stream:
            size = os.fstat(mail).st_size
            oversize = size > self._settings.max_mail_bytes
            content = _header(stream.read(_HEADER_LIMIT)) if oversize else stream.read(size)
        return Fetched(
            place=Place(mailbox=self._settings.mailbox, uidvalidity=0, uid=file.unique),
            content=content,
            size=size,
            received_at=datetime.fromtimestamp(file.delivered / 1e9, UTC),
            oversize=oversize,
        )

    def _file(self, places: Sequence[Place], folder: str) -> None:
        ours = (self._settings.mailbox, 0)
        wanted = {place.uid for place in places if (place.mailbox, place.uidvalidity) == ours}
        target = self._settings.folder / folder
        for part in (target, target / "new", target / "cur", target / "tmp"):
            part.mkdir(mode=0o700, exist_ok=True)
        with _opened(target / "cur") as into:
            for file in self._list():
                if file.unique in wanted:
                    self._rename(file, into)

    def _rename(self, file: _File, into: int) -> None:
        name = file.name if ":" in file.name else f"{file.name}:2,"
        with (
            _opened(self._settings.folder / file.part) as source,
            contextlib.suppress(FileNotFoundError),
        ):
            os.rename(file.name, name, src_dir_fd=source, dst_dir_fd=into)

    def _remove(self, originals: Sequence[Original]) -> dict[str, Fate]:
        sizes = {each.size for each in originals}
        fates = {each.digest: Fate.ABSENT for each in originals}
        with _opened(self._settings.folder) as box:
            for _ in range(_LOOKS):
                before = _as_it_lies(box)
                for part in _parts(box):
                    _remove_from(part, sizes, fates)
                if _as_it_lies(box) == before:
                    return fates
        raise OSError(errno.EBUSY, "renamed while it was looked through")

    def _has_unseen(self) -> bool:
        return any(file.unique not in self._handed_out for file in self._list())


def _remove_from(part: int, sizes: set[int], fates: dict[str, Fate]) -> None:
    with os.scandir(part) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # renamed meanwhile: looked for again
                facts = entry.stat(follow_symlinks=False)
                if not stat.S_ISREG(facts.st_mode) or facts.st_size not in sizes:
                    continue
                with open(os.open(entry.name, _MAIL, dir_fd=part), "rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                if digest in fates:
                    os.unlink(entry.name, dir_fd=part)
                    fates[digest] = Fate.REMOVED


def _as_it_lies(box: int) -> list[tuple[int, int]]:
    """Changes with every mail that comes, goes or is renamed."""
    return [(facts.st_ino, facts.st_mtime_ns) for facts in map(os.fstat, _parts(box))]


def _parts(box: int) -> Iterator[int]:
    """Every ``new`` and ``cur``, of this folder and of those beside it, each open in its turn."""
    with os.scandir(box) as entries:
        beside = sorted(entry.name for entry in entries if _is_folder(entry))
    for name in (".", *beside):
        for part in ("new", "cur"):
            with (
                contextlib.suppress(FileNotFoundError),
                _opened(name, box) as folder,
                _opened(part, folder) as found,
            ):
                yield found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


@contextlib.contextmanager
def _opened(folder: Path | str, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(folder, _FOLDER, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _header(start: bytes) -> bytes:
    """Up to and including the empty line, with either kind of line end."""
    ends = [at + len(end) for end in (b"\r\n\r\n", b"\n\n") if (at := start.find(end)) >= 0]
    return start[: min(ends)] if ends else start
