"""Results as a table on the screen, as JSON, and as a plot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from tests.bench.figures import Latency, Part
from tests.bench.run import targets

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tests.bench.run import Measured

KINDS = ("main", "openers", "gpg", "gpg-agent")
COLOURS = {"main": "#31688e", "openers": "#35b779", "gpg": "#e76f51", "gpg-agent": "#8d5a97"}


def line(found: Part | Latency) -> str:
    """One result in one line, as soon as it is known."""
    if isinstance(found, Latency):
        return (
            f"e  latency {found.name}: p50 {found.p50:.2f} s, "
            f"p95 {found.p95:.2f} s, p99 {found.p99:.2f} s"
        )
    return f"{found.name}: {found.rate:.1f} messages/s, {found.total:.1f} ms CPU each"


def tables(found: Measured, console: Console) -> None:
    """Everything."""
    console.print(_parts(found))
    console.print(_servers(found))
    console.print(_latencies(found))
    console.print(_targets(found))


def _parts(found: Measured) -> Table:
    lowest = found.part("floor").total
    table = _table("CPU of the gateway's processes in ms per message", "messages/s", *KINDS)
    for name in ("all", "floors", "peak MB"):
        table.add_column(name, justify="right")
    for part in found.parts:
        table.add_row(
            part.name,
            f"{part.rate:.1f}",
            *(f"{part.cpu[kind]:.1f}" if kind in part.cpu else "" for kind in KINDS),
            f"{part.total:.1f}",
            f"{part.total / lowest:.1f}",
            f"{part.peak:.0f}" if part.peak else "",
        )
    return table


def _servers(found: Measured) -> Table:
    names = list(dict.fromkeys(name for part in found.parts for name in part.servers))
    table = _table("CPU of the servers around it in ms per message", *names)
    for part in found.parts:
        if part.servers:
            spent = (f"{part.servers[name]:.1f}" if name in part.servers else "" for name in names)
            table.add_row(part.name, *spent)
    return table


def _latencies(found: Measured) -> Table:
    title = "Seconds from accepted by Postfix to in the casemanager's mailbox"
    table = _table(title, "messages", "offered/s", "p50", "p95", "p99", "worst")
    for each in found.latencies:
        seconds = (each.p50, each.p95, each.p99, each.worst)
        rate = f"{each.per_second:.1f}" if each.per_second else ""
        table.add_row(each.name, str(each.messages), rate, *(f"{value:.2f}" for value in seconds))
    return table


def _targets(found: Measured) -> Table:
    table = _table("To be reached", "wanted", "measured", "reached")
    for each in targets(found):
        table.add_row(each.name, each.wanted, each.measured, "yes" if each.reached else "NO")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def write_json(found: Measured, file: Path) -> None:
    """All of it."""
    text = json.dumps(found.plain(), ensure_ascii=False, indent=1)
    file.write_text(f"{text}\n", encoding="utf-8")


def write_plot(found: Measured, file: Path) -> None:
    """Four small pictures in one SVG: throughput, processor time, latency, memory."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 8})
    from matplotlib import pyplot as plt

    figure, ((rates, spent), (delays, memory)) = plt.subplots(2, 2, figsize=(10, 6.4))
    parts = [part for part in found.parts if part.key != "large"][::-1]
    names = [part.name for part in parts]
    rates.barh(names, [part.rate for part in parts], color=COLOURS["main"])
    rates.set_title("messages per second")
    left = [0.0] * len(parts)
    for kind in KINDS:
        width = [part.cpu.get(kind, 0.0) for part in parts]
        spent.barh(names, width, left=left, color=COLOURS[kind], label=kind)
        left = [a + b for a, b in zip(left, width, strict=True)]
    spent.set_title("processor time in ms per message")
    spent.legend()
    points = ("p50", "p95", "p99")
    for number, each in enumerate(found.latencies):
        at = [place + 0.35 * number for place in range(len(points))]
        delays.bar(at, [getattr(each, point) for point in points], 0.3, label=each.name)
    delays.set_xticks([place + 0.175 for place in range(len(points))], points)
    delays.set_title("seconds from Postfix to the casemanager")
    delays.legend()
    for part in parts:
        if part.key in {"sqlite", "postgresql"}:
            done = [sample.done for sample in part.memory]
            memory.plot(done, [sample.rss for sample in part.memory], label=part.name)
    memory.set_ylim(0, 400)
    memory.set_title("memory of all gateway processes in MB, over messages done")
    memory.legend()
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
