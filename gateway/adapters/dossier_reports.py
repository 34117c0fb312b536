"""One report about a person as a section of their dossier: what became of it, and what it says."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from gateway.adapters.dossier_saying import Saying
from gateway.adapters.page import Section
from gateway.domain.dossier import Kept
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.dossier import Named, Report, Withholding
    from gateway.domain.texts import Texts
    from gateway.domain.wire import Json

# What the codes of a field mean, by the list of the letters' catalogue.
CODES = {
    "berichttype": "berichttype",
    "persoonlijkPlan.soort": "plan",
    "persoonlijkPlan.leerroute": "leerroute",
    "persoonlijkPlan.niveau": "niveau",
    "persoonlijkPlan.indicatorAlfabetiseringsonderwijs": "alfabetisering",
    "inburgeringstraject.behaaldeExamens[].onderdeel": "examen",
    "inburgeringstraject.behaaldeExamens[].niveau": "niveau",
    "voortgang.taalniveaus[].vaardigheid": "vaardigheid",
    "voortgang.taalniveaus[].begin": "niveau",
    "voortgang.taalniveaus[].huidig": "niveau",
    "voortgang.taalniveaus[].doel": "niveau",
    "bijzonderheden[].soort": "bijzonderheid",
}
_ACT = "wettelijkRegime"
_INDEX = re.compile(r"\[\d+\]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class ReportSections(Saying):
    """Pure rendering, with the same catalogues as the page that they stand on."""

    def __init__(
        self, words: Words, fields: Words, codes: Words, texts: Texts, zone: tzinfo
    ) -> None:
        super().__init__(words, zone)
        self._fields = fields
        self._codes = codes
        self._texts = texts

    def section(self, number: int, report: Report) -> Section:
        """Where it came from, whom it went to and why, and every value that is still kept."""
        say = self._say
        heading = say("Bericht {n}, {dag}", n=str(number), dag=self._day(report.decided_at))
        lead = (say("Hierna is opnieuw gekeken. Zie een later bericht."),)
        return Section(
            heading=heading,
            lead=lead if report.withdrawn else (),
            facts=(*self._became(report), *self._values(report)),
            points=tuple(self._withheld(report)),
        )

    def _became(self, report: Report) -> Iterator[tuple[str, str]]:
        say = self._say
        yield say("Van"), self._who(report.sender)
        if report.received_at is not None:
            yield say("Kwam binnen"), self._moment(report.received_at)
        outcome = self._words.code("outcome", report.outcome)
        yield say("Besluit"), ", ".join((outcome, *map(self._reason, report.reasons)))
        if report.recipient is not None:
            yield say("Voor"), self._who(report.recipient)
        if report.state:
            yield say("Verzending"), self._words.code("state", report.state)
        if report.sent_at is not None:
            yield say("Ging weg"), self._moment(report.sent_at)
        if report.ground:
            yield say("Dat mocht door"), self._ground(report)
        if report.categories:
            named = (self._codes.code("category", each) for each in report.categories)
            yield say("Gedeeld"), ", ".join(named)
        if report.reference:
            yield say("Nummer"), report.reference

    def _ground(self, report: Report) -> str:
        said = self._codes.code("ground", report.ground)
        articles = ", ".join(report.articles)
        if not articles:
            return said
        return self._say("{grond} (artikel {artikel})", grond=said, artikel=articles)

    def _values(self, report: Report) -> Iterator[tuple[str, str]]:
        say = self._say
        if report.kept is Kept.GONE:
            yield say("Inhoud"), say("hebben wij niet meer")
        elif report.kept is Kept.UNREADABLE:
            yield say("Inhoud"), say("konden wij niet lezen")
        elif report.content is not None:
            yield say("Inhoud"), self._until(report)
            yield from self._leaves(report.content, "")
            if report.plan:
                yield say("Bestand"), report.plan

    def _until(self, report: Report) -> str:
        if report.kept_until is None:
            return self._say("bewaren wij nog, want het bericht wacht")
        return self._say("bewaren wij tot {dag}", dag=self._day(report.kept_until))

    def _leaves(self, value: Json, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for name, child in value.items():
                yield from self._leaves(child, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for number, child in enumerate(value):
                yield from self._leaves(child, f"{path}[{number}]")
        elif value is not None:
            yield self._fields.field(path), self._value(value, _INDEX.sub("[]", path))

    def _value(self, value: bool | float | str, path: str) -> str:  # noqa: FBT001 - a value of JSON
        if isinstance(value, str) and path in CODES:
            return self._written_out(self._fields, CODES[path], value)
        if isinstance(value, str) and path == _ACT:
            return self._written_out(self._words, "act", value)
        if isinstance(value, bool):
            return self._say("ja") if value else self._say("nee")
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return self._words.date(date.fromisoformat(value))
            except ValueError:
                return value
        return str(value)

    def _withheld(self, report: Report) -> Iterator[str]:
        for each in report.withheld:
            field = self._fields.field(each.path)
            yield self._say("Niet gedeeld: {wat}. {waarom}", wat=field, waarom=self._reason(each))

    def _reason(self, each: Withholding) -> str:
        try:
            said = self._texts.reason(Reason(each.reason)).said(self._words.language)
        except ValueError:  # a code of an earlier version
            said = each.reason
        if not each.article:
            return said
        return self._say("{tekst} (artikel {artikel})", tekst=said, artikel=each.article)

    def _who(self, named: Named | None) -> str:
        if named is None:
            return self._say("onbekend")
        return f"{named.name}, {named.organisation}"
