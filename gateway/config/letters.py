"""The section on how letters look, and whether a report goes on paper too."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from gateway.config.section import Section


class LettersSection(Section):
    """The municipality's own look, from a file; plain without one."""

    theme: Path | None = Field(default=None, description="the theme file (TOML)")
    pdf: bool = Field(default=True, description="a report has a PDF with it, for the file")
