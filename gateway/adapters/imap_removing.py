"""Taking single mails out of an IMAP account for good, and no other mail with them.

Found by size and digest, since that is what is on record: UIDs end with UIDVALIDITY
(RFC 9051, 2.3.1.1), people move mail about, and two mails may have one Message-ID.  Some
servers estimate sizes, and not the same way twice: what is not found by its size is looked
for among the mails of those days that are about as large.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from gateway.domain.originals import Fate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from imapclient import IMAPClient

    from gateway.domain.originals import Original

_UIDS_PER_COMMAND = 500
_NO_MAIL = frozenset({b"\\noselect", b"\\nonexistent"})
# How far a server's own idea of a size may lie from the number of bytes: a share, and so many.
_ABOUT, _AT_LEAST = 8, 1024
# What does not last, or should not (RFC 5530, 3).
_TROUBLE = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CORRUPTION)\]", re.IGNORECASE)


def remove(
    client: IMAPClient, originals: Sequence[Original], own: Collection[str]
) -> dict[str, Fate]:
    """By digest what became of each; raises IMAPClientError, OSError, ValueError.

    The `own` folders have to open.  Another one that does not is nobody's mail to this account,
    unless the server says that it has trouble with it: what was not found may lie there.
    Another folder is selected when it returns, or none.
    """
    if not originals:
        return {}
    account = _Account(client, own)
    found = account.all_of(originals, _exact)
    missing = [each for each in originals if each.digest not in found]
    if missing:
        found |= account.all_of(missing, _near)
    nowhere = Fate.UNREACHABLE if account.in_trouble else Fate.ABSENT
    return {each.digest: found.get(each.digest, nowhere) for each in originals}


def _exact(original: Original) -> list[Any]:
    return ["LARGER", max(original.size - 1, 0), "SMALLER", original.size + 1]


def _near(original: Original) -> list[Any]:
    # INTERNALDATE counts by the day of the server's own zone, so one more on either side.
    day, about = original.received_at.date(), max(original.size // _ABOUT, _AT_LEAST)
    days = ["SINCE", day - timedelta(days=1), "BEFORE", day + timedelta(days=2)]
    sizes = ["LARGER", max(original.size - about, 0), "SMALLER", original.size + about]
    return [*days, *sizes]


class _Account:
    """Every folder with mail of whoever is logged in; digests of what was read are kept.

    `in_trouble` says that one of them may open another time.
    """

    def __init__(self, client: IMAPClient, own: Collection[str]) -> None:
        self._client = client
        self._own = own
        self._folders = list(_folders(client, own))
        self._digests: dict[tuple[str, int], str] = {}
        self.in_trouble = False

    def all_of(self, originals: Sequence[Original], criteria: Any) -> dict[str, Fate]:
        """Those of these that a search finds, removed; whether they were, by digest."""
        found: dict[str, Fate] = {}
        wanted = {each.digest for each in originals}
        searches = {str(asked): asked for asked in map(criteria, originals)}
        for folder in self._folders:
            if not self._opens(folder):
                continue
            uids = {uid for asked in searches.values() for uid in self._client.search(asked)}
            theirs = {uid: self._digest(folder, uid) for uid in sorted(uids)}
            hit = {uid: digest for uid, digest in theirs.items() if digest in wanted}
            gone = self._expunge(sorted(hit))
            for digest in hit.values():
                # What stays in one folder is not gone because it went from another.
                stuck = not gone or found.get(digest) is Fate.STUCK
                found[digest] = Fate.STUCK if stuck else Fate.REMOVED
        return found

    def _opens(self, folder: str) -> bool:
        try:
            self._client.select_folder(folder)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if folder in self._own:
                raise
            self.in_trouble |= _TROUBLE.search(str(error)) is not None
            return False
        return True

    def _digest(self, folder: str, uid: int) -> str:
        if (folder, uid) not in self._digests:
            answer = self._client.fetch([uid], ["BODY.PEEK[]"])
            content = answer.get(uid, {}).get(b"BODY[]")
            digest = hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else ""
            self._digests[folder, uid] = digest
        return self._digests[folder, uid]

    def _expunge(self, uids: Sequence[int]) -> bool:
        """Whether none of these is there any more.

        Never by a bare EXPUNGE, which takes what others marked; nor is anything marked
        that cannot be removed then, for another program's EXPUNGE would take it unsaid.
        """
        if not uids:
            return True
        if not self._client.has_capability("UIDPLUS"):
            return False
        try:
            for first in range(0, len(uids), _UIDS_PER_COMMAND):
                some = uids[first : first + _UIDS_PER_COMMAND]
                self._client.delete_messages(some, silent=True)
                self._client.uid_expunge(some)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:  # the folder may not be changed by this account
            return False
        return not self._client.search(["UID", *_listed(uids)])


def _listed(uids: Collection[int]) -> list[str]:
    return [",".join(str(uid) for uid in uids)]


def _folders(client: IMAPClient, own: Collection[str]) -> Iterator[str]:
    """Those with mail, without what other people share: theirs is not ours to remove.

    But for `own`: the mailbox itself may be one that is shared with this account.
    """
    foreign = tuple(prefix for prefix in _foreign(client) if prefix)
    for flags, _, name in client.list_folders():
        said = {bytes(flag).lower() for flag in flags}
        if not said & _NO_MAIL and (name in own or not str(name).startswith(foreign)):
            yield name


def _foreign(client: IMAPClient) -> list[str]:
    found: list[str] = []
    if client.has_capability("NAMESPACE"):
        with suppress(IMAPClientError):
            told: Mapping[int, Any] = dict(enumerate(client.namespace()))
            found = [str(each[0]) for kind in (1, 2) for each in told.get(kind) or ()]
    return found
