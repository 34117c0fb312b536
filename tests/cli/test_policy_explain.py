"""``gateway policy explain``: for a mail, a person, or one contact and one person."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from gateway import wiring
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentKind
from gateway.domain.parties import Standing
from gateway.resources import data_folder
from tests import corridor, generators, people, world
from tests.cli.test_inspect import mail_of
from tests.cli.test_inspect import said as inspected
from tests.deeds import deeds_of, looks
from tests.house_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.adapters.register_change import Change
    from tests.installations import Installation

BY = ("--by", world.BY)
SCHEMA = json.loads((data_folder("schemas") / "explanation.schema.json").read_text("utf-8"))


def explained(installation: Installation, *arguments: str) -> dict[str, Any]:
    """As one JSON object, of the documented shape."""
    result = installation.run("policy", "explain", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(found)
    return found


def consultations(installation: Installation) -> list[tuple[str, str, str]]:
    """Who looked at whom, and how."""

    return looks(deeds_of(installation.config()))


def change(installation: Installation, step: Callable[[Change], Awaitable[object]]) -> None:
    async def work() -> None:
        async with (
            wiring.register(installation.config()) as register,
            register.change(by=world.BY) as changing,
        ):
            await step(changing)

    asyncio.run(work())


def matched(explanation: dict[str, Any]) -> set[str]:
    return {row["id"] for row in explanation["gate"]["rows"] if row["matched"]}


# --- a mail ---------------------------------------------------------------------


def test_every_report_of_a_mail_as_inspect_decides_it(installation: Installation) -> None:
    """The same outcome and reasons, paths included; and every row of the table."""
    file = mail_of(installation, *(generators.bericht(number) for number in (1, 2, 3, 5, 10, 99)))
    found, expected = explained(installation, "--report", str(file)), inspected(installation, file)
    assert found["mail"] == {"sender": world.SAAR, "stopped": None}
    assert len(found["explanations"]) == len(expected["reports"]) == 6
    for explanation, report in zip(found["explanations"], expected["reports"], strict=True):
        (decision,) = explanation["decisions"]
        assert decision["outcome"] == report["outcome"]
        assert [each["code"] for each in decision["reasons"]] == report["reasons"]
        assert explanation["disclosed"] == report["disclosed"]
        assert explanation["withheld"] == report["withheld"]
        assert explanation["dossierkenmerk"] == report["dossierkenmerk"]
        rows = {row["id"] for row in explanation["gate"]["rows"]} | {
            row["id"] for each in explanation["categories"] for row in each["rows"]
        }
        assert rows == {row.id for row in corridor.policy().rows}
        for each in (explanation["gate"], *explanation["categories"]):
            for row in each["rows"]:
                assert row["matched"] is not bool(row["differs"])
            spoke = {row["id"] for row in each["rows"] if row["matched"]}
            assert set(each["speaking"]) <= spoke


def test_why_it_was_refused_is_a_row_with_its_article(installation: Installation) -> None:
    file = mail_of(installation, generators.bericht(3))
    (explanation,) = explained(installation, "--report", str(file))["explanations"]
    assert matched(explanation) == {"toestemming-ingetrokken"}
    (row,) = [r for r in explanation["gate"]["rows"] if r["id"] == "ondertussengroep"]
    assert row["differs"] == [
        {"attribute": "consent", "found": "withdrawn", "wanted": ["given"]},
    ]
    (reason,) = explanation["decisions"][0]["reasons"]
    assert (reason["code"], reason["article"]) == ("art-12.4/consent-withdrawn", "12.4")
    text = installation.run("policy", "explain", "--report", file).stdout
    assert "+ toestemming-ingetrokken (weigert)" in text
    assert "de toestemming: ingetrokken; de regel vraagt: gegeven" in text
    english = installation.run("policy", "explain", "--report", file, "--language", "en").stdout
    assert "consent: withdrawn; the row asks: given" in english


def test_what_the_report_does_not_carry_is_said(installation: Installation) -> None:
    file = mail_of(installation, generators.bericht(1, voortgang=None))
    (explanation,) = explained(installation, "--report", str(file))["explanations"]
    present = {each["category"] for each in explanation["categories"] if each["present"]}
    shared = {each["category"] for each in explanation["categories"] if each["shared"]}
    assert present == shared == {"identiteit", "P2"}
    text = installation.run("policy", "explain", "--report", file).stdout
    assert "bijzonderheden: staat niet in dit bericht" in text


def test_a_report_that_is_no_bijsluiter_never_came_to_the_table(
    installation: Installation,
) -> None:
    file = mail_of(installation, generators.bericht(1, berichttype="ROMAN"))
    (explanation,) = explained(installation, "--report", str(file))["explanations"]
    assert (explanation["gate"], explanation["categories"]) == (None, [])
    (decision,) = explanation["decisions"]
    assert [fault["path"] for fault in decision["faults"]] == ["berichten[0].berichttype"]
    text = installation.run("policy", "explain", "--report", file).stdout
    assert "de beslistabel is niet geraadpleegd" in text
    assert "ROMAN" not in text


def test_a_mail_of_a_stranger_ends_as_a_whole(installation: Installation) -> None:
    certificate = (installation.state / "gateway.asc").read_bytes()
    stranger = people.person("Vreemdeling", "vreemd@elders.example")
    file = installation.folder / "mail.eml"
    file.write_bytes(people.encrypt_mail(stranger, certificate, generators.document_json()))
    found = explained(installation, "--report", str(file))
    assert found["explanations"] == []
    assert found["mail"]["sender"] is None
    (reason,) = found["mail"]["stopped"]["reasons"]
    assert reason["code"] == "art-12.5/unknown-signer"


def test_a_mail_is_neither_stored_nor_logged_nor_sent(installation: Installation) -> None:
    file = mail_of(installation, generators.bericht(1))
    before = (installation.state / "gateway.db").read_bytes()
    explained(installation, "--report", str(file))
    assert (installation.state / "gateway.db").read_bytes() == before


# --- a person -------------------------------------------------------------------

ALL = {str(category) for category in Category}
FORM = ALL - {"P3-non-formele-uren", "P4"}


@pytest.mark.parametrize(
    ("number", "outcome", "shared", "rows"),
    [
        (1, "forward", FORM, {"ondertussengroep"}),
        (2, "forward", FORM - {"P3-taalniveau", "P3-verzuim"}, {"ondertussengroep"}),
        (3, "reject", set(), {"toestemming-ingetrokken"}),
        (4, "forward", ALL, {"gezins-en-overige-migranten"}),
        (5, "reject", set(), {"scope-asielstatushouder-wi2021"}),
        (6, "hold", set(), {"scope-onbekend"}),
        (7, "reject", set(), {"toestemming-ontbreekt"}),
        (8, "reject", set(), {"toestemming-geweigerd"}),
        (10, "reject", set(), {"plicht-afgerond", "toestemming-verlopen"}),
        (11, "forward", FORM | {"P4"}, {"ondertussengroep"}),
    ],
)
def test_what_may_be_shared_about_each_kind_of_person(
    installation: Installation, number: int, outcome: str, shared: set[str], rows: set[str]
) -> None:
    """Both ways the same: without free text, by which rows, and to whom."""
    kenmerk = generators.dossierkenmerk(number)
    found = explained(installation, "--person", kenmerk, *BY)
    assert found["person"] == kenmerk
    there, back = found["explanations"]
    assert (there["direction"], there["sender"]) == ("provider-to-municipality", world.SAAR)
    assert (back["direction"], back["recipient"]) == ("municipality-to-provider", world.SAAR)
    for each in (there, back):
        decision = each["decisions"][0]
        assert (decision["free_text"], decision["outcome"]) == ("none", outcome)
        assert set(decision["shared"]) == shared
        assert matched(each) == rows


def test_free_text_is_told_in_each_state(installation: Installation) -> None:
    """Unreleased it holds the report, released it goes, where the category may go at all."""
    there, _ = explained(installation, "--person", "DEMO-0004", *BY)["explanations"]
    ends = {each["free_text"]: each["outcome"] for each in there["decisions"]}
    assert ends == {"none": "forward", "unreleased": "hold", "released": "forward"}
    particulars = {
        each["free_text"]: (each["effect"], each["shared"])
        for each in there["categories"]
        if each["category"] == "P4"
    }
    assert particulars == {
        "none": ("share", True),
        "unreleased": ("hold", False),
        "released": ("share", True),
    }


def test_nobody_designated_on_one_side(installation: Installation) -> None:
    """Nobody there can send, and nobody there can receive; both are said with the article."""
    there, back = explained(installation, "--person", "DEMO-0012", *BY)["explanations"]
    assert matched(there) == {"geen-contactpersoon"}
    assert there["recipient"] is None
    assert (back["sender"], back["gate"], back["decisions"]) == (None, None, [])
    text = installation.run("policy", "explain", "--person", "DEMO-0012", *BY).stdout
    assert "Aan de kant van de gemeente is niemand aangewezen." in text


def test_as_of_another_instant(installation: Installation) -> None:
    """When the covenant with the school has ended, that is a reason beside the others."""
    found = explained(installation, "--person", "DEMO-0007", "--at", "2090-06-01", *BY)
    assert matched(found["explanations"][0]) >= {"convenant-afgelopen", "toestemming-ontbreekt"}
    assert found["as_of"].startswith("2090-06-01")


def test_every_reason_is_told_and_not_only_the_first(installation: Installation) -> None:
    change(
        installation,
        lambda changing: changing.parties.set_standing(world.SCHOOL_1, Standing.EXCLUDED),
    )
    there, _ = explained(installation, "--person", "DEMO-0003", *BY)["explanations"]
    codes = {each["code"] for each in there["decisions"][0]["reasons"]}
    assert codes == {"art-15/excluded", "art-12.4/consent-withdrawn"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_name_and_no_birth_date_is_shown(installation: Installation, language: str) -> None:
    for number in (1, 3, 4):
        kenmerk = generators.dossierkenmerk(number)
        text = installation.run(
            "policy", "explain", "--person", kenmerk, "--language", language, *BY
        ).stdout
        everything = text + json.dumps(explained(installation, "--person", kenmerk, *BY))
        person = generators.betrokkene(number)
        for field in ("voornamen", "geslachtsnaam", "geboortedatum", "email"):
            assert str(person[field]) not in everything, field
        for somebody in world.PEOPLE:
            assert somebody.name not in everything
            assert somebody.address not in everything


def test_looking_at_a_person_goes_on_record(installation: Installation) -> None:
    explained(installation, "--person", "DEMO-0001", *BY)
    about = ("--contact", world.CASPER, "--about", "DEMO-0002")
    explained(installation, *about, "--by", world.BY_ANOTHER)
    assert consultations(installation) == [
        (world.BY, "policy.explained", "dossier-1"),
        (world.BY_ANOTHER, "policy.explained", "dossier-2"),
    ]


@pytest.mark.parametrize("by", ["niemand", "privacy"])
def test_who_is_no_operator_sees_nothing(installation: Installation, by: str) -> None:
    refused = installation.run("policy", "explain", "--person", "DEMO-0001", "--by", by)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "unknown-operator" in refused.stderr
    assert consultations(installation) == []


# --- one contact and one person ---------------------------------------------------


def test_what_the_designated_contact_could_receive(installation: Installation) -> None:
    found = explained(installation, "--contact", world.CASPER, "--about", "DEMO-0001", *BY)
    contact = found["contact"]
    assert (contact["designated"], contact["bound"], contact["key"]) == (True, True, "ready")
    assert set(contact["receives"]["none"]) == FORM
    (explanation,) = found["explanations"]
    assert explanation["direction"] == "provider-to-municipality"
    assert explanation["recipient"] == world.CASPER


@pytest.mark.parametrize(
    "who", [world.CARLA, world.OFFICER, world.RELATIEBEHEERDER, world.SAM, world.SOFIE]
)
def test_who_is_not_designated_could_receive_nothing(installation: Installation, who: str) -> None:
    """A colleague, the officer, the other school: whoever else it is (12.5)."""
    found = explained(installation, "--contact", who, "--about", "DEMO-0001", *BY)
    assert found["contact"]["designated"] is False
    assert found["contact"]["receives"] == {}
    (explanation,) = found["explanations"]
    assert explanation["recipient"] not in {who, None}
    text = installation.run("policy", "explain", "--contact", who, "--about", "DEMO-0001", *BY)
    assert f"{who} krijgt niets" in text.stdout
    assert "(artikel 12.5)" in text.stdout


def test_a_provider_contact_receives_from_the_casemanager(installation: Installation) -> None:
    found = explained(installation, "--contact", world.SAAR, "--about", "DEMO-0001", *BY)
    (explanation,) = found["explanations"]
    assert explanation["direction"] == "municipality-to-provider"
    assert explanation["sender"] == world.CASPER
    assert set(found["contact"]["receives"]["none"]) == FORM


def test_after_a_withdrawal_the_casemanager_could_receive_nothing(
    installation: Installation,
) -> None:
    change(
        installation,
        lambda changing: changing.consents.record(
            "dossier-1", world.SCHOOL_1, ConsentKind.WITHDRAWN
        ),
    )
    found = explained(installation, "--contact", world.CASPER, "--about", "DEMO-0001", *BY)
    assert found["contact"]["designated"] is True
    assert set(map(tuple, found["contact"]["receives"].values())) == {()}
    assert matched(found["explanations"][0]) == {"toestemming-ingetrokken"}


# --- exit codes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("--person", "DEMO-9999", *BY), 1, "unknown-dossier"),
        (("--contact", "contact-99", "--about", "DEMO-0001", *BY), 1, "unknown-contact"),
        (("--contact", world.CASPER, "--about", "DEMO-9999", *BY), 1, "unknown-dossier"),
        ((), 2, "--person"),
        (("--contact", world.CASPER, *BY), 2, "--about"),
        (("--about", "DEMO-0001", *BY), 2, "--contact"),
        (("--person", "DEMO-0001", "--contact", world.CASPER, *BY), 2, "one of"),
        (("--person", "DEMO-0001"), 2, "--by"),
        (("--person", "DEMO-0001", "--by", " "), 2, "--by"),
        (("--person", "DEMO-0001", "--language", "fr", *BY), 2, "fr"),
        (("--person", "DEMO-0001", "--at", "morgen", *BY), 2, "--at"),
        (("--report", "nergens.eml"), 2, "nergens.eml"),
    ],
)
def test_unknown_is_1_and_wrong_use_is_2(
    installation: Installation, arguments: tuple[str, ...], code: int, named: str
) -> None:
    refused = installation.run("policy", "explain", *arguments)
    assert refused.exit_code == code
    assert named in refused.stderr
    assert refused.stdout == ""
    assert consultations(installation) == []


def test_the_documented_shape_is_sound() -> None:
    """Every part of it says what it is, and nothing undocumented may come along."""
    Draft202012Validator.check_schema(SCHEMA)
    parts = [SCHEMA, *SCHEMA["$defs"].values()]
    assert all(part["additionalProperties"] is False for part in parts)


def test_the_examples_in_the_guide_are_what_is_printed(installation: Installation) -> None:
    guide = (ROOT / "docs" / "nl" / "handleiding-privacy-officer.md").read_text("utf-8")
    room = guide.partition("## Waarom is dit zo beslist?")[2].partition("\n## ")[0]
    refused, could = re.findall(r"```\n(.*?)```", room, re.DOTALL)
    file = mail_of(installation, generators.bericht(3))
    printed = {
        refused: installation.run("policy", "explain", "--report", file).stdout,
        could: installation.run("policy", "explain", "--person", "DEMO-0002", *BY).stdout,
    }
    for example, text in printed.items():
        lines = [line for line in example.splitlines() if line.strip() != "..."]
        assert len(lines) >= 4
        assert [line for line in lines if line not in text.splitlines()] == []
