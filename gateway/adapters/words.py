"""Words, dates and numbers as people read them, in one language.

The catalogues are gettext's own (``gateway/locale``), read as they are edited:
there is no compiled copy that could differ from what was reviewed.
"""

from __future__ import annotations

import gettext
import io
import re
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from babel.dates import get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from gateway.domain.texts import Language

if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from decimal import Decimal

    from babel.messages.catalog import Catalog

_INDEX = re.compile(r"\[(\d+)\]")
_REPORT = re.compile(r"^berichten\[\d+\]\.?")


class Words:
    """One language's way of saying things, from one catalogue; immutable once made."""

    def __init__(self, language: Language, catalogue: str = "letters") -> None:
        self.language = language
        self._catalogue, self._fields = _catalogue(language, catalogue)
        self._months = get_month_names("wide", locale=language.value)
        self._short_months = get_month_names("abbreviated", locale=language.value)

    @property
    def tag(self) -> str:
        """The language as a document names it (BCP 47)."""
        return self.language.value

    def say(self, text: str) -> str:
        """A sentence, by its Dutch wording."""
        return self._catalogue.gettext(text)

    def code(self, kind: str, code: str) -> str:
        """What a code means; `kind` names the list it comes from."""
        return self._catalogue.pgettext(kind, code)

    def field(self, path: str) -> str:
        """The name of the field at a wire path, with its number in a list."""
        inside = _REPORT.sub("", path)
        known = _INDEX.sub("[]", inside)
        if not inside:
            return path or self.say("het bestand")
        if known not in self._fields:
            return self.say("gegeven dat niet in de bijsluiter staat")
        name = self._catalogue.pgettext("veld", known)
        numbers = ".".join(str(int(number) + 1) for number in _INDEX.findall(inside))
        return f"{name} ({numbers})" if numbers else name

    def month(self, day: date) -> str:
        """mrt 2026."""
        return f"{self._short_months[day.month].rstrip('.')} {day.year}"

    def date(self, day: date) -> str:
        """3 maart 2026."""
        return f"{day.day} {self._months[day.month]} {day.year}"

    def moment(self, instant: datetime, zone: tzinfo) -> str:
        """3 maart 2026 om 09:05 uur, on the clock of `zone`."""
        local = instant.astimezone(zone)
        return self.say("{datum} om {tijd} uur").format(
            datum=self.date(local.date()), tijd=f"{local:%H:%M}"
        )

    def partial_date(self, text: str) -> str:
        """A date of which the day, or the month too, may be unknown."""
        parts = [int(part) for part in text.split("-")]
        if len(parts) == 3:
            return self.date(date(parts[0], parts[1], parts[2]))
        if len(parts) == 2:
            return self.say("in {wanneer}").format(wanneer=f"{self._months[parts[1]]} {parts[0]}")
        return self.say("in {wanneer}").format(wanneer=parts[0])

    def amount(self, euros: Decimal) -> str:
        """1.234,50 euro."""
        plain = f"{euros:,.2f}"
        if self.language.value == "nl":
            plain = plain.translate({ord(","): ".", ord("."): ","})
        return f"{plain} euro"

    def number(self, whole: int) -> str:
        """1.234."""
        return f"{whole:,}".replace(",", "." if self.language.value == "nl" else ",")


def sentences(language: Language, catalogue: str) -> tuple[tuple[str, str], ...]:
    """Everything that a catalogue says, each with the wording it is found by."""
    return tuple((str(each.id), str(each.string)) for each in _read(language, catalogue) if each.id)


def messages(catalogue: str) -> dict[tuple[str | None, str], str]:
    """Everything that a catalogue says in Dutch, by context and wording or code."""
    found = _read(Language.NL, catalogue)
    return {(each.context, str(each.id)): str(each.string) for each in found if each.id}


def _read(language: Language, catalogue: str) -> Catalog:
    folder = resources.files("gateway") / "locale" / language.value / "LC_MESSAGES"
    with (folder / f"{catalogue}.po").open("rb") as source:
        return read_po(source, locale=language.value)


@cache
def _catalogue(
    language: Language, catalogue: str
) -> tuple[gettext.NullTranslations, frozenset[str]]:
    messages = _read(language, catalogue)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    fields = frozenset(str(each.id) for each in messages if each.context == "veld")
    return gettext.GNUTranslations(compiled), fields
