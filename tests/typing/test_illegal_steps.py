"""The type checker refuses every illegal step, and would notice if it no longer did."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ILLEGAL = ROOT / "tests" / "typing" / "illegal_steps.py"
STAGES = (
    "RawMail",
    "Opened",
    "Checked",
    "Known",
    "Permitted",
    "Disclosure",
    "Addressed",
    "Sealed",
    "Released",
)
IGNORED = re.compile(r"  # type: ignore\[[\w-]+\]  # (?:noqa: \w+ - )?.*$", re.MULTILINE)


def mypy(file: Path, cache: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", cache, file],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this run alone; what the checker read of the libraries is read once."""
    return tmp_path_factory.mktemp("cache")


def test_every_step_is_refused_every_stage_but_its_own(tmp_path: Path, cache: Path) -> None:
    """With the comments: no error.  Without them: an error on each of those lines, no other."""
    text = ILLEGAL.read_text(encoding="utf-8")
    laid_bare = tmp_path / "laid_bare.py"
    laid_bare.write_text(IGNORED.sub("", text), encoding="utf-8")
    expected = [n for n, line in enumerate(text.splitlines(), 1) if "type: ignore[" in line]

    assert mypy(ILLEGAL, cache) == ""
    refused = re.findall(r"^.*laid_bare\.py:(\d+): error: ", mypy(laid_bare, cache), re.M)

    assert len(expected) > 80
    assert [int(number) for number in refused] == expected


def test_a_step_that_turns_legal_is_noticed(tmp_path: Path, cache: Path) -> None:
    legal = tmp_path / "turned_legal.py"
    legal.write_text(
        "from gateway.domain.stages import Permitted\n"
        "from gateway.pipeline.redacting import redact\n"
        "def step(permitted: Permitted) -> None:\n"
        "    redact(permitted)  # type: ignore[arg-type]  # was refused once\n",
        encoding="utf-8",
    )
    assert 'Unused "type: ignore" comment' in mypy(legal, cache)


def test_every_stage_is_tried() -> None:
    text = ILLEGAL.read_text(encoding="utf-8")
    assert all(re.search(rf"def \w+\((?:.|\n)*?: {stage}\b", text) for stage in STAGES)
