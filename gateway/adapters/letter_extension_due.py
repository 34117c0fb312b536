"""The reminder of a breach that was extended: what that leaves to be done, and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.adapters.page import Page, Section
from gateway.domain.breach_terms import ToDo
from gateway.domain.reminding import term_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.histories import Roster
    from gateway.domain.reminding import Reminder

_LEFT: Final[Mapping[ToDo, tuple[str, tuple[str, ...]]]] = {
    ToDo.REPORTING: (
        (
            "Wat over melden is besloten, geldt niet meer. Beoordeel opnieuw, en meld, of besluit "
            "opnieuw met zijn tweeën: {opdracht}"
        ),
        ("assess {nummer}", "decide {nummer} --report", "decide {nummer} --no-report"),
    ),
    ToDo.TELLING: (
        (
            "Het besluit om mensen niet te informeren geldt niet meer. Beoordeel en besluit "
            "opnieuw: {opdracht}"
        ),
        ("assess {nummer}", "decide {nummer} --tell"),
    ),
    ToDo.SUPPLEMENT: (
        "De AP weet nog niet wat erbij is gekomen. Vul de melding aan: {opdracht}",
        ("papers {nummer}", "report {nummer} --version supplement"),
    ),
    ToDo.LETTERS: (
        (
            "Stuur een brief aan de mensen die erbij zijn gekomen, en aan de mensen over wie meer "
            "bekend is: {opdracht}"
        ),
        ("papers {nummer} --added",),
    ),
}


def extension_page(reminder: Reminder, roster: Roster, words: Words, zone: tzinfo) -> Page:
    """By its number only; nothing of what happened, or to whom."""
    say, number = words.say, reminder.subject
    found = term_of(reminder, roster)
    return Page(
        language=words.tag,
        title=say("Een datalek is uitgebreid, en u moet nog iets doen"),
        lead=(
            say("Bij dit datalek hoort meer dan eerst bekend was."),
            say("U krijgt dit bericht elke dag, tot het is gedaan."),
        ),
        sections=(
            Section(
                heading=say("Wat u kunt doen"),
                facts=(
                    (say("Datalek"), number),
                    (say("Uitgebreid"), words.moment(found.deadline, zone)),
                ),
                points=(
                    say("Bekijk het datalek met: {opdracht}").format(
                        opdracht=f"gateway breach show {number}"
                    ),
                    *(_point(words, number, ToDo(each)) for each in found.kind.split()),
                ),
            ),
        ),
    )


def _point(words: Words, number: str, left: ToDo) -> str:
    text, verbs = _LEFT[left]
    typed = "; ".join(f"gateway breach {each.format(nummer=number)}" for each in verbs)
    return words.say(text).format(opdracht=typed)
