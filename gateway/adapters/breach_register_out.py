"""The register of breaches as others read it: JSON-LD with terms of the DPV, CSV, and a page.

Terms are those of the W3C Data Privacy Vocabulary 2 with its extension for the GDPR; what
that has no term for is ours.  The context is inside: nothing has to be fetched to read it.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from gateway.adapters.csv_writing import disarmed
from gateway.adapters.page import Page, Section
from gateway.adapters.words import Words
from gateway.domain.breach_terms import Nature, Risk, Step, Version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from gateway.domain.bijsluiter import Category
    from gateway.domain.breach_summary import Names, Summary
    from gateway.domain.breaches import Breach

    Entry = tuple[Breach, Mapping[int, str], Summary]

_CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "poort": "urn:taalpoort:breach:",
    "poort-data": "urn:taalpoort:personal-data:",
}
_NATURES: Final = {
    Nature.CONFIDENTIALITY: "eu-gdpr:ConfidentialityBreach",
    Nature.INTEGRITY: "eu-gdpr:IntegrityBreach",
    Nature.AVAILABILITY: "eu-gdpr:AvailabilityBreach",
}
_RISKS: Final = {
    Risk.UNLIKELY: "eu-gdpr:DBIAIndicatesNoRisk",
    Risk.RISK: "eu-gdpr:DBIAIndicatesLowRisk",
    Risk.HIGH: "eu-gdpr:DBIAIndicatesHighRisk",
}
_NOTICES: Final = {
    Version.INITIAL: "eu-gdpr:DPABreachInitialNotice",
    Version.SUPPLEMENT: "eu-gdpr:DPAPhasedBreachNotice",
    Version.WITHDRAWAL: "eu-gdpr:DPABreachNotice",
}
COLUMNS: Final = (
    "datalek", "stand", "oorzaak", "aard", "begonnen", "geeindigd", "ontdekt", "geweten",
    "beoordeeld", "gemeld", "uitgebreid", "afgesloten", "berichten", "mensen", "niet_doorgegeven",
    "onbekend_over_wie", "misschien_erbij", "risico", "feiten", "gevolgen", "maatregelen",
    "besluit_melden", "besluit_inlichten",
)  # fmt: skip


class BreachRegisterOut:
    """Writes the register in one language; words of people without anybody's name."""

    def __init__(self, words: Words, zone: tzinfo, names: Names) -> None:
        self._words = words
        self._parts = Words(words.language)
        self._zone = zone
        self._names = names

    def as_json_ld(
        self, entries: Sequence[Entry], municipality: str, at: datetime
    ) -> dict[str, object]:
        """The whole register (33(5)) for machines."""
        return {
            "@context": _CONTEXT,
            "@type": "eu-gdpr:DataBreachRegister",
            "dct:publisher": municipality,
            "dct:created": _typed(at),
            "dct:hasPart": [self._entry(*each) for each in entries],
        }

    def as_csv(self, entries: Sequence[Entry]) -> str:
        """One line a breach; a cell that a spreadsheet would reckon with is quoted."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for each in entries:
            writer.writerow([disarmed(cell) for cell in self._row(*each)])
        return out.getvalue()

    def page(self, entries: Sequence[Entry], municipality: str) -> Page:
        """The whole register for people."""
        say = self._words.say
        lead = [say("Dit register houdt de gemeente bij volgens artikel 33 lid 5 van de AVG.")]
        if not entries:
            lead.append(say("Er staat geen datalek in dit register."))
        return Page(
            language=self._words.language.value,
            title=say("Register van datalekken van {gemeente}").format(gemeente=municipality),
            lead=tuple(lead),
            sections=tuple(self._section(*each) for each in entries),
        )

    def _entry(
        self, breach: Breach, words: Mapping[int, str], counted: Summary
    ) -> dict[str, object]:
        timeline = breach.timeline
        return {
            "@id": f"poort:{breach.breach_id}",
            "@type": ["eu-gdpr:DataBreach", *(_NATURES[each] for each in breach.natures)],
            "dct:identifier": breach.breach_id,
            "poort:state": breach.state.value,
            "poort:cause": breach.cause.value,
            "poort:occurredFrom": _typed(timeline.occurred_from),
            "poort:occurredUntil": _typed(timeline.occurred_until),
            "poort:detectedAt": _typed(timeline.detected_at),
            "poort:awareAt": _typed(timeline.aware_at),
            "poort:assessedAt": _typed(breach.assessment.at if breach.assessment else None),
            "poort:deadline": _typed(timeline.deadline),
            "poort:extendedAt": [_typed(each.at) for each in breach.extensions],
            "dpv:hasStatus": [{"@id": each} for each in _statuses(breach)],
            "poort:reports": counted.reports,
            "poort:received": counted.received,
            "poort:receivedInPart": counted.in_part,
            "poort:dataSubjects": counted.people,
            "poort:dataSubjectsOfDisclosed": counted.people_disclosed,
            "poort:dataSubjectsOfReceived": counted.people_received,
            "poort:everybodyKnown": counted.is_whole,
            "poort:aboutNobodyKnown": counted.nobody,
            "poort:perhapsConcerned": counted.possible,
            "dpv:hasPersonalData": [self._data(each) for each in counted.categories],
            "dct:description": self._all(breach, words, Step.FACT),
            "dpv:hasConsequence": self._coded(breach, words, Step.EFFECT),
            "dpv:hasTechnicalOrganisationalMeasure": self._coded(breach, words, Step.MEASURE),
            "dpv:hasNotice": [
                {
                    "@type": _NOTICES[each.version],
                    "poort:version": each.version.value,
                    "dct:identifier": each.reference,
                    "dct:issued": _typed(each.at),
                    "poort:sha256": each.digest,
                }
                for each in breach.reports
            ],
            "poort:decisionOnReporting": self._reporting(breach, words),
            "poort:decisionOnTelling": self._telling(breach, words),
            "poort:closedAt": _typed(breach.closed_at),
        }

    def _data(self, category: Category) -> dict[str, object]:
        """A category of annex 3 as a concept of ours that is one of the DPV's personal data."""
        label = self._parts.code("deel", category.value)
        return {
            "@id": f"poort-data:{category.value}",
            "@type": ["dpv:PersonalData", "skos:Concept"],
            "skos:notation": category.value,
            "skos:prefLabel": {"@value": label, "@language": self._words.language.value},
        }

    def _row(self, breach: Breach, words: Mapping[int, str], counted: Summary) -> tuple[str, ...]:
        timeline, code = breach.timeline, self._words.code
        return (
            breach.breach_id,
            code("stand", breach.state.value),
            code("oorzaak", breach.cause.value),
            "; ".join(code("aard", each.value) for each in breach.natures),
            self._moment(timeline.occurred_from),
            self._moment(timeline.occurred_until),
            self._moment(timeline.detected_at),
            self._moment(timeline.aware_at),
            self._moment(breach.assessment.at if breach.assessment else None),
            self._moment(breach.initial.at if breach.initial else None),
            "; ".join(self._moment(each.at) for each in breach.extensions)
            or self._words.say("Nee"),
            self._moment(breach.closed_at),
            *self._counts(counted),
            code("risico", breach.risk.value) if breach.risk else self._words.say("nog onbekend"),
            " | ".join(self._all(breach, words, Step.FACT)),
            " | ".join(self._said(breach, words, Step.EFFECT, "gevolg")),
            " | ".join(self._said(breach, words, Step.MEASURE, "maatregel")),
            self._reporting(breach, words),
            self._telling(breach, words),
        )

    def _counts(self, counted: Summary) -> tuple[str, ...]:
        """How many of each; nobody is said only where everybody is known."""
        unknown = self._words.say("nog onbekend")
        each = (counted.reports, counted.people, counted.received, counted.nobody, counted.possible)
        if not counted.is_known:
            return (unknown,) * len(each)
        said = list(map(str, each))
        if not counted.people and not counted.is_whole:
            said[1] = unknown
        return tuple(said)

    def _section(self, *entry: *tuple[Breach, Mapping[int, str], Summary]) -> Section:
        breach = entry[0]
        say = self._words.say
        headings = (
            "Datalek", "Stand", "Oorzaak", "Wat er gebeurde", "Gebeurd", "", "Ontdekt", "Geweten",
            "Beoordeeld", "Gemeld", "Uitgebreid", "Afgesloten", "Aantal berichten", "Aantal mensen",
            "Gekregen en niet doorgegeven", "Berichten waarvan niet bekend is over wie",
            "Berichten waarvan niet bekend is of ze erbij horen", "Risico", "Feiten",
            "Gevolgen", "Maatregelen", "Besluit over melden", "Besluit over inlichten",
        )  # fmt: skip
        cells = zip(headings, self._row(*entry), strict=True)
        unknown = say("nog onbekend")
        facts = [(say(name), cell or unknown) for name, cell in cells if name]
        return Section(heading=f"{say('Datalek')} {breach.breach_id}", facts=tuple(facts[1:]))

    def _reporting(self, breach: Breach, words: Mapping[int, str]) -> str:
        say = self._words.say
        versions = ", ".join(
            f"{self._words.code('soort-melding', each.version.value)} "
            f"({self._moment(each.at)}, {each.reference})"
            for each in breach.reports
        )
        if breach.not_reporting is not None:
            reasons = [each for each in breach.steps if each.step is Step.PROPOSED]
            said = say("Niet gemeld. Besloten door {eerste} en {tweede}.").format(
                eerste=reasons[-1].by, tweede=breach.not_reporting.by
            )
            return f"{said} {self._clean(words[reasons[-1].number])}"
        if not versions:
            return say("Nog geen besluit")
        line = "Gemeld: {versies}" if breach.is_reported else "Melding ingetrokken: {versies}"
        return say(line).format(versies=versions)

    def _telling(self, breach: Breach, words: Mapping[int, str]) -> str:
        found = breach.telling
        if found is None:
            return self._words.say("Nog geen besluit")
        if found.step is Step.TO_TELL:
            return self._words.say("Ja, ieder krijgt een eigen brief")
        why = self._words.code("uitzondering", found.detail["exception"])
        return f"{why}: {self._clean(words[found.number])}"

    def _coded(self, breach: Breach, words: Mapping[int, str], step: Step) -> list[dict[str, str]]:
        return [
            {"poort:kind": each.detail["kind"], "dct:description": self._clean(words[each.number])}
            for each in breach.noted(step)
        ]

    def _said(self, breach: Breach, words: Mapping[int, str], step: Step, kind: str) -> list[str]:
        return [
            f"{self._words.code(kind, each.detail['kind'])}: {self._clean(words[each.number])}"
            for each in breach.noted(step)
        ]

    def _all(self, breach: Breach, words: Mapping[int, str], step: Step) -> list[str]:
        return [self._clean(words[each.number]) for each in breach.noted(step)]

    def _clean(self, text: str) -> str:
        return self._names.left_out(text)[0]

    def _moment(self, instant: datetime | None) -> str:
        return self._words.moment(instant, self._zone) if instant else ""


def _statuses(breach: Breach) -> list[str]:
    """What was assessed, and which notices are needed for it."""
    found = [_RISKS[breach.risk]] if breach.risk else []
    if breach.not_reporting is not None:
        found.append("eu-gdpr:BreachNotificationNotNeeded")
    elif breach.risk not in {None, Risk.UNLIKELY}:
        found.append("eu-gdpr:DPABreachNotificationNeeded")
    if breach.telling is not None and breach.telling.step is Step.TO_TELL:
        found.append("eu-gdpr:DataSubjectBreachNotificationNeeded")
    return found


def _typed(instant: datetime | None) -> dict[str, str] | None:
    if instant is None:
        return None
    return {"@type": "xsd:dateTime", "@value": instant.isoformat(timespec="seconds")}
