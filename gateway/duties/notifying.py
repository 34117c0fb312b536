"""AVG 16, 19, convenant 12.7 and 12.11: everybody who is owed a letter gets it, and is reminded.

One round looks at all that is owed: it confirms what a CORRECTIE settled, posts what was not
posted or did not leave, reminds, and tells the officers what cannot be done without them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from gateway.domain.duty_letters import DutyMatter, LetterState
from gateway.domain.helping import Direction, What
from gateway.domain.notifying import (
    FIRST_REMINDER,
    TO,
    Happened,
    due,
    letter_item,
    letters_of,
    tell_officer,
    undone,
)
from gateway.duties.lettering import Posted, Wanted, next_attempt, post

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.domain.duty_letters import DutyLetter
    from gateway.domain.helping import HelpRequest
    from gateway.domain.histories import Roster
    from gateway.domain.notifying import Correction, Recipient
    from gateway.duties.lettering import Lettering, Write

LATE = "late"
UNREACHABLE = "unreachable"
_OPEN = "open"
_BY_A_CORRECTIE = frozenset({DutyMatter.CORRECTION, DutyMatter.NOTIFICATION})
_A_DAY = timedelta(days=1)


class Owed(Protocol):
    """What letters are owed about; every method raises `Retry(UNREACHABLE)`."""

    async def recipients(self) -> Sequence[Recipient]:
        """Everybody who has to hear of something."""

    async def corrections(self) -> Sequence[Correction]:
        """Every correction on record."""

    async def corrected(self) -> Mapping[str, Sequence[tuple[str, datetime, str]]]:
        """To whom a CORRECTIE went for each correction, by its id; when, and in which mail."""

    async def help(self) -> Sequence[HelpRequest]:
        """Everything that parties asked of each other."""


class OwedLetters(Protocol):
    """The letters as people read them; None where what they would say is gone."""

    async def notification(
        self, recipient: Recipient, correction: Correction | None, *, reminder: bool
    ) -> Write | None:
        """To who got something."""

    async def correction(self, correction: Correction, *, reminder: bool) -> Write | None:
        """To the source."""

    async def helping(self, asked: HelpRequest, *, reminder: bool) -> Write | None:
        """To a partner."""

    def officer(self, undone: Sequence[tuple[str, str, str]]) -> Write:
        """To an officer: about what, for whom (an id), and how it stands."""


class Parting(Protocol):
    """Providers that take part no longer (convenant 12.11)."""

    async def ask(self, roster: Roster, now: datetime) -> Sequence[str]:
        """Ask each once for what it has of inburgeraars; ids of the requests that are new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifying:
    """What it takes to notify; without `parting` nothing is asked by itself."""

    lettering: Lettering
    owed: Owed
    letters: OwedLetters
    parting: Parting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One letter that is owed to one person, with those that they got of it.

    `first` is after how long the first reminder goes; `late_at` when it is late all the same.
    """

    about: str
    item: str
    matter: DutyMatter
    meant_for: str
    letters: tuple[DutyLetter, ...] = ()
    dossier_id: str = ""
    first: timedelta = FIRST_REMINDER
    recipient: Recipient | None = None
    correction: Correction | None = None
    help: HelpRequest | None = None

    @property
    def happened(self) -> str:
        """What this letter is about, in a word."""
        if self.recipient is not None:
            return self.recipient.happened.value
        return self.matter.value if self.help is None else self.help.what.value

    @property
    def over(self) -> bool:
        """Whether it ended, so that nobody is asked for it any more."""
        return self.recipient is not None and self.recipient.over

    @property
    def once(self) -> bool:
        """Whether one letter is enough: it asks for nothing."""
        return self.recipient is not None and self.recipient.happened is Happened.LIFTED

    @property
    def references(self) -> tuple[str, ...]:
        """Which reports it is about, as printed on them."""
        return tuple(each.reference for each in self.recipient.passed) if self.recipient else ()

    @property
    def newest(self) -> DutyLetter | None:
        """The letter that says how it stands: a confirmed one, or else the last."""
        confirmed = (each for each in self.letters if each.state is LetterState.CONFIRMED)
        return next(confirmed, self.letters[-1] if self.letters else None)

    def with_letters(self, letters: Sequence[DutyLetter]) -> Thing:
        """The same, with those letters of these that are of it."""
        mine = [each for each in letters if each.about == self.about]
        found = letters_of(mine, self.matter, self.item, self.meant_for)
        return replace(self, letters=found)


async def notify(parts: Notifying, now: datetime, *, about: str = "", by: str = "") -> Posted:
    """One round, for all or for what is `about` one case; by this operator or by itself.

    Raises `Retry` when it cannot be done now, `RegisterError` for who is no operator.
    """
    roster = await parts.lettering.view.roster()
    if parts.parting is not None and not about:
        await parts.parting.ask(roster, now)
    await settle(parts, about)
    things = await owed_now(parts, about)
    letters = [await _letter(parts, each, now) for each in things]
    posted = await post(parts.lettering, [each for each in letters if each], now, by=by)
    unreachable = {(each.about, each.item, each.meant_for) for each in posted.unreachable}
    told = await post(
        parts.lettering, await _officers(parts, roster, now, about, unreachable), now, by=by
    )
    return Posted(letters=(*posted.letters, *told.letters), unreachable=posted.unreachable)


async def settle(parts: Notifying, about: str = "") -> None:
    """What a CORRECTIE that was passed on settled is confirmed by it."""
    corrected = await parts.owed.corrected()
    for each in await parts.lettering.duties.unconfirmed():
        if each.matter not in _BY_A_CORRECTIE or about not in {"", each.about}:
            continue
        for contact_id, _, trace in corrected.get(each.item.removesuffix(TO), ()):
            if each.matter is DutyMatter.CORRECTION or contact_id == each.meant_for:
                await parts.lettering.duties.confirm(each, by="", trace=trace)
                break


# --- what is owed ------------------------------------------------------------


async def owed_now(parts: Notifying, about: str = "") -> tuple[Thing, ...]:
    """Every letter that is owed to somebody, whether it was posted or not."""
    letters = await parts.lettering.duties.every()
    corrections = {each.correction_id: each for each in await parts.owed.corrections()}
    recipients = await parts.owed.recipients()
    found = [
        *(_asked(each) for each in corrections.values()),
        *(_told(each, corrections.get(each.item)) for each in recipients),
        *(_helped(each) for each in await parts.owed.help() if _open(each)),
    ]
    things = (each.with_letters(letters) for each in found if about in {"", each.about})
    return tuple(each for each in things if not _needless(each, letters))


def _needless(thing: Thing, letters: Sequence[DutyLetter]) -> bool:
    """Who never heard of a restriction need not hear of it once it is over, nor of its end."""
    if not (thing.over or thing.once):
        return False
    asked = letter_item(Happened.RESTRICTED, thing.recipient.item if thing.recipient else "")
    mine = [each for each in letters if each.about == thing.about]
    heard = letters_of(mine, DutyMatter.NOTIFICATION, asked, thing.meant_for)
    return all(each.state is LetterState.WITHDRAWN for each in heard)


def _asked(correction: Correction) -> Thing:
    return Thing(
        about=correction.about,
        item=correction.correction_id,
        matter=DutyMatter.CORRECTION,
        meant_for=correction.source_id,
        dossier_id=correction.dossier_id,
        correction=correction,
    )


def _told(recipient: Recipient, correction: Correction | None) -> Thing:
    # Of one case a contact may be source and recipient: two items, two letters.
    return Thing(
        about=recipient.about,
        item=recipient.letter,
        matter=DutyMatter.NOTIFICATION,
        meant_for=recipient.contact_id,
        recipient=recipient,
        correction=correction,
    )


def _open(asked: HelpRequest) -> bool:
    return asked.direction is Direction.TO and asked.answer is None


def _helped(asked: HelpRequest) -> Thing:
    return Thing(
        about=asked.about,
        item=asked.what.value,
        matter=DutyMatter.HELP if asked.what is What.HELP else DutyMatter.REMOVAL,
        meant_for=asked.contact_id,
        dossier_id=asked.dossier_id,
        first=max(asked.due_at - asked.asked_at, _A_DAY),
        help=asked,
    )


async def _letter(parts: Notifying, thing: Thing, now: datetime) -> Wanted | None:
    """What is to be posted of this now, if anything is."""
    left = any(each.state is not LetterState.WITHDRAWN for each in thing.letters)
    if thing.over or (thing.once and left) or not due(thing.letters, now, thing.first):
        return None
    write = await _written(parts, thing, reminder=left)
    if write is None:
        return None
    return Wanted(
        matter=thing.matter,
        about=thing.about,
        meant_for=thing.meant_for,
        write=write,
        item=thing.item,
        attempt=next_attempt(thing.letters, thing.item, thing.meant_for),
        dossier_id=thing.dossier_id,
    )


async def _written(parts: Notifying, thing: Thing, *, reminder: bool) -> Write | None:
    if thing.help is not None:
        return await parts.letters.helping(thing.help, reminder=reminder)
    if thing.recipient is not None:
        return await parts.letters.notification(
            thing.recipient, thing.correction, reminder=reminder
        )
    if thing.correction is not None:
        return await parts.letters.correction(thing.correction, reminder=reminder)
    return None


# --- the officers ------------------------------------------------------------


async def _officers(
    parts: Notifying,
    roster: Roster,
    now: datetime,
    about: str,
    unreachable: set[tuple[str, str, str]],
) -> list[Wanted]:
    """A letter to each officer for each case in which something is not done."""
    letters = await parts.lettering.duties.every()
    open_ = await _undone(parts, now, about, unreachable)
    found = []
    for case, rows in open_.items():
        for officer in roster.officers(now):
            mine = letters_of(
                [each for each in letters if each.about == case],
                DutyMatter.OFFICER,
                _OPEN,
                officer.contact_id,
            )
            if tell_officer(mine, now):
                found.append(_to_officer(parts, case, rows, officer.contact_id, mine))
    return found


def _to_officer(
    parts: Notifying,
    case: str,
    rows: Sequence[tuple[str, str, str]],
    officer_id: str,
    letters: Sequence[DutyLetter],
) -> Wanted:
    return Wanted(
        matter=DutyMatter.OFFICER,
        about=case,
        meant_for=officer_id,
        write=parts.letters.officer(rows),
        item=_OPEN,
        attempt=next_attempt(letters, _OPEN, officer_id),
        strict=True,
    )


async def _undone(
    parts: Notifying,
    now: datetime,
    about: str,
    unreachable: set[tuple[str, str, str]],
) -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for each in await owed_now(parts, about):
        key = (each.about, each.item, each.meant_for)
        late = each.help is not None and each.help.late(now)
        if key in unreachable or late or _asks(each, now):
            state = UNREACHABLE if key in unreachable else LATE if late else _state(each)
            found.setdefault(each.about, []).append((each.about, each.meant_for, state))
    for asked in await parts.owed.help():
        if asked.direction is Direction.FROM and asked.late(now) and about in {"", asked.about}:
            found.setdefault(asked.about, []).append((asked.about, asked.contact_id, LATE))
    return found


def _asks(thing: Thing, now: datetime) -> bool:
    """Whether an officer has to look at this one."""
    if thing.over:
        return False
    if thing.once and thing.letters:
        return thing.letters[-1].state.failed
    return undone(thing.letters, now)


def _state(thing: Thing) -> str:
    return thing.letters[-1].state.value if thing.letters else UNREACHABLE
