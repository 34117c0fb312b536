"""Where the parts of a multipart begin and end (RFC 2046, section 5.1.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.adapters.mime_headers import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS_LIMIT = 1000  # lines in one body that begin as its delimiter does, and go on
REST = re.compile(rb"(--)?[ \t]*\r?(?:\n|\Z)")


def delimiter_lines(
    source: bytes, start: int, end: int, delimiter: bytes
) -> Iterator[re.Match[bytes]]:
    """Of the lines that are `delimiter` and nothing else: what follows it, ``--`` as group 1.

    Only line starts are looked at, and few may be another boundary's (`Broken`): a
    body of dashes alone would be searched for seconds, at each of its levels.
    """
    others = OTHERS_LIMIT
    at = start if source.startswith(delimiter, start, end) else _line(source, start, end, delimiter)
    while at >= 0:
        after = at + len(delimiter)
        match = REST.match(source, after, end)
        if match:
            yield match
        elif others == 0:
            raise Broken
        else:
            others -= 1
        at = _line(source, after, end, delimiter)


def _line(source: bytes, position: int, end: int, beginning: bytes) -> int:
    """Where the next line with this beginning starts; -1 when there is none."""
    found = source.find(b"\n" + beginning, position, end)
    return found + 1 if found >= 0 else -1
