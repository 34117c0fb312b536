"""The reminder of what an erasure left: in both languages, with what to type, about nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.letter_remains_due import REMAINS, remains_page
from gateway.adapters.page import Press
from gateway.adapters.words import Words
from gateway.domain.reminding import Matter, Reminder
from gateway.domain.texts import Language

REMINDER = Reminder(
    matter=Matter.ERASURE,
    subject="9f1c20aa77e1b3d4",
    threshold=0,
    deadline=datetime(2026, 3, 9, 9, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("language", "moment"), [(Language.NL, "9 maart 2026 om 10:00 uur"), (Language.EN, "at 10:00")]
)
def test_it_says_which_erasure_until_when_and_what_to_type(language: Language, moment: str) -> None:
    page = remains_page(REMINDER, Words(language, REMAINS), ZoneInfo("Europe/Amsterdam"))
    said = " ".join(Press().text(page).split())
    assert page.language == language.value
    for word in (
        moment,
        "gateway request remains 9f1c20aa77e1b3d4",
        "gateway request gone 9f1c20aa77e1b3d4 NUMMER --by NAAM",
        "gateway request gone 9f1c20aa77e1b3d4 --mail --by NAAM",
    ):
        assert word in said
