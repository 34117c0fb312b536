"""How long a form of 300 inburgeraars takes, from its mail to the sealed reports, beside JSON.

``python -m tests.bench.forms`` prints it, as ``gateway bench --forms`` does; with ``--write``
it goes into docs/forms.md.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.outcomes import Ended
from tests import forms, generators
from tests.bench.metering import cpu_seconds
from tests.forms_town import CASEMANAGERS, INBURGERAARS, forms_town, reports
from tests.house_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.forms_town import FormsTown

PAGE = ROOT / "docs" / "forms.md"
BEGIN = "<!-- measured: written by python -m tests.bench.forms --write -->"
WANTED_SECONDS = 20.0  # on two cores


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One form: `seconds` as a clock shows them, `cpu` of gateway and openers together."""

    name: str
    rows: int
    size: int
    seconds: float
    cpu: float

    def plain(self) -> dict[str, str | float]:
        """As JSON."""
        return {
            "form": self.name,
            "rows": self.rows,
            "bytes": self.size,
            "seconds": round(self.seconds, 2),
            "cpu_ms_per_row": round(1000 * self.cpu / self.rows, 2),
        }


async def measured(count: int) -> list[Figures]:
    """Every kind of form once, JSON first; each with people of its own."""
    rows = reports(count)
    documents = [("json", generators.document_json(*rows))]
    documents += [(kind.value, forms.filled(kind, *rows)) for kind in forms.TABLES]
    found: list[Figures] = []
    for name, content in documents:
        async with forms_town(count) as town:
            found.append(await _one(town, name, content, count))
    return found


async def _one(town: FormsTown, name: str, content: bytes, count: int) -> Figures:
    own = os.getpid()
    before = sum(cpu_seconds(own).values())
    handled = await town.sends(f"bijsluiter.{name}", content)
    cpu = sum(cpu_seconds(own).values()) - before
    if len(handled.outcomes) != count or any(isinstance(o, Ended) for o in handled.outcomes):
        raise RuntimeError(f"a {name} of the bench was not passed on whole")
    return Figures(name=name, rows=count, size=len(content), seconds=town.seconds, cpu=cpu)


def measure(count: int = INBURGERAARS) -> list[Figures]:
    """As `measured`, for a program without a loop."""
    return asyncio.run(measured(count))


def lines(found: Sequence[Figures]) -> list[str]:
    """A table, in seconds and in times JSON."""
    base = found[0]
    about = (
        f"{base.rows} inburgeraars, {CASEMANAGERS} casemanagers, two openers, "
        f"load {os.getloadavg()[0]:.1f}; wanted within {WANTED_SECONDS:.0f} seconds."
    )
    return [
        about,
        "",
        "| form | kB | seconds | CPU, ms a report | CPU, times JSON |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {each.name} | {each.size / 1000:.0f} | {each.seconds:.1f} "
            f"| {1000 * each.cpu / each.rows:.1f} | {each.cpu / base.cpu:.2f} |"
            for each in found
        ),
    ]


def plain(found: Sequence[Figures]) -> dict[str, object]:
    """As JSON."""
    return {"forms": [each.plain() for each in found], "wanted_seconds": WANTED_SECONDS}


def told(found: Sequence[Figures]) -> str:
    """All of it."""
    return "\n".join(lines(found))


def page(found: Sequence[Figures]) -> str:
    """docs/forms.md with these results."""
    before = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    return before + BEGIN + "\n\n" + "\n".join(lines(found)) + "\n"


if __name__ == "__main__":
    results = measure()
    if "--write" in sys.argv:
        PAGE.write_text(page(results), encoding="utf-8")
    sys.stdout.write(f"{told(results)}\n")
