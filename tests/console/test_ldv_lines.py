"""``gateway log export --ldv``: exactly the records, one line each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.console.reading import DOSSIERS, deeds, erase, records

if TYPE_CHECKING:
    from tests.console.reading import Api
    from tests.installations import Installation


def test_the_lines_are_the_records_with_their_own_fields(installation: Installation) -> None:
    result = installation.run("log", "export", "--ldv")
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == records(installation)
    to_file = installation.folder / "ldv.jsonl"
    assert installation.run("log", "export", "--ldv", "--to", to_file).exit_code == 0
    assert to_file.read_text() == result.stdout


def test_neither_what_people_did_nor_what_was_erased_is_among_them(own: Api) -> None:
    own.ask(traceId="ab" * 16)
    assert deeds(own.installation)
    before = own.installation.run("log", "export", "--ldv").stdout.splitlines()
    erase(own.installation, DOSSIERS[0])
    after = own.installation.run("log", "export", "--ldv").stdout.splitlines()
    assert (len(before), len(after)) == (16, 12)
    assert [line for line in after if line not in before] == []
    assert "burgerportaal" not in "".join(before)


def test_a_bundle_is_something_else(installation: Installation) -> None:
    to = installation.folder / "x.zip"
    assert installation.run("log", "export", "--ldv", "--bundle", "--to", to).exit_code == 2
    assert not to.exists()
