"""What the sections of a dossier share: one way of saying things, and of setting rows out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.page import Section, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words


class Saying:
    """In the words of one catalogue, on the clock of one zone."""

    def __init__(self, words: Words, zone: tzinfo) -> None:
        self._words = words
        self._zone = zone

    def _tabled(
        self,
        heading: str,
        caption: str,
        headings: tuple[str, ...],
        rows: Sequence[tuple[str, ...]],
    ) -> Section:
        if not rows:
            return Section(heading=self._say(heading), lead=(self._say("Niets."),))
        table = Table(
            caption=self._say(caption),
            headings=tuple(map(self._say, headings)),
            rows=tuple(rows),
        )
        return Section(heading=self._say(heading), tables=(table,))

    def _say(self, text: str, **values: str) -> str:
        return self._words.say(text).format(**values)

    def _written_out(self, words: Words, kind: str, code: str) -> str:
        """What a code means, the code behind it; alone where nothing more is to be said."""
        said = words.code(kind, code)
        return code if said == code else f"{said} ({code})"

    def _day(self, instant: datetime | None) -> str:
        if instant is None:
            return self._say("onbekend")
        return self._words.date(instant.astimezone(self._zone).date())

    def _moment(self, instant: datetime) -> str:
        return self._words.moment(instant, self._zone)
