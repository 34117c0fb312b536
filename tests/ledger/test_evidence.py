"""What a stranger wrote does not enter the log, not even as the name of a field."""

from __future__ import annotations

import pytest

from gateway.adapters.evidence import known_path
from gateway.domain import wire
from gateway.domain.bijsluiter import Bericht
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
