"""Letters to an inburgeraar about their own rights, in words that are easy to read (A2).

Set on paper by the officer and sent as the municipality sends its letters; never by mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from gateway.adapters.page import Page, Section, Table
from gateway.adapters.words import Words
from gateway.domain.restricting import RestrictionReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.letters import LetterSettings
    from gateway.domain.restricting import Restriction


class Told(NamedTuple):
    """One recipient as the person reads it: who, where, what and when."""

    name: str
    organisation: str
    sent_at: datetime | None
    categories: tuple[str, ...]


class Whom(NamedTuple):
    """To whom a letter goes, about which request, and when; `name` is empty where nobody has one.

    `kenmerk` is empty once the person was erased.
    """

    name: str
    kenmerk: str
    reference: str
    at: datetime


class PersonPages:
    """Writes them in one municipality's name; pure rendering."""

    def __init__(self, settings: LetterSettings) -> None:
        self._words = Words(settings.language, catalogue="rights")
        self._common = Words(settings.language)
        self._zone = ZoneInfo(settings.zone)
        self._municipality = settings.municipality
        self._contact = settings.contact

    def lifting(self, whom: Whom, restriction: Restriction, *, taken_back: bool = False) -> Page:
        """That the restriction is about to be lifted (18(3)), also of what was taken back."""
        say = self._words.say
        why = say("U vroeg ons om uw gegevens even niet te gebruiken. Dat hebben wij gedaan.")
        if restriction.reason is RestrictionReason.OBJECTION:
            why = (
                say("U had bezwaar. Daarna zei u dat u dat niet meer wilt.")
                if taken_back
                else say("U had bezwaar. Wij hebben uw bezwaar bekeken. Wij gaan toch verder.")
            )
        return self._page(
            say("Wij gaan uw gegevens weer gebruiken"),
            whom,
            (why, say("Die stop houdt nu op. Daarna sturen wij weer berichten over u.")),
            (
                Section(
                    heading=say("Wat er nu gebeurt"),
                    points=(
                        say("Uw school en uw casemanager krijgen weer berichten over u."),
                        say("Ook berichten die wachtten, gaan nu verder."),
                    ),
                ),
            ),
        )

    def recipients(self, whom: Whom, told: Sequence[Told]) -> Page:
        """Who was told of what was corrected, erased or restricted (19, second sentence)."""
        say = self._words.say
        return self._page(
            say("Wie uw gegevens heeft gekregen"),
            whom,
            (
                say("U vroeg wie uw gegevens kreeg. In de tabel ziet u dat."),
                say("Deze mensen krijgen een brief van ons, of hebben die al."),
                say("Daarin staat wat zij moeten doen."),
            ),
            (Section(heading=say("Wie uw gegevens kreeg"), tables=(self._table(told),)),),
        )

    def corrected(self, whom: Whom, fields: Sequence[str]) -> Page:
        """What was wrong and is being corrected (16): which fields, never which values."""
        say = self._words.say
        return self._page(
            say("Wij laten uw gegevens verbeteren"),
            whom,
            (say("U zei dat een gegeven niet klopt. Wij hebben dat bekeken. U hebt gelijk."),),
            (
                Section(
                    heading=say("Wat wij doen"),
                    points=tuple(
                        say("Wij laten dit verbeteren: {gegeven}").format(
                            gegeven=self._common.field(each)
                        )
                        for each in fields
                    ),
                    closing=(say("Iedereen die het foute gegeven kreeg, hoort dat van ons."),),
                ),
            ),
        )

    def _table(self, told: Sequence[Told]) -> Table:
        say = self._words.say
        return Table(
            caption=say("Per persoon"),
            headings=(say("Wie"), say("Organisatie"), say("Wanneer"), say("Wat")),
            rows=tuple(
                (each.name, each.organisation, self._moment(each.sent_at), self._parts(each))
                for each in told
            ),
        )

    def _parts(self, told: Told) -> str:
        parts = ", ".join(self._common.code("deel", each) for each in told.categories)
        return parts or self._words.say("nog niet bekend")

    def _moment(self, at: datetime | None) -> str:
        unknown = self._words.say("nog niet bekend")
        return self._common.moment(at, self._zone) if at else unknown

    def _page(
        self, title: str, whom: Whom, lead: tuple[str, ...], sections: tuple[Section, ...]
    ) -> Page:
        say = self._words.say
        return Page(
            language=self._words.language.value,
            title=title,
            lead=(*self._opening(whom), *lead),
            sections=(
                *sections,
                Section(
                    heading=say("Hebt u een vraag of een klacht?"),
                    lead=(
                        say("Bel of schrijf ons: {contact}.").format(contact=self._contact),
                        say("U mag ook klagen bij de Autoriteit Persoonsgegevens."),
                    ),
                ),
            ),
        )

    def _opening(self, whom: Whom) -> tuple[str, ...]:
        """The day of the letter, who reads it, and by what they know it is about them."""
        say, name = self._words.say, whom.name
        return (
            self._words.date(whom.at.astimezone(self._zone).date()),
            say("Beste {naam},").format(naam=name) if name else say("Beste meneer of mevrouw,"),
            self._numbers(whom),
        )

    def _numbers(self, whom: Whom) -> str:
        """By what it is about them; after an erasure nothing is left of their own number."""
        say = self._words.say
        if not whom.kenmerk:
            return say("Ons nummer: {nummer}.").format(nummer=whom.reference)
        both = say("Uw dossier: {kenmerk}. Ons nummer: {nummer}.")
        return both.format(kenmerk=whom.kenmerk, nummer=whom.reference)
