"""``python -m tests.fuzzing.search TARGET [LIBFUZZER OPTION ...]``: one target under atheris."""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # not on every system

with atheris.instrument_imports(include=["gateway"]):  # before anything else imports them
    from tests.fuzzing.registry import targets

    KNOWN = {each.name: each for each in targets()}


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    target = KNOWN[sys.argv.pop(1)]
    atheris.enabled_hooks.add("RegEx")
    atheris.Setup(sys.argv, target.attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
