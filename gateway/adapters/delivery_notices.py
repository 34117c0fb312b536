"""A mail server's word about a mail (RFC 3464, 6522), read inside the bounded opener.

The parts of a well-formed notification are slices of the mail, and each small one goes
through the standard library's parser.  What is no such notification is looked at by
`flufl.bounce`, which knows how the servers of thirty years wrote theirs; it sees no more
than the beginning.  Nothing of either is believed beyond `gateway.domain.delivery`.
"""

from __future__ import annotations

import email
import email.parser
import logging
import re
from typing import TYPE_CHECKING

from gateway.adapters.automatic import is_of_a_server
from gateway.adapters.mime_entities import Budget, decoded, parts
from gateway.adapters.mime_headers import ADDR_SPEC, Broken
from gateway.domain.delivery import MOST_NAMED, Delivery, News, Notification

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from email.message import Message

    from gateway.adapters.mime_entities import Entity

MOST_STATUS = 64 * 1024  # bytes of a delivery-status part, and of returned headers
MOST_GUESSED = 256 * 1024  # bytes of a mail that the heuristics see
_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset(
    {
        "message/rfc822",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
        "text/rfc822-headers",
        "text/rfc822",
    }
)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>")
_NAMED = re.compile(rb"^[>\s]{0,20}Message-ID:\s{0,5}(<[!-;=?-~]{3,500}>)", re.M | re.I)
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_CLASSES = {"5": News.FAILED, "4": News.DELAYED, "2": News.RELAYED}


def notification(root: Entity) -> Notification | None:
    """What a server tells in this mail; None where none does."""
    kind = root.content_type.parameters.get("report-type", "").lower()
    if root.media_type == "multipart/report" and kind in {"delivery-status", ""}:
        found = _standard(root)
        return found if found is not None and found.deliveries else _guessed(root)
    if root.media_type == "multipart/report" or not is_of_a_server(root.fields):
        return None
    found = _guessed(root)
    return found if found.deliveries else None


# --- as RFC 3464 has it -------------------------------------------------------


def _standard(root: Entity) -> Notification | None:
    try:
        children = parts(root, Budget())
        status = next((each for each in children if each.media_type in _STATUS_PARTS), None)
        if status is None:
            return None
        told = tuple(_deliveries(decoded(status)[:MOST_STATUS]))
        returned = [each for each in children if each.media_type in _RETURNED]
        return Notification(
            message_ids=_few([*_returned_ids(returned), *_answered_ids(root)]), deliveries=told
        )
    except Broken:
        return None


def _deliveries(status: bytes) -> Iterator[Delivery]:
    text = status.decode("utf-8", "replace")
    parsed = email.message_from_string(f"Content-Type: message/delivery-status\n\n{text}")
    blocks: object = parsed.get_payload()
    count = 0
    for block in blocks if isinstance(blocks, list) else ():
        final, original = _address(block, "final-recipient"), _address(block, "original-recipient")
        if not (final or original or "action" in block or "status" in block):
            continue
        if (count := count + 1) > MOST_NAMED:
            return
        code = _STATUS.match(_field(block, "status"))
        yield Delivery(
            news=_news(_field(block, "action"), code[1] if code else ""),
            status=".".join(code.groups()) if code else "",
            final=final,
            original=original,
        )


def _news(action: str, status_class: str) -> News:
    word = action.split("(", maxsplit=1)[0].strip().lower()
    if word in set(News):
        return News(word)
    # What says neither is looked at by a person, as what failed is.
    return _CLASSES.get(status_class, News.FAILED)


def _address(block: Message, name: str) -> str:
    kind, _, address = _field(block, name).partition(";")
    address = address.split("(")[0].strip().strip("<>").strip()
    if kind.strip().lower() not in {"rfc822", "utf-8"}:
        return ""
    if not ADDR_SPEC.fullmatch(address):
        address = _XTEXT.sub(lambda found: chr(int(found[1], 16)), address)
    return address if ADDR_SPEC.fullmatch(address) and len(address) < 320 else ""


def _field(block: Message, name: str) -> str:
    return str(block.get(name, ""))[:1000]


def _returned_ids(returned: Iterable[Entity]) -> Iterator[str]:
    parser = email.parser.BytesHeaderParser()
    for each in returned:
        headers = parser.parsebytes(decoded(each)[:MOST_STATUS])
        yield from (str(value) for value in headers.get_all("message-id", ()))


def _answered_ids(root: Entity) -> Iterator[str]:
    """Some servers return no header, and say in their own which mail they speak of."""
    for name in ("in-reply-to", "references", "x-ms-exchange-parent-message-id"):
        for value in root.fields.all(name):
            yield from _MESSAGE_ID.findall(value.decode("ascii", "replace"))


def _few(values: Iterable[str]) -> tuple[str, ...]:
    found = (match[0] for each in values if (match := _MESSAGE_ID.search(each)) is not None)
    return tuple(dict.fromkeys(found))[:MOST_NAMED]


# --- as anybody wrote it ------------------------------------------------------


def _guessed(root: Entity) -> Notification:
    """Nothing where parts lie so deep in one another that the library gives up."""
    try:
        return _guess(root)
    except RecursionError:
        return Notification(message_ids=(), deliveries=())


def _guess(root: Entity) -> Notification:
    start = root.raw()[:MOST_GUESSED]
    permanent, temporary = _failures(start)
    texts = [start, *_texts(start)]
    its_own = root.fields.all("message-id")
    named = (
        found.decode("ascii")
        for text in texts
        for found in _NAMED.findall(text)
        if found not in its_own
    )
    return Notification(
        message_ids=_few([*named, *_answered_ids(root)]),
        deliveries=(*_told(permanent, News.FAILED), *_told(temporary, News.DELAYED)),
    )


def _texts(start: bytes) -> Iterator[bytes]:
    """Readable parts with their transfer encoding undone, leniently."""
    for part in email.message_from_bytes(start).walk():
        if part.get_content_maintype() == "text":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield content[:MOST_STATUS]


def _failures(start: bytes) -> tuple[frozenset[bytes], frozenset[bytes]]:
    from flufl.bounce import all_failures  # noqa: PLC0415 - seldom needed, and an opener is small

    # It would write what it stumbled over, a stranger's words among them, to standard error.
    logging.getLogger("flufl.bounce").disabled = True
    try:
        temporary, permanent = all_failures(email.message_from_bytes(start))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - heuristics over hostile text: what they stumble over is none
        return frozenset(), frozenset()
    return frozenset(permanent), frozenset(temporary)


def _told(addresses: Iterable[bytes], news: News) -> Iterator[Delivery]:
    found = sorted(each.decode("utf-8", "replace") for each in addresses)
    for address in [each for each in found if ADDR_SPEC.fullmatch(each)][:MOST_NAMED]:
        yield Delivery(news=news, final=address)
