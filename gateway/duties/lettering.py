"""Posts letters of duty: to whom each can be written, sealed, on record, and in the outbox."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.domain.duty_letters import DutyLetter, SealedDuty, addressee, digest, holds_until
from gateway.domain.silent import Silent
from gateway.domain.stages import Standing
from gateway.duties.posting import sealed_for_post

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gateway.domain.duty_letters import DutyMatter
    from gateway.domain.histories import Roster
    from gateway.domain.mail import Letter
    from gateway.domain.parties import Contact
    from gateway.ports import RegisterView, Sealer

    # The letter to this reader, under this reference, at this instant.
    Write = Callable[[Contact, str, datetime], Letter]


class DutyLetters(Protocol):
    """Letters of duty on record: posted once, and followed until somebody confirms them."""

    async def post(self, letters: Sequence[SealedDuty], *, by: str = "") -> bool:
        """One transaction: on record, logged, a deed of `by`, and in the outbox.

        Without `by` the gateway itself does it.  False, and nothing was done, where one of
        them is on record already.  Raises `RegisterError` for a name that is no operator's.
        """

    async def about(self, about: str) -> Sequence[DutyLetter]:
        """Every letter about this case or breach, oldest first, with its state by now."""

    async def every(self) -> Sequence[DutyLetter]:
        """Every letter that was ever posted, oldest first, with its state by now."""

    async def unconfirmed(self) -> Sequence[DutyLetter]:
        """Every letter that nobody confirmed, oldest first."""

    async def named(self, message_id: str) -> DutyLetter | None:
        """The letter of ours with this Message-ID."""

    async def confirm(self, letter: DutyLetter, *, by: str, trace: str = "") -> bool:
        """That what it asks was done: heard by an officer, or by the mail with this trace.

        False where that is on record already.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """What it takes to post letters of duty."""

    view: RegisterView
    duties: DutyLetters
    sealer: Sealer


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Wanted(Silent):
    """A letter that a duty asks for; the fields are those of `DutyLetter`.

    `write` renders it for whoever it goes to in the end.  `dossier_id` is whom it is about,
    empty where that is nobody or their data are erased.  With `strict` it goes to the contact
    whom it is meant for or to nobody.
    """

    matter: DutyMatter
    about: str
    meant_for: str
    write: Write
    item: str = ""
    attempt: int = 0
    dossier_id: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Posted(Silent):
    """What was posted, and what could be written to nobody: an officer has to hear of that."""

    letters: tuple[DutyLetter, ...]
    unreachable: tuple[Wanted, ...]


async def post(
    parts: Lettering, wanted: Sequence[Wanted], now: datetime, *, by: str = ""
) -> Posted:
    """Seal and post all that can be, together; raises `Retry`, and `RegisterError` for `by`.

    What is on record already under the same attempt is not posted twice: then nothing is.
    """
    roster = await parts.view.roster()
    tried = [(each, await _sealed(parts, each, roster, now)) for each in wanted]
    letters = [sealed for _, sealed in tried if sealed is not None]
    done = bool(letters) and await parts.duties.post(letters, by=by)
    return Posted(
        letters=tuple(each.letter for each in letters) if done else (),
        unreachable=tuple(each for each, sealed in tried if sealed is None),
    )


def next_attempt(letters: Sequence[DutyLetter], item: str, meant_for: str) -> int:
    """Under which attempt another letter of this item goes to this person."""
    mine = (each for each in letters if each.item == item and each.meant_for == meant_for)
    return max((each.attempt for each in mine), default=-1) + 1


async def _sealed(
    parts: Lettering, wanted: Wanted, roster: Roster, now: datetime
) -> SealedDuty | None:
    """None where nobody can be written to, or it cannot be sealed; raises `Retry`."""
    to = addressee(roster, wanted.meant_for, now)
    if to is None or (wanted.strict and to.contact_id != wanted.meant_for):
        return None
    reference = secrets.token_hex(8)
    letter = wanted.write(to, reference, now)
    mailed = await sealed_for_post(parts.sealer, letter)
    if mailed is None:
        return None
    return SealedDuty(
        letter=DutyLetter(
            letter_id=reference,
            matter=wanted.matter,
            about=wanted.about,
            item=wanted.item,
            meant_for=wanted.meant_for,
            contact_id=to.contact_id,
            attempt=wanted.attempt,
            message_id=letter.message_id,
            posted_at=now,
        ),
        mailed=mailed,
        standing=Standing(
            revision=roster.revision,
            digest=digest(roster, to.contact_id, now),
            until=holds_until(roster, to.contact_id, now),
        ),
        dossier_id=wanted.dossier_id,
    )
