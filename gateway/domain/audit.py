"""The audit trail: what people did to register, policy and held mail (BIO2 8.15.01).

It names people, so it is kept apart from the processing log, whose records name none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One deed: Tijdstempel, Actor, Actie, Object, Resultaat and Oorsprong.

    `actor` is an operator's id, or what the founder of an installation called
    themselves; `about` an id or reference, never a name or a value of an
    inburgeraar.  `origin` is the account of this machine, where it was kept.
    """

    at: datetime
    actor: str
    action: str
    about: str
    result: str
    origin: str
