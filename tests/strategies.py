"""Hypothesis strategies over fictitious reports, consent and facts.

Reports come as they travel, as JSON values: the gateway's own reading of them is
part of what is tested.  Dates lie before `generators.INSTANT`, so that a report
made here is plausible unless a test makes it otherwise.
"""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from gateway.domain.bijsluiter import (
    Alfabetisering,
    Berichttype,
    BijzonderheidSoort,
    Category,
    Examenniveau,
    Leerroute,
    Niveau,
    PlanNiveau,
    PlanSoort,
    Vaardigheid,
)
from gateway.domain.consent import Consent, ConsentCategory, ConsentEvent, ConsentKind, ConsentState
from tests import generators
from tests.generators import INSTANT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from gateway.domain.facts import Facts
    from gateway.domain.wire import Json

Fields = dict[str, "st.SearchStrategy[Json]"]

hours: st.SearchStrategy[Json] = st.integers(0, 9999)
past_days: st.SearchStrategy[Json] = st.dates(date(2020, 1, 1), date(2025, 12, 31)).map(
    date.isoformat
)
# A form refuses what counts as a number, and some letters do (U+964C).
letters = st.characters(categories=["L"]).filter(lambda char: not char.isnumeric())
names: st.SearchStrategy[Json] = st.text(
    letters | st.sampled_from(" .-'"), min_size=1, max_size=30
).filter(lambda text: bool(text.strip()))
titles: st.SearchStrategy[Json] = st.text(
    letters | st.sampled_from(" .-'(2"), min_size=1, max_size=8
).filter(lambda text: bool(text.strip()))
# Names of fields that no version of the bijsluiter has; the last one is written by a stranger.
UNKNOWN = ("bsn", "nationaliteit", "reden", "uitslag", "vNummer", "opmerking over iemand")
SECRET = "GEHEIM"


def codes(kind: type[StrEnum]) -> st.SearchStrategy[Json]:
    """One of the codes of this list."""
    return st.sampled_from([code.value for code in kind])


def objects(required: Fields, optional: Fields) -> st.SearchStrategy[dict[str, Json]]:
    """An object with the required fields and any of the optional ones."""
    return st.fixed_dictionaries(required, optional=optional)


def consent_events(kinds: Iterable[ConsentKind] = ConsentKind) -> st.SearchStrategy[ConsentEvent]:
    """Events around `INSTANT`, close enough together to coincide often."""
    days = st.integers(-4, 2).map(lambda day: INSTANT + timedelta(days=day))
    return st.builds(
        ConsentEvent,
        kind=st.sampled_from(sorted(kinds)),
        valid_from=days,
        recorded_at=days,
        form_version=st.sampled_from(["1", "2"]),
        categories=st.frozensets(st.sampled_from(ConsentCategory)),
        extra=st.frozensets(st.sampled_from([Category.P4, Category.P1])),
    )


def consents() -> st.SearchStrategy[Consent]:
    """Given consent for any rows, and any hand-added category."""
    return st.builds(
        Consent,
        state=st.just(ConsentState.GIVEN),
        categories=st.frozensets(st.sampled_from(ConsentCategory)).map(
            lambda rows: rows | {ConsentCategory.T1}
        ),
        extra=st.frozensets(st.just(Category.P4)),
    )


def plans() -> st.SearchStrategy[Json]:
    """P1 without free text, plausible."""
    change = objects({"datum": past_days}, {})
    return objects(
        {"soort": codes(PlanSoort)},
        {
            "dagtekeningPip": past_days,
            "leerroute": st.just(Leerroute.B.value),
            "niveau": codes(PlanNiveau),
            "geschatteIntensiteitB1Route": st.integers(1, 9999),
            "indicatorAlfabetiseringsonderwijs": codes(Alfabetisering),
            "indicatorMagOpleidingAfmaken": st.booleans(),
            "wijziging": change,
        },
    )


def trajectories() -> st.SearchStrategy[Json]:
    """P2, plausible under either act."""
    exams = objects(
        {"onderdeel": st.sampled_from(["LE", "LU", "SC", "SP", "KNM"]), "examendatum": past_days},
        {"niveau": codes(Examenniveau)},
    )
    amounts = st.integers(0, 99_999_999).map(lambda cents: cents / 100)
    term: st.SearchStrategy[Json] = st.just({"startdatum": "2024-03-01", "einddatum": "2027-03-01"})
    return objects(
        {},
        {
            "inburgeringstermijn": term,
            "behaaldeExamens": st.lists(exams, max_size=4),
            "inburgeringsuren": objects({"uren": hours, "bekendTot": past_days}, {}),
            "duoLening": objects({"resterendBedrag": amounts, "peildatum": past_days}, {}),
        },
    )


def progress() -> st.SearchStrategy[Json]:
    """P3, plausible."""
    levels = objects(
        {"vaardigheid": codes(Vaardigheid)},
        {
            "begin": codes(Niveau),
            "huidig": codes(Niveau),
            "doel": codes(Niveau),
            "toets": titles,
            "toetsdatum": past_days,
        },
    )
    return objects(
        {"periode": st.just({"van": "2025-10-01", "totEnMet": "2025-12-31"})},
        {
            "taalniveaus": st.lists(levels, max_size=3),
            "gevolgdeUren": objects({}, {"formeel": hours, "nonFormeel": hours}),
            "aangebodenUren": hours,
            "verzuim": objects({}, {"urenGeoorloofd": hours, "urenOngeoorloofd": hours}),
            "verwachteEinddatumOpleiding": past_days,
        },
    )


def particulars() -> st.SearchStrategy[Json]:
    """P4 as codes, without free text."""
    one = objects({"datum": past_days, "soort": codes(BijzonderheidSoort)}, {})
    return st.lists(one, max_size=3)


@st.composite
def berichten(draw: st.DrawFn, regime: str = "WI2013") -> dict[str, Json]:
    """A report about inburgeraar 1 with any of its parts, plausible and without free text."""
    kinds = [kind.value for kind in Berichttype if kind is not Berichttype.CORRECTIE]
    parts = draw(
        objects(
            {},
            {
                "persoonlijkPlan": plans(),
                "inburgeringstraject": trajectories(),
                "voortgang": progress(),
                "bijzonderheden": particulars(),
            },
        )
    )
    plain = generators.bericht(1, regime=regime, voortgang=None, inburgeringstraject=None)
    return {**plain, "berichttype": draw(st.sampled_from(kinds)), **parts}


@st.composite
def with_unknown_fields(draw: st.DrawFn, regime: str = "WI2013") -> dict[str, Json]:
    """As `berichten`, with fields of no version of the bijsluiter anywhere in it.

    Every value of such a field is `SECRET`, alone or inside a list or an object.
    """
    report = copy.deepcopy(draw(berichten(regime=regime)))
    for place in _objects(report):
        for name in draw(st.sets(st.sampled_from(UNKNOWN), max_size=1)):
            place[name] = copy.deepcopy(draw(_unknown_values()))
    return report


def _unknown_values() -> st.SearchStrategy[Json]:
    return st.sampled_from([SECRET, [SECRET], {"meer": [SECRET, {"a": SECRET}]}])


def _objects(value: Json) -> list[dict[str, Json]]:
    if isinstance(value, dict):
        return [value, *(found for child in value.values() for found in _objects(child))]
    if isinstance(value, list):
        return [found for child in value for found in _objects(child)]
    return []


def readings(regime: str = "WI2013") -> st.SearchStrategy[Facts]:
    """A register in which inburgeraar 1 is in order, under any consent."""
    return consents().map(lambda consent: generators.facts(1, regime=regime, consent=consent))
