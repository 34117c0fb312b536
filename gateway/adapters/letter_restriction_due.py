"""The reminder of restrictions that still stand: of what, since when, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Section
from gateway.domain.reminding import REVIEW, term_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.histories import Roster
    from gateway.domain.reminding import Reminder


def restriction_page(reminder: Reminder, roster: Roster, words: Words, zone: tzinfo) -> Page:
    """By its number only; it names nobody.  Nothing has to be done where it is to stand."""
    say = words.say
    found = term_of(reminder, roster)
    since = words.date((found.deadline - REVIEW).astimezone(zone).date())
    kind = words.code("recht", found.kind) if found.kind else say("een datalek")
    return Page(
        language=words.tag,
        title=say("Een stop op gegevens geldt nog"),
        lead=(
            say("Over een of meer mensen houden wij berichten tegen. Dat houdt niet vanzelf op."),
            say("Is hij nog nodig? Kijk daar nu naar."),
        ),
        sections=(
            Section(
                heading=say("Om welke stop het gaat"),
                facts=(
                    (say("Uw zaaknummer"), found.reference),
                    (say("Soort"), kind),
                    (say("Geldt sinds"), since),
                ),
            ),
            Section(
                heading=say("Wat u kunt doen"),
                points=_of_request(words, found.subject)
                if found.kind
                else _of_breach(words, found.subject),
                closing=(
                    say("Moet de stop blijven? Dan hoeft u niets te doen."),
                    say("Over een half jaar vragen wij het opnieuw."),
                ),
            ),
        ),
    )


def _of_request(words: Words, case: str) -> tuple[str, ...]:
    say, number = words.say, f"gateway request {{verb}} {case}".format
    return (
        say("Bekijk het verzoek met: {opdracht}").format(opdracht=number(verb="show")),
        say("Kan de stop weg? Schrijf dan eerst de persoon: {opdracht}").format(
            opdracht=f"{number(verb='announce')} --to MAP --by NAAM"
        ),
        say("Is die brief verstuurd? Haal de stop er dan af: {opdracht}").format(
            opdracht=f"{number(verb='lift')} --by NAAM"
        ),
        say("Gaf u iemand gelijk met een bezwaar? Dan blijft de stop."),
    )


def _of_breach(words: Words, reference: str) -> tuple[str, ...]:
    say = words.say
    return (
        say("Schrijf eerst de mensen dat de stop weg gaat."),
        say("Laat dan iemand anders de stop eraf halen: {opdracht}").format(
            opdracht=f"gateway breach unrestrict {reference} --told-at TIJD --by NAAM"
        ),
    )
