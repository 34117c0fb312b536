"""The articles of the covenant by number, so that whatever names one can be held to it."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from gateway.domain.toml_text import parsed

_NUMBER = re.compile(r"(\d+)(?:\.(\d+)|([a-z]))?")
_NAMED = re.compile(r"\b(?:artikel|article|art\.)\s*(\d+\.\d+)", re.IGNORECASE)


class ArticlesError(Exception):
    """The list is not well formed; names the entry."""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)

    titles: dict[str, str]
    text: dict[str, str]


class Articles:
    """The list, loaded from the text of ``policies/covenant.articles.toml``.

    A number is that of an article (``15``), a paragraph (``12.4``) or a term of
    article 1 (``1c``).
    """

    def __init__(self, text: str) -> None:
        file = parsed(text, _File, ArticlesError)
        self._titles = file.titles
        self._text = file.text
        for number in (*self._titles, *self._text):
            if not _NUMBER.fullmatch(number) or _article(number) not in self._titles:
                raise ArticlesError(f"{number}: not the number of an article with a title")

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number there is, in the covenant's order."""
        return tuple(sorted({*self._titles, *self._text}, key=place_of))

    def __contains__(self, number: str) -> bool:
        return number in self._titles or number in self._text

    def title(self, number: str) -> str:
        """The heading of the article this number belongs to; empty for one that is not there."""
        return self._titles.get(_article(number), "")

    def text(self, number: str) -> str:
        """What the paragraph or term says, in Dutch; empty for an article as a whole."""
        return self._text.get(number, "")


def place_of(number: str) -> tuple[int, int, str]:
    """Where a number stands in the covenant; sorts ``9`` before ``12.2`` before ``12.10``."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        return (0, 0, number)
    return (int(found[1]), int(found[2] or 0), found[3] or "")


def named_in(text: str) -> tuple[str, ...]:
    """The paragraphs of the covenant that a sentence names, as ``artikel 12.5``.

    Dutch acts number their paragraphs without a dot ("artikel 35 lid 3").
    """
    return tuple(found[1] for found in _NAMED.finditer(text))


def _article(number: str) -> str:
    found = _NUMBER.fullmatch(number)
    return found[1] if found else ""
