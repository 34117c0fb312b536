"""What a mail server tells of a mail that left (RFC 3464), and what that means for us.

A delivery status notification is not authenticated: whoever writes one is believed in
so far as it names a Message-ID of ours, which nobody can guess, and then no further than
that a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent
from gateway.domain.stages import Post
from gateway.domain.stops import Ignore, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
# Servers keep trying for five days (RFC 5321, 4.5.4.1), and some tell of it once more.
BELIEVED_FOR = timedelta(days=10)
MOST_NAMED = 5  # Message-IDs, and recipients, of one notification


class News(StrEnum):
    """What became of a mail at another server (RFC 3464, 2.3.3: action)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


_GRAVEST_FIRST = tuple(News)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Delivery(Silent):
    """What was told of one recipient.

    `status` is the code of RFC 3463 or empty, `final` the mailbox that took or refused
    the mail, `original` the one it was sent to as that server knows it; empty when not told.
    """

    news: News
    status: str = ""
    final: str = ""
    original: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Notification(Silent):
    """A notification as read: the Message-IDs it names, and what it says of recipients."""

    message_ids: tuple[str, ...]
    deliveries: tuple[Delivery, ...]


class DeliveryTold(Ignore):
    """No report, but a server that tells of a mail; what it tells has yet to be matched."""

    def __init__(self, notification: Notification) -> None:
        super().__init__(Reason.BOUNCE_UNKNOWN)
        self.notification = notification


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SentLetter(Silent):
    """A mail of ours that left, or is being handed over, as it is on record.

    `number`, `sender_id` and `recipient`, the address it went to, are set for a report;
    `kept` says whether the mail that the report came from can still be read.
    """

    outgoing_id: str
    trace: str
    post: Post
    message_id: str
    recipient: str = ""
    number: int | None = None
    sender_id: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fate(Silent):
    """What became of one mail of ours.

    `elsewhere` when another mailbox than the one it was sent to had it or refused it.
    """

    letter: SentLetter
    news: News
    status: str
    elsewhere: bool

    @property
    def came_back(self) -> bool:
        """A report that did not arrive."""
        return self.news is News.FAILED and self.letter.post is Post.REPORT

    @property
    def strayed(self) -> bool:
        """A report that another mailbox than the contact's had in its hands."""
        return self.elsewhere and self.letter.post is Post.REPORT


class Recognised(Ignore):
    """A server's notification about mails of ours; `fates` are empty for any other."""

    def __init__(self, fates: Sequence[Fate]) -> None:
        super().__init__(_reason(fates))
        self.fates = tuple(fates)


def _reason(fates: Sequence[Fate]) -> Reason:
    if not fates:
        return Reason.BOUNCE_UNKNOWN
    failed = any(each.news is News.FAILED for each in fates)
    return Reason.BOUNCE if failed else Reason.DELIVERY_NEWS


def fates(notification: Notification, letters: Sequence[SentLetter]) -> tuple[Fate, ...]:
    """What the notification says of each of these mails: the worst that it says."""
    if not notification.deliveries:
        return ()
    return tuple(_fate(notification.deliveries, letter) for letter in letters)


def _fate(deliveries: Sequence[Delivery], letter: SentLetter) -> Fate:
    # Each of our mails has one recipient: whoever else is named had it from there.
    worst = min(deliveries, key=_gravity)
    return Fate(
        letter=letter,
        news=worst.news,
        status=worst.status,
        elsewhere=any(_elsewhere(each, letter.recipient) for each in deliveries),
    )


def _gravity(delivery: Delivery) -> int:
    return _GRAVEST_FIRST.index(delivery.news)


def _elsewhere(delivery: Delivery, recipient: str) -> bool:
    named = {each.casefold() for each in (delivery.final, delivery.original) if each}
    return bool(recipient and named - {recipient.casefold()})
