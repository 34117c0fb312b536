"""One logged-in IMAP connection, blocking, made to be used from one thread.

Traps this file closes:

- IMAPClient looks for IDLE responses with poll() on the socket, and so never
  sees one that came in the same TLS record as "+ idling": it already lies in
  imaplib's buffer.  `idle` looks there first.
- imaplib keeps untagged responses until somebody asks for them; SELECT before
  every fetch clears them, and says whether UIDVALIDITY still stands.
- An EXISTS that comes with the answer to SEARCH is not said again in IDLE: the
  mail it announces would lie there until the next one comes.
- IMAPClient sends a command and its line end apart, and Nagle's algorithm then
  waits 40 ms for the server's acknowledgement of the first.
- IMAPClient formats every line for a debug log, mail addresses included; that
  is switched off after connecting.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from gateway.adapters.channel import Security, client_context
from gateway.adapters.imap_removing import remove
from gateway.ports import Fetched, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gateway.domain.originals import Fate, Original

_SEARCH_WINDOW = 1000
_UIDS_PER_COMMAND = 500
_HEADER_LIMIT = 256 * 1024
_POLL_SECONDS = 5.0
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """Where the mail comes in.

    `ca_file` replaces the machine's certificate authorities.  A mail above
    `max_mail_bytes` is only announced, never fetched; a batch stops before
    `batch_bytes` unless one mail alone is larger.  `idle_renew_seconds` stays
    below the half hour after which a server may hang up (RFC 2177).
    """

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    security: Security = Security.IMPLICIT
    folder: str = "INBOX"
    processed_folder: str = "Verwerkt"
    oversize_folder: str = "TeGroot"
    ca_file: Path | None = None
    max_mail_bytes: int = 36 * 1024 * 1024
    batch_bytes: int = 8 * 1024 * 1024
    idle_renew_seconds: float = 24 * 60
    timeout_seconds: float = 60

    def __post_init__(self) -> None:
        if not (self.user.isascii() and self.password.isascii()):
            raise ValueError("IMAP LOGIN carries ASCII only (RFC 9051, 6.2.3)")
        if not 0 < self.idle_renew_seconds < 29 * 60:
            raise ValueError("IDLE is renewed at least every 29 minutes (RFC 2177)")

    @property
    def mailbox(self) -> str:
        """The name under which places of this mailbox are recorded."""
        return f"{self.user}@{self.host}/{self.folder}"


class Session:
    """A connection with the folder selected.  Raises IMAPClientError, OSError, ValueError."""

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self._client = _connect(settings)
        self.uidvalidity = 0
        self._exists = 0
        self._highest_uid = 0
        try:
            self._client.login(settings.user, settings.password)
            for folder in (settings.processed_folder, settings.oversize_folder):
                if not self._client.folder_exists(folder):
                    self._client.create_folder(folder)
            self._select()
        except BaseException:
            self.drop()
            raise

    def _select(self) -> None:
        chosen = self._client.select_folder(self._settings.folder)
        if self.uidvalidity != chosen[b"UIDVALIDITY"]:
            self._highest_uid = 0
        self.uidvalidity = int(chosen[b"UIDVALIDITY"])
        self._exists = int(chosen[b"EXISTS"])

    # -- fetching ---------------------------------------------------------------

    def fetch(self, limit: int) -> list[Fetched]:
        """Up to `limit` mails, oldest first, at most `batch_bytes` unless one alone is larger."""
        self._select()
        uids = self._first_uids(limit)
        facts = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]) if uids else {}
        sizes = {uid: int(facts[uid][b"RFC822.SIZE"]) for uid in uids if uid in facts}
        batch = list(self._within_bytes(sizes))
        contents = self._contents(batch, sizes)
        if batch:
            self._highest_uid = max(self._highest_uid, *batch)
        return [
            Fetched(
                place=Place(
                    mailbox=self._settings.mailbox, uidvalidity=self.uidvalidity, uid=str(uid)
                ),
                content=contents[uid],
                size=max(sizes[uid], len(contents[uid])),
                received_at=_received_at(facts[uid]),
                oversize=self._is_oversize(sizes[uid]),
            )
            for uid in batch
            if uid in contents
        ]

    def _first_uids(self, limit: int) -> list[int]:
        # In windows: one answer for a full mailbox would pass imaplib's line limit,
        # and would be asked again for every batch.
        found: list[int] = []
        for first in range(1, self._exists + 1, _SEARCH_WINDOW):
            last = min(first + _SEARCH_WINDOW - 1, self._exists)
            found += self._client.search([f"{first}:{last}", "UNDELETED"])
            if len(found) >= limit:
                break
        return sorted(found)[:limit]

    def _is_oversize(self, size: int) -> bool:
        return size > self._settings.max_mail_bytes

    def _within_bytes(self, sizes: dict[int, int]) -> Iterator[int]:
        left = self._settings.batch_bytes
        for position, (uid, size) in enumerate(sizes.items()):
            left -= min(size, self._settings.max_mail_bytes)
            if left < 0 and position > 0:
                return
            yield uid

    def _contents(self, batch: Sequence[int], sizes: dict[int, int]) -> dict[int, bytes]:
        whole = [uid for uid in batch if not self._is_oversize(sizes[uid])]
        large = [uid for uid in batch if self._is_oversize(sizes[uid])]
        contents = self._literals(whole, "BODY.PEEK[]", b"BODY[]")
        # In part: a header may itself be as large as the mail.
        head = f"BODY.PEEK[HEADER]<0.{_HEADER_LIMIT}>"
        return contents | self._literals(large, head, b"BODY[HEADER]<0>")

    def _literals(self, uids: Sequence[int], item: str, key: bytes) -> dict[int, bytes]:
        # A mail that another client removed meanwhile is not in the answer.
        answers = self._client.fetch(uids, [item]) if uids else {}
        return {uid: _octets(answer[key]) for uid, answer in answers.items() if key in answer}

    # -- filing -----------------------------------------------------------------

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Out of the folder and into another; UIDs that are gone are no error (RFC 6851)."""
        for first in range(0, len(uids), _UIDS_PER_COMMAND):
            some = uids[first : first + _UIDS_PER_COMMAND]
            if self._client.has_capability("MOVE"):
                self._client.move(some, folder)
            else:
                self._copy_and_delete(some, folder)

    def _copy_and_delete(self, uids: Sequence[int], folder: str) -> None:
        self._client.copy(uids, folder)
        self._client.delete_messages(uids, silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)
        # Else the mark stays, and `fetch` passes over it: a bare EXPUNGE would
        # remove what a person marked in a mail program and still wants back.

    def still(self, uidvalidity: int) -> bool:
        """Whether the folder's UIDs mean what they meant (RFC 9051, 2.3.1.1)."""
        self._select()
        return self.uidvalidity == uidvalidity

    def remove(self, originals: Sequence[Original]) -> dict[str, Fate]:
        """These for good, wherever in the account they lie; the folder is selected again."""
        settings = self._settings
        own = (settings.folder, settings.processed_folder, settings.oversize_folder)
        try:
            return remove(self._client, originals, own)
        finally:
            self._select()

    def can_remove(self) -> bool:
        """Whether `remove` can."""
        return bool(self._client.has_capability("UIDPLUS"))

    # -- waiting ----------------------------------------------------------------

    def wait(self, seconds: float, wake: int) -> None:
        """Return when mail came that `fetch` has not seen, when `wake` is readable, or in time."""
        until = time.monotonic() + seconds
        while not self._has_unseen():
            left = until - time.monotonic()
            if left <= 0:
                return
            if self._client.has_capability("IDLE"):
                woken = self._idle(min(left, self._settings.idle_renew_seconds), wake)
            else:
                woken = _readable(min(left, _POLL_SECONDS), wake)
            if woken:
                return

    def _has_unseen(self) -> bool:
        # "n:*" names the last mail even if its UID is below n, hence the second look.
        after, announced = self._highest_uid, True
        while announced:
            self._client.noop()
            self._client._imap.response("EXISTS")  # forgets what was said before
            found = self._client.search(["UID", f"{after + 1}:*", "UNDELETED"])
            if any(uid > after for uid in found):
                return True
            announced = self._client._imap.response("EXISTS")[1] != [None]
        return False

    def _idle(self, seconds: float, wake: int) -> bool:
        """IDLE until the server reports anything; True when `wake` ended it."""
        self._client.idle()
        try:
            if self._has_buffered():
                return False
            sock = self._client.socket()
            return _readable(seconds, wake, sock.fileno())
        finally:
            self._client.idle_done()

    def _has_buffered(self) -> bool:
        sock = self._client.socket()
        sock.settimeout(0)
        try:
            # IMAPClient has no public way to see what imaplib has read already.
            return bool(self._client._imap.file.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            sock.settimeout(self._settings.timeout_seconds)

    # -- ending -----------------------------------------------------------------

    def logout(self) -> None:
        """Say goodbye to the server."""
        self._client.logout()

    def drop(self) -> None:
        """Close the socket without a word, whatever state it is in."""
        _drop(self._client)

    def cut(self) -> None:
        """End a call that blocks, from another thread: it reads the end of the stream.

        Nothing is closed here, because closing waits for the very call.
        """
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)


def _connect(settings: ImapSettings) -> IMAPClient:
    context = client_context(settings.ca_file)
    implicit = settings.security is Security.IMPLICIT
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=implicit,
        ssl_context=context if implicit else None,
        timeout=SocketTimeout(
            connect=min(_CONNECT_SECONDS, settings.timeout_seconds), read=settings.timeout_seconds
        ),
    )
    client.normalise_times = False
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client._imap.debug = 0  # IMAPClient sets 5 and has no switch of its own
    if not implicit:
        try:
            client.starttls(context)
        except BaseException:
            _drop(client)
            raise
    return client


def _drop(client: IMAPClient) -> None:
    with contextlib.suppress(OSError, IMAPClientError):
        client.shutdown()


def _octets(value: Any) -> bytes:
    """A literal or quoted string; NIL stands for an empty mail."""
    if value is None:
        return b""
    if not isinstance(value, bytes):
        raise IMAPClientError("not a string")
    return value


def _received_at(facts: dict[bytes, Any]) -> datetime:
    moment = facts.get(b"INTERNALDATE")
    if not isinstance(moment, datetime):
        raise IMAPClientError("no INTERNALDATE")
    return moment.astimezone(UTC)


def _readable(seconds: float, wake: int, *others: int) -> bool:
    """Sleep until something can be read; whether `wake` can."""
    watched = select.poll()
    for descriptor in (wake, *others):
        watched.register(descriptor, select.POLLIN)
    return any(found == wake for found, _ in watched.poll(seconds * 1000))
