"""Rounds of reminders that a gateway in this process made: what shows that nothing was due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.duties.reminding import remind
from gateway.runner import reminding

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pytest

    from gateway.duties.reminding import Reminded, Reminding


class Rounds:
    """Counts them from its making on, in every gateway of this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ended = 0

        async def counted(parts: Reminding, now: datetime) -> Reminded:
            done = await remind(parts, now)
            self.ended += 1
            return done

        monkeypatch.setattr(reminding, "remind", counted)

    def over(self, more: int) -> Callable[[], bool]:
        """Whether so many more have ended; the second of two began after it was asked."""
        enough = self.ended + more
        return lambda: self.ended >= enough
