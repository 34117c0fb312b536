"""What a stranger wrote does not enter the log, not even as the name of a field."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from gateway.adapters.evidence import About, Scribe
from gateway.domain import wire
from gateway.domain.bijsluiter import Bericht
from gateway.domain.shape import known_path
from gateway.ledger.records import Activity
from tests.generators import full_bericht


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("bsn", "?"),
        ("voortgang.ziek", "voortgang.?"),
        ("voortgang.verzuim.reden.medisch", "voortgang.verzuim.?"),
        (
            "inburgeringstraject.behaaldeExamens[2].uitslag",
            "inburgeringstraject.behaaldeExamens[2].?",
        ),
        ("betrokkene.geslachtsnaam.Jansen", "betrokkene.geslachtsnaam.?"),
        ("Jansen[0].x", "?"),
        ("voortgang.gevolgdeUren[Jansen]", "voortgang.?"),
        ("", "?"),
    ],
)
def test_an_unknown_name_is_a_question_mark_below_its_known_parent(path: str, known: str) -> None:
    assert known_path(path) == known


def test_every_path_of_the_bijsluiter_is_known() -> None:
    """Whatever the schema can say is logged as it is, so that nothing legitimate is hidden."""
    sent = wire.read(Bericht.model_validate(full_bericht()).model_dump_json(by_alias=True).encode())
    paths = list(wire.leaves(sent))
    assert len(paths) > 40
    assert [known_path(path) for path in paths] == paths


@pytest.mark.parametrize("letter", ["report", "receipt", "reminder"])
def test_what_became_of_a_letter_is_logged_under_the_activity_that_wrote_it(letter: str) -> None:
    scribe = Scribe(lambda kind, of: Activity(activity_id=f"https://x.example/{kind}/{of}"))
    now = datetime(2026, 3, 1, tzinfo=UTC)
    entry = scribe.settled("sent", About(trace="ab" * 16, span="cd" * 8), now, mail=letter)
    attributes = json.loads(entry.content(None))["record"]["attributes"]
    assert attributes["dpl.core.processing_activity_id"] == f"https://x.example/sent/{letter}"
