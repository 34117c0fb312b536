"""A held free text on the screen: whole, marked where the scanner points, and never called safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.held_text import marked, print_text, text_json
from gateway.domain.annotations import Annotation, Certainty, Kind
from gateway.domain.held import FreeText

if TYPE_CHECKING:
    import pytest

TEXT = "Zij is ziek.\nBel 06-00 00 00 01"


def at(words: str, kind: Kind, certainty: Certainty = Certainty.LIKELY) -> Annotation:
    start = TEXT.index(words)
    end = start + len(words)
    return Annotation(start=start, end=end, kind=kind, certainty=certainty, why="because")


def written(*annotations: Annotation, label: bool = False) -> FreeText:
    return FreeText(
        number=1,
        dossierkenmerk="DEMO-0001",
        path="bijzonderheden[0].signaal",
        text=TEXT,
        label=label,
        annotations=annotations,
    )


def test_each_line_is_marked_beneath() -> None:
    found = (at("ziek", Kind.HEALTH), at("06-00 00 00 01", Kind.TELEPHONE))
    assert list(marked(TEXT, found)) == [
        "| Zij is ziek.",
        "         ^^^^",
        "| Bel 06-00 00 00 01",
        "      ^^^^^^^^^^^^^^",
    ]


def test_where_spans_overlap_both_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(written(at("06-00 00", Kind.BSN, Certainty.POSSIBLE), at("00 01", Kind.TELEPHONE)))
    shown = capsys.readouterr().out
    assert "possible bsn: '06-00 00': because" in shown
    assert "likely telefoon: '00 01': because" in shown


def test_nothing_found_is_said_to_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(written())
    shown = capsys.readouterr().out
    assert "points at nothing, which says nothing" in shown
    assert "safe" not in shown


def test_a_label_is_told_from_a_text_that_waits(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(written(label=True))
    assert "a label: goes along unread" in capsys.readouterr().out
    assert text_json(written(label=True))["waits"] is False


def test_the_places_count_characters_of_the_text() -> None:
    told = text_json(written(at("ziek", Kind.HEALTH)))["annotations"]
    assert told == [
        {
            "start": TEXT.index("ziek"),
            "end": TEXT.index("ziek") + 4,
            "kind": "gezondheid",
            "certainty": "likely",
            "why": "because",
        }
    ]
