"""Why something did not go on: what, where, by which article, and what to do now.

Codes, articles, places and texts; never a value out of a report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.page import Table
from gateway.adapters.place_words import place_in
from gateway.domain.form_reading import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.adapters.words import Words
    from gateway.domain.stages import Withheld
    from gateway.domain.stops import Fault, Reason
    from gateway.domain.texts import Texts

ATTACHED = "bijlage["  # where the path of an attachment of the mail begins


class Places:
    """Where a sender finds a path: in the form that they filled in, or in the document."""

    def __init__(self, words: Words, places: Mapping[str, str], number: int | None = None) -> None:
        """`number` of the report whose paths are asked for; None for those of the document."""
        self._words = words
        self._places = places
        self._above = "" if number is None else f"berichten[{number}]."
        self.heading = "Plaats in uw formulier" if places else "Plaats in de bijsluiter"

    def of(self, path: str) -> str:
        """Sheet and cell where there is a form, else the path; in words for the whole."""
        place = place_in(self._words, place_of(self._places, self._above + path))
        if place:
            return f"{place[0].upper()}{place[1:]}"
        return path or self._words.say("De hele bijsluiter")


def report_heading(words: Words, number: int, kenmerk: str) -> str:
    """Over what is said of one report, the first being 0; `kenmerk` is empty where unreadable."""
    if not kenmerk:
        return words.say("Bericht {nummer}").format(nummer=number + 1)
    return words.say("Bericht {nummer}: {kenmerk}").format(nummer=number + 1, kenmerk=kenmerk)


class Reasons:
    """Says reasons and faults in one language."""

    def __init__(self, texts: Texts, words: Words) -> None:
        self._texts = texts
        self._words = words

    def facts(self, reasons: Sequence[Reason], where: str) -> tuple[tuple[str, str], ...]:
        """What, where, why and what now, reason by reason."""
        return tuple(fact for reason in reasons for fact in self._facts(reason, where))

    def _facts(self, reason: Reason, where: str) -> Iterator[tuple[str, str]]:
        say, text = self._words.say, self._texts.reason(reason)
        yield say("Wat is er"), text.said(self._words.language)
        yield say("Waar"), where
        yield say("Waarom"), self._why(reason)
        yield say("Wat nu"), text.to_sender(self._words.language)

    def _why(self, reason: Reason) -> str:
        say, article = self._words.say, self._texts.reason(reason).article
        if article:
            return say("Convenant, artikel {artikel}").format(artikel=article)
        if reason.value.startswith("mail/"):
            return say("Technische regel: anders kunnen wij de mail niet veilig lezen")
        return say("Dit ligt niet aan uw bericht, maar aan het uitwisselpunt of de gemeente")

    def in_one_go(self, reasons: Sequence[Reason]) -> tuple[str, ...]:
        """Each in one paragraph: what, by which article, and what to do now."""
        return tuple(self._because_and_so(each) for each in reasons)

    def said(self, reason: Reason) -> str:
        """What is the matter."""
        return self._texts.reason(reason).said(self._words.language)

    def advice(self, reason: Reason) -> str:
        """What whoever acts on it has to do."""
        return self._texts.reason(reason).advice(self._words.language)

    def _because_and_so(self, reason: Reason) -> str:
        what_to_do = self._texts.reason(reason).to_sender(self._words.language)
        return f"{self._because(reason)} {what_to_do}"

    def _because(self, reason: Reason) -> str:
        text = self._texts.reason(reason)
        if not text.article:
            return text.said(self._words.language)
        return self._words.say("{reden} (Convenant, artikel {artikel}.)").format(
            reden=text.said(self._words.language), artikel=text.article
        )

    def withheld(
        self, withheld: Sequence[Withheld], limit: int, places: Places, caption: str = ""
    ) -> Iterator[Table]:
        """One table for each reason; `caption` says of what, when it is not of now."""
        say = self._words.say
        for reason in dict.fromkeys(each.reason for each in withheld):
            paths = [each.path for each in withheld if each.reason is reason]
            yield Table(
                caption=(caption or say("Niet doorgegeven. {reden}")).format(
                    reden=self._because_and_so(reason)
                ),
                headings=(say("Gegeven"), say(places.heading)),
                rows=self._first(
                    [(self._words.field(path), places.of(path)) for path in paths[:limit]],
                    len(paths),
                ),
            )

    def faults(
        self, caption: str, faults: Sequence[Fault], limit: int, places: Places
    ) -> Iterator[Table]:
        """What is wrong, by name and place: in the sender's form where it was one."""
        say = self._words.say
        rows = [
            (
                self._words.field(each.path),
                self._place(each.path, places),
                self._texts.fault(each.kind).said(self._words.language),
            )
            for each in faults[:limit]
        ]
        if rows:
            headings = (say("Gegeven"), say(places.heading), say("Wat is er mis"))
            yield Table(caption=caption, headings=headings, rows=self._first(rows, len(faults)))

    def _place(self, path: str, places: Places) -> str:
        # An attachment is in the mail, and in no form and no document.
        return (
            self._words.say("De mail als geheel") if path.startswith(ATTACHED) else places.of(path)
        )

    def _first(self, rows: Sequence[tuple[str, ...]], total: int) -> tuple[tuple[str, ...], ...]:
        if total <= len(rows):
            return tuple(rows)
        more = self._words.say("en nog {aantal}").format(aantal=total - len(rows))
        return (*rows, (more, *("" for _ in rows[0][1:])))
