"""The pictures in the guides: each is there, said in words too, small, and can be made anew."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import pytest

from tests import ahead
from tests.house_files import ROOT, listed
from tests.pictures import PICTURES, Kind

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

GUIDES = sorted((ROOT / "docs" / "nl").glob("*.md"))
FOLDER = ROOT / "docs" / "nl" / "beelden"
LARGEST = 200_000  # bytes
SHOWN = [
    (guide.name, alt, link)
    for guide in GUIDES
    for alt, link in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", guide.read_text(encoding="utf-8"))
]
# One for each program that draws; the others go the same way.
DRAWN = {each.kind: each.name for each in reversed(PICTURES.values())}


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height in pixels (PNG specification, 11.2.2: IHDR comes first)."""
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert head[12:16] == b"IHDR"
    width, height = struct.unpack(">II", head[16:])
    return width, height


@pytest.mark.parametrize(("guide", "alt", "link"), SHOWN, ids=lambda text: text[:40])
def test_each_is_there_and_said_in_words(guide: str, alt: str, link: str) -> None:
    assert link in {f"beelden/{name}.png" for name in PICTURES}, guide
    assert 40 <= len(alt) <= 250
    assert not re.match(r"(?i)(afbeelding|plaatje|foto|schermafdruk)\b", alt)


def test_each_is_shown_somewhere_and_none_lies_about() -> None:
    assert {link for _, _, link in SHOWN} == {f"beelden/{name}.png" for name in PICTURES}
    assert set(listed("docs/nl/beelden")) == {f"docs/nl/beelden/{name}.png" for name in PICTURES}


@pytest.mark.parametrize("name", PICTURES)
def test_each_is_small(name: str) -> None:
    picture = FOLDER / f"{name}.png"
    assert picture.stat().st_size < LARGEST
    width, height = size_of(picture)
    assert 300 < width < 1400
    assert 100 < height < 2500


@pytest.mark.parametrize("name", PICTURES)
def test_what_each_shows_is_made_by_the_gateway_and_always_the_same(name: str) -> None:
    picture = PICTURES[name]
    made = picture.make()
    begins = {Kind.HTML: b"<!doctype html>", Kind.PDF: b"%PDF-", Kind.XLSX: b"PK\x03\x04"}
    assert made.lower().startswith(begins[picture.kind].lower())
    assert picture.make() == made


def drawn(*arguments: str | Path) -> CompletedProcess[str]:
    """The script with these arguments."""
    return ahead.run("-m", "scripts.render_guides", *map(str, arguments), timeout=300)


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.value)
def test_the_script_draws_each_kind_as_it_lies_there(kind: Kind, tmp_path: Path) -> None:
    name = DRAWN[kind]
    done = drawn(name, "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    (made,) = tmp_path.iterdir()
    assert size_of(made) == size_of(FOLDER / made.name)
    assert made.stat().st_size > 8_000


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = drawn("nergens", "--to", tmp_path)
    assert done.returncode == 2
    assert "no such picture: nergens" in done.stderr
