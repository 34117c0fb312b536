"""Drafts of the notices of article 19 AVG, for the officer to send: references, never values.

A recipient reads which parts of which reports to erase; a person reads who got
something about them.  Neither reads why consent ended, nor about anybody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.page import Page, Press, Section, Table
from gateway.adapters.words import Words
from gateway.domain.incidents import IncidentKind

if TYPE_CHECKING:
    from gateway.adapters.letters import LetterSettings
    from gateway.domain.incidents import Erasable, Notices, PersonNotice, RecipientNotice


class IncidentLetters:
    """Writes the drafts in one municipality's name; pure rendering."""

    def __init__(self, settings: LetterSettings) -> None:
        self._words = Words(settings.language)
        self._zone = ZoneInfo(settings.zone)
        self._municipality = settings.municipality
        self._contact = settings.contact
        self._press = Press()

    def drafts(self, notices: Notices) -> dict[str, str]:
        """The text of each letter, by a file name that says nothing about anybody."""
        recipients = {
            f"ontvanger-{number:02}.txt": self._of(notices.kind, each)
            for number, each in enumerate(notices.recipients, 1)
        }
        people = {
            f"inburgeraar-{number:02}.txt": self._for_person(each)
            for number, each in enumerate(notices.people, 1)
        }
        return {name: self._press.text(page) for name, page in (recipients | people).items()}

    def _of(self, kind: IncidentKind, notice: RecipientNotice) -> Page:
        if kind is IncidentKind.OTHER_MAILBOX:
            return self._elsewhere(notice)
        return self._for_recipient(notice)

    def _elsewhere(self, notice: RecipientNotice) -> Page:
        say = self._words.say
        return Page(
            language=self._words.language.value,
            title=say("Berichten voor u waren bij een andere mailbox"),
            lead=(
                say("Aan: {naam}, {organisatie}").format(
                    naam=notice.recipient.name, organisatie=notice.recipient.party.name
                ),
                say(
                    "U krijgt via het uitwisselpunt van {gemeente} berichten over inburgeraars. "
                    "Een mailserver meldt dat de berichten hieronder bij een andere mailbox waren."
                ).format(gemeente=self._municipality),
                say("De berichten zijn versleuteld. Alleen uw eigen sleutel opent ze."),
            ),
            sections=(
                Section(
                    heading=say("Om welke berichten het gaat"),
                    tables=(self._table(notice, say("Per bericht wat erin stond")),),
                ),
                Section(
                    heading=say("Wat u doet"),
                    points=(
                        say("Kijk of uw mailbox mail doorstuurt. Zet dat uit."),
                        say("Laat kopieën in de andere mailbox wissen."),
                        say("Vertel ons wie bij die mailbox kan: {contact}.").format(
                            contact=self._contact
                        ),
                    ),
                ),
            ),
        )

    def _table(self, notice: RecipientNotice, caption: str) -> Table:
        say = self._words.say
        return Table(
            caption=caption,
            headings=(
                say("Referentie"),
                say("Dossierkenmerk"),
                say("Verzonden"),
                say("Onderdelen"),
            ),
            rows=tuple(
                (each.reference, each.dossierkenmerk, *self._said(each)) for each in notice.items
            ),
        )

    def _for_recipient(self, notice: RecipientNotice) -> Page:
        say = self._words.say
        return Page(
            language=self._words.language.value,
            title=say("Wis gegevens die zonder toestemming zijn gedeeld"),
            lead=(
                say("Aan: {naam}, {organisatie}").format(
                    naam=notice.recipient.name, organisatie=notice.recipient.party.name
                ),
                say(
                    "U hebt via het uitwisselpunt van {gemeente} gegevens over inburgeraars "
                    "gekregen. Voor de gegevens hieronder was op dat moment geen toestemming."
                ).format(gemeente=self._municipality),
                say(
                    "Wij vragen u om deze gegevens te wissen (artikel 19 AVG). Moet u ze van de "
                    "wet bewaren? Gebruik ze dan niet meer, en laat ons dat weten."
                ),
            ),
            sections=(
                Section(
                    heading=say("Om welke gegevens het gaat"),
                    tables=(self._table(notice, say("Per bericht wat u wist")),),
                ),
                self._what_to_do(),
            ),
        )

    def _what_to_do(self) -> Section:
        say = self._words.say
        return Section(
            heading=say("Wat u doet"),
            points=(
                say("Zoek het bericht op met de referentie."),
                say("Wis de genoemde onderdelen, ook in bijlagen, in kopieën en in uw systeem."),
                say("Hebt u de gegevens aan iemand doorgegeven? Vraag die dan hetzelfde."),
                say("Laat ons zo snel mogelijk weten dat het is gedaan: {contact}.").format(
                    contact=self._contact
                ),
            ),
        )

    def _for_person(self, notice: PersonNotice) -> Page:
        say = self._words.say
        return Page(
            language=self._words.language.value,
            title=say("Wie gegevens over u heeft gekregen"),
            lead=(
                say("Dossierkenmerk: {kenmerk}").format(kenmerk=notice.dossierkenmerk),
                say(
                    "Wij hebben gegevens over u doorgegeven. Op dat moment was daar geen "
                    "toestemming voor. Dat had niet gemogen. Dat spijt ons."
                ),
                say("Hieronder staat wie de gegevens kreeg. Wij vragen hun om ze te wissen."),
            ),
            sections=(
                Section(
                    heading=say("Wie de gegevens kreeg"),
                    tables=(
                        Table(
                            caption=say("Per bericht"),
                            headings=(
                                say("Wie"),
                                say("Organisatie"),
                                say("Verzonden"),
                                say("Onderdelen"),
                                say("Referentie"),
                            ),
                            rows=tuple(
                                (who.name, who.party.name, *self._said(each), each.reference)
                                for who, each in notice.items
                            ),
                        ),
                    ),
                ),
                self._questions(),
            ),
        )

    def _questions(self) -> Section:
        say = self._words.say
        return Section(
            heading=say("Hebt u een vraag of een klacht?"),
            lead=(
                say("Neem contact op met de gemeente: {contact}.").format(contact=self._contact),
                say("U mag ook een klacht indienen bij de Autoriteit Persoonsgegevens."),
            ),
        )

    def _said(self, each: Erasable) -> tuple[str, str]:
        parts = ", ".join(self._words.code("deel", part.value) for part in each.categories)
        return self._words.moment(each.sent_at, self._zone), parts
