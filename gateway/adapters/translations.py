"""Letters in languages that come from a municipality's own translators, as files beside ours."""

from __future__ import annotations

import gettext
import io
import re
from typing import TYPE_CHECKING

from babel.core import Locale, UnknownLocaleError
from babel.dates import get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from gateway.adapters.words import Words, messages
from gateway.domain.texts import Language

if TYPE_CHECKING:
    from pathlib import Path

_PLACEHOLDER = re.compile(r"\{\w+\}")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


class TranslationError(ValueError):
    """A file of translations cannot be used; says which and why, none of its text."""


class Translated(Words):
    """A catalogue of ours in another language; numbers, fields and codes only where it has them."""

    def __init__(self, tag: str, file: Path, catalogue: str) -> None:
        """Raises `TranslationError` unless the file says everything that ours does."""
        super().__init__(Language.NL, catalogue)
        self._tag = tag
        try:
            locale = Locale.parse(tag, sep="-")
            with file.open("rb") as source:
                found = read_po(source, locale=locale, abort_invalid=True)
        except (UnknownLocaleError, ValueError, PoFileError):
            raise TranslationError(f"{file.name}: not a catalogue in a known language") from None
        except OSError as error:
            raise TranslationError(f"{file.name}: {error.strerror}") from None
        said = {(each.context, str(each.id)): str(each.string) for each in found if each.id}
        lacking = [key for key, ours in messages(catalogue).items() if not _same(ours, said, key)]
        if lacking:
            raise TranslationError(f"{file.name}: {len(lacking)} of its texts are not translated")
        compiled = io.BytesIO()
        write_mo(compiled, found)
        compiled.seek(0)
        self._catalogue = gettext.GNUTranslations(compiled)
        self._months = get_month_names("wide", locale=locale)

    @property
    def tag(self) -> str:
        """As given."""
        return self._tag


def words_for(tag: str, folder: Path | None, catalogue: str, *, file: str) -> tuple[Words, str]:
    """The words for readers of this language, and what is wrong with their translation.

    Dutch where there is none, or none that can be used; `file` names it, before its language.
    """
    if tag in {each.value for each in Language}:
        return Words(Language(tag), catalogue), ""
    dutch = Words(Language.NL, catalogue)
    if folder is None or _TAG.fullmatch(tag) is None:
        return dutch, f"{tag}: no translation"
    place = folder / f"{file}.{tag}.po"
    if not place.is_file():
        return dutch, f"{tag}: no translation"
    try:
        return Translated(tag, place, catalogue), ""
    except TranslationError as error:
        return dutch, str(error)


def _same(ours: str, said: dict[tuple[str | None, str], str], key: tuple[str | None, str]) -> bool:
    theirs = said.get(key, "")
    return bool(theirs) and sorted(_PLACEHOLDER.findall(theirs)) == sorted(
        _PLACEHOLDER.findall(ours)
    )
