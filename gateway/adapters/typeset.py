"""A page as a printable letter: PDF/UA-1 (ISO 14289-1), tagged, with its fonts inside.

What it says goes to the template as data and is never read as markup, so that a
name is only a name.  Fonts come with the library; none of the machine's are used,
and nothing is fetched.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.page import Page, Section


class UnprintableError(ValueError):
    """Something in the letter cannot be set, such as a script that no font here has."""


def pdf(page: Page, *, author: str, at: datetime) -> bytes:
    """The letter as PDF, the same bytes for the same page and time; raises `UnprintableError`."""
    said = {
        "language": page.language,
        "title": page.title,
        "author": author,
        "lead": page.lead,
        "sections": [_section(each) for each in page.sections],
    }
    return compiled("letter.typ", said, at=at)


def compiled(template: str, said: object, *, at: datetime) -> bytes:
    """One of the templates with what it says, as `pdf`; raises `UnprintableError`."""
    import typst  # noqa: PLC0415 - 40 ms that only who prints has to wait for

    source = resources.files("gateway") / "templates" / template
    try:
        return typst.compile(
            source.read_bytes(),
            format="pdf",
            sys_inputs={"said": json.dumps(said, ensure_ascii=False)},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
            timestamp=at.replace(microsecond=0),
        )
    except typst.TypstError:
        pass
    # Outside: the error shows the text that could not be set.
    raise UnprintableError


def _section(section: Section) -> dict[str, object]:
    return {
        "heading": section.heading,
        "lead": section.lead,
        "facts": section.facts,
        "points": section.points,
        "closing": section.closing,
    }
