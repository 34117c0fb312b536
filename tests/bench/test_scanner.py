"""What docs/scanner.md says of the scanner is what is measured, better or worse."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.annotations import Kind
from tests.bench import scanner
from tests.bench.scanner_corpus import EACH, MAKERS, sentences


@pytest.fixture(scope="module")
def measured() -> scanner.Measured:
    return scanner.measure()


def test_the_page_says_what_is_measured(measured: scanner.Measured) -> None:
    """Written anew by ``python -m tests.bench.scanner --write``."""
    assert scanner.PAGE.read_text(encoding="utf-8") == scanner.page(measured)


def test_every_kind_is_measured() -> None:
    assert {each.kind for each in sentences()} | set(MAKERS) == {*Kind, None}


def test_held_out_sentences_are_not_those_that_it_was_made_with() -> None:
    groups = {
        group: {each.text for each in sentences() if each.group == group and each.way == "as is"}
        for group in ("known", "held_out")
    }
    assert not groups["known"] & groups["held_out"]
    assert len(groups["held_out"]) > 70


def test_what_it_was_made_for_it_finds(measured: scanner.Measured) -> None:
    """Floors, below which something broke; what it misses is on the page."""
    known, held_out = measured.total("known", "as is"), measured.total("held_out", "as is")
    assert known.found / known.texts > 0.95
    assert held_out.found / held_out.texts > 0.5
    for way, least in (("misspelt", 0.4), ("disguised", 0.45)):
        counted = measured.total("held_out", way)
        assert counted.found / counted.texts > least
    assert measured.of("made", "said")[Kind.BSN].found == EACH
    assert 0.07 < measured.by_chance < 0.11
    assert measured.by_chance_likely == 0
    assert measured.ordinary["held_out alarms"] <= 3


def test_the_command_prints_it() -> None:
    done = CliRunner().invoke(app, ["bench", "--scanner", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["held_out"]["texts"] == 74
    assert told["missed"]
