"""A mail that is no report, but the answer of a proven contact to a letter of duty of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.duty_letters import DutyMatter
from gateway.domain.stops import Ignore, Outcome, Reason

if TYPE_CHECKING:
    from gateway.domain.duty_letters import DutyLetter
    from gateway.domain.stops import Stop

# To a question the answer may be any file; elsewhere a file that cannot be read is a fault.
_WITH_FILES = frozenset({DutyMatter.HELP, DutyMatter.REMOVAL, DutyMatter.BREACH})


class Confirmation(Ignore):
    """This mail says that what the letter asks was done; on record with the mail."""

    def __init__(self, letter: DutyLetter) -> None:
        super().__init__(Reason.CONFIRMS)
        self.letter = letter


def answers(stop: Stop, letter: DutyLetter, contact_id: str) -> bool:
    """Whether a mail that ended so is this contact's answer to the letter: they got it themselves.

    One with a report in it is a report.  A CORRECTIE that was asked for is confirmed by being
    passed on, and not by a promise.
    """
    if letter.contact_id != contact_id or letter.matter in {
        DutyMatter.CORRECTION,
        DutyMatter.OFFICER,
    }:
        return False
    if Reason.NO_DOCUMENT in stop.reasons:
        return True
    return letter.matter in _WITH_FILES and stop.outcome is Outcome.REJECT
