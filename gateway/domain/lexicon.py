"""The scanner's lexicon: which words point at what, as ``policies/lexicon.toml`` says."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from gateway.domain.annotations import Kind
from gateway.domain.toml_text import parsed

# As text is compared: letters without capitals or accents, and a few signs inside a word.
# A star stands beside a letter: alone it would be any word.
_WORD = r"[a-z0-9]+(?:['\-][a-z0-9]+)*\*?"
_TERM = rf"^\*?{_WORD}(?: {_WORD})*$"

Term = Annotated[str, StringConstraints(pattern=_TERM, max_length=60)]


class LexiconError(Exception):
    """The lexicon is not well formed; names the place."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)


class Category(_Strict):
    """Words that point at one kind of data; `article` of the AVG, empty outside 9 and 10."""

    model_config = ConfigDict(str_min_length=0)

    kind: Kind
    article: str
    nl: str
    en: str
    terms: tuple[Term, ...]
    ordinary: tuple[Term, ...]


class _File(_Strict):
    version: str
    category: tuple[Category, ...]


class Lexicon:
    """What the file says; raises `LexiconError` where it says something twice or in no form."""

    def __init__(self, text: str) -> None:
        file = parsed(text, _File, LexiconError)
        self.version = file.version
        self.categories = file.category
        kinds = [each.kind for each in file.category]
        if len(set(kinds)) < len(kinds):
            raise LexiconError("a category stands there twice")
        for category in file.category:
            for terms in (category.terms, category.ordinary):
                twice = {term for term in terms if terms.count(term) > 1}
                if twice:
                    raise LexiconError(f"twice in {category.kind}: {', '.join(sorted(twice))}")


def words_of(term: str) -> tuple[str, ...]:
    """The words of a term as they stand in a text, one after another; stars stay."""
    return tuple(found.group() for found in re.finditer(r"[a-z0-9*]+", term))
