"""The table of these mails in the threat model."""

from __future__ import annotations

from pathlib import Path

from tests.mails.faults import faults

THREATS = Path(__file__).parents[2] / "docs" / "threat-model.md"
BEGIN = "<!-- written by python -m tests.mails --table -->\n"
END = "<!-- end of what is written -->\n"
HEAD = "| attack | stopped at | reason code | shown by |\n|---|---|---|---|\n"


def table() -> str:
    """One row for each fault."""
    rows = [
        f"| `{each.name}` ({', '.join(each.protections)}): {each.what} | {each.stopped}"
        f" | {', '.join(f'`{reason}`' for reason in sorted(each.reasons))}"
        f" | `tests/mails/test_faults.py` |\n"
        for each in faults()
    ]
    return HEAD + "".join(rows)


def written() -> str:
    """The table as it stands in the threat model."""
    return THREATS.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def write() -> None:
    """Put it there anew."""
    before, _, rest = THREATS.read_text(encoding="utf-8").partition(BEGIN)
    THREATS.write_text(before + BEGIN + table() + END + rest.partition(END)[2], encoding="utf-8")
