"""``gateway policy check``: well formed, decides as was reviewed, names articles that exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.resources import policy_text, truth_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installations import Installation

CHECKS = ["rows", "truth table", "articles", "reasons", "texts"]


def table(installation: Installation, *changes: tuple[str, str]) -> Path:
    """The covenant's table in a file, with these changes."""
    text = policy_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file = installation.folder / "eigen.toml"
    file.write_text(text)
    return file


def checked(
    installation: Installation, *arguments: str | Path, code: int = 0
) -> dict[str, list[str]]:
    """The faults that each check found."""
    result = installation.run("policy", "check", *arguments, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["ok"] is (code == 0)
    for each in found["checks"]:
        assert each["ok"] is not bool(each["faults"])
    return {each["check"]: each["faults"] for each in found["checks"]}


def test_the_table_in_force_is_as_reviewed(installation: Installation) -> None:
    assert checked(installation) == {name: [] for name in CHECKS}
    said = installation.run("policy", "check").stdout
    assert "ok   truth table" in said
    assert "sha256" in said


def test_a_file_needs_no_installation(installation: Installation) -> None:
    file = table(installation)
    installation.file.unlink()
    assert checked(installation, file) == {name: [] for name in CHECKS}


def test_another_setting_of_the_switch_decides_as_was_reviewed(installation: Installation) -> None:
    """Both settings are in the truth table; turning it is no other table."""
    file = table(
        installation,
        ("non_formal_hours_under_consent = false", "non_formal_hours_under_consent = true"),
    )
    assert checked(installation, file)["truth table"] == []


def test_what_decides_otherwise_is_named_by_row(installation: Installation) -> None:
    """One value more in one row: that row, and what it takes from the one beside it."""
    file = table(installation, ('term = ["ended"]', 'term = ["ended", "not-begun"]'))
    faults = checked(installation, file, code=1)["truth table"]
    assert {fault.partition(":")[0] for fault in faults} == {
        "convenant-nog-niet-begonnen",
        "convenant-afgelopen",
        "gate",
    }


def test_a_category_that_decides_otherwise_is_named(installation: Installation) -> None:
    file = table(installation, ('ground = ["consent"], t2 = ["yes"]', 'ground = ["consent"]'))
    result = checked(installation, file, code=1)
    # P1-zonder-T2 withholds still: the same is decided, for one row more.
    assert result["truth table"] == []
    withheld = 'when = { category = ["P1"], ground = ["consent"], t2 = ["no"] }'
    file = table(
        installation,
        ('ground = ["consent"], t2 = ["yes"]', 'ground = ["consent"]'),
        (withheld, withheld.replace('"P1"', '"P2"')),
    )
    faults = checked(installation, file, code=1)["truth table"]
    assert any("t2=no" in fault or "categories" in fault for fault in faults)


def test_an_article_that_is_not_there_is_named_with_its_row(installation: Installation) -> None:
    file = table(
        installation,
        ('id = "scope-onbekend"\narticle = "2.3"', 'id = "scope-onbekend"\narticle = "2.4"'),
        ('nl = "Er is geen toestemming om', 'nl = "Er is (artikel 12.12) geen toestemming om'),
    )
    found = checked(installation, file, code=1)
    assert found["articles"] == [
        "scope-onbekend: article 2.4 is not in the covenant",
        "toestemming-ontbreekt: article 12.12 is not in the covenant",
    ]
    assert [fault.partition(":")[0] for fault in found["reasons"]] == ["scope-onbekend"]


def test_a_row_says_what_it_does_in_both_languages(installation: Installation) -> None:
    file = table(
        installation, ('en = "The inburgeraar refused consent."', 'en = "refused, no full stop"')
    )
    found = checked(installation, file, code=1)
    assert [fault.partition(":")[0] for fault in found["texts"]] == ["toestemming-geweigerd"]
    assert found["truth table"] == []


def test_every_row_that_is_not_well_formed_is_named(installation: Installation) -> None:
    """Not only the first one."""
    file = table(
        installation,
        ('scope = ["unknown"]', 'scope = ["wi2007"]'),
        ('standing = ["left"]', 'weather = ["wet"]'),
    )
    assert checked(installation, file, code=1) == {
        "rows": [
            "scope-onbekend: scope has an unknown value or none",
            "aanbieder-uitgetreden: unknown attribute weather",
        ]
    }


def test_another_table_with_its_own_review(installation: Installation) -> None:
    """Written by `policy truth`, reviewed by people, compared by `policy check --truth`."""
    file = table(installation, ('term = ["ended"]', 'term = ["ended", "not-begun"]'))
    written = installation.run("policy", "truth", file)
    assert written.exit_code == 0
    reviewed = installation.folder / "eigen.truth.txt"
    reviewed.write_text(written.stdout)
    assert checked(installation, file, "--truth", reviewed) == {name: [] for name in CHECKS}
    assert checked(installation, "--truth", reviewed, code=1)["truth table"] != []


def test_the_truth_table_of_the_table_in_force_is_the_one_shipped(
    installation: Installation,
) -> None:
    assert installation.run("policy", "truth").stdout == truth_text()


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["no-text", "no-file"])
def test_a_review_that_cannot_be_read_is_no_review(
    installation: Installation, content: bytes | None
) -> None:
    file = installation.folder / "truth.txt"
    if content is not None:
        file.write_bytes(content)
    refused = installation.run("policy", "check", "--truth", file)
    assert refused.exit_code == (1 if content is not None else 2)
