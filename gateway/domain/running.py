"""What people are reminded of, and the terms that run: what somebody is owed, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from datetime import datetime


class Matter(StrEnum):
    """What a reminder is about."""

    KEY = "key"
    TERM = "term"
    EXCLUSION = "exclusion"
    REQUEST = "request"
    BREACH = "breach"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Running(Silent):
    """One term that nothing has stopped yet; it names nobody.

    `subject` is the id of the case, `reference` the municipality's own number of it,
    `kind` a code of what is owed, or several with spaces between; `deadline` is the first
    moment at which it is too late, or at which somebody has to look again.
    """

    matter: Matter
    subject: str
    reference: str
    kind: str
    deadline: datetime
