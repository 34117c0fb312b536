"""What comes to the mailbox in the clear and is no report: recognised, filed, not answered.

Asked only of mail that is not encrypted: a report is encrypted, and whatever its headers
say of programs, lists or spam, it is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.automatic import is_automatic, is_list, is_spam
from gateway.adapters.delivery_notices import notification
from gateway.adapters.mime_entities import Budget, entity, leaves
from gateway.adapters.mime_headers import Broken
from gateway.adapters.mime_read import ENCRYPTED
from gateway.domain.delivery import DeliveryTold
from gateway.domain.stops import Ignore, Reason

if TYPE_CHECKING:
    from gateway.adapters.mime_entities import Entity

# What attendees' calendars send (RFC 5546, 1.4); who invites is a person.
_ANSWERS = frozenset({"reply", "counter", "declinecounter", "refresh"})
_HOLDS_CALENDARS = frozenset({"text/calendar", "multipart/alternative", "multipart/mixed"})


def no_report(content: bytes) -> Ignore | None:
    """Why nobody has to act on this mail, or None where somebody may have meant it as a report.

    A `DeliveryTold` where a server tells of a mail.
    """
    try:
        root = entity(content, 0, len(content), Budget())
    except Broken:
        return None
    return None if root.media_type in ENCRYPTED else _told(root) or _filed(root)


def _told(root: Entity) -> Ignore | None:
    found = notification(root)
    if found is not None:
        return DeliveryTold(found)
    if root.media_type != "multipart/report":
        return None
    report = root.content_type.parameters.get("report-type", "").lower()
    return Ignore(
        Reason.READ_NOTICE if report == "disposition-notification" else Reason.AUTOMATIC  # RFC 8098
    )


def _filed(root: Entity) -> Ignore | None:
    if _is_calendar_answer(root):
        return Ignore(Reason.CALENDAR)
    for says_so, reason in (
        (is_automatic, Reason.AUTOMATIC),
        (is_list, Reason.LIST),
        (is_spam, Reason.SPAM),
    ):
        if says_so(root.fields):
            return Ignore(reason)
    return None


def _is_calendar_answer(root: Entity) -> bool:
    if root.media_type not in _HOLDS_CALENDARS:
        return False
    try:
        parts = [each.content_type for each in leaves(root, Budget())]
    except Broken:
        return False
    calendars = [each for each in parts if each.value == "text/calendar"]
    return any(each.parameters.get("method", "").lower() in _ANSWERS for each in calendars)
