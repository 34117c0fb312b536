"""What a correction says of the report that it replaces, and what others who got that read."""

from __future__ import annotations

from itertools import count as count_from
from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Section, Table
from gateway.domain.bijsluiter import Category
from gateway.domain.replacing import without_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from gateway.adapters.words import Words
    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.replacing import Earlier

    Sections = Callable[[Bericht, Words], tuple[Section, ...]]

# What a reader finds under one name: in which section, and as what.
Told = dict[tuple[str, str], str]


def changed(
    earlier: Earlier | None, now: Bericht, words: Words, *, sections: Sections
) -> Iterator[Section]:
    """Each thing that differs: what it was and what it is; nothing where nothing may be shown.

    `sections` say a report in words, the same ones that the letter itself uses.
    """
    if earlier is None:
        return
    before = _told(sections(earlier.content, words))
    rows = [*_rows(before, _told(sections(without_texts(now), words)), words)]
    rows += [*_texts(earlier, words)]
    heading = words.say("Wat er is veranderd")
    if not rows:
        same = words.say("De gegevens die wij konden vergelijken, zijn gelijk gebleven.")
        yield Section(heading=heading, points=(same,))
        return
    headings = tuple(words.say(name) for name in ("Gegeven", "Eerst", "Nu"))
    caption = words.say("Vergeleken met het eerdere bericht")
    table = Table(caption=caption, headings=headings, rows=tuple(rows))
    yield Section(heading=heading, tables=(table,))


def replaced_page(bericht_id: UUID, words: Words, *, contact: str, reference: str) -> Page:
    """That a report counts no more: its number and reference, and nothing about anybody."""
    say = words.say
    return Page(
        language=words.language.value,
        title=say("Gebruik een eerder bericht niet meer"),
        lead=(
            say(
                "U kreeg eerder een bericht van het uitwisselpunt. De afzender heeft dat bericht "
                "vervangen. De gegevens in het eerdere bericht kloppen niet meer."
            ),
        ),
        sections=(
            Section(
                heading=say("Wat u moet weten"),
                facts=((say("Berichtnummer"), str(bericht_id)), (say("Referentie"), reference)),
                points=(
                    say(
                        "Gebruik het eerdere bericht niet meer. Hebt u het bewaard of "
                        "doorgegeven? Zet er dan bij dat het is vervangen."
                    ),
                    say(
                        "U krijgt het nieuwe bericht niet: u bent niet meer de aangewezen "
                        "contactpersoon. Vraag ernaar bij wie dat nu wel is."
                    ),
                    say("Vragen over het uitwisselpunt? {contact}").format(contact=contact),
                ),
            ),
        ),
    )


def _told(sections: Sequence[Section]) -> Told:
    """Everything in these sections by its name; rows of a table by what stands first in them."""
    found: Told = {}
    for section in sections:
        for name, value in section.facts:
            _tell(found, section.heading, name, value)
        for table in section.tables:
            for row in table.rows:
                for heading, value in zip(table.headings[1:], row[1:], strict=True):
                    _tell(found, table.caption, f"{row[0]}, {heading.lower()}", value)
    return found


def _tell(found: Told, where: str, name: str, value: str) -> None:
    # One exam may have been passed at two levels.
    times = next(count for count in count_from(1) if (where, _nth(name, count)) not in found)
    found[where, _nth(name, times)] = value


def _nth(name: str, times: int) -> str:
    return name if times == 1 else f"{name} ({times})"


def _rows(before: Told, now: Told, words: Words) -> Iterator[tuple[str, str, str]]:
    gone, absent = words.say("staat er niet meer in"), words.say("stond er niet in")
    nothing = {gone, absent, words.say("niet vermeld")}
    for where in (*now, *(each for each in before if each not in now)):
        was, became = before.get(where, absent), now.get(where, gone)
        if was != became and not {was, became} <= nothing:
            yield (": ".join(where), was, became)


def _texts(earlier: Earlier, words: Words) -> Iterator[tuple[str, str, str]]:
    names = {
        Category.P4: words.say("Bijzonderheden"),
        Category.P1: words.say("Wijziging van het plan"),
    }
    for category, name in names.items():
        if category in earlier.texts_differ:
            yield (name, words.say("anders"), words.say("zie hierboven"))
