"""``gateway policy check``: well formed, decides as was reviewed, names articles that exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.resources import policy_text

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
    said = installation.run("policy", "check")
    assert said.exit_code == 0
    lines = [line.partition(":")[0] for line in said.stdout.splitlines()]
    assert [line.removeprefix("ok   ") for line in lines if line.startswith("ok")] == CHECKS


def test_another_setting_of_the_switch_decides_as_was_reviewed(installation: Installation) -> None:
    """Both settings are in the truth table; turning it is no other table.  A file needs no more."""
    switch = "non_formal_hours_under_consent"
    file = table(installation, (f"{switch} = false", f"{switch} = true"))
    installation.file.unlink()
    assert checked(installation, file) == {name: [] for name in CHECKS}


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
    """Without its withholding row, a plan that nobody consented to would be shared."""
    file = table(
        installation,
        ('ground = ["consent"], t2 = ["yes"]', 'ground = ["consent"]'),
        ('category = ["P1"], ground = ["consent"], t2 = ["no"]', 'category = ["P2"], t3 = ["no"]'),
    )
    faults = checked(installation, file, code=1)["truth table"]
    assert any(fault.startswith("reviewed, and not so any more: t2=no") for fault in faults)
    assert any(fault.startswith("not reviewed:") and "share" in fault for fault in faults)


def test_what_is_not_there_or_not_said_is_named_with_its_row(installation: Installation) -> None:
    """Articles of the row and in its sentences, its reason's article, its English."""
    file = table(
        installation,
        ('id = "scope-onbekend"\narticle = "2.3"', 'id = "scope-onbekend"\narticle = "2.4"'),
        ('nl = "Er is geen toestemming om', 'nl = "Er is (artikel 12.12) geen toestemming om'),
        ('en = "The inburgeraar refused consent."', 'en = "refused, no full stop"'),
    )
    found = checked(installation, file, code=1)
    assert found["articles"] == [
        "scope-onbekend: article 2.4 is not in the covenant",
        "toestemming-ontbreekt: article 12.12 is not in the covenant",
    ]
    assert [fault.partition(":")[0] for fault in found["reasons"]] == ["scope-onbekend"]
    assert [fault.partition(":")[0] for fault in found["texts"]] == ["toestemming-geweigerd"]


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


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["no-text", "no-file"])
def test_a_review_that_cannot_be_read_is_no_review(
    installation: Installation, content: bytes | None
) -> None:
    file = installation.folder / "truth.txt"
    if content is not None:
        file.write_bytes(content)
    refused = installation.run("policy", "check", "--truth", file)
    assert refused.exit_code == (1 if content is not None else 2)
