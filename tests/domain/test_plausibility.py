"""What a well-formed report may not say because it cannot be true."""

from __future__ import annotations

import json
from datetime import date

import pytest

from gateway.domain.bijsluiter import Bericht
from gateway.domain.plausibility import implausible, remarkable
from tests import generators

TODAY = date(2026, 1, 12)


def faults(
    *, regime: str = "WI2013", today: date = TODAY, **changes: dict[str, object]
) -> list[tuple[str, str]]:
    """Faults of a full report with some fields of its parts changed."""
    report = generators.full_bericht(1, regime=regime)
    for part, fields in changes.items():
        section = report[part]
        assert isinstance(section, dict)
        section.update(json.loads(json.dumps(fields)))
    bericht = Bericht.model_validate_json(json.dumps(report))
    return [(fault.path, fault.kind) for fault in implausible(bericht, today)]


@pytest.mark.parametrize("regime", ["WI2013", "WI2021"])
def test_an_ordinary_report_is_plausible(regime: str) -> None:
    assert faults(regime=regime) == []


@pytest.mark.parametrize(
    ("route", "level", "fits"),
    [
        ("B", "A2", True),
        ("B", "B1", True),
        ("O", "A2", False),
        ("O", "B1", True),
        ("Z", "A2", True),
        ("Z", "B1", False),
    ],
)
def test_a_level_fits_its_route(route: str, level: str, fits: bool) -> None:
    found = faults(persoonlijkPlan={"leerroute": route, "niveau": level})
    assert (found == []) is fits
    assert found in ([], [("persoonlijkPlan.niveau", "niveau-past-niet-bij-leerroute")])


@pytest.mark.parametrize(
    ("regime", "part", "fits"),
    [
        ("WI2013", "ONA", True),
        ("WI2021", "ONA", False),
        ("WI2013", "MAP", False),
        ("WI2021", "MAP", True),
        ("WI2013", "KNM", True),
        ("WI2021", "PVT", True),
    ],
)
def test_an_exam_belongs_to_its_act(regime: str, part: str, fits: bool) -> None:
    exams = [{"onderdeel": "LE", "examendatum": "2025-01-01"}]
    exams.append({"onderdeel": part, "examendatum": "2025-01-01"})
    found = faults(regime=regime, inburgeringstraject={"behaaldeExamens": exams})
    path = "inburgeringstraject.behaaldeExamens[1].onderdeel"
    assert found == ([] if fits else [(path, "onderdeel-past-niet-bij-regime")])


@pytest.mark.parametrize(
    ("end", "fits"), [("2024-02-29", False), ("2024-03-01", False), ("2024-03-02", True)]
)
def test_a_term_ends_after_it_begins(end: str, fits: bool) -> None:
    term = {"startdatum": "2024-03-01", "einddatum": end}
    found = faults(inburgeringstraject={"inburgeringstermijn": term})
    path = "inburgeringstraject.inburgeringstermijn.einddatum"
    assert found == ([] if fits else [(path, "einde-niet-na-begin")])


@pytest.mark.parametrize(
    ("van", "tot", "kinds"),
    [
        ("2026-01-12", "2026-01-12", []),
        ("2025-10-01", "2026-01-13", ["datum-in-de-toekomst"]),
        ("2025-10-02", "2025-10-01", ["einde-niet-na-begin"]),
        ("2026-02-02", "2026-02-01", ["einde-niet-na-begin", "datum-in-de-toekomst"]),
    ],
)
def test_a_period_lies_behind_us_and_runs_forward(van: str, tot: str, kinds: list[str]) -> None:
    found = faults(voortgang={"periode": {"van": van, "totEnMet": tot}})
    assert found == [("voortgang.periode.totEnMet", kind) for kind in kinds]


@pytest.mark.parametrize(("day", "fits"), [("2026-01-12", True), ("2026-01-13", False)])
def test_nobody_passed_an_exam_tomorrow(day: str, fits: bool) -> None:
    exams = [{"onderdeel": "LE", "examendatum": day}]
    found = faults(inburgeringstraject={"behaaldeExamens": exams})
    path = "inburgeringstraject.behaaldeExamens[0].examendatum"
    assert found == ([] if fits else [(path, "datum-in-de-toekomst")])


def test_all_faults_are_named_not_only_the_first() -> None:
    found = faults(
        persoonlijkPlan={"leerroute": "Z", "niveau": "B1"},
        voortgang={"periode": {"van": "2026-03-01", "totEnMet": "2026-03-31"}},
    )
    assert len(found) == 2


@pytest.mark.parametrize(("offered", "remarked"), [(96, False), (95, True), (0, True)])
def test_more_hours_than_offered_is_remarkable_and_not_implausible(
    offered: int, remarked: bool
) -> None:
    report = generators.bericht(1)
    section = report["voortgang"]
    assert isinstance(section, dict)
    section["aangebodenUren"] = offered
    bericht = Bericht.model_validate_json(json.dumps(report))
    assert implausible(bericht, TODAY) == ()
    assert bool(remarkable(bericht)) is remarked
