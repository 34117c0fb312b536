"""Decision tables by their digest: read once each, because a text never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.policy import Policy, PolicyError
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class PolicyTexts:
    """`read` gives the text kept under a digest, None where there is none."""

    def __init__(self, read: Callable[[str], Awaitable[str | None]]) -> None:
        self._read = read
        self._known: dict[str, Policy] = {}

    async def table(self, digest: str) -> Policy:
        """The table with this digest.

        Raises `Hold(UNEXPECTED)` where its text is not there, not well formed or not the
        one that was activated: nothing is decided by a table that nobody approved.
        """
        if digest not in self._known:
            self._known[digest] = await self._load(digest)
        return self._known[digest]

    async def _load(self, digest: str) -> Policy:
        text = await self._read(digest)
        try:
            found = Policy(text) if text is not None else None
        except PolicyError:
            found = None
        if found is None or found.digest != digest:
            raise Hold(Reason.UNEXPECTED)
        return found
