"""The gateway's own sealer, that remembers what it was given to seal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.mail import Letter, SealedMail, Unsealed
    from gateway.ports import Keyring, Sealer


class Remembering:
    """A sealer that remembers the letters it was given."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self.letters: list[Letter] = []

    async def open(
        self, content: bytes, keyring: Keyring, *, at: datetime | None = None
    ) -> Unsealed:
        """As the sealer does."""
        return await self._sealer.open(content, keyring, at=at)

    async def sealed(self, letter: Letter) -> SealedMail:
        """As the sealer does."""
        self.letters.append(letter)
        return await self._sealer.sealed(letter)

    async def close(self) -> None:
        """The sealer is closed by whoever made it."""
