"""The school's document with its four reports, and what the story promises of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.demo.people import AMAL, BILAL, CHEN, DINA, SCHOOL
from gateway.domain.bijsluiter import VERSIE, Regime
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.demo.people import Inburgeraar
    from gateway.domain.wire import Json

FORWARD, REJECT = "forward", "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """One report: about whom, what is special about it, and what has to become of it.

    `withheld` are field paths, with the reason for each; a path stands for
    everything below it.  `reasons` are those of a report that nobody gets.
    """

    about: Inburgeraar
    special: str
    content: dict[str, Json]
    withheld: Mapping[str, Reason]
    reasons: tuple[Reason, ...] = ()

    @property
    def kenmerk(self) -> str:
        """The dossierkenmerk."""
        return self.about.identity.dossierkenmerk

    @property
    def outcome(self) -> str:
        """Passed on, unless there are reasons against it."""
        return REJECT if self.reasons else FORWARD

    def kept_from_reader(self, path: str) -> bool:
        """Whether the field at this path may not be with the recipient."""
        return any(below(path, each) for each in self.withheld)


def below(path: str, prefix: str) -> bool:
    """Whether a field is `prefix` itself or something inside it."""
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}["))


def promised_reports() -> tuple[Promised, ...]:
    """The four reports, with dates that are in the past on any day."""
    nationality: dict[str, Json] = {"nationaliteit": "Verzonnenlandse"}
    return (
        Promised(
            about=AMAL,
            special="Wi2013, toestemming voor alles wat op het formulier staat",
            content=_report(
                AMAL, "Toets Kersentuin", formal=496, non_formal=131, absent=(113, 104)
            ),
            withheld={"voortgang.gevolgdeUren.nonFormeel": Reason.NOT_IN_FORM},
        ),
        Promised(
            about=BILAL,
            special="Wi2013, geen toestemming voor voortgangsrapportages (rij 4)",
            content=_report(
                BILAL, "Toets Appelgaard", formal=487, non_formal=136, absent=(118, 109)
            ),
            withheld={
                "voortgang.taalniveaus": Reason.CATEGORY_NOT_CONSENTED,
                "voortgang.aangebodenUren": Reason.CATEGORY_NOT_CONSENTED,
                "voortgang.verzuim": Reason.CATEGORY_NOT_CONSENTED,
                "voortgang.verwachteEinddatumOpleiding": Reason.CATEGORY_NOT_CONSENTED,
                "voortgang.gevolgdeUren.nonFormeel": Reason.NOT_IN_FORM,
            },
        ),
        Promised(
            about=CHEN,
            special="Wi2013, toestemming vorige week ingetrokken",
            content=_report(CHEN, "Toets Perenhof", formal=478, non_formal=141, absent=(123, 114)),
            withheld={},
            reasons=(Reason.CONSENT_WITHDRAWN,),
        ),
        Promised(
            about=DINA,
            special="Wi2021, gezinsmigrant; met een gegeven erin dat niet in de bijsluiter staat",
            content=_report(
                DINA,
                "Toets Druivenrij",
                formal=469,
                non_formal=146,
                absent=(128, 119),
                person=nationality,
            ),
            withheld={"betrokkene.nationaliteit": Reason.NOT_IN_BIJSLUITER},
        ),
    )


def document(reports: tuple[Promised, ...]) -> bytes:
    """The bijsluiter as it travels, with an envelope of its own each time."""
    whole: dict[str, Json] = {
        "bijsluiterVersie": VERSIE,
        "documentId": str(uuid4()),
        "verzonden": datetime.now(UTC).isoformat(timespec="seconds"),
        "aanbieder": {"instellingsnummer": SCHOOL.instellingsnummer, "bow": "BOW-0001"},
        "berichten": [report.content for report in reports],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _report(
    about: Inburgeraar,
    test: str,
    *,
    formal: int,
    non_formal: int,
    absent: tuple[int, int],
    person: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    identity = about.identity
    return {
        "berichtId": str(uuid4()),
        "berichttype": "VOORTGANG",
        "wettelijkRegime": about.regime.value,
        "doelgroep": about.doelgroep.value,
        "betrokkene": {
            "dossierkenmerk": identity.dossierkenmerk,
            "voornamen": identity.voornamen,
            "geslachtsnaam": identity.geslachtsnaam,
            "geboortedatum": identity.geboortedatum,
            **(person or {}),
        },
        "inburgeringstraject": _trajectory(about.regime),
        "voortgang": {
            "periode": {"van": _day(375), "totEnMet": _day(10)},
            "taalniveaus": [
                {"vaardigheid": "SP", "begin": "A0", "huidig": "A1", "doel": "B1", "toets": test},
                {"vaardigheid": "LE", "begin": "A1", "huidig": "A2", "doel": "B1"},
            ],
            "gevolgdeUren": {"formeel": formal, "nonFormeel": non_formal},
            "aangebodenUren": formal + sum(absent),
            "verzuim": {"urenGeoorloofd": absent[0], "urenOngeoorloofd": absent[1]},
            "verwachteEinddatumOpleiding": _day(-200),
        },
    }


def _trajectory(regime: Regime) -> dict[str, Json]:
    exam = "ONA" if regime is Regime.WI2013 else "MAP"
    return {
        "inburgeringstermijn": {"startdatum": _day(700), "einddatum": _day(-400)},
        "behaaldeExamens": [{"onderdeel": exam, "examendatum": _day(60)}],
        "inburgeringsuren": {"uren": 843, "bekendTot": _day(10)},
    }


def _day(ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every single value with its path on the wire."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from leaves(inside, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from leaves(inside, f"{path}[{number}]")
    else:
        yield path, value
