"""``gateway`` with many command lines, each in a process of its own that shares the imports.

    python -m tests.journeys.typed LINES FOLDER

`LINES` is a file with a JSON object of argument lists by name; standard output and error
of each go to ``NAME.out`` and ``NAME.err`` in `FOLDER`, exit codes as a JSON object to
standard output.  The name ``bug`` is broken first, see `tests.journeys.breaking`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NoReturn

from gateway.cli.main import app
from tests.journeys.breaking import break_command


def _be(name: str, words: list[str], folder: Path) -> NoReturn:
    for number, end in ((1, "out"), (2, "err")):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        os.dup2(os.open(folder / f"{name}.{end}", flags, 0o600), number)
    if name == "bug":
        break_command()
    sys.argv = ["gateway", *words]
    code = 70  # what no command ends with: it went past the command itself
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Two at a time, in their order."""
    lines, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    running: dict[int, str] = {}
    codes: dict[str, int] = {}

    def wait_for_one() -> None:
        process, status = os.wait()
        codes[running.pop(process)] = os.waitstatus_to_exitcode(status)

    for name, words in lines.items():
        if len(running) == 2:
            wait_for_one()
        process = os.fork()
        if process == 0:
            _be(name, words, folder)
        running[process] = name
    while running:
        wait_for_one()
    sys.stdout.write(json.dumps(codes))


if __name__ == "__main__":
    main()
