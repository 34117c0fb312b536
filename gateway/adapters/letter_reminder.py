"""Reminders: a key that expires, a term that ends, a provider excluded, a request that waits.

And a breach whose hours run or that was extended, and what an erasure left.

Names of contacts and parties, dates, the register's own ids, the number of a case;
nothing about an inburgeraar.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.adapters.letter_breach_due import BREACHES, breach_page
from gateway.adapters.letter_extension_due import extension_page
from gateway.adapters.letter_remains_due import REMAINS, remains_page
from gateway.adapters.letter_request_due import REQUESTS, request_page
from gateway.adapters.letter_restriction_due import restriction_page
from gateway.adapters.page import Page, Section, Table
from gateway.adapters.words import Words
from gateway.domain.reminding import Matter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from gateway.domain.histories import Roster
    from gateway.domain.parties import Contact
    from gateway.domain.reminding import Reminder, Told

MAX_ROWS = 200  # of dossiers; the command shows them all


class ReminderPages:
    """Writes reminders in one language, on one clock."""

    def __init__(self, words: Words, zone: tzinfo, contact: str) -> None:
        self._words = words
        self._requests = Words(words.language, REQUESTS)
        self._breaches = Words(words.language, BREACHES)
        self._remains = Words(words.language, REMAINS)
        self._zone = zone
        self._contact = contact

    def page(
        self, told: Told, to: Contact, roster: Roster, dossiers: Sequence[str], now: datetime
    ) -> Page:
        """What is about to happen, or just did, for this reader."""
        reminder = told.reminder
        if reminder.matter is Matter.TERM:
            return self._term(reminder, roster, now)
        if reminder.matter is Matter.EXCLUSION:
            return self._exclusion(reminder, roster, dossiers, now)
        if reminder.matter is not Matter.KEY:
            return self._of_duty(reminder, roster, now)
        if reminder.subject == to.contact_id:
            return self._own_key(reminder, now)
        return self._key(reminder, roster, now)

    def _of_duty(self, reminder: Reminder, roster: Roster, now: datetime) -> Page:
        if reminder.matter is Matter.REQUEST:
            return request_page(reminder, roster, self._requests, now)
        if reminder.matter is Matter.BREACH:
            return breach_page(reminder, roster, self._breaches, self._zone)
        if reminder.matter is Matter.EXTENSION:
            return extension_page(reminder, roster, self._breaches, self._zone)
        if reminder.matter is Matter.RESTRICTION:
            return restriction_page(reminder, roster, self._requests, self._zone)
        return remains_page(reminder, self._remains, self._zone)

    def _own_key(self, reminder: Reminder, now: datetime) -> Page:
        say = self._words.say
        return self._page(
            say("Uw sleutel verloopt over {dagen} dagen").format(dagen=_days(reminder, now)),
            say(
                "De sleutel waarmee u beveiligd mailt met het uitwisselpunt, verloopt op {moment}."
            ).format(moment=self._moment(reminder)),
            (
                say(
                    "Verleng uw sleutel, of maak een nieuwe. Mailt u met S/MIME? "
                    "Vraag dan een nieuw certificaat aan."
                ),
                say(
                    "Stuur uw openbare sleutel of uw certificaat naar de functioneel beheerder: "
                    "{contact}"
                ).format(contact=self._contact),
                say(
                    "De gemeente vergelijkt daarna met u de vingerafdruk, niet per mail. "
                    "Pas dan geldt de nieuwe sleutel."
                ),
                say("Is er dan geen nieuwe sleutel, dan wacht wat voor u bestemd is."),
            ),
        )

    def _key(self, reminder: Reminder, roster: Roster, now: datetime) -> Page:
        say = self._words.say
        holder = roster.contacts[reminder.subject].even_if_gone(now)
        facts = (
            (say("Contactpersoon"), f"{holder.name} ({holder.party.name})"),
            (say("Verloopt"), self._moment(reminder)),
        )
        command = say("Leg de nieuwe sleutel vast met: {opdracht}").format(
            opdracht=f"gateway contact change {reminder.subject} --key FILE"
        )
        if reminder.threshold:
            return self._page(
                say("Een sleutel verloopt over {dagen} dagen").format(dagen=_days(reminder, now)),
                say("De contactpersoon kreeg dit bericht ook, als dat nog kon."),
                (command,),
                facts,
            )
        return self._page(
            say("Een sleutel is verlopen"),
            say(
                "Wat voor deze contactpersoon bestemd is, wacht tot er een nieuwe sleutel is, en "
                "gaat dan vanzelf. De contactpersoon kan geen mail meer krijgen: bel."
            ),
            (command,),
            facts,
        )

    def _term(self, reminder: Reminder, roster: Roster, now: datetime) -> Page:
        say = self._words.say
        party = roster.parties[reminder.subject].at(now)
        facts = ((say("Aanbieder"), party.name), (say("Einde"), self._moment(reminder)))
        command = say("Leg een nieuwe looptijd vast met: {opdracht}").format(
            opdracht=f"gateway party change {party.party_id} --term-start ... --term-end ..."
        )
        if reminder.threshold:
            return self._page(
                say("Het convenant met een aanbieder loopt af"),
                say(
                    "Drie maanden voor het einde overleggen de partijen of zij het convenant "
                    "voortzetten (Convenant, artikel 3.2)."
                ),
                (command,),
                facts,
            )
        return self._page(
            say("Het convenant met een aanbieder is afgelopen"),
            say(
                "Er wordt niets meer doorgegeven van of naar deze aanbieder. Het convenant eindigt "
                "vanzelf (Convenant, artikel 3.2)."
            ),
            (command, self._asked_back()),
            facts,
        )

    def _exclusion(
        self, reminder: Reminder, roster: Roster, dossiers: Sequence[str], now: datetime
    ) -> Page:
        say = self._words.say
        party = roster.parties[reminder.subject].at(now)
        opdracht = f"gateway party notices {party.party_id} --to FOLDER --by NAME"
        return self._page(
            say("Een aanbieder is uitgesloten"),
            say(
                "Alles van en naar deze aanbieder is gestopt (Convenant, artikel 15). Ook wat "
                "wachtte, en wat al was vrijgegeven en nog niet weg was."
            ),
            (
                say("Bekijk de dossiers met: {opdracht}").format(
                    opdracht=f"gateway party dossiers {party.party_id}"
                ),
                say("Maak de berichten aan de anderen (artikel 16.1) met: {opdracht}").format(
                    opdracht=opdracht
                ),
                say("Maak de uitsluiting bekend met een aangetekende brief (artikel 15.5)."),
                self._asked_back(),
            ),
            (
                (say("Aanbieder"), party.name),
                (say("Uitgesloten sinds"), self._moment(reminder)),
                (say("Dossiers die een andere aanbieder nodig hebben"), str(len(dossiers))),
            ),
            self._table(dossiers),
        )

    def _asked_back(self) -> str:
        text = "Kijk wat de aanbieder moet teruggeven of verwijderen (artikel 12.11): {opdracht}"
        return self._words.say(text).format(opdracht="gateway request help-list")

    def _table(self, dossiers: Sequence[str]) -> tuple[Table, ...]:
        say = self._words.say
        if not dossiers:
            return ()
        rows = [(each,) for each in dossiers[:MAX_ROWS]]
        if len(dossiers) > MAX_ROWS:
            rows.append((say("en nog {aantal}").format(aantal=len(dossiers) - MAX_ROWS),))
        return (Table(caption=say("Dossiers"), headings=(say("Dossier"),), rows=tuple(rows)),)

    def _moment(self, reminder: Reminder) -> str:
        return self._words.moment(reminder.deadline, self._zone)

    def _page(
        self,
        title: str,
        lead: str,
        points: tuple[str, ...],
        facts: tuple[tuple[str, str], ...] = (),
        tables: tuple[Table, ...] = (),
    ) -> Page:
        return Page(
            language=self._words.language.value,
            title=title,
            lead=(lead,),
            sections=(
                Section(
                    heading=self._words.say("Wat u kunt doen"),
                    facts=facts,
                    points=points,
                    tables=tables,
                ),
            ),
        )


def _days(reminder: Reminder, now: datetime) -> int:
    return max(1, math.ceil((reminder.deadline - now) / timedelta(days=1)))
