"""How it stands with the report that a correction names, by what is on record of it."""

from __future__ import annotations

import pytest

from gateway.domain.bijsluiter import Category
from gateway.domain.replacing import Passed, Record, Replaced, Replacing, replaced_of
from gateway.domain.stops import Outcome
from tests.generators import CASEMANAGER, OFFICER, SENDER, bericht_id

PEOPLE = {each.contact_id: each for each in (CASEMANAGER, OFFICER)}
SHARED = frozenset({Category.IDENTITEIT, Category.P2})


def passed(outcome: Outcome = Outcome.FORWARD, **how: object) -> Passed:
    """An ordinary outcome, bent by name."""
    plain = Passed(
        trace="1" * 32,
        number=3,
        outcome=outcome,
        withdrawn=False,
        dossier_id="dossier-1",
        recipient_id=CASEMANAGER.contact_id if outcome is Outcome.FORWARD else "",
        posted="sent" if outcome is Outcome.FORWARD else "",
        sender_id=SENDER.contact_id,
        shared=SHARED,
    )
    return plain._replace(**how)  # type: ignore[arg-type]  # fields by name


def found(*of: Passed, again: bool = False, unread: bool = False) -> Replaced:
    record = Record(passed=of, again=again, unread=unread)
    return replaced_of(bericht_id(1), record, "dossier-1", SENDER.contact_id, PEOPLE)


def by_a_colleague(*of: Passed) -> Replaced:
    return replaced_of(bericht_id(1), Record(passed=of), "dossier-1", "contact-7", PEOPLE)


@pytest.mark.parametrize(
    ("of", "how", "state"),
    [
        ((), {}, Replacing.UNKNOWN),
        ((), {"unread": True}, Replacing.UNREAD),
        ((passed(),), {}, Replacing.STANDS),
        ((passed(),), {"unread": True}, Replacing.STANDS),
        ((passed(),), {"again": True}, Replacing.REPLACED),
        ((passed(dossier_id="dossier-2"),), {}, Replacing.ANOTHER_DOSSIER),
        ((passed(dossier_id="dossier-2"),), {"again": True}, Replacing.ANOTHER_DOSSIER),
        ((passed(dossier_id=""),), {}, Replacing.ANOTHER_DOSSIER),
        ((passed(Outcome.HOLD),), {}, Replacing.WAITING),
        ((passed(Outcome.HOLD),), {"unread": True}, Replacing.WAITING),
        ((passed(Outcome.REJECT),), {}, Replacing.UNKNOWN),
        ((passed(withdrawn=True),), {}, Replacing.UNKNOWN),
        ((passed(withdrawn=True), passed(Outcome.HOLD)), {}, Replacing.WAITING),
        ((passed(Outcome.HOLD, withdrawn=True), passed()), {}, Replacing.STANDS),
    ],
)
def test_it_stands_only_where_it_went_to_this_dossier_and_nothing_replaced_it(
    of: tuple[Passed, ...], how: dict[str, bool], state: Replacing
) -> None:
    assert found(*of, **how).state is state


@pytest.mark.parametrize("outcome", [Outcome.FORWARD, Outcome.HOLD])
def test_a_colleague_does_not_hear_that_a_number_is_of_another_dossier(outcome: Outcome) -> None:
    """Numbers of forms follow from what they say: whoever guesses one must not learn that."""
    other = passed(outcome, dossier_id="dossier-2")
    assert by_a_colleague(other) == by_a_colleague()
    mine = Replacing.ANOTHER_DOSSIER if outcome is Outcome.FORWARD else Replacing.WAITING
    assert found(other).state is mine
    assert by_a_colleague(passed()).state is Replacing.STANDS


def test_everybody_who_got_it_is_named_once_also_of_a_round_before() -> None:
    """It came back from one and went to the other; a third never got it; a fourth is unknown."""
    replaced = found(
        passed(withdrawn=True, posted="returned", recipient_id=OFFICER.contact_id),
        passed(withdrawn=True, posted="withdrawn", recipient_id="contact-9"),
        passed(withdrawn=True, posted="sent", recipient_id="contact-8"),
        passed(),
        passed(withdrawn=True),
    )
    assert replaced.recipients == (OFFICER, CASEMANAGER)
    assert (replaced.trace, replaced.number) == ("1" * 32, 3)


def test_what_is_not_on_record_was_not_shared() -> None:
    assert found(passed(shared=None)).shared == frozenset()
    assert found(passed()).shared == SHARED
