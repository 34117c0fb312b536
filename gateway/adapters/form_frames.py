"""A form to read, and what was read in it, as frames between gateway and opener.

What comes back was made by a process that has read a hostile form: each value is
checked, and what a person will read of it is plain, short and printable.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.adapters.frames import MalformedFrameError, Wire, faults_in, frame, text, texts
from gateway.domain.form_reading import FormKind, FormRead

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLACES_LIMIT = 16 * 1024 * 1024  # bytes: a thousand rows of every column take 6 MB
MOST_PLACES = 150_000
LONGEST_PATH, LONGEST_PLACE = 200, 200  # characters


def form_frame(kind: FormKind, content: bytes) -> list[bytes]:
    """A frame that asks to read a form."""
    return frame({"do": "form", "kind": kind.value}, [content])


def form_from(header: Wire, blobs: Sequence[bytes]) -> tuple[FormKind, bytes]:
    """Raises `MalformedFrameError`."""
    try:
        [content] = blobs
        return FormKind(text(header, "kind")), content
    except ValueError:
        raise MalformedFrameError("form") from None


def read_frame(read: FormRead) -> list[bytes]:
    """The answer: the document, and beside it all that is known of its places."""
    beside = {
        "places": dict(read.places),
        "faults": [{"path": each.path, "kind": each.kind} for each in read.faults],
        "withheld": list(read.withheld),
    }
    return frame({}, [read.document, json.dumps(beside).encode("ascii")])


def read_from(blobs: Sequence[bytes]) -> FormRead:
    """Raises `MalformedFrameError`."""
    if len(blobs) != 2 or len(blobs[1]) > PLACES_LIMIT:
        raise MalformedFrameError("form")
    document, beside = blobs
    try:
        wire = json.loads(beside)
    except ValueError:
        raise MalformedFrameError("form") from None
    if not isinstance(wire, dict):
        raise MalformedFrameError("form")
    return FormRead(
        document=document,
        places=_places(wire),
        faults=faults_in(wire),
        withheld=tuple(_said(each, LONGEST_PLACE) for each in texts(wire, "withheld")),
    )


def _places(wire: Wire) -> Mapping[str, str]:
    found = wire.get("places")
    if not isinstance(found, dict) or len(found) > MOST_PLACES:
        raise MalformedFrameError("places")
    return {_said(path, LONGEST_PATH): _said(place, LONGEST_PLACE) for path, place in found.items()}


def _said(value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise MalformedFrameError("place")
    return value
