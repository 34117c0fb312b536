"""Every fault stands in the threat model, and can be tried by hand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.stops import Reason
from tests.house_files import listed
from tests.mails.__main__ import write
from tests.mails.faults import every, faults
from tests.mails.table import THREATS, table, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_threat_model_has_every_fault_with_its_reasons() -> None:
    """Written anew by ``python -m tests.mails --table``."""
    assert written() == table()
    for each in faults():
        assert f"| `{each.name}` (" in THREATS.read_text(encoding="utf-8")


def test_every_row_names_a_reason_code_and_a_test_that_is_there() -> None:
    rows = [row.split("|")[1:-1] for row in written().splitlines()[2:]]
    assert len(rows) == len(faults())
    codes, tests = {str(reason) for reason in Reason}, listed("tests")
    for _, stopped, reasons, shown in rows:
        assert stopped.strip()
        assert set(re.findall(r"`([^`]+)`", reasons)) <= codes
        assert "`" in reasons
        assert set(re.findall(r"`([^`]+)`", shown)) <= set(tests)
        assert "`" in shown


def test_each_fault_has_a_name_that_can_be_a_file() -> None:
    for each in faults():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)
        assert each.reasons
        assert each.arrives > -timedelta(days=800)


def test_all_can_be_written_to_a_folder_with_keys_and_register(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    write(folder)
    files = {file.name for file in (folder / "mails").iterdir()}
    assert {f"{protection}-{each.name}.eml" for protection, each in every()} < files
    assert "openpgp-good.eml" in files
    assert (folder / "state" / "gateway.db").is_file()
    assert (folder / "keys" / "sender.asc").is_file()
