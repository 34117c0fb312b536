"""A mail whose reports were sent, as far as its original is still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from gateway.domain.stages import RawMail


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SentBefore(Silent):
    """The sealed original of reports that were sent; `numbers` are their places in it."""

    raw: RawMail
    numbers: frozenset[int]
