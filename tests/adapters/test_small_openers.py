"""What an opener loads before its first job: it starts anew after each mail that was too much."""

from __future__ import annotations

import subprocess
import sys

from gateway.adapters.spawning import environment

LOADED = "import sys, gateway.adapters.worker_main; print(*sys.modules)"
# Each of them doubles the start or more, and is of no use to whoever only opens and seals.
TOO_MUCH = ("pydantic", "sqlalchemy", "jinja2", "pikepdf", "typst", "typer", "asyncio")


def test_an_opener_loads_nothing_that_it_does_not_need() -> None:
    loaded = subprocess.run(
        [sys.executable, "-P", "-s", "-c", LOADED],
        check=True,
        capture_output=True,
        text=True,
        env=environment(),
    ).stdout.split()
    assert "gateway.adapters.unsealing" in loaded
    assert set(loaded).isdisjoint(TOO_MUCH)
