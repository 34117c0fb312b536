"""The section on breaches: how long they are kept, and in which languages people read of them."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, field_validator

from gateway.config.section import Section

_LEAST_YEARS = 3  # BIO2 5.28.01
_YEARS = re.compile(r"P(\d{1,2})Y")


class BreachesSection(Section):
    """What is ours to set of the register of breaches."""

    keep: str = Field(
        default="P3Y", description="how long a breach is kept once closed, P3Y or more"
    )
    translations: Path | None = Field(
        default=None,
        description="a folder of letters to people in other languages: breaches.LANGUAGE.po",
    )

    @field_validator("keep")
    @classmethod
    def _long_enough(cls, term: str) -> str:
        found = _YEARS.fullmatch(term)
        if found is None or int(found[1]) < _LEAST_YEARS:
            raise ValueError("a number of whole years, three at least, as P3Y")
        return term
