"""What waits for a person's decision, as that person sees it: references and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent
from gateway.domain.stops import WHOLE_MAIL, Outcome, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.annotations import Annotation

# Free text goes on only when two people have released it.
EYES = 2
# What the deed of a look says that left a file.
WRITTEN = "written"


class NotHeldError(Exception):
    """No mail with this trace waits for a person."""


class WalkedSinceError(Exception):
    """It walked since it was seen; `rounds` is the round in which it is held now."""

    def __init__(self, rounds: int) -> None:
        super().__init__(rounds)
        self.rounds = rounds


class NoFreeTextError(Exception):
    """What is asked about is not held for its free text."""


class NotToldError(Exception):
    """The sender cannot be asked: there is no text to ask about, or no letter can be sealed."""


class NoNameError(Exception):
    """A decision needs the name of who takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldReport:
    """One report of a held mail as it stands; `number` is -1 for the mail as a whole.

    `released_by` are the names of who has already released its free text, as it stands.
    """

    number: int
    bericht_id: str | None
    outcome: Outcome
    reasons: tuple[str, ...]
    sender_contact_id: str | None
    dossier_id: str | None
    released_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMail:
    """A mail that waits for a person, and what became of each of its reports.

    `rounds` counts how often it came to rest: who decides says which round was seen.
    """

    trace: str
    received_at: datetime
    size: int
    rounds: int
    reasons: tuple[str, ...]
    reports: tuple[HeldReport, ...]

    @property
    def to_decide(self) -> tuple[HeldReport, ...]:
        """The reports that are held, or the answer that could not be delivered."""
        return tuple(r for r in self.reports if r.outcome is Outcome.HOLD) or (ANSWER,)

    @property
    def free_texts(self) -> tuple[str, ...]:
        """The ids of the reports whose free text two people have to release."""
        return tuple(r.bericht_id for r in self._with_free_text if r.bericht_id)

    @property
    def _with_free_text(self) -> tuple[HeldReport, ...]:
        code = Reason.FREE_TEXT.value
        return tuple(report for report in self.reports if code in report.reasons)

    def to_rephrase(self, numbers: frozenset[int]) -> tuple[HeldReport, ...]:
        """These of the reports that are held for their free text; all of them where none is named.

        Raises `NoFreeTextError` for one that is not held for it, or where there is none.
        """
        found = self._with_free_text
        chosen = tuple(report for report in found if not numbers or report.number in numbers)
        if not chosen or not numbers <= {report.number for report in chosen}:
            raise NoFreeTextError
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FreeText(Silent):
    """What somebody wrote in report `number`, for those who have to release or refuse it.

    `label` for the name of a test, which waits for nobody by itself.  `place` is where it
    stands in the sender's form, empty where it was none.
    `annotations` are what a scanner points at; that there are none says nothing.
    """

    number: int
    dossierkenmerk: str
    path: str
    text: str
    place: str = ""
    label: bool = False
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a decision did.  `walks` is false while a second person has yet to release.

    `refused` are the reports that were refused, for the sender's receipt.
    """

    trace: str
    walks: bool
    waiting_for_second: tuple[str, ...] = ()
    refused: tuple[HeldReport, ...] = ()


ANSWER = HeldReport(
    number=WHOLE_MAIL,
    bericht_id=None,
    outcome=Outcome.HOLD,
    reasons=(Reason.UNDELIVERABLE.value,),
    sender_contact_id=None,
    dossier_id=None,
    released_by=(),
)
"""Stands for a receipt that could not be delivered, while its mail's reports all went."""
