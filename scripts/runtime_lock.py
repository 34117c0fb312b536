"""Cut requirements-runtime.lock out of requirements.lock: what the gateway needs to run.

    .venv/bin/python scripts/runtime_lock.py            write it
    .venv/bin/python scripts/runtime_lock.py --check    exit 1 when it is not what would be written

Versions and hashes are copied as they stand, so the two files cannot disagree.
What is needed is read from the metadata of the packages that are installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ROOT / "requirements.lock"
RUNTIME = ROOT / "requirements-runtime.lock"


def entries(lock: str) -> list[tuple[str, str]]:
    """(package, its lines) for each entry; a package has several where markers differ."""
    found = re.findall(r"^[A-Za-z0-9].*?(?=^[A-Za-z0-9]|\Z)", lock, re.MULTILINE | re.DOTALL)
    return [(canonicalize_name(entry.split("==")[0]), entry) for entry in found]


def needed() -> set[str]:
    """Every package that the project's dependencies lead to on this platform."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(line) for line in project["dependencies"]]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += below(name, extra)
    return {name for name, _ in seen}


def below(name: str, extra: str) -> list[Requirement]:
    """What this package, with this extra, needs here."""
    lines = [Requirement(line) for line in requires(name) or []]
    return [r for r in lines if r.marker is None or r.marker.evaluate({"extra": extra})]


def runtime_lock() -> str:
    """The entries of the lock that are needed, in the order of the lock."""
    names = needed()
    found = entries(WHOLE.read_text(encoding="utf-8"))
    if missing := names - {name for name, _ in found}:
        raise SystemExit(f"not in {WHOLE.name}: {', '.join(sorted(missing))}")
    return "".join(entry for name, entry in found if name in names)


def main(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    if arguments == ["--check"]:
        return int(not RUNTIME.is_file() or RUNTIME.read_text(encoding="utf-8") != runtime_lock())
    RUNTIME.write_text(runtime_lock(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
