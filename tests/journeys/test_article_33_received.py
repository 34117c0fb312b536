"""Article 33 AVG: somebody read the gateway's own mailbox, so also what was never passed on.

One mail is refused, one is held, one goes on and one is about nobody known; then the officer
asks whom it concerns, and everybody who is known gets a letter of their own.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests import generators
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.test_article_12_4_late import kenmerk, types
from tests.journeys.town import report
from tests.world import BY, CASPER, SAAR, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.town import Town

NO_CONSENT = "art-12.4/no-consent"
NO_CASEMANAGER = "art-12.5/no-designated-contact"


@pytest.fixture(params=KINDS)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town at work, on each database."""
    with a_town(request.param, request, tmp_path_factory) as found, at_work(found):
        yield found


def test_de_mailbox_van_het_uitwisselpunt_is_gelezen(town: Town, tmp_path: Path) -> None:
    """All three are found, each with the right state, the fourth is counted; letters to three."""
    refused = town.inburgeraar(Setting(consent=()))
    held = town.inburgeraar(Setting(casemanager=None))
    passed_on = town.inburgeraar()
    for number in (refused, held, passed_on, 99_999):
        town.send(SAAR, report(number))
    assert len(town.inbox(CASPER)) == 1
    gateway = town.household.gateway.address
    folder = tmp_path / "reikwijdte"
    counted = types(town, "breach", "scope", "--mailbox", gateway)
    found = types(
        town, "breach", "scope", "--mailbox", gateway, "--verify", "--reveal", "--to", folder
    )
    for each in (counted, found):
        apart(each)
    assert {each["dossierkenmerk"]: each["states"] for each in found["people_named"]} == {
        kenmerk(refused): "refused",
        kenmerk(held): "held",
        kenmerk(passed_on): "in-part sent",
    }
    in_words(town, gateway)
    one_by_one(json.loads((folder / "scope.json").read_text()), refused, held)
    by_another_way(town, refused, held)
    names = [generators.betrokkene(each) for each in (refused, held, passed_on)]
    on_paper(town, folder / "scope.json", tmp_path / "papieren", names)


def apart(said: dict[str, Any]) -> None:
    """What was passed on and what was not, and people once."""
    assert (said["counts"]["people"], said["counts"]["left"]) == (1, 1)
    stayed = said["not_passed_on"]
    assert (stayed["reports"], stayed["people"], stayed["about_nobody_known"]) == (3, 2, 1)
    assert stayed["states"] == {"held": 2, "refused": 1}
    assert stayed["reasons"][NO_CONSENT] == 1
    assert stayed["reasons"][NO_CASEMANAGER] == 1
    assert said["together"] == {"people": 3, "only_received": 2, "everybody_known": False}


def in_words(town: Town, gateway: str) -> None:
    """The same as an officer reads it, who asks for no JSON."""
    environment = {"TAALPOORT_CONFIG": str(town.file), "TAALPOORT_OPERATOR": BY}
    shown = CliRunner().invoke(app, ["breach", "scope", "--mailbox", gateway], env=environment)
    lines = shown.output.splitlines()
    for line in ("people: 1", "not passed on people: 2", "  not passed on states held: 2",
                 "not passed on about_nobody_known: 1", "together people: 3"):  # fmt: skip
        assert line in lines, shown.output


def one_by_one(kept: dict[str, Any], refused: int, held: int) -> None:
    """Held against the log; what is known of each is said, and what is not is said to be that."""
    by_person = {each["dossier"]: each for each in kept["received"]}
    assert set(by_person) == {f"dossier-{refused}", f"dossier-{held}", None}
    assert {each["sureness"] for each in kept["received"]} == {"verified"}
    assert {(each["original"], each["stored"]) for each in kept["received"]} == {("there", True)}
    assert by_person[f"dossier-{refused}"]["reasons"] == [NO_CONSENT]
    assert "P2" in by_person[f"dossier-{refused}"]["categories"]
    assert by_person[None]["sender"] == SAAR
    assert all(each["trace"] for each in kept["received"])


def by_another_way(town: Town, refused: int, held: int) -> None:
    """By sender, by key of ours and by person it is the same mail; by its reader it is not."""
    asked = (("--contact", SAAR), ("--key", town.fingerprint), ("--form", "bijlage-2"))
    people = [types(town, "breach", "scope", *each)["not_passed_on"] for each in asked]
    # Who never signed a form is under none.
    assert [each["people"] for each in people] == [2, 2, 1]
    assert [each["possible"] for each in people] == [{}, {}, {"held": 1}]
    one = types(town, "breach", "scope", "--person", kenmerk(held))["not_passed_on"]
    assert (one["reports"], one["states"], one["possible"]) == (1, {"held": 1}, {"held": 1})
    reader = types(town, "breach", "scope", "--contact", CASPER)
    assert reader["not_passed_on"]["reports"] == 0
    only = types(town, "breach", "scope", "--contact", SAAR, "--disclosed-only")
    assert only["together"]["people"] == 1
    assert f"dossier-{refused}" not in json.dumps(people)


def on_paper(town: Town, scope: Path, folder: Path, people: list[dict[str, Any]]) -> None:
    """One letter each, about that person alone; the form and the register count the same."""
    breach = types(
        town, "breach", "open", "--aware", datetime.now(UTC).isoformat(), "--cause", "intrusion",
        "--text", "de mailbox is gelezen", "--scope", scope,
    )["breach"]  # fmt: skip
    shown = types(town, "breach", "show", breach)["scope"]
    assert (shown["people"], shown["reports"], shown["not_passed_on"]) == (3, 1, 3)
    assert shown["about_nobody_known"] == 1
    kept = json.loads(scope.read_text())["not_passed_on"]
    assert (shown["contents_unknown"] or 0) == kept["contents_unknown"]
    assert "contents_unknown" in shown
    types(town, "breach", "assess", breach, "--risk", "high", "--text", "namen en uren")
    types(town, "breach", "decide", breach, "--tell")
    made = types(town, "breach", "papers", breach, "--to", folder)
    assert (made["letters"], made["about_nobody_known"], made["unprinted"]) == (3, 1, 0)
    assert made["possible"] == 0
    letters = [each.read_text() for each in sorted((folder / "brieven").glob("*.txt"))]
    for person in people:
        (own,) = [each for each in letters if str(person["dossierkenmerk"]) in each]
        assert "Wat wij over u kregen en niet hebben doorgegeven" in own
        others = [each for each in people if each is not person]
        assert not any(str(each["dossierkenmerk"]) in own for each in others)
    assert sum("Wie kreeg het" in each for each in letters) == 1
    form = (folder / "ap-formulier.txt").read_text()
    assert "1 doorgegeven, waarvan 1 niet helemaal; 3 gekregen en niet doorgegeven" in form
    assert "berichten of mails waarvan niet bekend is over wie ze gaan: 1" in form
    assert not any(str(each["dossierkenmerk"]) in form for each in people)
    register = folder / "register.jsonld"
    types(town, "breach", "export", register)
    (entry,) = json.loads(register.read_text())["dct:hasPart"]
    counted = [entry[f"poort:{each}"] for each in ("dataSubjects", "reports", "received")]
    assert counted == [3, 1, 3]
