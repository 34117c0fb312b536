"""The guide for the functional administrator: what it says to type, typed."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.kits import Reach
from tests import generators, people, world
from tests.house_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.installations import Installation

GUIDE = (ROOT / "docs" / "nl" / "functioneel-beheerder.md").read_text(encoding="utf-8")
NEW_SCHOOL = GUIDE.partition("## Een nieuwe school\n")[2].partition("\nMaak het pakket opnieuw")[0]


def typed(section: str) -> Iterator[list[str]]:
    """Each command of a section in its order, in blocks and in sentences."""
    for block, span in re.findall(r"^ *taalpoort (.+)$|`taalpoort ([^`]+)`", section, re.MULTILINE):
        yield shlex.split(block or span)


def test_a_new_school_from_the_register_to_ready(
    installation: Installation, tmp_path: Path
) -> None:
    """Word for word; names, dates and files of the guide are exchanged for those at hand."""
    omar = people.person("Omar Voorbeeld", "omar@school.example")
    certificate = tmp_path / "omar.asc"
    certificate.write_bytes(omar.cert)
    today = datetime.now(UTC).date()
    at_hand = {
        "NAAM": world.BY,
        "ANDER": world.BY_ANOTHER,
        "KENMERK": generators.dossierkenmerk(1),
        "BESTAND": str(certificate),
        "VINGERAFDRUK": omar.fingerprint,
        "2026-01-01": str(today),
        "2028-01-01": str(today + timedelta(days=700)),
        "00VB000001": "00VB000077",
        "pakket-school": str(tmp_path / "pakket"),
    }
    ran = [[at_hand.get(word, word) for word in words] for words in typed(NEW_SCHOOL)]
    assert [words[0] for words in ran] == [
        "party", "contact", "kit", "contact", "contact", "designation",
    ]  # fmt: skip
    for words in ran:
        done = installation.run(*words)
        assert done.exit_code == 0, (words, done.output)
    again = installation.run(
        "kit", "--for", "school", "--out", tmp_path / "nog-een", "--by", world.BY, "--json"
    )
    assert json.loads(again.stdout)["reach"] == Reach.READY.value
    first = (tmp_path / "pakket" / "README.txt").read_text()
    assert "Let op" in first
    assert "Let op" not in (tmp_path / "nog-een" / "README.txt").read_text()


def test_the_guide_explains_everything_that_the_command_can_say() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)` \|", GUIDE, re.MULTILINE))
    assert told == {each.value for each in Reach}
