"""An entry as it is hashed: a head that anybody may read, and a content that only keys open.

    taalpoort-log/v1
    report
    1764108000123
    0193642b1f7b4c0e9d5a6f7081928374
    a1b2c3d4e5f60718
    https://register.gemeente.example/verwerkingen/uitwisseling/1
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

    (nonce of 12 bytes, then AES-256-GCM over the content, bound to all that stands above)

The lines are: format, kind, milliseconds since 1970, trace, span, processing
activity, and the commitment to the entry's own key.  What is hashed is this
whole, so a proof holds whether or not anybody can still open the content.

The commitment is there because AES-GCM alone would let one ciphertext be opened
by two keys to two different contents: whoever hands over an entry's key later
cannot tell another story with it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

FORMAT = "taalpoort-log/v1"
NONCE_BYTES = 12
TAG_BYTES = 16
_COMMITMENT = b"taalpoort log key\x00"
_HEAD = re.compile(
    rb"taalpoort-log/v1\n([a-z][a-z-]{0,19})\n(0|[1-9]\d{0,14})\n([0-9a-f]{32})\n([0-9a-f]{16})\n"
    rb"([!-~]{1,500})\n([0-9a-f]{64})\n\n"
)


class EnvelopeError(ValueError):
    """These bytes are no entry of this format; says no more."""


class UnopenedError(Exception):
    """An entry that should open does not: altered, or under another key.  Says no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What everybody may read of an entry; `at` in milliseconds since 1970."""

    kind: str
    at: int
    trace_id: str
    span_id: str
    activity_id: str
    commitment: str

    @property
    def which(self) -> bytes:
        """What the entry's key is made for: a key that was handed over seals no other kind."""
        lines = (self.kind, str(self.at), self.trace_id, self.span_id, self.activity_id)
        return "\n".join(lines).encode("ascii", "backslashreplace")

    def written(self) -> bytes:
        """The lines, up to and including the empty one; raises `EnvelopeError`."""
        lines = (
            FORMAT,
            self.kind,
            str(self.at),
            self.trace_id,
            self.span_id,
            self.activity_id,
            self.commitment,
        )
        written = ("\n".join(lines) + "\n\n").encode("ascii", "backslashreplace")
        if _HEAD.fullmatch(written) is None:
            raise EnvelopeError
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An entry taken apart: `bound` is the head as written, which the content is bound to."""

    head: Head
    bound: bytes
    nonce: bytes
    sealed: bytes


def parse(entry: bytes) -> Envelope:
    """Take an entry apart; raises `EnvelopeError`."""
    found = _HEAD.match(entry)
    if found is None or len(entry) < found.end() + NONCE_BYTES + TAG_BYTES:
        raise EnvelopeError
    kind, at, trace, span, activity, commitment = (part.decode() for part in found.groups())
    head = Head(
        kind=kind,
        at=int(at),
        trace_id=trace,
        span_id=span,
        activity_id=activity,
        commitment=commitment,
    )
    begin = found.end()
    return Envelope(
        head=head,
        bound=entry[:begin],
        nonce=entry[begin : begin + NONCE_BYTES],
        sealed=entry[begin + NONCE_BYTES :],
    )


def commitment(entry_key: bytes) -> str:
    """SHA-256 over a prefix and the entry's key, in hex: no other key can pass for this one."""
    return hashlib.sha256(_COMMITMENT + entry_key).hexdigest()
