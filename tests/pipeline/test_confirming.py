"""An answer to a letter of duty: whose, to which letter, and never in place of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.domain.confirming import Confirmation
from gateway.domain.duty_letters import DutyLetter, DutyMatter
from gateway.domain.form_reading import FormRead
from gateway.domain.stops import Fault, Hold, Outcome, Reason, Reject, Retry, Stop
from gateway.pipeline.confirming import confirming
from tests import corridor
from tests.generators import INSTANT, SENDER
from tests.pipeline import office

if TYPE_CHECKING:
    from gateway.domain.stages import Opened

OURS, THEIRS = "<brief@gemeente.example>", "<ander@gemeente.example>"
NO_REPORT = Reject(Reason.NO_DOCUMENT)


class Letters:
    """A record with one letter, or one that cannot be read."""

    def __init__(self, letter: DutyLetter | None, trouble: Exception | None = None) -> None:
        self.letter = letter
        self.trouble = trouble

    async def named(self, message_id: str) -> DutyLetter | None:
        if self.trouble is not None:
            raise self.trouble
        return self.letter if message_id == OURS else None


def letter(matter: DutyMatter = DutyMatter.NOTIFICATION, to: str = SENDER.contact_id) -> DutyLetter:
    return DutyLetter(
        letter_id="0" * 16,
        matter=matter,
        about="request/1",
        item="erased/to",
        meant_for=to,
        contact_id=to,
        attempt=0,
        message_id=OURS,
        posted_at=INSTANT,
    )


async def became(
    found: DutyLetter | None,
    stop: Stop = NO_REPORT,
    *,
    answers: tuple[str, ...] = (THEIRS, OURS),
    automatic: bool = False,
    trouble: Exception | None = None,
    mail: Opened | None = None,
) -> Stop:
    """How a mail that ended in `stop` ends, once it is compared with our letters."""
    gate = replace(office.gate(), duties=Letters(found, trouble))
    opened = replace(mail or corridor.opened(), answers=answers, automatic=automatic)
    return await confirming(stop, opened, gate)


async def test_the_answer_of_who_got_the_letter_is_its_confirmation() -> None:
    stop = await became(letter())
    assert isinstance(stop, Confirmation)
    assert (stop.outcome, stop.reasons) == (Outcome.IGNORE, (Reason.CONFIRMS,))


@pytest.mark.parametrize("matter", DutyMatter)
async def test_what_may_be_answered_with_words_alone(matter: DutyMatter) -> None:
    """A CORRECTIE is confirmed by being passed on; an officer's letter asks nothing of anybody."""
    asked = matter not in {DutyMatter.CORRECTION, DutyMatter.OFFICER}
    assert isinstance(await became(letter(matter)), Confirmation) is asked


async def test_to_a_question_any_file_may_be_the_answer() -> None:
    unread = Reject(Reason.UNREADABLE_FORM)
    assert isinstance(await became(letter(DutyMatter.HELP), unread), Confirmation)
    assert await became(letter(), unread) is unread


UNREAD = Reject(Reason.UNREADABLE_FORM, faults=(Fault(path="", kind="bestand-beschadigd"),))
NO_FORM = Reject(Reason.UNREADABLE_FORM, faults=(Fault(path="", kind="kopregel-ontbreekt"),))
MEANT_AS_REPORTS = (
    corridor.opened(b'{"bijsluiterVersie": "9.9"}'),
    corridor.opened(b'{"berichten": []}'),
    corridor.opened(b'{"bijsluiterVersie": "1.0", "berichten": [', name="verslag.json"),
    corridor.opened(b"{}", b'{"bijsluiterVersie": "1.0"}'),
    corridor.opened(b"TNEF", name="winmail.dat", media_type="application/ms-tnef"),
    corridor.opened(b"PK", name="verslag.xlsx", media_type="", form=UNREAD),
    corridor.opened(b"PK", name="verslag.xlsx", media_type="", form=FormRead(document=b"{}")),
)


@pytest.mark.parametrize("mail", MEANT_AS_REPORTS)
async def test_a_faulty_report_that_answers_a_question_is_refused_and_not_swallowed(
    mail: Opened,
) -> None:
    """Its sender would hear nothing, and nobody would ever look at it."""
    faulty = Reject(Reason.FAULTY_DOCUMENT)
    assert await became(letter(DutyMatter.HELP), faulty, mail=mail) is faulty


@pytest.mark.parametrize(
    "mail",
    [
        corridor.opened(b'{"antwoord": "twee berichten"}'),
        corridor.opened(b"PK", name="lijst.xlsx", media_type="", form=NO_FORM),
    ],
)
async def test_a_file_that_is_no_report_at_all_still_answers_a_question(mail: Opened) -> None:
    refused = Reject(Reason.FAULTY_DOCUMENT)
    assert isinstance(await became(letter(DutyMatter.HELP), refused, mail=mail), Confirmation)


async def test_nothing_else_confirms() -> None:
    other = letter(to="contact-9")
    assert await became(other) is NO_REPORT  # somebody else's letter
    assert await became(letter(), answers=(THEIRS,)) is NO_REPORT  # no letter of ours
    assert await became(letter(), answers=()) is NO_REPORT
    assert await became(letter(), automatic=True) is NO_REPORT  # an absence notice
    assert await became(None) is NO_REPORT
    faulty = Reject(Reason.FAULTY_DOCUMENT)
    assert await became(letter(), faulty) is faulty  # a report, whatever it answers


async def test_a_record_out_of_reach_is_tried_again_and_a_bug_loses_nothing() -> None:
    away = await became(letter(), trouble=Retry(Reason.UNREACHABLE))
    assert away.outcome is Outcome.RETRY
    assert isinstance(await became(letter(), trouble=RuntimeError()), Hold)
