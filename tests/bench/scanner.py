"""What the scanner of free text finds and misses, measured and told as it is.

``python -m tests.bench.scanner`` prints it; with ``--write`` it goes into docs/scanner.md,
which a test keeps equal to what is measured.  `gateway bench --scanner` prints it too.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from gateway.adapters.scanner import Scanner
from gateway.domain.annotations import Certainty, Kind
from gateway.domain.lexicon import Lexicon
from gateway.resources import lexicon_text
from tests.bench.scanner_corpus import PEOPLE, WHOM, Sample, chance, made, sentences
from tests.house_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.annotations import Annotation

PAGE: Final = ROOT / "docs" / "scanner.md"
BEGIN: Final = "<!-- measured: written by python -m tests.bench.scanner --write -->\n"
BY_CHANCE: Final = 2_000


@dataclass
class Counted:
    """Texts of one kind, written in one way: how many, and in how many it was pointed at."""

    texts: int = 0
    found: int = 0  # by an annotation of this very kind
    any: int = 0  # by an annotation of some kind


@dataclass
class Measured:
    """One run over the whole corpus."""

    counted: dict[tuple[str, str, Kind], Counted] = field(
        default_factory=lambda: defaultdict(Counted)
    )
    missed: list[Sample] = field(default_factory=list)
    ordinary: Counter[str] = field(default_factory=Counter)
    alarms: list[tuple[str, str]] = field(default_factory=list)
    right: Counter[bool] = field(default_factory=Counter)
    by_chance: float = 0.0
    by_chance_likely: int = 0
    microseconds: float = 0.0

    def of(self, group: str, way: str) -> dict[Kind, Counted]:
        """Of every kind in this group, written in this way."""
        return {
            kind: self.counted[g, w, kind] for g, w, kind in self.counted if (g, w) == (group, way)
        }

    def total(self, group: str, way: str) -> Counted:
        """All kinds together."""
        each = self.of(group, way).values()
        return Counted(
            sum(c.texts for c in each), sum(c.found for c in each), sum(c.any for c in each)
        )


@cache
def measure() -> Measured:
    """Everything, from the lexicon as it is shipped; the same each time but for the speed."""
    scanner = Scanner(Lexicon(lexicon_text()), PEOPLE)
    result, samples = Measured(), [*sentences(), *made()]
    start = time.process_time()
    for sample in samples:
        _count(result, sample, scanner.annotations(sample.text, WHOM))
    result.microseconds = (time.process_time() - start) / len(samples) * 1e6
    hits = [
        [each for each in scanner.annotations(text, WHOM) if each.kind is Kind.BSN]
        for text in chance(BY_CHANCE)
    ]
    result.by_chance = sum(map(bool, hits)) / BY_CHANCE
    result.by_chance_likely = sum(
        each.certainty is Certainty.LIKELY for hit in hits for each in hit
    )
    return result


def _count(result: Measured, sample: Sample, found: tuple[Annotation, ...]) -> None:
    kinds = {each.kind for each in found}
    if sample.kind is None:
        result.ordinary[f"{sample.group} texts"] += 1
        result.ordinary[f"{sample.group} alarms"] += bool(kinds)
        result.alarms += [(sample.text, f"{kind.value}") for kind in sorted(kinds)]
        return
    counted = result.counted[sample.group, sample.way, sample.kind]
    counted.texts += 1
    counted.found += sample.kind in kinds
    counted.any += bool(kinds)
    if sample.group == "held_out" and sample.way == "as is":
        for kind in kinds:
            result.right[kind is sample.kind] += 1
        if not kinds:
            result.missed.append(sample)


def lines(result: Measured) -> Iterator[str]:
    """What was measured, as the page shows it; nothing in it depends on the machine."""
    held, wrong, hidden = (result.of("held_out", way) for way in ("as is", "misspelt", "disguised"))
    known, ordinary = result.of("known", "as is"), result.ordinary
    yield "| words pointing at | known | held out | held out, some kind | misspelt | disguised |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    totals = [result.total("known", "as is")]
    totals += [result.total("held_out", way) for way in ("as is", "misspelt", "disguised")]
    rows = [(kind.value, [known[kind], held[kind], wrong[kind], hidden[kind]]) for kind in held]
    for name, (a, b, c, d) in (*rows, ("**all**", totals)):
        some = f"{b.any}/{b.texts}"
        yield f"| {name} | {_of(a)} | {_of(b)} | {some} | {_of(c)} | {_of(d)} |"
    yield ""
    share = result.right[True] / sum(result.right.values())
    yield (
        f"Of the kinds that it named in the held-out sentences {share:.0%} were meant by whoever"
        f" wrote them. It points at something in {ordinary['held_out alarms']} of"
        f" {ordinary['held_out texts']} held-out sentences in which nothing is wrong."
    )
    yield ""
    yield "| numbers, addresses, names | said what it is | bare |"
    yield "| --- | ---: | ---: |"
    said, bare = result.of("made", "said"), result.of("made", "bare")
    for kind in said:
        yield f"| {kind.value} | {_of(said[kind])} | {_of(bare[kind])} |"
    tricks = result.of("made", "disguised")[Kind.BSN]
    yield ""
    yield (
        f"A citizen service number by tricks (spaced, other digits, spelt out): {_of(tricks)}. Of"
        f" {BY_CHANCE:,} numbers of nine digits that mean nothing {result.by_chance:.1%} are shown"
        f" as possible, {result.by_chance_likely} as likely."
    )
    yield ""
    yield f"Held-out sentences in which it points at nothing at all ({len(result.missed)}):"
    yield ""
    for sample in result.missed:
        assert sample.kind is not None
        yield f"- {sample.kind.value}: {sample.text}"
    yield ""
    yield f"Where it points at something and nothing is wrong ({len(result.alarms)}):"
    yield ""
    yield from (f"- {meant}: {text}" for text, meant in result.alarms)


def plain(result: Measured) -> dict[str, object]:
    """The same for ``--json``."""
    totals = {
        name: asdict(result.total(group, way))
        for name, group, way in (
            ("known", "known", "as is"),
            ("held_out", "held_out", "as is"),
            ("misspelt", "held_out", "misspelt"),
            ("disguised", "held_out", "disguised"),
            ("made", "made", "said"),
            ("made_bare", "made", "bare"),
        )
    }
    return {
        **totals,
        "missed": [each.text for each in result.missed],
        "alarms": len(result.alarms),
        "bsn_by_chance": result.by_chance,
        "microseconds": result.microseconds,
    }


def _of(counted: Counted) -> str:
    return f"{counted.found}/{counted.texts}"


def told(result: Measured) -> str:
    """All of it, and how long a text takes on this machine."""
    speed = f"{result.microseconds:.0f} microseconds of processor time for each text"
    return "\n".join([*lines(result), "", speed])


def page(result: Measured) -> str:
    """docs/scanner.md with these results."""
    before = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    return before + BEGIN + "\n" + "\n".join(lines(result)) + "\n"


if __name__ == "__main__":
    measured = measure()
    if "--write" in sys.argv:
        PAGE.write_text(page(measured), encoding="utf-8")
    sys.stdout.write(f"{told(measured)}\n")
