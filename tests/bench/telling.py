"""Results as a table on the screen, as JSON, and as a plot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from tests.bench.figures import Latency, Timing
from tests.bench.hostile import HostileFigures
from tests.bench.logbook import LogFigures
from tests.bench.run import targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from tests.bench.run import Measured, Told

BEGIN, END = "<!-- results: written by gateway bench -->", "<!-- end of results -->"
KINDS = ("main", "openers", "gpg", "gpg-agent")
COLOURS = {"main": "#31688e", "openers": "#35b779", "gpg": "#e76f51", "gpg-agent": "#8d5a97"}


def line(found: Told) -> str:
    """One result in one line, as soon as it is known."""
    if isinstance(found, LogFigures):
        return (
            f"log of {found.entries} entries: {found.append_full:.0f} added a second, "
            f"verified at {found.share:.2f} of SHA-256 alone"
        )
    if isinstance(found, HostileFigures):
        return (
            f"f  {found.malformed} malformed mails: good ones took {found.slowdown:.2f} times "
            f"their usual time (p95 {found.slowdown_p95:.2f}), memory grew {found.growth:.2f} times"
        )
    if isinstance(found, Timing):
        return f"{found.name}: {found.microseconds:.1f} microseconds"
    if isinstance(found, Latency):
        return (
            f"e  latency {found.name}: p50 {found.p50:.2f} s, "
            f"p95 {found.p95:.2f} s, p99 {found.p99:.2f} s"
        )
    return f"{found.name}: {found.rate:.1f} messages/s, {found.total:.1f} ms CPU each"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, for the screen or for the document."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def on_screen(self) -> Table:
        """For rich."""
        table = Table(title=self.title, title_justify="left", box=box.SIMPLE_HEAD)
        for number, name in enumerate(self.columns):
            table.add_column(name, justify="right" if number else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*row)
        return table

    def in_markdown(self) -> str:
        """With its title as a heading."""
        lines = [self.columns, ["---", *["---:"] * (len(self.columns) - 1)], *self.rows]
        return f"### {self.title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def sheets(found: Measured) -> Sequence[Sheet]:
    """Everything that was measured."""
    return (
        _parts(found),
        _servers(found),
        _latencies(found),
        _reasoning(found),
        _logging(found),
        flooded(found.floods[0]),
        _targets(found),
    )


def tables(found: Measured, console: Console) -> None:
    """Everything, on the screen."""
    for sheet in sheets(found):
        console.print(sheet.on_screen())


def _parts(found: Measured) -> Sheet:
    lowest = found.part("floor").total
    rows = [
        (
            part.name,
            f"{part.rate:.1f}",
            *(f"{part.cpu[kind]:.1f}" if kind in part.cpu else "" for kind in KINDS),
            f"{part.total:.1f}",
            f"{part.total / lowest:.1f}",
            f"{part.peak:.0f}" if part.peak else "",
        )
        for part in found.parts
        if part.key != "large"
    ]
    columns = ("", "messages/s", *KINDS, "all", "floors", "peak MB")
    return Sheet("CPU of the measured processes, ms per message", columns, rows)


def _servers(found: Measured) -> Sheet:
    names = list(dict.fromkeys(name for part in found.parts for name in part.servers))
    rows = [
        (
            part.name,
            *(f"{part.servers[name]:.1f}" if name in part.servers else "" for name in names),
        )
        for part in found.parts
        if part.servers and part.key != "large"
    ]
    return Sheet("CPU of the servers around them, ms per message", ("", *names), rows)


def _latencies(found: Measured) -> Sheet:
    rows = [
        (
            each.name,
            str(each.messages),
            f"{each.per_second:.1f}" if each.per_second else "",
            *(f"{value:.2f}" for value in (each.p50, each.p95, each.p99, each.worst)),
        )
        for each in found.latencies
    ]
    columns = ("", "messages", "offered/s", "p50", "p95", "p99", "worst")
    return Sheet("Latency, s", columns, rows)


def _reasoning(found: Measured) -> Sheet:
    shortest = min(each.microseconds for each in found.timings)
    rows = [
        (each.name, f"{each.microseconds:.1f}", f"{each.microseconds / shortest:.1f}")
        for each in found.timings
    ]
    return Sheet("Reasoning alone, microseconds", ("", "each", "decisions"), rows)


def _logging(found: Measured) -> Sheet:
    log = found.logs[0]
    rows = [
        (
            "added a second, empty log (batches of 1,000, sealed, committed)",
            f"{log.append_empty:.0f}",
        ),
        ("the same, full log", f"{log.append_full:.0f}"),
        ("time of a batch, full over empty", f"{log.slowdown:.2f}"),
        ("taken into the tree and signed, a second", f"{log.sequence:.0f}"),
        ("verified a second (entries, tree, signatures)", f"{log.verify:.0f}"),
        ("the same in speeds of SHA-256 alone", f"{log.share:.2f}"),
        ("the same, reading counted for both", f"{log.share_read:.2f}"),
        ("a proof of one entry, p95, ms", f"{log.proof_ms:.2f}"),
        (
            f"one person's {log.person_entries} entries found and opened, p95, ms",
            f"{log.person_ms:.1f}",
        ),
        ("memory that the second half of a verification takes more, MB", f"{log.growth_mb:.1f}"),
    ]
    return Sheet(f"The log alone, {log.entries} entries on SQLite", ("", "measured"), rows)


def flooded(flood: HostileFigures) -> Sheet:
    """One flood: times of good mail in it, and what became of everything."""
    rows = [
        (each.name, str(each.messages), *(f"{t:.2f}" for t in (each.p50, each.p95, each.worst)))
        for each in (flood.alone, flood.between)
    ]
    ratios = (flood.slowdown, flood.slowdown_p95, flood.between.worst / flood.alone.worst)
    rows.append(("times usual", "", *(f"{each:.2f}" for each in ratios)))
    ended = ", ".join(f"{count} {name}" for name, count in sorted(flood.outcomes.items()))
    title = (
        f"{flood.malformed} malformed mails, a good one before every tenth: seconds of the good "
        f"ones; {ended}; {flood.cpu:.1f} ms CPU a mail, memory {flood.growth:.2f} times"
    )
    return Sheet(title, ("", "mails", "p50", "p95", "worst"), rows)


def _targets(found: Measured) -> Sheet:
    rows = [
        (each.name, each.wanted, each.measured, "yes" if each.reached else "NO")
        for each in targets(found)
    ]
    return Sheet("To be reached", ("", "wanted", "measured", "reached"), rows)


def write_results(found: Measured, file: Path) -> None:
    """The tables into an existing document, between its two marks; elsewhere nothing changes."""
    before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    machine = found.machine
    where = (
        f"Measured on {found.began:%Y-%m-%d}, {found.size.messages} messages for each part: "
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, "
        f"{machine['system']}, Python {machine['python']}, GnuPG {machine['gnupg']}, "
        f"Dovecot {machine['dovecot']}, Postfix {machine['postfix']}, "
        f"PostgreSQL {machine['postgresql']}; load before the run {machine['load_before']}.\n"
    )
    results = "\n".join((where, *(sheet.in_markdown() for sheet in sheets(found))))
    file.write_text(f"{before}{BEGIN}\n\n{results}\n{END}{after}", encoding="utf-8")


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
    memory.set_title("memory in MB over messages done")
    memory.legend()
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
