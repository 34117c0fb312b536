"""A mail from a file, for looking at: it has a trace of its own and is stored nowhere."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from gateway.domain.stages import RawMail

if TYPE_CHECKING:
    from datetime import datetime


def from_file(content: bytes, instant: datetime) -> RawMail:
    """As if these bytes came in at `instant`."""
    return RawMail(
        trace=secrets.token_hex(16),
        content=content,
        size=len(content),
        received_at=instant,
        instant=instant,
        mailbox="file",
    )
