"""The officer explains: why this report was refused, and what the casemanager could receive now.

On a real mail, a real register and the real command; the answer is the one that the sender's
receipt gave.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.adapters.audit_reading import Sought
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.wiring import parts
from tests import generators
from tests.deeds import deeds_on_record, looks
from tests.journeys.gateways import gateway
from tests.journeys.town import report
from tests.world import BY, BY_ANOTHER, CARLA, CASPER, SAAR, SCHOOL_1

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.town import Town

WITHDRAWN = "art-12.4/consent-withdrawn"
FORM = {str(each) for each in Category} - {"P3-non-formele-uren", "P4"}


def explain(town: Town, *arguments: str | Path, by: str = BY) -> Any:
    return gateway(town.file, "policy", "explain", *map(str, arguments), "--by", by)


def could_receive(town: Town, who: str, number: int, *more: str) -> set[str]:
    """The categories of a report without free text that would reach `who` now."""
    kenmerk = generators.dossierkenmerk(number)
    found = explain(town, "--contact", who, "--about", kenmerk, *more, by=BY_ANOTHER)
    return set(found["contact"]["receives"].get("none", ()))


def consulted(town: Town, number: int) -> list[tuple[str, str]]:
    sought = Sought(subject=f"dossier-{number}")
    deeds = town.run(deeds_on_record(town.database, parts.vault(town.config), sought))
    return [(by, what) for by, what, _ in looks(deeds)]


def test_waarom_is_dit_zo_beslist(any_town: Town, tmp_path: Path) -> None:
    """Given, withdrawn, refused, explained; given anew for less, and explained once more."""
    number = any_town.inburgeraar()
    assert could_receive(any_town, CASPER, number) == FORM
    assert could_receive(any_town, CARLA, number) == set()
    before = datetime.now(UTC)
    any_town.change(
        lambda change: change.consents.record(f"dossier-{number}", SCHOOL_1, ConsentKind.WITHDRAWN)
    )
    file = tmp_path / "bericht.eml"
    file.write_bytes(any_town.sealed(SAAR, report(number)))
    any_town.post(SAAR, file.read_bytes())
    any_town.settle(1)
    assert any_town.became(SAAR) == [("reject", {WITHDRAWN})]

    # Why was it refused?
    (why,) = explain(any_town, "--report", file)["explanations"]
    (decision,) = why["decisions"]
    assert decision["outcome"] == "reject"
    assert [each["code"] for each in decision["reasons"]] == [WITHDRAWN]
    rows = {row["id"]: row for row in why["gate"]["rows"]}
    assert [name for name, row in rows.items() if row["matched"]] == ["toestemming-ingetrokken"]
    assert [each["attribute"] for each in rows["ondertussengroep"]["differs"]] == ["consent"]

    # What could the casemanager receive now, and what a moment ago?
    assert could_receive(any_town, CASPER, number) == set()
    assert could_receive(any_town, CASPER, number, "--at", before.isoformat()) == FORM

    # And if the inburgeraar consents to less?
    any_town.change(
        lambda change: change.consents.record(
            f"dossier-{number}",
            SCHOOL_1,
            ConsentKind.GIVEN,
            categories=(ConsentCategory.T1, ConsentCategory.T4),
        )
    )
    assert could_receive(any_town, CASPER, number) == FORM - {"P1", "P2"}
    both = explain(any_town, "--person", generators.dossierkenmerk(number))["explanations"]
    assert {each["decisions"][0]["outcome"] for each in both} == {"forward"}

    # Whoever looked is on record, and looking sent nothing.
    looks = consulted(any_town, number)
    assert looks == [(BY_ANOTHER, "policy.explained")] * 5 + [(BY, "policy.explained")]
    assert any_town.got() == {SAAR: 1}
