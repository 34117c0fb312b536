"""What a walk needs besides the message: the ports, bundled once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.ports import Letters, Registry, Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gateway as one walk sees it; `addresses` are those at which mail reaches it."""

    addresses: tuple[str, ...]
    sealer: Sealer
    registry: Registry
    letters: Letters
