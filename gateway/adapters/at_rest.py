"""What the message's way asks of the vault and of the register, so that neither knows the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sqlalchemy import select

from gateway.adapters.among import among_given
from gateway.adapters.tables_register import dossier_secret
from gateway.adapters.vault import Vault, VaultError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.domain.facts import Facts

INBOUND = "inbound"
OUTGOING = "outgoing"

_KEYS = select(dossier_secret.c.dossier_id, dossier_secret.c.wrapped_key).where(
    among_given(dossier_secret.c.dossier_id, "people"), dossier_secret.c.wrapped_key.is_not(None)
)


class Blobs(Protocol):
    """Sealing of bytes at rest, bound to a purpose and a row."""

    def seal_blob(self, purpose: str, context: str, content: bytes) -> bytes:
        """Encrypt for this row only."""

    def open_blob(self, purpose: str, context: str, sealed: bytes) -> bytes:
        """The content; raises `VaultError` when it does not open here."""


class Pseudonyms(Protocol):
    """Who a log entry is about, without saying who."""

    def of(self, connection: Connection, dossier_ids: Collection[str]) -> Mapping[str, str]:
        """A pseudonym for each dossier that still has one, read in the caller's transaction."""


class PersonalPseudonyms:
    """Pseudonyms from each inburgeraar's own key: with the key they disappear."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def of(self, connection: Connection, dossier_ids: Collection[str]) -> Mapping[str, str]:
        """As the port says; one reading for all."""
        if not dossier_ids:
            return {}
        rows = connection.execute(_KEYS, {"people": list(dossier_ids)})
        found: dict[str, str] = {}
        for dossier_id, wrapped in rows:
            found[dossier_id] = self._vault.person(dossier_id, wrapped).pseudonym("log")
        return found


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
    "PersonalPseudonyms",
    "Pseudonyms",
    "Reminded",
    "Revision",
    "VaultError",
]
