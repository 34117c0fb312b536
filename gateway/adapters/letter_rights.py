"""Letters about the rights of people, to the contacts of parties and to the privacy officer.

What goes to a recipient names reports by the reference printed on them, and nobody by name:
so it can be written after an erasure too.  Only a source who is asked to correct, or a partner
who is asked for help about somebody, reads a dossierkenmerk, under the encryption.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.page import Page, Section, Table
from gateway.adapters.words import Words
from gateway.domain.deadlines import day_of
from gateway.domain.helping import What
from gateway.domain.notifying import Happened
from gateway.domain.parting import Why, why_asked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.letters import LetterSettings
    from gateway.domain.helping import HelpRequest
    from gateway.domain.notifying import Correction, Passed, Recipient


class RightsPages:
    """Writes them in one municipality's name; pure rendering."""

    def __init__(self, settings: LetterSettings) -> None:
        self._words = Words(settings.language, catalogue="rights")
        self._common = Words(settings.language)
        self._zone = ZoneInfo(settings.zone)
        self._municipality = settings.municipality
        self._contact = settings.contact

    # --- to who got something (19) ------------------------------------------

    def notification(
        self, recipient: Recipient, correction: Correction | None, *, reminder: bool
    ) -> Page:
        """What happened to data that this contact got, and what they do now."""
        say = self._words.say
        titles = {
            Happened.CORRECTED: say("Een gegeven dat u kreeg, klopt niet"),
            Happened.ERASED: say("Wis gegevens die u van ons kreeg"),
            Happened.PARTLY: say("Wis een deel van de gegevens die u van ons kreeg"),
            Happened.RESTRICTED: say("Gebruik gegevens die u kreeg nu niet"),
            Happened.LIFTED: say("U mag gegevens weer gebruiken"),
        }
        return self._page(
            titles[recipient.happened],
            (*self._again(reminder=reminder), *self._lead(recipient, correction)),
            (
                Section(
                    heading=say("Om welke berichten het gaat"),
                    tables=(self._passed(recipient.passed),),
                ),
                Section(heading=say("Wat u doet"), points=self._to_do(recipient.happened)),
                *(() if recipient.happened is Happened.LIFTED else (self._confirm(),)),
            ),
        )

    def _lead(self, recipient: Recipient, correction: Correction | None) -> tuple[str, ...]:
        say = self._words.say
        if recipient.happened is Happened.ERASED:
            return (
                say("Iemand heeft recht op wissen van gegevens. Wij hebben ze gewist (AVG 17)."),
                say("U kreeg eerder berichten over deze persoon. Daarom schrijven wij u (AVG 19)."),
            )
        if recipient.happened is Happened.PARTLY:
            return (
                say("Iemand heeft recht op wissen van een deel van de gegevens (AVG 17)."),
                say("De toestemming daarvoor is ingetrokken. Wij hebben dat deel gewist."),
                say("U kreeg eerder berichten over deze persoon. Daarom schrijven wij u (AVG 19)."),
            )
        if recipient.happened is Happened.RESTRICTED:
            return (
                say("Iemand heeft gevraagd om gegevens even niet te gebruiken (AVG 18)."),
                say("Bewaar de gegevens, maar gebruik ze niet. Wij laten weten als dat eindigt."),
            )
        if recipient.happened is Happened.LIFTED:
            return (
                say("Wij vroegen u om gegevens even niet te gebruiken. Dat is voorbij (AVG 18)."),
            )
        which = say("Een gegeven dat u kreeg, klopt niet (AVG 16).")
        if correction:
            named = say("Dit gegeven klopt niet: {gegeven} (AVG 16).")
            which = named.format(gegeven=self._common.field(correction.field))
        return (
            which,
            say("Wij hebben de afzender gevraagd om een CORRECTIE te sturen."),
        )

    def _to_do(self, happened: Happened) -> tuple[str, ...]:
        say = self._words.say
        if happened is Happened.LIFTED:
            return (
                say("Zoek het bericht op met de referentie."),
                say("Gebruik de gegevens weer zoals u deed."),
                say("Gaf u onze vraag aan iemand door? Laat die dan weten dat dit voorbij is."),
            )
        first = {
            Happened.CORRECTED: say("Gebruik het foute gegeven niet meer, ook niet in uw systeem."),
            Happened.ERASED: say("Wis de berichten, ook bijlagen, kopieën en wat u overnam."),
            Happened.PARTLY: say("Wis alleen deze berichten, ook bijlagen en wat u overnam."),
            Happened.RESTRICTED: say("Gebruik de gegevens niet tot u weer van ons hoort."),
        }
        return (
            say("Zoek het bericht op met de referentie."),
            first[happened],
            say("Gaf u de gegevens aan iemand door? Vraag die dan hetzelfde."),
        )

    def _passed(self, passed: Sequence[Passed]) -> Table:
        say = self._words.say
        return Table(
            caption=say("Per bericht wat erin stond"),
            headings=(say("Verzonden"), say("Onderdelen"), say("Referentie")),
            rows=tuple(
                (self._moment(each.sent_at), self._parts(each), each.reference[:8])
                for each in passed
            ),
        )

    def _parts(self, passed: Passed) -> str:
        parts = ", ".join(self._common.code("deel", each) for each in passed.categories)
        return parts or self._words.say("nog niet bekend")

    # --- to the source (16) --------------------------------------------------

    def correction(
        self, correction: Correction, kenmerk: str, value: str, *, reminder: bool
    ) -> Page:
        """Asks the sender of a report to send a CORRECTIE; here the value stands."""
        say = self._words.say
        return self._page(
            say("Stuur een CORRECTIE op een bericht van u"),
            (
                *self._again(reminder=reminder),
                say("Iemand heeft laten zien dat een gegeven in uw bericht niet klopt (AVG 16)."),
            ),
            (
                Section(
                    heading=say("Wat er niet klopt"),
                    facts=(
                        (say("Dossierkenmerk"), kenmerk),
                        (say("Nummer van het bericht (vervangt)"), correction.bericht_id),
                        (say("Gegeven"), self._common.field(correction.field)),
                        (say("Moet zijn"), value),
                    ),
                ),
                Section(
                    heading=say("Wat u doet"),
                    points=(
                        say("Controleer het gegeven in uw eigen systeem."),
                        say("Stuur het hele bericht opnieuw, als CORRECTIE, met het nummer."),
                        say("Bent u het er niet mee eens? Bel ons dan: {contact}.").format(
                            contact=self._contact
                        ),
                    ),
                ),
            ),
        )

    # --- between the parties (12.7, 12.11) -----------------------------------

    def help(
        self, asked: HelpRequest, question: str, kenmerken: Sequence[str], *, reminder: bool
    ) -> Page:
        """Asks a partner for help, or to give back or remove what they have."""
        say = self._words.say
        titles = {
            What.HELP: say("Wij vragen uw hulp bij een plicht uit de AVG"),
            What.RETURN: say("Geef gegevens van inburgeraars terug"),
            What.REMOVAL: say("Verwijder gegevens van inburgeraars"),
        }
        lead = (
            say("De partijen helpen elkaar bij hun plichten (convenant, artikel 12.7).")
            if asked.what is What.HELP
            else say("De partijen spreken teruggave en verwijdering af (convenant, artikel 12.11).")
        )
        ended = why_asked(asked)
        why = (self._ended(ended),) if ended else ()
        return self._page(
            titles[asked.what],
            (*self._again(reminder=reminder), *why, lead),
            (
                Section(
                    heading=say("Wat wij vragen"),
                    lead=(question,) if question else (),
                    facts=(
                        (say("Ons nummer"), asked.help_id if ended else asked.reference),
                        (say("Artikelen van de AVG"), ", ".join(map(str, asked.articles))),
                        (say("Uiterlijk"), self._last_day(asked.due_at)),
                        (say("Aantal dossiers"), str(len(kenmerken) or asked.people)),
                    ),
                    tables=self._kenmerken(kenmerken),
                ),
                *self._giving_up(asked.what),
                self._confirm(),
            ),
        )

    def _ended(self, why: Why) -> str:
        say = self._words.say
        return {
            Why.EXCLUDED: say("Uw organisatie is uitgesloten (convenant, artikel 15)."),
            Why.LEFT: say("Uw organisatie doet niet meer mee aan het convenant."),
            Why.TERM: say("Het convenant met uw organisatie is afgelopen (artikel 3.2)."),
        }[why]

    def _giving_up(self, what: What) -> tuple[Section, ...]:
        """What to do, for who never gave back or removed anything; and what not to do yet."""
        say = self._words.say
        must = say("Moet u van de wet iets bewaren? Schrijf in uw antwoord wat, en waarom.")
        agree = say("Spreek eerst af hoe u ze veilig geeft: {contact}. Stuur geen gewone mail.")
        points = {
            What.RETURN: (
                say("Geef ons de gegevens die u voor het convenant over deze inburgeraars hebt."),
                agree.format(contact=self._contact),
                say("Verwijder nog niets. Dat vragen wij apart."),
                must,
            ),
            What.REMOVAL: (
                say("Verwijder de gegevens die u voor het convenant over deze inburgeraars hebt."),
                say("Ook bijlagen, kopieën en wat u overnam."),
                must,
            ),
        }.get(what, ())
        return (Section(heading=say("Wat u doet"), points=points),) if points else ()

    def _last_day(self, end: datetime) -> str:
        """The day that ends at this moment, as people say it."""
        return self._common.date(day_of(end - timedelta(microseconds=1)))

    def _kenmerken(self, kenmerken: Sequence[str]) -> tuple[Table, ...]:
        say = self._words.say
        if not kenmerken:
            return ()
        rows = tuple((each,) for each in kenmerken)
        return (Table(caption=say("Dossiers"), headings=(say("Dossierkenmerk"),), rows=rows),)

    # --- to the officer ------------------------------------------------------

    def officer(self, undone: Sequence[tuple[str, str, str]]) -> Page:
        """What is not done yet: about what, meant for whom (an id), and how it stands."""
        say = self._words.say
        return self._page(
            say("Een brief over een verzoek is nog niet afgehandeld"),
            (say("Een ontvanger antwoordt niet, of kan geen beveiligde mail krijgen."),),
            (
                Section(
                    heading=say("Wat openstaat"),
                    tables=(
                        Table(
                            caption=say("Brieven"),
                            headings=(say("Waarover"), say("Voor wie"), say("Stand")),
                            rows=tuple(
                                (about, who, self._words.code("stand", state))
                                for about, who, state in undone
                            ),
                        ),
                    ),
                ),
                Section(
                    heading=say("Wat u doet"),
                    points=(
                        say("Bel de organisatie, en vraag of het is gedaan."),
                        say("Leg het vast met: {opdracht}").format(
                            opdracht="gateway request confirm LETTER"
                        ),
                    ),
                ),
            ),
        )

    # --- parts of all --------------------------------------------------------

    def _again(self, *, reminder: bool) -> tuple[str, ...]:
        say = self._words.say
        return (say("Wij schreven u hier eerder over. Wij kregen nog geen antwoord."),) * reminder

    def _confirm(self) -> Section:
        say = self._words.say
        return Section(
            heading=say("Laat weten dat het is gedaan"),
            lead=(
                say("Beantwoord deze mail beveiligd. Dan leggen wij vast dat het is gedaan."),
                say("Lukt dat niet? Bel of schrijf: {contact}.").format(contact=self._contact),
            ),
        )

    def _moment(self, at: datetime | None) -> str:
        unknown = self._words.say("nog niet bekend")
        return self._common.moment(at, self._zone) if at else unknown

    def _page(self, title: str, lead: tuple[str, ...], sections: tuple[Section, ...]) -> Page:
        return Page(language=self._words.language.value, title=title, lead=lead, sections=sections)
