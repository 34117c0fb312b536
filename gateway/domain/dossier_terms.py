"""Why, on which ground, by whom and how long: what a dossier says of all data alike (AVG 15(1))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """A processing activity as it stands on record under its id (AVG 30), read for a person."""

    activity_id: str
    name: str
    purposes: tuple[str, ...]
    grounds: tuple[str, ...]
    recipients: tuple[str, ...]
    third_countries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long one kind of data is kept: the rule, and the day it comes to; None when open."""

    what: str
    duration: str
    since: str
    until: datetime | None
    on_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who is responsible, and whom to ask (AVG 15(1)(a), 13(1))."""

    municipality: str
    contact: str
    officer: str
