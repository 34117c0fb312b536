"""A municipality's own look: name, colours, logo and font, from one file beside its pictures.

Whoever makes it need not know what an accessible letter asks for: colours that are hard to
read (WCAG 2.2, 1.4.3), a logo that fetches or runs something, and a font that is not there
are refused by name when the gateway starts.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from gateway.adapters.logos import LogoError, drawing

if TYPE_CHECKING:
    from pathlib import Path

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of any size
LARGEST_LOGO = 200_000  # bytes: it travels in every report
FONT = "Libertinus Serif"
_PAPER = "#ffffff"

_Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
_Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,120}$")]


class ThemeError(ValueError):
    """What is wrong with a theme, in words for who made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How letters look; what it does not say is plain black on white.

    `name` stands above a letter.  `accent` colours headings, `text` the rest, both on white.
    `logo` is a drawing (SVG), and `logo_text` says what it shows.  `font_folder`
    is where `font` lies when it is not one that comes with the typesetter.
    """

    name: str = ""
    accent: str = "#000000"
    text: str = "#000000"
    logo: bytes = b""
    logo_text: str = ""
    font: str = FONT
    font_folder: str = ""


PLAIN = Theme()


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: _Line
    accent: _Colour = "#000000"
    text: _Colour = "#000000"
    logo: _Line | None = None
    logo_text: _Line | None = None
    font: _Line = FONT
    fonts: _Line | None = None


def read_theme(file: Path) -> Theme:
    """The theme in this file; raises `ThemeError` naming the setting that cannot be used."""
    found = _read(file)
    for name, colour in (("accent", found.accent), ("text", found.text)):
        measured = contrast(colour, _PAPER)
        if measured < LEAST_CONTRAST:
            raise ThemeError(f"{name}: contrast with white is {measured:.2f}, less than 4.5")
    folder = file.resolve().parent
    font_folder = str(_beside(folder, "fonts", found.fonts)) if found.fonts else ""
    _need_font(found.font, font_folder)
    return Theme(
        name=found.name,
        accent=found.accent,
        text=found.text,
        logo=_logo(folder, found),
        logo_text=found.logo_text or "",
        font=found.font,
        font_folder=font_folder,
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours ``#rrggbb``, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def _read(file: Path) -> _File:
    problem = ""
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        problem = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in details)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except ValueError:
        problem = "not TOML in UTF-8"
    raise ThemeError(problem)


def _beside(folder: Path, setting: str, name: str) -> Path:
    found = (folder / name).resolve()
    if not found.is_relative_to(folder):
        raise ThemeError(f"{setting}: {name} lies outside the theme's folder")
    if not found.exists():
        raise ThemeError(f"{setting}: {name} is not there")
    return found


def _logo(folder: Path, found: _File) -> bytes:
    if found.logo is None:
        return b""
    if found.logo_text is None:
        raise ThemeError("logo_text: say what the logo shows, for who cannot see it")
    path = _beside(folder, "logo", found.logo)
    problem = ""
    try:
        if path.stat().st_size > LARGEST_LOGO:
            raise ThemeError(f"logo: larger than {LARGEST_LOGO} bytes")
        return drawing(path.read_bytes())
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except LogoError as error:
        problem = str(error)
    raise ThemeError(f"logo: {problem}")


def _need_font(family: str, folder: str) -> None:
    import typst  # noqa: PLC0415 - 40 ms that only who has a theme has to wait for

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder] if folder else [])
    if family not in fonts.families():
        raise ThemeError(f"font: {family} is not there; name the folder that it is in as fonts")
