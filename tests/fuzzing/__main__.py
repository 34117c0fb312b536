"""``python -m tests.fuzzing [--seconds N] [TARGET ...]``: atheris searches, target after target.

What it tried with profit is kept in ``var/fuzzing`` for the next time; what it found is
written to ``tests/fuzzing/found`` and stays there as a test once it is repaired.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzzing.registry import FOUND, targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fuzzing.registry import Target

KEPT = Path(__file__).resolve().parents[2] / "var" / "fuzzing"
QUICK = {**os.environ, "RUST_BACKTRACE": "0"}  # Sequoia's traces take a second each
INPUT_SECONDS = 10  # of one input, which an opener would not be given either
MEMORY_MB = 2048


def main(arguments: Sequence[str]) -> int:
    """0 when nothing was found, 1 when something was, 2 where atheris is not there."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    asked = parser.parse_args(arguments)
    known = {each.name: each for each in targets()}
    if unknown := sorted(set(asked.targets) - set(known)):
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(known)}")
    if importlib.util.find_spec("atheris") is None:
        told = "fuzzing needs atheris, which there is for Linux on x86-64 only; nothing was tried"
        sys.stderr.write(f"{told}\n")
        return 2
    names = asked.targets or list(known)
    faulty = [name for name in names if not searched(known[name], asked.seconds)]
    sys.stdout.write(f"fuzzing: {len(names)} targets; found: {', '.join(faulty) or 'nothing'}\n")
    return 1 if faulty else 0


def searched(target: Target, seconds: int) -> bool:
    """Whether nothing was found."""
    corpus, found = KEPT / target.name, FOUND / target.name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate((*target.seeds(), *target.more())):
        (corpus / f"seed-{number}").write_bytes(seed)
    command = [sys.executable, "-m", "tests.fuzzing.search", target.name, str(corpus), str(found)]
    command += [f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS}", "-max_len=20000"]
    command += [f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={found}{os.sep}"]
    log = KEPT / f"{target.name}.log"
    with log.open("wb") as stream:
        done = subprocess.run(command, stdout=stream, stderr=stream, env=QUICK, check=False)
    if not any(found.iterdir()):
        found.rmdir()
    last = log.read_text(errors="replace").splitlines()[-1:]
    told = " ".join(last) if done.returncode == 0 else f"FOUND something: {log}"
    sys.stdout.write(f"fuzzing: {target.name}: {told}\n")
    sys.stdout.flush()
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
