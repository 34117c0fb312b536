"""The reminder of a breach whose 72 hours run: its number, when they end, what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.adapters.page import Page, Section
from gateway.domain.breach_terms import ToDo
from gateway.domain.reminding import term_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.histories import Roster
    from gateway.domain.reminding import Reminder

# The catalogue of everything that is written about breaches to those who work with them.
BREACHES: Final = "breaches"
_UNDECIDED = (
    "Over dit datalek is nog niet gemeld, en nog niet door twee mensen besloten om niet te melden."
)
_DECIDED_BEFORE = (
    "Dit datalek is uitgebreid. Wat eerder over melden is besloten, geldt daarom niet meer."
)


def breach_page(reminder: Reminder, roster: Roster, words: Words, zone: tzinfo) -> Page:
    """Which breach, and until when (AVG 33(1)); nothing of what happened, or to whom."""
    say, number = words.say, reminder.subject
    again = term_of(reminder, roster).kind == ToDo.REPORTING
    over = not reminder.threshold
    title = say("Een datalek is nog niet gemeld: nog {uren} uur").format(uren=reminder.threshold)
    if over:
        title = say("De 72 uur van een datalek zijn voorbij")
    late = say("Meld het alsnog. Geef dan ook de reden van de vertraging (artikel 33 lid 1 AVG).")
    steps = (
        ("Bekijk het datalek met: {opdracht}", f"show {number}"),
        ("Maak de antwoorden voor de AP met: {opdracht}", f"papers {number}"),
        ("Leg vast dat u hebt gemeld met: {opdracht}", f"report {number}"),
        ("Of stel voor om niet te melden met: {opdracht}", f"decide {number} --no-report"),
    )
    points = [say(text).format(opdracht=f"gateway breach {verb}") for text, verb in steps]
    return Page(
        language=words.tag,
        title=title,
        lead=(say(_DECIDED_BEFORE if again else _UNDECIDED),),
        sections=(
            Section(
                heading=say("Wat u kunt doen"),
                facts=(
                    (say("Datalek"), number),
                    (say("De 72 uur eindigen"), words.moment(reminder.deadline, zone)),
                ),
                points=(*([late] if over else []), *points),
            ),
        ),
    )
