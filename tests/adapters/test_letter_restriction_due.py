"""The reminder of restrictions that stand: in both languages, with what to type, about nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.letter_request_due import REQUESTS
from gateway.adapters.letter_restriction_due import restriction_page
from gateway.adapters.page import Press
from gateway.adapters.words import Words
from gateway.domain.histories import History, roster_of
from gateway.domain.reminding import REVIEW, Matter, due
from gateway.domain.running import Running
from gateway.domain.texts import Language

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def said(language: Language, subject: str, kind: str) -> str:
    """Years on, and beside another term of the same request."""
    terms = tuple(
        Running(matter=each, subject=subject, reference="Z-1", kind=kind, deadline=BEGAN + REVIEW)
        for each in (Matter.REQUEST, Matter.RESTRICTION)
    )
    roster = roster_of(1, (), (), History(()), terms)
    (reminder,) = (
        each for each in due(roster, BEGAN + 9 * REVIEW) if each.matter is Matter.RESTRICTION
    )
    page = restriction_page(
        reminder, roster, Words(language, REQUESTS), ZoneInfo("Europe/Amsterdam")
    )
    assert page.language == language.value
    return " ".join(Press().text(page).split())


@pytest.mark.parametrize("language", list(Language))
def test_of_a_request_it_says_since_when_and_how_it_ends(language: Language) -> None:
    text = said(language, "c-1", "objection")
    for word in (
        "2 maart 2026" if language is Language.NL else "2 March 2026",
        "gateway request show c-1",
        "gateway request announce c-1 --to MAP --by NAAM",
        "gateway request lift c-1 --by NAAM",
    ):
        assert word.casefold() in text.casefold()


def test_it_does_not_say_that_nothing_is_passed_on() -> None:
    """An objection holds what rests on the public task alone; and a letter is sent, not lost."""
    text = said(Language.NL, "c-1", "objection")
    assert "Over een of meer mensen houden wij berichten tegen." in text
    assert "niets door" not in text
    assert "Is die brief verstuurd?" in text


@pytest.mark.parametrize("language", list(Language))
def test_of_a_breach_it_names_the_command_that_another_types(language: Language) -> None:
    text = said(language, "breach-1a2b", "")
    assert "gateway breach unrestrict breach-1a2b --told-at TIJD --by NAAM" in text
    assert "gateway request" not in text
