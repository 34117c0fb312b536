"""What keeps the gateway from starting."""

from __future__ import annotations


class NotReadyError(Exception):
    """A part is missing or unfit; the message names it and says what to do."""
