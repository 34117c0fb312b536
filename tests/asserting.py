"""Assertions made telling once, for all the processes that are about to run the tests.

    .venv/bin/python -m tests.asserting

pytest rewrites each file of tests when it is imported, and every process of pytest-xdist imports
all of them at the same time: the same twenty seconds in each.  What lies ready is only read, and
pytest itself sees by the hash of the source whether it still fits.
"""

from __future__ import annotations

import ast
import importlib.util
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from _pytest.assertion.rewrite import (
    PYC_TAIL,
    _read_pyc,
    _write_pyc_fp,
    get_cache_dir,
    rewrite_asserts,
)

TESTS = Path(__file__).resolve().parent


def make_ready(file: Path) -> None:
    """Write what pytest would; nothing where it is there."""
    ready = get_cache_dir(file) / f"{file.stem}{PYC_TAIL}"
    if _read_pyc(file, ready) is not None:
        return
    source = file.read_bytes()
    tree = ast.parse(source, filename=str(file))
    rewrite_asserts(tree, source, str(file))
    code = compile(tree, str(file), "exec", dont_inherit=True)
    ready.parent.mkdir(parents=True, exist_ok=True)
    beside = ready.with_name(f"{ready.name}.{os.getpid()}")
    with beside.open("wb") as written:
        _write_pyc_fp(written, importlib.util.source_hash(source), code)
    beside.replace(ready)


def main() -> None:
    """All files that pytest rewrites."""
    files = [*TESTS.rglob("test_*.py"), *TESTS.rglob("conftest.py")]
    with ProcessPoolExecutor() as pool:
        list(pool.map(make_ready, files, chunksize=8))


if __name__ == "__main__":
    main()
