"""The reminder of a request that waits for an answer: its number and kind, its last day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.adapters.page import Page, Section
from gateway.domain.deadlines import day_of, working_day
from gateway.domain.reminding import term_of

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.words import Words
    from gateway.domain.histories import Roster
    from gateway.domain.reminding import Reminder

# The catalogue of everything that is written about requests.
REQUESTS: Final = "requests"


def _waits(words: Words, left: int) -> str:
    if left > 1:
        return words.say("Een verzoek wacht op antwoord: nog {dagen} dagen").format(dagen=left)
    if left == 1:
        return words.say("Een verzoek wacht op antwoord: morgen is de laatste dag")
    return words.say("Een verzoek wacht op antwoord: vandaag is de laatste dag")


def request_page(reminder: Reminder, roster: Roster, words: Words, now: datetime) -> Page:
    """Which request, until when, and the command that shows it; nothing of what was asked."""
    say = words.say
    found = term_of(reminder, roster)
    last = day_of(reminder.deadline) - timedelta(days=1)
    left = (last - day_of(now)).days
    title = _waits(words, left)
    lead = say("Een persoon moet van de wet op tijd antwoord krijgen (artikel 12 lid 3 AVG).")
    if not reminder.threshold:
        title = say("De termijn van een verzoek is voorbij")
        lead = say("Antwoord zo snel mogelijk. Vertel de persoon ook waarom het later is.")
    return Page(
        language=words.language.value,
        title=title,
        lead=(lead,),
        sections=(
            Section(
                heading=say("Om welk verzoek het gaat"),
                facts=(
                    (say("Uw zaaknummer"), found.reference),
                    (say("Soort"), words.code("recht", found.kind)),
                    (say("Laatste dag"), words.date(last)),
                    (say("Eerste werkdag vanaf die dag"), words.date(working_day(last))),
                ),
                points=(
                    say("Bekijk het verzoek met: {opdracht}").format(
                        opdracht=f"gateway request show {found.subject}"
                    ),
                    say("Na het antwoord stoppen deze berichten vanzelf."),
                ),
            ),
        ),
    )
