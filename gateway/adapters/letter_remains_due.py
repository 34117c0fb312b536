"""The reminder of an erasure that left something outside the database: its number, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.adapters.page import Page, Section

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.reminding import Reminder

# The catalogue of what is written about it.
REMAINS: Final = "remains"


def remains_page(reminder: Reminder, words: Words, zone: tzinfo) -> Page:
    """Which erasure, since when, and what to type; nothing about who was erased."""
    say, number = words.say, reminder.subject
    show = say("Bekijk wat er nog is met: {opdracht}").format(
        opdracht=f"gateway request remains {number}"
    )
    files = say(
        "Staat er een bestand? Vraag aan wie het maakte om het weg te gooien. Leg daarna vast "
        "dat het weg is: {opdracht}"
    ).format(opdracht=f"gateway request gone {number} NUMMER --by NAAM")
    mail = say(
        "Staat er mail? De poort blijft het proberen. Staat erbij „stuck” of „elsewhere”, laat "
        "uw beheerder die mail dan zelf weghalen. Leg daarna vast dat zij weg is: {opdracht}"
    ).format(opdracht=f"gateway request gone {number} --mail --by NAAM")
    return Page(
        language=words.tag,
        title=say("Na het wissen is nog niet alles weg"),
        lead=(
            say(
                "Iemand is gewist. Buiten de database ligt nog iets: mail in de mailbox, of een "
                "bestand dat iemand liet maken."
            ),
        ),
        sections=(
            Section(
                heading=say("Wat u kunt doen"),
                facts=(
                    (say("Wissing"), number),
                    (say("Weg had het moeten zijn voor"), words.moment(reminder.deadline, zone)),
                ),
                points=(show, files, mail),
            ),
        ),
    )
