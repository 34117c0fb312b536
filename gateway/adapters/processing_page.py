"""The register of article 30 AVG for people, as one page that is printed or read as text.

Dutch only: what it tells is Dutch in the file it comes from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.processing import Ground, Named, Retention
    from gateway.domain.processing_export import ArticleThirty, Entry
    from gateway.domain.processing_record import Recorded

_DURATION = re.compile(r"P(\d+)([YMD])")
_UNITS = {"Y": ("jaar", "jaar"), "M": ("maand", "maanden"), "D": ("dag", "dagen")}
# What Markdown would read as markup or HTML within a line (CommonMark 0.31, 2.4).
_MARKUP = re.compile(r"([\\`*_\[\]<>&])")


class RegisterPages:
    """Pure rendering: the same register gives the same page."""

    def __init__(self, words: Words, zone: tzinfo) -> None:
        self._words = words
        self._zone = zone

    def page(self, register: ArticleThirty) -> Page:
        """The whole register; the letters behind a heading are those of article 30(1)."""
        return Page(
            language="nl",
            title="Register van verwerkingsactiviteiten",
            lead=(
                "Artikel 30 lid 1 van de Algemene verordening gegevensbescherming (AVG).",
                register.note,
            ),
            sections=(
                self._controller(register),
                *(self._activity(each) for each in register.entries),
                *self._earlier(register.earlier),
            ),
        )

    def _controller(self, register: ArticleThirty) -> Section:
        return Section(
            heading="Verwerkingsverantwoordelijke (a)",
            facts=(
                ("Naam", register.municipality),
                ("Contact", register.contact),
                ("Functionaris voor gegevensbescherming", register.officer or "niet ingevuld"),
                ("Datum van dit overzicht", self._day(register.made_at)),
            ),
        )

    def _activity(self, entry: Entry) -> Section:
        activity = entry.activity
        return Section(
            heading=activity.name,
            facts=(
                ("Nummer", f"{activity.activity_id} (vanaf {self._day(entry.since)})"),
                ("Rol van de gemeente (a)", activity.role),
                ("Gezamenlijk verantwoordelijk (a)", _listed(activity.joint)),
                ("Verwerkers", _listed(activity.processors)),
                ("Andere verantwoordelijken", activity.others),
                ("Doelen (b)", _listed(activity.purposes)),
                ("Grondslag", _listed(map(_ground, activity.grounds))),
                ("Betrokkenen (c)", _listed(map(_words, activity.subjects))),
                ("Persoonsgegevens (c)", _listed(map(_coded, activity.data))),
                ("Ontvangers (d)", _listed(map(_words, activity.recipients))),
                ("Doorgifte aan derde landen (e)", _listed(activity.third_countries)),
                ("Bewaartermijnen (f)", _listed(map(_term, activity.retention))),
                ("Beveiliging (g)", _listed(map(_words, activity.measures))),
            ),
        )

    def _earlier(self, earlier: Sequence[Recorded]) -> tuple[Section, ...]:
        if not earlier:
            return ()
        points = tuple(
            f"{each.activity_id}, van {self._day(each.since)}"
            + (f" tot {self._day(each.until)}" if each.until else "")
            for each in earlier
        )
        return (Section(heading="Eerdere nummers", points=points),)

    def _day(self, instant: datetime) -> str:
        return self._words.date(instant.astimezone(self._zone).date())


def markdown(page: Page) -> str:
    """A page without tables as Markdown; what it says is text there too, never markup."""
    lines = [f"# {_plain(page.title)}", *map(_plain, page.lead)]
    for section in page.sections:
        lines.append(f"## {_plain(section.heading)}")
        lines += map(_plain, section.lead)
        items = [f"- **{_plain(name)}**: {_plain(value)}" for name, value in section.facts]
        items += [f"- {_plain(point)}" for point in section.points]
        lines += ["\n".join(items)] if items else []
        lines += map(_plain, section.closing)
    return "\n\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _listed(found: Iterable[str]) -> str:
    return "; ".join(found) or "geen"


def _words(named: Named) -> str:
    return named.words


def _coded(named: Named) -> str:
    return f"{named.words} ({named.code})"


def _ground(ground: Ground) -> str:
    regimes = " en ".join(each.value for each in ground.regimes)
    articles = ", ".join(f"{each.code} ({each.words})" for each in ground.articles)
    return f"{regimes}: {ground.text}, op {articles}"


def _term(term: Retention) -> str:
    regimes = " en ".join(each.value for each in term.regimes)
    return f"{term.what} ({regimes}): {_long(term.duration)} {term.since}"


def _long(duration: str) -> str:
    found = _DURATION.fullmatch(duration)
    if found is None:
        return f"{duration} na"
    count, (one, many) = int(found[1]), _UNITS[found[2]]
    return f"{count} {one if count == 1 else many} na" if count else "tot"
