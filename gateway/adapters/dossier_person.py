"""Who a person is to this gateway, as sections of their dossier: register and consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.dossier_saying import Saying
from gateway.adapters.page import Section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.dossier import Assigned, ConsentShown, Dated, Dossier


class PersonSections(Saying):
    """Pure rendering."""

    def __init__(self, words: Words, codes: Words, zone: tzinfo) -> None:
        super().__init__(words, zone)
        self._codes = codes

    def sections(self, dossier: Dossier) -> Iterator[Section]:
        """What the register holds, earlier and now."""
        yield from (self._identity(each) for each in dossier.identities)
        yield self._circumstances(dossier)
        yield self._assigned(dossier)
        yield self._consents(dossier)

    def _identity(self, each: Dated) -> Section:
        say, who = self._say, each.identity
        heading = say("Wie bent u? Vanaf {dag}", dag=self._day(each.since))
        if who is None:
            return Section(heading=heading, lead=(say("Dit konden wij niet lezen."),))
        found = (
            (say("Dossierkenmerk"), who.dossierkenmerk),
            (say("Voornamen"), who.voornamen),
            (say("Achternaam"), " ".join(filter(None, (who.voorvoegsel, who.geslachtsnaam)))),
            (say("Geboren"), self._words.partial_date(who.geboortedatum)),
            (say("E-mail"), who.email),
            (say("Telefoon"), who.telefoonnummer),
        )
        return Section(heading=heading, facts=tuple(fact for fact in found if fact[1]))

    def _circumstances(self, dossier: Dossier) -> Section:
        rows, unknown = [], self._say("onbekend")
        for each in dossier.circumstances:
            found = each.circumstance
            rows.append(
                (
                    self._day(each.since),
                    self._written_out(self._words, "act", found.regime)
                    if found.regime
                    else unknown,
                    found.doelgroep.value if found.doelgroep else unknown,
                    self._day(found.duty.start),
                    self._day(found.duty.end),
                )
            )
        headings = ("Vanaf", "Wet", "Groep", "Begin plicht", "Einde plicht")
        return self._tabled("Uw inburgering", "Wat wij weten", headings, rows)

    def _assigned(self, dossier: Dossier) -> Section:
        headings = ("Vanaf", "Tot", "Bij", "Naam")
        rows = [self._place(each) for each in dossier.assigned]
        return self._tabled("Uw contacten", "Wie uw contact is of was", headings, rows)

    def _place(self, each: Assigned) -> tuple[str, ...]:
        name = each.contact.name if each.contact else self._say("niemand")
        if each.substitute:
            name = self._say("{naam} (vervanger)", naam=name)
        until = self._day(each.until) if each.until else self._say("nu nog")
        return self._day(each.since), until, each.organisation, name

    def _consents(self, dossier: Dossier) -> Section:
        headings = ("Vanaf", "Wat", "School", "Rijen", "Formulier")
        rows = [self._consent(each) for each in dossier.consents]
        points = [point for each in dossier.consents for point in self._paper(each)]
        section = self._tabled("Uw toestemming", "Wat u goed vond", headings, rows)
        return Section(
            heading=section.heading,
            lead=section.lead,
            tables=section.tables,
            points=tuple(points),
        )

    def _consent(self, shown: ConsentShown) -> tuple[str, ...]:
        event = shown.record.event
        rows = [
            self._written_out(self._words, "row", each)
            for each in sorted(each.value for each in event.categories)
        ]
        extra = sorted(self._codes.code("category", each.value) for each in event.extra)
        return (
            self._day(event.valid_from),
            self._words.code("consent", event.kind.value),
            shown.provider,
            ", ".join((*rows, *extra)) or self._say("niets"),
            event.form_version,
        )

    def _paper(self, shown: ConsentShown) -> Iterator[str]:
        number = shown.record.number
        if shown.scan:
            yield self._say("Formulier {n}: zie {bestand}.", n=str(number), bestand=shown.scan)
        if shown.interpreter:
            yield self._say("Formulier {n}: tolk {naam}.", n=str(number), naam=shown.interpreter)
        for text, covers in shown.added:
            about = f" ({self._codes.code('category', covers)})" if covers else ""
            yield self._say("Formulier {n}: erbij: {tekst}", n=str(number), tekst=text) + about
