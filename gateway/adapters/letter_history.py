"""Levels and hours of this period beside those that the recipient had before.

A table says it all; a line for the eye is drawn from the same numbers, and described in
words for who does not see it.  Levels lie on one scale, in the order of the bijsluiter's
code list: literacy levels first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.page import Chart, Line, Section, Table
from gateway.domain.bijsluiter import Niveau, Vaardigheid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.adapters.words import Words
    from gateway.domain.bijsluiter import Voortgang
    from gateway.domain.earlier import EarlierReport

_SCALE = (
    Niveau.ALFA_A, Niveau.ALFA_B, Niveau.ALFA_C, Niveau.A0, Niveau.A1, Niveau.A2, Niveau.B1,
    Niveau.B2,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One thing that is followed over time; None where a period does not tell it."""

    name: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Rows on one scale: how a value is written, and which values the axis names."""

    caption: str
    rows: tuple[_Row, ...]
    name: Callable[[int], str]
    steps: Sequence[int]


def history(
    earlier: Sequence[EarlierReport],
    now: Voortgang,
    words: Words,
    period: Callable[[Voortgang, Words], str],
) -> Section | None:
    """None where nothing was told before; `period` writes a period as the report does."""
    if not earlier:
        return None
    over = (*(each.voortgang for each in earlier), now)
    levels, hours = _levels(over, words), _hours(over, words)
    kinds = (
        _Kind(
            caption=words.say("Verloop van het taalniveau"),
            rows=levels,
            name=lambda value: words.code("niveau", _SCALE[value]),
            steps=_level_steps(levels),
        ),
        _Kind(
            caption=words.say("Verloop van de uren"),
            rows=hours,
            name=words.number,
            steps=_hour_steps(hours),
        ),
    )
    told = [kind for kind in kinds if kind.rows]
    names = [period(each, words) for each in over]
    moments = tuple(words.month(each.periode.tot_en_met) for each in over)
    return Section(
        heading=words.say("Verloop tot nu toe"),
        lead=(words.say("U kreeg de eerdere perioden al. Hier staan ze bij elkaar."),),
        tables=tuple(_table(kind, words, names) for kind in told),
        charts=tuple(_chart(kind, moments) for kind in told),
    )


def _levels(over: Sequence[Voortgang], words: Words) -> tuple[_Row, ...]:
    rows = (
        _Row(
            name=words.code("vaardigheid", skill),
            values=tuple(_level(each, skill) for each in over),
        )
        for skill in Vaardigheid
    )
    return tuple(row for row in rows if _known(row))


def _level(voortgang: Voortgang, skill: Vaardigheid) -> int | None:
    found = (each.huidig for each in voortgang.taalniveaus or () if each.vaardigheid is skill)
    level = next(found, None)
    return None if level is None else _SCALE.index(level)


def _hours(over: Sequence[Voortgang], words: Words) -> tuple[_Row, ...]:
    attended = [each.gevolgde_uren for each in over]
    rows = (
        _Row(
            name=words.say("Aangeboden uren"),
            values=tuple(each.aangeboden_uren for each in over),
        ),
        _Row(
            name=words.say("Gevolgde uren"),
            values=tuple(each.formeel if each else None for each in attended),
        ),
        _Row(
            name=words.say("Gevolgde non-formele uren"),
            values=tuple(each.non_formeel if each else None for each in attended),
        ),
    )
    return tuple(row for row in rows if _known(row))


def _known(row: _Row) -> bool:
    return any(value is not None for value in row.values)


def _table(kind: _Kind, words: Words, periods: Sequence[str]) -> Table:
    columns, nothing = [row.values for row in kind.rows], words.say("niet vermeld")
    return Table(
        caption=kind.caption,
        headings=(words.say("Periode"), *(row.name for row in kind.rows)),
        rows=tuple(
            (period, *(nothing if value is None else kind.name(value) for value in values))
            for period, *values in zip(periods, *columns, strict=True)
        ),
    )


def _chart(kind: _Kind, moments: tuple[str, ...]) -> Chart:
    low, high = min(kind.steps), max(kind.steps)

    def height(value: int) -> float:
        return (value - low) / (high - low)

    return Chart(
        caption=kind.caption,
        alt=" ".join(_described(row, kind.name, moments) for row in kind.rows),
        moments=moments,
        steps=tuple((kind.name(value), height(value)) for value in kind.steps),
        lines=tuple(
            Line(
                name=row.name,
                heights=tuple(None if value is None else height(value) for value in row.values),
            )
            for row in kind.rows
        ),
    )


def _described(row: _Row, name: Callable[[int], str], moments: Sequence[str]) -> str:
    pairs = zip(moments, row.values, strict=True)
    told = ", ".join(f"{when} {name(value)}" for when, value in pairs if value is not None)
    return f"{row.name}: {told}."


def _level_steps(rows: Sequence[_Row]) -> range:
    """Every level between the lowest and the highest, and one more where they are the same."""
    found = [value for row in rows for value in row.values if value is not None] or [0]
    low = min(*found, len(_SCALE) - 2)
    return range(low, max(*found, low + 1) + 1)


def _hour_steps(rows: Sequence[_Row]) -> tuple[int, ...]:
    """Nothing, half and all of the most hours, which is rounded up to a number to read."""
    most = max((value for row in rows for value in row.values if value is not None), default=0)
    unit = 10 ** max(1, len(str(most)) - 1)
    top = max(unit, -(-most // unit) * unit)
    return (0, top // 2, top)
