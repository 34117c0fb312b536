"""The reminder of a breach that was extended: in both languages, by its number, about nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.letter_breach_due import BREACHES, breach_page
from gateway.adapters.letter_extension_due import extension_page
from gateway.adapters.page import Press
from gateway.adapters.words import Words
from gateway.domain.breach_terms import ToDo
from gateway.domain.histories import History, roster_of
from gateway.domain.reminding import Matter, due
from gateway.domain.running import Running
from gateway.domain.texts import Language

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
TYPED = {
    ToDo.REPORTING: "gateway breach decide b-1 --report",
    ToDo.TELLING: "gateway breach decide b-1 --tell",
    ToDo.SUPPLEMENT: "gateway breach report b-1 --version supplement",
    ToDo.LETTERS: "gateway breach papers b-1 --added",
}


def said(language: Language, matter: Matter, kind: str) -> str:
    term = Running(matter=matter, subject="b-1", reference="b-1", kind=kind, deadline=AT)
    roster = roster_of(1, (), (), History(()), (term,))
    (reminder,) = due(roster, AT + timedelta(days=3))
    write = breach_page if matter is Matter.BREACH else extension_page
    page = write(reminder, roster, Words(language, BREACHES), ZONE)
    assert page.language == language.value
    return " ".join(Press().text(page).split())


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("left", list(ToDo))
def test_it_says_what_is_left_and_what_to_type(language: Language, left: ToDo) -> None:
    """Only that; and when it was extended, on Dutch clocks."""
    text = said(language, Matter.EXTENSION, left.value)
    assert {each for each, typed in TYPED.items() if typed in text} == {left}
    assert "gateway breach show b-1" in text
    assert "10:00" in text or "10.00" in text
    every = said(language, Matter.EXTENSION, " ".join(ToDo))
    assert all(typed in every for typed in TYPED.values())


def test_the_72_hours_that_run_again_say_that_what_was_decided_fell() -> None:
    again = said(Language.NL, Matter.BREACH, ToDo.REPORTING.value)
    first = said(Language.NL, Matter.BREACH, "")
    fell = "Wat eerder over melden is besloten, geldt daarom niet meer."
    assert [fell in each for each in (again, first)] == [True, False]
    assert ["nog niet door twee mensen besloten" in each for each in (again, first)] == [
        False, True,
    ]  # fmt: skip
