"""Legal hold: entries of the log that stay whatever their term, because a case needs them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MOST_REFERENCE = 80


class HoldRefusal(StrEnum):
    """Why a hold is not placed or lifted, or keeps something from being erased."""

    UNKNOWN = "unknown-hold"
    LIFTED = "hold-lifted"
    NOTHING = "hold-on-nothing"
    MAIL = "unknown-mail"
    REFERENCE = "bad-hold-reference"
    HELD = "under-legal-hold"


_TEXTS: dict[HoldRefusal, tuple[str, str]] = {
    HoldRefusal.UNKNOWN: (
        "There is no such hold; see gateway log hold list.",
        "Deze bewaarplicht bestaat niet; zie gateway log hold list.",
    ),
    HoldRefusal.LIFTED: ("This hold was lifted already.", "Deze bewaarplicht is al opgeheven."),
    HoldRefusal.NOTHING: (
        "Say what is to be kept: a person, a mail, or a period that does not end before it starts.",
        "Geef aan wat bewaard moet blijven: persoon, mail, of periode met begin voor einde.",
    ),
    HoldRefusal.MAIL: (
        "The log has no mail with this trace or reference; see gateway log show.",
        "In het logboek staat geen mail met deze trace of referentie; zie gateway log show.",
    ),
    HoldRefusal.REFERENCE: (
        f"Refer to the case in at most {MOST_REFERENCE} printable characters, without names.",
        f"Verwijs naar de zaak in hoogstens {MOST_REFERENCE} leesbare tekens, zonder namen.",
    ),
    HoldRefusal.HELD: (
        "Entries about this person are under legal hold; lift the hold first.",
        "Voor regels over deze persoon geldt een bewaarplicht; hef die eerst op.",
    ),
}


class HoldError(Exception):
    """Nothing was done; `code` says why, `text` and `nl` in words that name nobody."""

    def __init__(self, code: HoldRefusal) -> None:
        super().__init__(code.value)
        self.code = code.value
        self.text, self.nl = _TEXTS[code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a hold is on: everything that all of these say; at least one of them says something.

    `subject` is a dossier's own id, `mail` a trace or a report's reference; the period
    is from `since` until before `until`, by the moment of recording.
    """

    subject: str = ""
    mail: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def check(self) -> None:
        """Raises `HoldError` for a hold on nothing, or on all that ever was."""
        if not (self.subject or self.mail or self.since or self.until):
            raise HoldError(HoldRefusal.NOTHING)
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise HoldError(HoldRefusal.NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold on record: for which case, placed when and by whom, lifted when and by whom."""

    hold_id: str
    held: Held
    reference: str
    placed_at: datetime
    placed_by: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None


def checked_reference(text: str) -> str:
    """A short reference of a case, as it is kept; raises `HoldError`."""
    found = text.strip()
    if not 1 <= len(found) <= MOST_REFERENCE or not found.isprintable():
        raise HoldError(HoldRefusal.REFERENCE)
    return found
