"""The bench itself: every part runs and says what it promises; nothing is a matter of time."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from tests.bench import run, telling
from tests.bench.hostile import TRIED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.run import Told

SMALL = run.Size(
    messages=6, idle=2, load_seconds=1.0, large_mb=1, dossiers=4, log_entries=1_500, malformed=12
)


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def measured(told: list[str]) -> run.Measured:
    def tell(each: Told) -> None:
        told.append(telling.line(each))

    return run.measure(SMALL, tell)


def test_every_part_is_told_as_soon_as_it_is_known(measured: run.Measured, told: list[str]) -> None:
    keys = ["floor", "walk", "sqlite", "postgresql", "naive", "gnupg", "everything", "large"]

    assert [part.key for part in measured.parts] == keys
    assert [each.name for each in measured.latencies] == ["idle", "at 80% load"]
    assert [each.key for each in measured.timings] == [
        "decision",
        "first-decision",
        "consent-of every kind",
        "consent-given once, then narrowed",
    ]
    one_by_one = (*measured.parts, *measured.latencies, *measured.timings)
    assert len(told) == len((*one_by_one, *measured.logs, *measured.floods))


def test_the_gateway_does_more_than_the_floor_and_python_gnupg_more_than_both(
    measured: run.Measured,
) -> None:
    """Processor time is counted where it is spent: in openers, in gpg and in its agent."""
    assert set(measured.part("floor").cpu) == {"openers"}
    assert set(measured.part("sqlite").cpu) == {"main", "openers"}
    assert "gpg" in measured.part("naive").cpu
    assert "gpg" in measured.part("gnupg").cpu
    assert {"postfix", "dovecot"} <= set(measured.part("everything").servers)


def test_the_json_says_what_was_measured_on_what(measured: run.Measured, tmp_path: Path) -> None:
    telling.write_json(measured, tmp_path / "benchmark.json")
    written: dict[str, Any] = json.loads((tmp_path / "benchmark.json").read_text())

    assert written["machine"]["cores"] >= 1
    assert written["mail_bytes"] == 20_000
    for part in written["parts"]:
        assert part["messages_per_second"] > 0
        assert part["cpu_ms_per_message"]["all"] > 0
    for each in written["latency_seconds"]:
        assert 0 < each["p50"] <= each["p95"] <= each["p99"] <= each["worst"]
    names = [each["name"] for each in written["targets"]]
    assert len(names) == len(set(names)) == 23


def test_a_flood_loses_nothing_and_keeps_the_order(measured: run.Measured) -> None:
    (flood,) = measured.floods

    assert (flood.lost, flood.in_order) == (0, True)
    assert flood.outcomes["forward"] == 1 + flood.alone.messages + flood.between.messages
    assert sum(flood.outcomes.values()) == 1 + TRIED + flood.alone.messages + 14
    assert flood.between.messages == 2
    assert flood.memory


def test_every_message_of_the_latency_came_back(measured: run.Measured) -> None:
    idle, load = measured.latencies

    assert idle.messages == SMALL.idle
    assert load.messages >= 10


def test_the_tables_print_the_ratios(measured: run.Measured) -> None:
    screen = io.StringIO()
    telling.tables(measured, Console(width=120, file=screen))
    text = screen.getvalue()

    assert "floors" in text
    for target in run.targets(measured):
        assert target.name in text
        assert target.measured in text


def test_the_document_keeps_its_words_and_gets_the_figures(
    measured: run.Measured, tmp_path: Path
) -> None:
    file = tmp_path / "benchmark.md"
    file.write_text(f"before\n{telling.BEGIN}\nfigures of before\n{telling.END}\nafter\n")

    telling.write_results(measured, file)
    telling.write_results(measured, file)
    text = file.read_text()

    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "figures of before" not in text
    assert text.count("### ") == 7
    assert f"| {measured.parts[0].name} |" in text


def test_the_plot_is_an_svg_without_an_address(measured: run.Measured, tmp_path: Path) -> None:
    telling.write_plot(measured, tmp_path / "benchmark.svg")
    plot = (tmp_path / "benchmark.svg").read_text()

    assert "<svg" in plot
    assert "messages per second" in plot
    assert "@" not in plot.partition("<defs>")[2].replace("@import", "")


def test_a_mail_has_the_size_that_is_claimed(tmp_path: Path) -> None:
    """Within one percent: base64 comes in whole lines."""
    from gateway.adapters.certificates import generate_gateway_key
    from tests.bench.material import ADDRESS, Material

    material = Material(tmp_path)
    _, public = generate_gateway_key(f"Poort <{ADDRESS}>")
    (tmp_path / "gateway.pgp").write_bytes(public)

    assert len(material.mail(1)) == pytest.approx(20_000, rel=0.01)
    assert len(material.mail(1, 200_000)) == pytest.approx(200_000, rel=0.01)
