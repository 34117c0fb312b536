"""How sure it is that something belongs to a scope, and how often each of several things occurs."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Sureness(StrEnum):
    """How sure one of a scope is: the surest first, the weakest that applies counts."""

    VERIFIED = "verified"  # held against its entries in the log, and they say the same
    RECORDED = "recorded"  # on record, not held against the log this time
    OUTBOX = "outbox"  # that it left, only the outbox says: the log does not, or not yet
    DERIVED = "derived"  # it meets the criterion by what the register said at that time
    POSSIBLE = "possible"  # nothing on record says whether it meets the criterion
    DISPUTED = "disputed"  # the log says otherwise, or has no entry of it


def weakest(*found: Sureness) -> Sureness:
    """The least sure of these; there is at least one."""
    return next(each for each in reversed(Sureness) if each in found)


def tally(names: Iterable[str]) -> Mapping[str, int]:
    """How often each occurs, in the order of the alphabet."""
    return dict(sorted(Counter(names).items()))
