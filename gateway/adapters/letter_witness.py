"""What every letter says of the log, so that whoever keeps it can hold us to it later."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.adapters.words import Words
    from gateway.ledger.checkpoints import Opened

HEADER = "Taalpoort-Log-Checkpoint"
_LINE = 72


def witness_lines(newest: Opened, words: Words) -> tuple[str, ...]:
    """Name, length and root of the log, in words for a person."""
    checkpoint = newest.checkpoint
    said = words.say("Ons logboek {naam} telde {aantal} regels. Kenmerk: {kenmerk}")
    return (
        said.format(
            naam=checkpoint.origin,
            aantal=checkpoint.size,
            kenmerk=base64.b64encode(checkpoint.root).decode("ascii"),
        ),
        words.say(
            "Bewaar dit bericht. Daarmee kunt u laten nagaan of ons logboek later is veranderd."
        ),
    )


def witness_header(note: bytes) -> str:
    """The signed note as a header, in base64, folded (RFC 5322, 2.2.3)."""
    encoded = base64.b64encode(note).decode("ascii")
    pieces = [encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)]
    return f"{HEADER}:\r\n " + "\r\n ".join(pieces)
