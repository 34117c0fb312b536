"""What an extension of a breach leaves to be done again: nothing of that goes by silently.

Letters and notices are about what was known when they were made: their steps say by how many
extensions that was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.breach_terms import Step, ToDo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.breaches import Breach


def to_do(breach: Breach) -> tuple[ToDo, ...]:
    """What has to be decided, reported or written since it was extended; nothing once closed."""
    if not breach.extensions or breach.closed_at is not None:
        return ()
    found = {
        ToDo.REPORTING: breach.is_clock_running and _is_undone(breach),
        ToDo.TELLING: breach.telling is None and _was_before(breach, Step.NOT_TO_TELL),
        ToDo.SUPPLEMENT: breach.is_reported and _was_before(breach, Step.REPORTED),
        ToDo.LETTERS: _has_letters_to_write(breach),
    }
    return tuple(each for each, is_left in found.items() if is_left)


def lettered(breach: Breach) -> int:
    """By how many extensions letters to people were last written; -1 where none ever were."""
    found = breach.last(Step.LETTERS)
    return -1 if found is None else breach.extended_by(found)


def told(breach: Breach) -> Mapping[str, int]:
    """By the id of each party that was told: by how many extensions that was."""
    return {
        party: breach.extended_by(each)
        for each in breach.steps
        if each.step is Step.PARTNER_TOLD
        for party in each.detail["parties"].split()
    }


def _is_undone(breach: Breach) -> bool:
    """Whether what was decided or reported last says nothing of all that was added.

    One that runs although a report was made last had it taken back, and not all was ever in it.
    """
    found = breach.last(Step.NOT_REPORTED, Step.REPORTED)
    if found is None:
        return False
    return found.step is Step.REPORTED or breach.is_extended_after(found)


def _was_before(breach: Breach, *steps: Step) -> bool:
    """Whether the last of these was before it was extended."""
    found = breach.last(*steps)
    return found is not None and breach.is_extended_after(found)


def _has_letters_to_write(breach: Breach) -> bool:
    telling = breach.telling
    if telling is None or telling.step is not Step.TO_TELL:
        return False
    since = breach.extensions[max(lettered(breach), 0) :]
    return any(int(each.detail[name]) for each in since for name in ("people", "again"))
