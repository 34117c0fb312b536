"""What the message's way asks of the vault and of the register, so that neither knows the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from gateway.adapters.vault import VaultError

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.facts import Facts

INBOUND = "inbound"
OUTGOING = "outgoing"


class Blobs(Protocol):
    """Sealing of bytes at rest, bound to a purpose and a row."""

    def seal_blob(self, purpose: str, context: str, content: bytes) -> bytes:
        """Encrypt for this row only."""

    def open_blob(self, purpose: str, context: str, sealed: bytes) -> bytes:
        """The content; raises `VaultError` when it does not open here."""


Revision: TypeAlias = Callable[[], Awaitable[int]]
"""The register's revision as of now."""

FactsFor: TypeAlias = "Callable[[str, str, datetime], Awaitable[Facts]]"
"""(sender's contact id, dossier id, instant): what the register says of them now."""

Reminded: TypeAlias = Callable[[str, "datetime"], Awaitable[str]]
"""(trace of a reminder's letter, instant): the digest of what it rests on now, or nothing."""

__all__ = [
    "INBOUND",
    "OUTGOING",
    "Blobs",
    "FactsFor",
    "Reminded",
    "Revision",
    "VaultError",
]
