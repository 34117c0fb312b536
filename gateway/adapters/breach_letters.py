"""Letters about a breach: to each person about their own data (AVG 34), and to a partner.

A letter to a person is made of codes only, so that every word of it can be translated and
none of it is about anybody else.  It says what 34(2) and 33(3)(b), (c) and (d) ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.adapters.page import Page, Section, Table
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_terms import Cause, Step
from gateway.domain.received import Came
from gateway.domain.shape import is_strange
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.affected import Affected
    from gateway.domain.breach_summary import Summary
    from gateway.domain.breaches import Breach
    from gateway.domain.histories import Identity

_UNKNOWN = "unknown"
# What they say of a reader is that somebody got it.
_SHARED: Final = frozenset({Cause.NO_GROUND, Cause.WRONG_RECIPIENT})
_NOT_PASSED_ON = (
    "Wij kregen berichten over u. Niet alles daarvan hebben wij doorgegeven. Ook wat wij niet "
    "hebben doorgegeven, kan iemand hebben gezien."
)
_NOTHING_PASSED_ON = (
    "Wij kregen gegevens over u. Wij hebben die niet doorgegeven. Toch kan iemand ze hebben gezien."
)
_ADDED_ONLY = (
    "U kreeg hier al een bericht over. Er hoort meer bij. Hieronder staat alleen wat erbij is "
    "gekomen."
)
_MORE_OF_KNOWN = "Staat er een referentie bij die u al had? Daarover weten wij nu meer."
_REPORT_MORE = (
    "Hebt u dit datalek al gemeld? Vul uw melding aan. Hebt u dat niet? Kijk of u het nu moet "
    "melden."
)
_MORE_KNOWN = (
    "U kreeg hier al een brief over. Wij weten nu meer. In deze brief staat alles wat wij nu weten."
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LetterAbout(Silent):
    """What the letters of one breach share; `parties` names the organisation of each contact.

    `at` is when they are made: the day that stands on each.
    """

    breach: Breach
    at: datetime
    parties: Mapping[str, str]
    municipality: str
    contact: str
    officers: str


class PersonLetters:
    """Writes the letter of article 34 in one language; `fields` names fields, where it can."""

    def __init__(self, words: Words, fields: Words | None, zone: tzinfo) -> None:
        self._words = words
        self._fields = fields
        self._zone = zone

    def page(
        self,
        about: LetterAbout,
        identity: Identity,
        own: Sequence[Affected],
        *,
        again: bool = False,
    ) -> Page:
        """The letter to this person about these disclosures, which are all about them.

        `again` where they had a letter of it before, and more became known.
        """
        say = self._words.say
        return Page(
            language=self._words.tag,
            title=say("Er is iets misgegaan met uw gegevens"),
            lead=(
                self._words.date(about.at.astimezone(self._zone).date()),
                say("Beste {naam},").format(naam=name_of(identity)),
                say(
                    "Er is iets misgegaan met gegevens over u. Dat had niet mogen gebeuren. "
                    "Dat spijt ons."
                ),
                *([say(_MORE_KNOWN)] if again else []),
                say("In deze brief leest u wat er is gebeurd en wat u kunt doen."),
                say("Uw dossierkenmerk is {kenmerk}. Ons nummer is {nummer}.").format(
                    kenmerk=identity.dossierkenmerk, nummer=about.breach.breach_id
                ),
            ),
            sections=(
                self._happened(about, own),
                self._data(about, own),
                self._noted(about.breach, Step.EFFECT, "Wat kan er gebeuren?", "brief-gevolg"),
                self._noted(about.breach, Step.MEASURE, "Wat doen wij?", "brief-maatregel"),
                self._advice(),
                self._questions(about),
            ),
        )

    def _happened(self, about: LetterAbout, own: Sequence[Affected]) -> Section:
        say, timeline = self._words.say, about.breach.timeline
        cause = about.breach.cause
        if cause in _SHARED and not any(each.passed_on for each in own):
            cause = Cause.OTHER
        begun, ended = timeline.occurred_from, timeline.occurred_until
        if begun is None:
            when = say("Wij weten nog niet wanneer dit is gebeurd.")
        elif ended is None or ended == begun:
            when = say("Dit gebeurde op {moment}.").format(moment=self._moment(begun))
        else:
            when = say("Dit gebeurde tussen {van} en {tot}.").format(
                van=self._moment(begun), tot=self._moment(ended)
            )
        found = say("Wij ontdekten het op {moment}.")
        return Section(
            heading=say("Wat is er gebeurd?"),
            lead=(
                self._words.code("brief-oorzaak", cause.value),
                when,
                found.format(moment=self._moment(timeline.detected_at)),
            ),
        )

    def _data(self, about: LetterAbout, own: Sequence[Affected]) -> Section:
        say = self._words.say
        left = [each for each in own if each.passed_on]
        came = [each for each in own if not each.passed_on]
        tables: list[Table] = []
        if left:
            headings = (say("Wanneer"), say("Wie kreeg het"), say("Wat erin stond"))
            rows = tuple(self._row(about, each) for each in left)
            tables.append(Table(caption=say("Per bericht over u"), headings=headings, rows=rows))
        if came:
            tables.append(self._received(about, came))
        return Section(
            heading=say("Om welke gegevens gaat het?"),
            lead=(say(_NOT_PASSED_ON if left else _NOTHING_PASSED_ON),) if came else (),
            tables=tuple(tables),
            closing=tuple(self._named(own, came)),
        )

    def _received(self, about: LetterAbout, came: Sequence[Affected]) -> Table:
        """What we had of them, and passed on to nobody."""
        say = self._words.say
        return Table(
            caption=say("Wat wij over u kregen en niet hebben doorgegeven"),
            headings=(say("Wanneer"), say("Van wie wij het kregen"), say("Wat erin stond")),
            rows=tuple(
                (
                    self._when(each.received_at),
                    about.parties.get(each.sender_id) or say("nog niet bekend"),
                    self._parts(each) or say("dat weten wij niet precies"),
                )
                for each in came
            ),
        )

    def _named(self, own: Sequence[Affected], came: Sequence[Affected]) -> Iterator[str]:
        """The fields by name, where this language has them, and that it may be more."""
        say = self._words.say
        paths = sorted({path for each in own for path in each.fields if not is_strange(path)})
        named = [self._fields.field(path) for path in paths] if self._fields else []
        if named:
            lead = say("Het gaat om deze gegevens:")
            yield f"{lead} {', '.join(dict.fromkeys(named))}."
        if any(not each.fields or any(map(is_strange, each.fields)) for each in came):
            yield say("Wij weten niet precies welke gegevens er nog meer in stonden.")

    def _row(self, about: LetterAbout, each: Affected) -> tuple[str, str, str]:
        parts = self._parts(each) or self._words.say("nog niet bekend")
        return self._when(each.sent_at), about.parties[each.recipient_id], parts

    def _when(self, instant: datetime | None) -> str:
        return self._moment(instant) if instant else self._words.say("nog niet bekend")

    def _parts(self, each: Affected) -> str:
        return "; ".join(
            self._words.code("brief-deel", part.value)
            for part in Category
            if part in each.categories
        )

    def _noted(self, breach: Breach, step: Step, heading: str, kind: str) -> Section:
        codes = dict.fromkeys(each.detail["kind"] for each in breach.noted(step))
        points = tuple(self._words.code(kind, code) for code in codes or (_UNKNOWN,))
        return Section(heading=self._words.say(heading), points=points)

    def _advice(self) -> Section:
        say = self._words.say
        return Section(
            heading=say("Wat kunt u doen?"),
            points=(
                say("Krijgt u een vreemde mail, brief of een raar telefoontje? Geef dan geen "
                    "gegevens."),
                say("Klik niet op een link als u twijfelt."),
                say("Denkt u dat iemand uw naam gebruikt? Ga naar de politie en bel ons."),
                say("Begrijpt u deze brief niet? Vraag hulp aan uw docent of aan de gemeente."),
            ),
        )  # fmt: skip

    def _questions(self, about: LetterAbout) -> Section:
        say = self._words.say
        officers = say("Bij de gemeente let iemand op uw privacy. Dat is de FG: {fg}.")
        return Section(
            heading=say("Hebt u een vraag of een klacht?"),
            lead=(
                say("Bel of mail de gemeente: {contact}.").format(contact=about.contact),
                *([officers.format(fg=about.officers)] if about.officers else []),
                say("U mag ook een klacht indienen bij de Autoriteit Persoonsgegevens."),
            ),
        )

    def _moment(self, instant: datetime) -> str:
        return self._words.moment(instant, self._zone)


class PartnerNotices:
    """Writes the notice to a partner of the covenant: counts, references, no names (12.7)."""

    def __init__(self, words: Words, fields: Words, zone: tzinfo) -> None:
        self._words = words
        self._fields = fields
        self._zone = zone

    def page(
        self,
        about: LetterAbout,
        counted: Summary,
        own: Sequence[Affected],
        *,
        together: Summary | None = None,
    ) -> Page:
        """What this partner has to know: `own` came from it or went to it.

        Where it was told of the breach before `own` is what was added since, and `together` counts
        all of it: some of what was added is more about what it was told of.
        """
        say = self._words.say
        again = together is not None
        title = "Een datalek raakt meer berichten van of aan u"
        return Page(
            language=self._words.language.value,
            title=say(title if again else "Een datalek dat ook u raakt"),
            lead=(
                say(
                    "Er was een datalek in de uitwisseling met {gemeente}. Berichten van of aan u "
                    "horen daarbij."
                ).format(gemeente=about.municipality),
                *([say(_ADDED_ONLY), say(_MORE_OF_KNOWN)] if again else []),
                say(
                    "Elke partij handelt haar eigen datalekken af (Convenant, artikel 12.6). Wij "
                    "helpen elkaar daarbij (artikel 12.7)."
                ),
            ),
            sections=(
                Section(
                    heading=say("Wat wij nu weten"),
                    facts=self._facts(about.breach, counted, together),
                ),
                self._asked(about.contact, nobody=counted.nobody, again=again),
                Section(
                    heading=say("Om welke berichten het gaat"),
                    tables=(
                        Table(
                            caption=say("Om welke berichten het gaat"),
                            headings=(say("Referentie"), say("Moment")),
                            rows=tuple(
                                self._row(each) for each in own if each.state != Came.IN_PART
                            ),
                        ),
                    ),
                ),
            ),
        )

    def _facts(
        self, breach: Breach, counted: Summary, together: Summary | None
    ) -> tuple[tuple[str, str], ...]:
        say, timeline = self._words.say, breach.timeline
        kinds = "; ".join(self._fields.code("deel", each.value) for each in counted.categories)
        initial = breach.initial if breach.is_reported else None
        reported = None if initial is None else initial.at
        return (
            (say("Ons nummer"), breach.breach_id),
            (say("Wat er gebeurde"), self._words.code("oorzaak", breach.cause.value)),
            (say("Begonnen"), self._moment(timeline.occurred_from)),
            (say("Ontdekt"), self._moment(timeline.detected_at)),
            (say("Berichten van of aan u die zijn doorgegeven"), str(counted.reports)),
            *(
                [(say("Berichten van u die wij niet doorgaven"), str(counted.received))]
                if counted.received
                else []
            ),
            (say("Mensen over wie het gaat"), self._people(counted)),
            *([] if together is None else [self._together(together)]),
            (say("Soorten gegevens"), kinds or say("nog onbekend")),
            (say("Gemeld bij de AP"), self._moment(reported) if reported else say("Nee")),
        )

    def _together(self, counted: Summary) -> tuple[str, str]:
        """All of it: what was added to what was told before may not be added up."""
        say = self._words.say
        return say("Samen met wat u al wist"), say(
            "berichten: {berichten}; mensen: {mensen}"
        ).format(berichten=counted.reports + counted.received, mensen=self._people(counted))

    def _people(self, counted: Summary) -> str:
        """Who is not known is not nobody."""
        unknown = self._words.say("berichten of mails waarvan niet bekend is over wie ze gaan: "
                                  "{aantal}. Het kunnen dus meer mensen zijn")  # fmt: skip
        if not counted.nobody:
            return str(counted.people)
        found = [str(counted.people)] if counted.people else []
        return "; ".join([*found, unknown.format(aantal=counted.nobody)])

    def _row(self, each: Affected) -> tuple[str, str]:
        """What was never passed on by the reference and the number that our receipt gave it."""
        say = self._words.say
        if each.passed_on:
            return each.reference[:8], self._moment(each.sent_at)
        line = "{referentie}: van u gekregen, niet doorgegeven"
        if each.number >= 0:
            line = "{referentie}, bericht {nummer}: van u gekregen, niet doorgegeven"
        named = say(line).format(referentie=each.trace, nummer=each.number + 1)
        return named, self._moment(each.received_at)

    def _asked(self, contact: str, *, nobody: int, again: bool) -> Section:
        say = self._words.say
        report = say("Kijk of u zelf een datalek moet melden. Uw 72 uur lopen vanaf nu.")
        who = say("Van een deel weten wij niet over wie het gaat. Zoek dat op, en bel ons.")
        return Section(
            heading=say("Wat u kunt doen"),
            points=(
                say(_REPORT_MORE) if again else report,
                say("Zoek de berichten op met de referentie. Wis wat u niet mag hebben, ook "
                    "kopieën."),
                *([who] if nobody else []),
                say("Laat ons weten wat u hebt gedaan: {contact}.").format(contact=contact),
            ),
        )  # fmt: skip

    def _moment(self, instant: datetime | None) -> str:
        if instant is None:
            return self._words.say("nog onbekend")
        return self._words.moment(instant, self._zone)


def name_of(identity: Identity) -> str:
    """How somebody is addressed in full."""
    parts = (identity.voornamen, identity.voorvoegsel, identity.geslachtsnaam)
    return " ".join(part for part in parts if part)
