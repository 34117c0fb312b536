"""A scope that was frozen in a file, and is asked for again: as it was, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from gateway.domain.scope import Criterion, scope_of
from gateway.wiring.breach_affected import asked_again
from gateway.wiring.errors import NotReadyError
from gateway.wiring.scope_files import criterion_of, scope_json
from tests.domain.test_received import arrivals
from tests.domain.test_scope import START, disclosures

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.domain.received import Received
    from gateway.domain.scope import Disclosed, Scope

ASKED = Criterion(contact="saar", since=START)


def written(scope: Scope) -> dict[str, Any]:
    """As the file says it, once it was read."""
    said: dict[str, Any] = json.loads(json.dumps(scope_json(scope) | {"digest": scope.digest}))
    return said


@settings(max_examples=50)
@given(disclosures(), arrivals())
def test_every_scope_is_known_again(left: list[Disclosed], came: list[Received]) -> None:
    said = written(scope_of(ASKED, START, left, came))
    assert criterion_of(json.dumps(said).encode()) == ASKED.given()


@settings(max_examples=50)
@given(disclosures(), arrivals())
def test_what_somebody_changed_is_not(left: list[Disclosed], came: list[Received]) -> None:
    """Another question, another moment, or a report less: each shows."""
    said = written(scope_of(ASKED, START, left, came))
    changed = [
        said | {"criterion": {"contact": "saar"}},
        said | {"criterion": said["criterion"] | {"until": START.isoformat()}},
        said | {"at": "2020-01-01T00:00:00+00:00"},
        *(said | {name: said[name][1:]} for name in ("disclosures", "received") if said[name]),
    ]
    for each in changed:
        with pytest.raises(ValueError, match="changed since"):
            criterion_of(json.dumps(each).encode())


def test_an_officer_reads_that_it_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "scope.json"
    said = written(scope_of(ASKED, START, ()))
    file.write_text(json.dumps(said))
    assert asked_again(file).contact == "saar"
    file.write_text(json.dumps(said | {"criterion": {"contact": "sam"}}))
    with pytest.raises(NotReadyError, match="or somebody changed it"):
        asked_again(file)
