"""Draw the pictures in docs/nl/beelden: what people get, made from made-up data.

    .venv/bin/python -m scripts.render_guides                      all of them
    .venv/bin/python -m scripts.render_guides sleutelblad --to X   one, into another folder

Each is what the gateway itself makes, drawn by the program in which people look at it:
mail by Firefox as wide as a phone, paper by poppler, workbooks by LibreOffice.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.pictures import PICTURES, Kind, Picture

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "nl" / "beelden"
PHONE = 390  # CSS pixels across, as common phones are
DPI = 70
_PATIENCE = 120


def draw(picture: Picture, folder: Path) -> Path:
    """One picture as PNG in `folder`; raises CalledProcessError when a program does not."""
    drawn = folder / f"{picture.name}.png"
    with tempfile.TemporaryDirectory(prefix="beeld-") as name:
        work = Path(name)
        source = work / f"bron.{picture.kind.value}"
        source.write_bytes(picture.make())
        match picture.kind:
            case Kind.HTML:
                _photograph(source, drawn, picture.height)
            case Kind.PDF:
                _print(source, drawn, picture)
            case Kind.XLSX:
                _run(work, "soffice", "--headless", "--convert-to", "pdf", "--outdir", work, source)
                _print(source.with_suffix(".pdf"), drawn, picture)
    return drawn


def _photograph(page: Path, to: Path, height: int) -> None:
    size = f"--window-size={PHONE},{height}"
    profile = page.with_name("profile")
    profile.mkdir()
    shot = page.with_suffix(".png")
    headless = ("firefox-esr", "--headless", "--no-remote", "--profile", profile)
    _run(page.parent, *headless, "--screenshot", shot, size, page.as_uri())
    to.write_bytes(shot.read_bytes())


def _print(paper: Path, to: Path, picture: Picture) -> None:
    page = str(picture.page)
    one = ("-f", page, "-l", page, "-singlefile")
    cut = ("-H", str(picture.height)) if picture.height else ()
    _run(paper.parent, "pdftoppm", "-png", "-r", str(DPI), *cut, *one, paper, to.with_suffix(""))


def _run(home: Path, *command: str | Path) -> None:
    """A program with a home of its own, so that it finds nobody's settings."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    words = list(map(str, command))
    subprocess.run(words, env=environment, check=True, capture_output=True, timeout=_PATIENCE)  # noqa: S603 - fixed words, no shell


def main() -> None:
    """Draw the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="render_guides", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder; docs/nl/beelden")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in PICTURES]
    if unknown:
        parser.error(f"no such picture: {', '.join(unknown)}")
    chosen.to.mkdir(parents=True, exist_ok=True)
    for name in chosen.names or PICTURES:
        sys.stdout.write(f"{draw(PICTURES[name], chosen.to)}\n")


if __name__ == "__main__":
    main()
