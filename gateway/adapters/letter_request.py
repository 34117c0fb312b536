"""Letters about a request, to who made it, in Dutch at level A2 (AVG 12(1)).

That it came in, who somebody is, that it takes longer, and what was decided: until when,
why, and what the person can do.  Such a decision of a municipality is a besluit
(UAVG 34): it says how to object (Awb 3:45, 6:7) and where else to go (AVG 12(4)).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from gateway.adapters.consent_letter import AUTHORITY, AUTHORITY_PHONE
from gateway.adapters.page import Page, Section
from gateway.domain.case_rules import Letter
from gateway.domain.cases import Case, Outcome, RequestKind, Step
from gateway.domain.deadlines import day_of
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.words import Words


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RequestLetter(Silent):
    """What a letter is made of; whatever is not known, or not there, is empty.

    `name` is the person's, empty until it is established who asks, `representative` the name
    and address of who asks for them, `written` what the officer wrote about why.  `outcome`
    and `grounds` are of the decision, taken or proposed; `draft` says that nobody approved it yet.
    `restricted` says that what they asked for still holds back what is passed on.
    """

    case: Case
    letter: Letter
    at: datetime
    name: str = ""
    representative: str = ""
    written: str = ""
    outcome: Outcome | None = None
    grounds: tuple[str, ...] = ()
    draft: bool = False
    restricted: bool = False


class RequestLetters:
    """Pure rendering: the same letter gives the same page."""

    def __init__(self, words: Words, municipality: str, contact: str) -> None:
        self._words = words
        self._municipality = municipality
        self._contact = contact

    def page(self, letter: RequestLetter) -> Page:
        """The letter of this kind."""
        title, sections = {
            Letter.RECEIPT: self._receipt,
            Letter.IDENTITY: self._identity,
            Letter.EXTENSION: self._extension,
            Letter.DECISION: self._decision,
            Letter.WITHDRAWN: self._withdrawn,
        }[letter.letter](letter)
        draft = (self._say("Concept. Nog niet versturen."),) if letter.draft else ()
        return Page(
            language=self._words.language.value,
            title=title,
            lead=(*draft, *self._opening(letter)),
            sections=(self._about(letter), *sections),
        )

    def around(self, letter: RequestLetter, told: Page) -> Page:
        """A decision that `told` tells of: to whom and about what, why, where to go after it."""
        return replace(
            told,
            lead=(*self._opening(letter), *told.lead),
            sections=(
                self._about(letter),
                *told.sections,
                *self._why(letter),
                self._objecting(),
                self._elsewhere(objecting=True),
                self._questions(),
            ),
        )

    def _opening(self, letter: RequestLetter) -> Sequence[str]:
        if letter.representative:
            whom = self._say("U vraagt dit voor iemand anders.")
            if letter.name:
                whom = self._say("U vraagt dit voor {naam}.", naam=letter.name)
            return (letter.representative, whom)
        if letter.name:
            return (self._say("Beste {naam},", naam=letter.name),)
        return (self._say("Beste meneer of mevrouw,"),)

    def _about(self, letter: RequestLetter) -> Section:
        case = letter.case
        return Section(
            heading=self._say("Uw verzoek"),
            facts=(
                (self._say("Ons kenmerk"), case.reference),
                (self._say("Datum van deze brief"), self._words.date(day_of(letter.at))),
                (self._say("Uw verzoek kwam binnen op"), self._date(case.received_at)),
                (self._say("U vraagt om"), self._words.code("recht", case.kind.value)),
            ),
        )

    def _receipt(self, letter: RequestLetter) -> tuple[str, tuple[Section, ...]]:
        points = [
            self._say("U krijgt antwoord op of voor {dag}.", dag=self._last(letter.case)),
            self._say("Hebben wij meer tijd nodig? Dan schrijven wij u dat voor die dag."),
        ]
        if not letter.case.identified:
            points.append(self._say("Wij moeten eerst zeker weten wie u bent."))
            points.append(self._say("Stuur ons geen kopie van uw paspoort of ID-kaart."))
        return self._say("Wij hebben uw verzoek gekregen"), (
            Section(heading=self._say("Wat gebeurt er nu?"), points=tuple(points)),
            self._questions(self._say("U mag uw verzoek altijd weer stoppen.")),
        )

    def _identity(self, letter: RequestLetter) -> tuple[str, tuple[Section, ...]]:
        return self._say("Laat ons weten wie u bent"), (
            Section(
                heading=self._say("Waarom vragen wij dit?"),
                lead=(
                    self._say("Wij geven gegevens alleen aan de goede persoon."),
                    self._say("Nu weten wij dat nog niet zeker (artikel 12 lid 6 AVG)."),
                ),
            ),
            Section(
                heading=self._say("Wat kunt u doen?"),
                lead=(self._say("Kies een van deze manieren:"),),
                points=(
                    self._say("Vraag het opnieuw met DigiD, als dat bij de gemeente kan."),
                    self._say("Kom langs en laat uw paspoort of ID-kaart zien."),
                    self._say("Bel ons. Wij bellen terug op het nummer dat wij al van u hebben."),
                    self._say("Vraag uw casemanager om te vertellen dat u het bent."),
                ),
                closing=(
                    self._say("Wij maken geen kopie. Stuur er ook geen."),
                    self._say(
                        "Doe dit snel. Weten wij het op {dag} niet? Dan zeggen wij nee.",
                        dag=self._last(letter.case),
                    ),
                ),
            ),
            self._questions(),
        )

    def _extension(self, letter: RequestLetter) -> tuple[str, tuple[Section, ...]]:
        extended = next(each for each in letter.case.steps if each.step.value == "extended")
        why = self._words.code("reden", extended.detail["reason"])
        return self._say("Ons antwoord komt later"), (
            Section(
                heading=self._say("Waarom komt het later?"),
                lead=(why, *((letter.written,) if letter.written else ())),
            ),
            Section(
                heading=self._say("Wanneer krijgt u antwoord?"),
                lead=(
                    self._say(
                        "U krijgt antwoord op of voor {dag}.",
                        dag=self._words.date(letter.case.extended_day),
                    ),
                    self._say("Van de wet mag dit twee maanden later (artikel 12 lid 3 AVG)."),
                ),
            ),
            self._elsewhere(),
            self._questions(),
        )

    def _decision(self, letter: RequestLetter) -> tuple[str, tuple[Section, ...]]:
        outcome = letter.outcome or Outcome.REFUSED
        decided = self._words.code("besluit", f"{letter.case.kind.value}/{outcome.value}")
        sections = (
            Section(heading=self._say("Ons besluit"), lead=(decided,)),
            *self._why(letter),
        )
        # What 7(3) asks needs no besluit: UAVG 34 is about articles 15 to 22.
        objecting = letter.case.kind is not RequestKind.WITHDRAWAL
        if objecting:
            sections = (*sections, self._objecting())
        return self._words.code("uitkomst", outcome.value), (
            *sections,
            self._elsewhere(objecting=objecting),
            self._questions(),
        )

    def _withdrawn(self, letter: RequestLetter) -> tuple[str, tuple[Section, ...]]:
        ended = letter.case.last(Step.WITHDRAWN)
        said_on = ended.detail.get("said_on", "") if ended else ""
        said = (
            self._say("U zei op {dag} dat u uw verzoek niet meer wilt.", dag=self._day(said_on))
            if said_on
            else self._say("U zei dat u uw verzoek niet meer wilt.")
        )
        return self._say("Uw verzoek is gestopt"), (
            Section(
                heading=self._say("Wat gebeurt er nu?"),
                lead=(
                    said,
                    self._say("Wij doen dus niets meer met uw verzoek."),
                    *self._stays(letter),
                ),
                points=(
                    self._say("Klopt dit niet? Laat het ons snel weten. Dan gaan wij verder."),
                    self._say("Dan telt de dag waarop u het eerst vroeg."),
                    self._say("U mag het later ook opnieuw vragen. Dat kost niets."),
                ),
            ),
            self._elsewhere(),
            self._questions(),
        )

    def _stays(self, letter: RequestLetter) -> tuple[str, ...]:
        """What the request brought about already, and taking it back does not undo."""
        if letter.restricted:
            return (
                self._say("De stop op uw gegevens geldt nu nog."),
                self._say("Houdt die stop op? Dan krijgt u eerst een brief."),
            )
        if not letter.case.has(Step.EXECUTED):
            return ()
        if letter.case.kind is RequestKind.WITHDRAWAL:
            return (
                self._say("Uw toestemming is al gestopt. Dat blijft zo."),
                self._say("Wilt u weer toestemming geven? Dan vult u een nieuw formulier in."),
            )
        return (self._say("Wat wij al deden, blijft zo."),)

    def _day(self, said_on: str) -> str:
        return self._words.date(date.fromisoformat(said_on))

    def _why(self, letter: RequestLetter) -> tuple[Section, ...]:
        if not letter.grounds and not letter.written:
            return ()
        return (
            Section(
                heading=self._say("Waarom besluiten wij dit?"),
                points=tuple(self._words.code("grond", each) for each in letter.grounds),
                closing=(letter.written,) if letter.written else (),
            ),
        )

    def _objecting(self) -> Section:
        return Section(
            heading=self._say("Bent u het niet eens met dit besluit?"),
            lead=(
                self._say("Dan kunt u bezwaar maken. Dat kost niets."),
                self._say("Doe dat binnen zes weken na de dag waarop wij deze brief versturen."),
            ),
            points=(
                self._say(
                    "Schrijf aan het college van burgemeester en wethouders van {gemeente}.",
                    gemeente=self._municipality,
                ),
                self._say("Schrijf op: uw naam, uw adres en de datum."),
                self._say("Schrijf op welk besluit u bedoelt, met ons kenmerk."),
                self._say("Schrijf op waarom u het niet eens bent met het besluit."),
                self._say("Zet uw handtekening eronder."),
            ),
            closing=(
                self._say("Een ander mag dit voor u doen, bijvoorbeeld een advocaat."),
                self._say("Dit besluit is van de gemeente (artikel 34 UAVG)."),
            ),
        )

    def _elsewhere(self, *, objecting: bool = False) -> Section:
        court: tuple[str, ...] = (self._say("U kunt ook naar de rechtbank (artikel 79 AVG)."),)
        if objecting:
            court = (
                self._say("Is uw bezwaar afgewezen? Dan kunt u naar de rechtbank."),
                self._say("Kan het niet wachten? Vraag de rechtbank dan om snel iets te regelen."),
            )
        return Section(
            heading=self._say("Waar kunt u nog meer heen?"),
            points=(
                self._say(
                    "U mag klagen bij de Autoriteit Persoonsgegevens: {adres}, {nummer}.",
                    adres=AUTHORITY,
                    nummer=AUTHORITY_PHONE,
                ),
                *court,
            ),
        )

    def _questions(self, *before: str) -> Section:
        contact = self._say("Hebt u een vraag? Vraag het aan: {contact}.", contact=self._contact)
        return Section(heading=self._say("Vragen?"), lead=(*before, contact))

    def _last(self, case: Case) -> str:
        return self._words.date(case.last_day)

    def _date(self, instant: datetime) -> str:
        return self._words.date(day_of(instant))

    def _say(self, text: str, **named: str) -> str:
        return self._words.say(text).format(**named)
