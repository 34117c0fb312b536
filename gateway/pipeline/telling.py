"""Letters to those concerned: sealed one by one, and none of them stops what it tells of."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.outcomes import Later, Mailed
from gateway.domain.silent import Silent
from gateway.domain.stages import Post
from gateway.domain.stops import Reason, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.mail import Letter
    from gateway.domain.parties import Contact
    from gateway.domain.sparing import Occasion
    from gateway.domain.stages import Released
    from gateway.pipeline.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer(Silent):
    """A letter to be sealed; with an `occasion` it counts among what this contact is told."""

    letter: Letter
    to: Contact
    after_reports: bool = False
    occasion: Occasion | None = None


async def undelivered(released: Released, now: datetime, gate: Gate) -> tuple[Mailed, ...]:
    """Who hears that a mail of ours was refused for good: the officers, and a report's sender.

    A notice or reminder that does not arrive is on record and makes no further notice; what is
    asked by a letter of duty is looked after by that duty (`duties.notifying`).
    """
    if released.post in {Post.NOTICE, Post.REMINDER, Post.DUTY}:
        return ()
    numbers = () if released.number is None else (released.number,)
    later = Later(trace=released.trace, reason=Reason.UNDELIVERABLE, numbers=numbers, instant=now)
    return await told(later, await concerned(released.sender_id, now, gate), gate)


async def concerned(sender_id: str, now: datetime, gate: Gate) -> Sequence[Contact]:
    """The officers, and the sender of a report where there is one who can be written to."""
    sender = await gate.registry.contact(sender_id, now) if sender_id else None
    return [*await gate.registry.officers(now), *([sender] if sender else [])]


async def told(
    later: Later, people: Sequence[Contact], gate: Gate, occasion: Occasion | None = None
) -> tuple[Mailed, ...]:
    """One sealed letter for each of these people; one that cannot be written is left out."""
    sealed: list[Mailed | None] = []
    for contact in people:
        letter = _afterwards(later, contact, gate)
        if letter is not None:
            with suppress(Retry):
                answer = Answer(letter=letter, to=contact, occasion=occasion)
                sealed.append(await mailed(answer, gate))
    return tuple(each for each in sealed if each is not None)


async def mailed(answer: Answer, gate: Gate) -> Mailed | None:
    """The letter sealed; None where it cannot be.  Raises `Retry`."""
    try:
        sealed = await gate.sealer.sealed(answer.letter)
    except Retry:
        raise
    except Exception:  # noqa: BLE001 - a bug in an answer must not stop what it tells of
        return None
    return Mailed(
        message_id=answer.letter.message_id,
        recipient=answer.letter.recipient,
        mail=sealed.mail,
        after_reports=answer.after_reports,
        sealed_by=sealed.by,
        sealed_to=sealed.to,
        contact_id=answer.to.contact_id,
        occasion=answer.occasion,
    )


def _afterwards(later: Later, contact: Contact, gate: Gate) -> Letter | None:
    try:
        return gate.letters.afterwards(later, contact)
    except Exception:  # noqa: BLE001 - as above
        return None
