"""AVG 19: who has to hear of what was corrected, erased or restricted, and how far that is.

Each recipient of each disclosure is on record by reference, apart from the person's data, so
that the list outlives an erasure.  A recipient is written to once, reminded, and followed
until it is known that they did what the letter asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.duty_letters import LetterState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from gateway.domain.duty_letters import DutyLetter, DutyMatter

# Own choice, where the law says "without undue delay" and nothing about reminding.
FIRST_REMINDER = timedelta(days=14)
WEEKLY = timedelta(days=7)
MOST_REMINDERS = 4
REQUEST = "request/"
# To who got something, apart from what goes to a source about the same.
TO = "/to"


class Happened(StrEnum):
    """What a recipient has to hear of."""

    CORRECTED = "corrected"
    ERASED = "erased"
    PARTLY = "partly"  # erased: what rested on consent that was withdrawn
    RESTRICTED = "restricted"
    LIFTED = "lifted"  # follows from the restriction itself; told to who heard of that


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One report that a contact got; `reference` is the one printed on it.

    `sent_at` is None while it is being handed over.  `categories` are codes of annex 3.
    """

    reference: str
    sent_at: datetime | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who has to hear of one thing in one case; `item` is the correction or restriction.

    It is empty too for restrictions of before they were told apart.  `over` says that it
    ended: nobody is asked for it any more.
    """

    case_id: str
    item: str
    happened: Happened
    contact_id: str
    passed: tuple[Passed, ...]
    over: bool = False

    @property
    def about(self) -> str:
        """What its letters are about."""
        return f"{REQUEST}{self.case_id}"

    @property
    def letter(self) -> str:
        """The item of its letters; another one for a restriction than for its end."""
        return letter_item(self.happened, self.item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A value that was wrong in one report (AVG 16): which field, never which value.

    `provider` says whose report it is, `source_id` the contact who sent it.
    """

    correction_id: str
    case_id: str
    dossier_id: str
    bericht_id: str
    party_id: str
    source_id: str
    field: str
    recorded_at: datetime

    @property
    def about(self) -> str:
        """What its letters are about."""
        return f"{REQUEST}{self.case_id}"


def letter_item(happened: Happened, item: str) -> str:
    """What letters of this to a recipient go by: of one case a source may get others."""
    if happened is Happened.CORRECTED and item:
        return f"{item}{TO}"
    return f"{happened.value}-{item}{TO}" if item else f"{happened.value}{TO}"


def as_they_stand(
    recipients: Iterable[Recipient], *, restricted: Collection[str], lifted: Collection[str]
) -> tuple[Recipient, ...]:
    """With what became of restrictions since: these are in force, these were lifted.

    By the id of the restriction, or that of the case: one of which any is in force, or all
    were lifted.  One with neither is of somebody who was erased, of which they hear otherwise.
    Nobody hears that something is over of a report that another restriction still holds.
    """
    given = tuple(recipients)
    held = {
        (each.contact_id, passed.reference)
        for each in given
        if each.happened is Happened.RESTRICTED and _of(each) in restricted
        for passed in each.passed
    }
    found: list[Recipient] = []
    for each in given:
        over = each.happened is Happened.RESTRICTED and _of(each) not in restricted
        found.append(_same(each, each.happened, each.passed, over=over))
        free = tuple(p for p in each.passed if (each.contact_id, p.reference) not in held)
        if over and _of(each) in lifted and free:
            found.append(_same(each, Happened.LIFTED, free, over=False))
    return tuple(found)


def once(recipients: Iterable[Recipient]) -> tuple[tuple[str, Passed], ...]:
    """Who got which report, each once however often they have to hear of it."""
    found: dict[tuple[str, str], Passed] = {}
    for each in recipients:
        for passed in each.passed:
            found.setdefault((each.contact_id, passed.reference), passed)
    return tuple((contact_id, passed) for (contact_id, _), passed in found.items())


def _of(recipient: Recipient) -> str:
    return recipient.item or recipient.case_id


def _same(
    recipient: Recipient, happened: Happened, passed: tuple[Passed, ...], *, over: bool
) -> Recipient:
    return Recipient(
        case_id=recipient.case_id,
        item=recipient.item,
        happened=happened,
        contact_id=recipient.contact_id,
        passed=passed,
        over=over,
    )


def letters_of(
    letters: Sequence[DutyLetter], matter: DutyMatter, item: str, meant_for: str
) -> tuple[DutyLetter, ...]:
    """The letters of this matter and item to this person, the first one first."""
    return tuple(
        each
        for each in letters
        if (each.matter, each.item, each.meant_for) == (matter, item, meant_for)
    )


def due(letters: Sequence[DutyLetter], now: datetime, first: timedelta = FIRST_REMINDER) -> bool:
    """Whether a letter is to be posted now: the first, one that did not leave, or a reminder.

    `letters` are those of one item to one person.  None while the last one waits, and none
    after so many reminders: then it is for the officer to call.
    """
    if not letters:
        return True
    last = letters[-1]
    if any(each.state is LetterState.CONFIRMED for each in letters):
        return False
    if last.state is LetterState.WITHDRAWN:
        return True
    if last.state is LetterState.WAITING:
        return False
    reminders = sum(each.state is not LetterState.WITHDRAWN for each in letters) - 1
    wait = first if reminders == 0 else WEEKLY
    return reminders < MOST_REMINDERS and now >= (last.sent_at or last.posted_at) + wait


def undone(letters: Sequence[DutyLetter], now: datetime) -> bool:
    """Whether an officer has to look: nobody could be written to, or nobody answers."""
    if not letters:
        return True
    if any(each.state is LetterState.CONFIRMED for each in letters):
        return False
    asked = letters[0].sent_at or letters[0].posted_at
    return letters[-1].state.failed or now >= asked + FIRST_REMINDER


def tell_officer(letters: Sequence[DutyLetter], now: datetime) -> bool:
    """Whether this officer is to hear of a case now: at once, and then weekly.

    `letters` are those that they got about it.
    """
    left = [each for each in letters if each.state is not LetterState.WITHDRAWN]
    return not left or now >= left[-1].posted_at + WEEKLY
