"""A page as a printable letter: PDF/UA-1 (ISO 14289-1) and PDF/A-2a (ISO 19005-2) at once.

Tagged, with its fonts inside.  What it says goes to the template as data and is never
read as markup, so that a name is only a name.  Fonts come with the library, or from the
theme's folder; none of the machine's are used, and nothing is fetched.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

from gateway.adapters.page import Page
from gateway.adapters.theme import PLAIN
from gateway.domain.mail import Paper

if TYPE_CHECKING:
    import typst

    from gateway.adapters.page import Section
    from gateway.adapters.theme import Theme

# What every font that we set in has: Latin, Greek and Cyrillic letters, and what stands
# between them.  Names in a Dutch register are in Latin letters.
_LETTERS = "\n -~\u00a0-\u04ff\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20ac"
_SETTABLE = re.compile(f"[{_LETTERS}]*")
_NOT_SETTABLE = re.compile(f"[^{_LETTERS}]")
_LOGO = "logo.svg"
_STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]


class UnprintableError(ValueError):
    """Something in the letter cannot be set, such as a script that no font here has."""


def pdf(page: Page, *, author: str, at: datetime, theme: Theme = PLAIN) -> bytes:
    """The letter as PDF, the same bytes for the same page and time; raises `UnprintableError`."""
    return printed(to_print(page, name="", author=author, at=at, theme=theme))


def to_print(page: Page, *, name: str, author: str, at: datetime, theme: Theme = PLAIN) -> Paper:
    """What `printed` needs, as data that can be sent to another process."""
    said = {
        "language": page.language,
        "title": page.title,
        "author": author,
        "lead": page.lead,
        "sections": [_section(each) for each in page.sections],
        "theme": {
            "name": theme.name,
            "accent": theme.accent,
            "text": theme.text,
            "font": theme.font,
            "logo": _LOGO if theme.logo else "",
            "logo_text": theme.logo_text,
        },
    }
    return Paper(
        name=name,
        said=json.dumps(said, ensure_ascii=False).encode(),
        at=at.replace(microsecond=0),
        logo=theme.logo,
        font_folder=theme.font_folder,
    )


def try_out(theme: Theme) -> None:
    """Set an empty page in this look; raises `UnprintableError` where no page can be."""
    page = Page(language="nl", title="-", lead=(), sections=())
    pdf(page, author="-", at=datetime(2026, 1, 1, tzinfo=UTC), theme=theme)


def settable(paper: Paper) -> bool:
    """Whether all of its characters are among those that are surely printed."""
    return _SETTABLE.fullmatch(paper.said.decode()) is not None


def legible(paper: Paper) -> Paper:
    """The same with a question mark for each character that no font here has."""
    if settable(paper):
        return paper
    said = _NOT_SETTABLE.sub("?", paper.said.decode())
    return replace(paper, said=said.encode())


def printed(paper: Paper) -> bytes:
    """The page as PDF, the same bytes for the same paper; raises `UnprintableError`."""
    return _set(paper, "letter.typ")


def compiled(template: str, said: object, *, at: datetime) -> bytes:
    """Another template with what it says, as `pdf` without a theme; raises `UnprintableError`."""
    paper = Paper(
        name="",
        said=json.dumps(said, ensure_ascii=False).encode(),
        at=at.replace(microsecond=0),
        logo=PLAIN.logo,
        font_folder=PLAIN.font_folder,
    )
    return _set(paper, template)


def _set(paper: Paper, template: str) -> bytes:
    import typst  # noqa: PLC0415 - 40 ms that only who prints has to wait for

    source = resources.files("gateway") / "templates" / template
    sources = {"main": source.read_bytes()}
    if paper.logo:
        sources[_LOGO] = paper.logo
    try:
        made: bytes = typst.compile(  # type: ignore[call-overload]  # its stub knows one file only
            sources,
            format="pdf",
            font_paths=_fonts(paper.font_folder),
            sys_inputs={"said": paper.said.decode()},
            pdf_standards=_STANDARDS,
            timestamp=paper.at,
        )
        return made
    except (typst.TypstError, RuntimeError):
        pass
    # Outside: the error shows the text that could not be set.
    raise UnprintableError


@cache
def _fonts(folder: str) -> typst.Fonts:
    # Read once: that is a third of what a page costs.
    import typst  # noqa: PLC0415 - as above

    return typst.Fonts(include_system_fonts=False, font_paths=[folder] if folder else [])


def _section(section: Section) -> dict[str, object]:
    return {
        "heading": section.heading,
        "lead": section.lead,
        "facts": section.facts,
        "points": section.points,
        "tables": [
            {"caption": each.caption, "headings": each.headings, "rows": each.rows}
            for each in section.tables
        ],
        "charts": [asdict(each) for each in section.charts],
        "closing": section.closing,
    }
