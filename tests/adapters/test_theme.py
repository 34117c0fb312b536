"""A municipality's own look: what can be read is used, what cannot is refused by name."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from zlib import crc32

import pytest

from gateway.adapters.logos import LogoError, drawing
from gateway.adapters.page import Page, Press
from gateway.adapters.theme import PLAIN, ThemeError, contrast, read_theme
from gateway.adapters.typeset import UnprintableError, try_out

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "theme" / "theme.toml"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def png(body: bytes = zlib.compress(b"\x00\x00\x61\x7f"), size: int = 1) -> bytes:
    """A square picture that says it has this width."""
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc32(name + content))
        for name, content in chunks
    )


def theme(folder: Path, text: str) -> Path:
    """A theme file with this text."""
    file = folder / "theme.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_can_be_copied_as_it_is() -> None:
    found = read_theme(EXAMPLE)
    assert found.name == "Gemeente Voorbeeldstad"
    assert found.logo == (EXAMPLE.parent / "logo.svg").read_bytes()
    assert contrast(found.accent, "#ffffff") >= 4.5
    page = Page(language="nl", title="Titel", lead=(), sections=())
    html = Press(found).html(page)
    assert ">Gemeente Voorbeeldstad<" in html
    assert f"color: {found.accent}" in html
    assert "Voorbeeldstad" not in Press(PLAIN).html(page)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_measured_as_wcag_does(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('name = "X"\naccent = "#777777"', "accent: contrast with white is 4.48"),
        ('name = "X"\ntext = "#ffe600"', "text: contrast"),
        ('name = "X"\naccent = "red"', "accent"),
        ('name = "X"\ncolour = "#000000"', "colour"),
        ('accent = "#000000"', "name"),
        ('name = "X"\nfont = "Comic Sans MS"', "font: Comic Sans MS is not there"),
        ('name = "X"\nfonts = "../elsewhere"', "fonts: ../elsewhere lies outside"),
        ('name = "X"\nlogo = "none.svg"\nlogo_text = "x"', "logo: none.svg is not there"),
        ('name = "X"\nlogo = "theme.toml"', "logo_text"),
        ('name = "X"\nlogo = "theme.toml"\nlogo_text = "x"', "logo: neither PNG nor SVG"),
        ("name =", "not TOML"),
    ],
)
def test_what_cannot_be_read_or_is_not_there_is_refused_by_name(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(ThemeError) as refused:
        read_theme(theme(tmp_path, text))
    assert named in str(refused.value)


def test_a_theme_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="No such file"):
        read_theme(tmp_path / "theme.toml")


def test_a_logo_that_is_too_large_for_every_mail_is_refused(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text(SVG.format(" " * 200_000), encoding="utf-8")
    with pytest.raises(ThemeError, match="logo: larger than"):
        read_theme(theme(tmp_path, 'name = "X"\nlogo = "logo.svg"\nlogo_text = "x"'))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="https://example.test/a.png"/>',
        '<image xlink:href="logo.png"/>',
        '<use xlink:href="https://example.test/a.svg#a"/>',
        '<use href="other.svg#a"/>',
        '<a href="https://example.test/"><path d="M0 0h1"/></a>',
        '<path d="M0 0h1" onload="alert(1)"/>',
        '<path d="M0 0h1" style="fill:url(https://example.test/a)"/>',
        '<path d="M0 0h1" fill="url( \'//example.test/a\')"/>',
        "<path d=\"M0 0h1\" style='fill:u\\72l(a)'/>",
        "<style>@import 'https://example.test/a.css';</style>",
        "<foreignObject/>",
        '<animate attributeName="href"/>',
        '<set attributeName="onclick"/>',
        '<path xmlns="urn:other" d="M0 0h1"/>',
        "<?xml-stylesheet href='https://example.test/a.css'?>",
    ],
)
def test_a_logo_that_fetches_or_runs_anything_is_refused(inside: str) -> None:
    with pytest.raises(LogoError):
        drawing(SVG.format(inside).encode())


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"/>'.encode("utf-16"),
        b"<svg/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        png(size=0),
        png(size=2001),
        b"",
    ],
)
def test_what_is_no_plain_svg_or_png_is_refused(content: bytes) -> None:
    with pytest.raises(LogoError):
        drawing(content)


def test_a_drawing_that_reuses_its_own_parts_is_a_logo() -> None:
    inside = (
        '<metadata><a xmlns="urn:x" href="https://example.test/"/></metadata>'
        '<defs><linearGradient id="g"><stop offset="0"/></linearGradient></defs>'
        '<path id="p" d="M0 0h9v9z" fill="url(#g)"/><use href="#p" x="9"/>'
    )
    whole = '<?xml version="1.0" encoding="UTF-8"?>\n' + SVG.format(inside)
    assert drawing(whole.encode()) == whole.encode()
    assert b'width="1" height="1"' in drawing(png())


def test_a_logo_that_cannot_be_drawn_is_found_before_any_report_needs_it(tmp_path: Path) -> None:
    text = 'name = "X"\nlogo = "logo.png"\nlogo_text = "x"'
    (tmp_path / "logo.png").write_bytes(png())
    try_out(read_theme(theme(tmp_path, text)))
    (tmp_path / "logo.png").write_bytes(png(b"no picture"))
    with pytest.raises(UnprintableError):
        try_out(read_theme(theme(tmp_path, text)))
