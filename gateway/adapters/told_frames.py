"""A mail server's notification on its way from an opener to the gateway, checked field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.delivery import MOST_NAMED, Delivery, News, Notification

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXTS = ("status", "final", "original")
_LONGEST = 600  # characters of one field

# a JSON object is the one place where types are not known before they are checked
Wire = dict[str, Any]


def told_out(notification: Notification) -> Wire:
    """As it travels."""
    return {
        "message_ids": list(notification.message_ids),
        "deliveries": [
            {"news": each.news.value} | {name: getattr(each, name) for name in _TEXTS}
            for each in notification.deliveries
        ],
    }


def told_in(wire: object) -> Notification:
    """Raises ValueError for what is no such notification."""
    if not isinstance(wire, dict):
        raise ValueError("told")
    return Notification(
        message_ids=tuple(_short(each) for each in _few(wire.get("message_ids"))),
        deliveries=tuple(_delivery(each) for each in _few(wire.get("deliveries"))),
    )


def _delivery(wire: object) -> Delivery:
    if not isinstance(wire, dict):
        raise ValueError("delivery")
    texts = {name: _short(wire.get(name)) for name in _TEXTS}
    return Delivery(news=News(_short(wire.get("news"))), **texts)


def _few(value: object) -> Sequence[object]:
    if not isinstance(value, list) or len(value) > 2 * MOST_NAMED:
        raise ValueError("list")
    return value


def _short(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError("text")
    return value
