"""The outer header of a mail that did not open, read in the gateway's own process.

No more of a stranger's bytes than an opener would take for a header, and no more of
the header than is needed.
"""

from __future__ import annotations

import re

from gateway.adapters.automatic import is_answered
from gateway.adapters.mime_entities import HEADER_LIMIT
from gateway.adapters.mime_headers import Broken, Fields, addresses

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def outer_fields(content: bytes) -> Fields | None:
    """The header fields; None where there is no header that can be read."""
    start = content[: HEADER_LIMIT + 4]
    end = _END_OF_HEADERS.search(start)
    if end is None and len(start) > HEADER_LIMIT:
        return None
    try:
        return Fields(start[: end.start()] if end else start)
    except Broken:
        return None


def claimed_address(content: bytes) -> str | None:
    """The one address of the outer From; None when there is not one, or nobody should answer."""
    fields = outer_fields(content)
    return only_from(fields) if fields is not None and is_answered(fields) else None


def only_from(fields: Fields) -> str | None:
    """The one address of all From fields; None when there is not one."""
    found = [address for field in fields.all("from") for address in addresses(field)]
    return (found[0] or None) if len(found) == 1 else None


def names_itself(content: bytes) -> tuple[str, str]:
    """Message-ID and From as the outer header has them; empty where there is not one of it."""
    fields = outer_fields(content)
    if fields is None:
        return "", ""
    ids = fields.all("message-id")
    return ids[0].decode("ascii", "replace") if len(ids) == 1 else "", only_from(fields) or ""
