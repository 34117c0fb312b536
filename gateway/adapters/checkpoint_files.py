"""A checkpoint as somebody kept it: the note itself, or a mail that bears it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from gateway.adapters.letter_witness import HEADER
from gateway.ledger.checkpoints import open_checkpoint
from gateway.ledger.notes import NoteError

if TYPE_CHECKING:
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.notes import Check, VerifierKey

# In the head of a mail, or in the text of one that a mail program saved opened.
_IN_MAIL = re.compile(
    rb"^" + HEADER.encode() + rb":((?:[ \t\r\n]*[A-Za-z0-9+/=]+)(?:\r?\n[ \t]+[A-Za-z0-9+/=]+)*)",
    re.MULTILINE | re.IGNORECASE,
)
_SPACE = re.compile(rb"\s+")


def kept_checkpoint(content: bytes, log: VerifierKey, check: Check) -> Opened:
    """The checkpoint in a file that somebody kept; raises `NoteError`.

    A mail counts by its header, wherever in the file that stands: mail programs save
    an opened message with its protected headers inside.
    """
    found = _IN_MAIL.search(content)
    if found is None:
        return open_checkpoint(content, log, check)
    try:
        note = base64.b64decode(_SPACE.sub(b"", found[1]), validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("the header with the checkpoint is damaged") from None
    return open_checkpoint(note, log, check)
