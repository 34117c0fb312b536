"""What became of a report the first time, for the contact who sends it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.letter_reasons import Places
from gateway.domain.outcomes import Ended
from gateway.domain.stages import Withheld
from gateway.domain.stops import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from gateway.adapters.letter_reasons import Reasons
    from gateway.adapters.page import Table
    from gateway.adapters.words import Words
    from gateway.domain.outcomes import Settled
    from gateway.domain.resending import First
    from gateway.domain.wire import Json


class Again:
    """Says a first result in one language, on one clock."""

    def __init__(self, words: Words, zone: tzinfo, reasons: Reasons) -> None:
        self._words = words
        self._zone = zone
        self._reasons = reasons

    def lead(self, outcomes: Sequence[Settled]) -> str:
        """That the whole document was here before; empty where it was not, or not at once."""
        firsts = [each.first if isinstance(each, Ended) else None for each in outcomes]
        first = firsts[0] if firsts else None
        if first is None or any(each is None or each.trace != first.trace for each in firsts):
            return ""
        return self._words.say(
            "U hebt deze bijsluiter al eerder gestuurd. Wij kregen hem op {moment}. "
            "Hieronder staat wat er toen mee is gebeurd."
        ).format(moment=self._moment(first))

    def became(self, ended: Ended) -> str:
        """What became of it, in the overview; empty where that is told like any other stop."""
        say, first = self._words.say, ended.first
        if Reason.DUPLICATE_REPORT in ended.stop.reasons and first is not None and first.sent_at:
            return say("al doorgegeven op {moment}").format(
                moment=self._words.moment(first.sent_at, self._zone)
            )
        if {Reason.DUPLICATE_REPORT, Reason.DELIVERED_BEFORE} & set(ended.stop.reasons):
            return say("al eerder doorgegeven")
        return say("wacht al op de gemeente") if Reason.REPORT_WAITS in ended.stop.reasons else ""

    def facts(self, first: First) -> Iterator[tuple[str, str]]:
        """When it came, under which reference, what became of it, and for whom."""
        say = self._words.say
        yield (
            say("Eerste keer"),
            say("ontvangen op {moment}, referentie {referentie}").format(
                moment=self._moment(first), referentie=first.trace
            ),
        )
        yield say("Uitkomst toen"), self._outcome(first)
        if not first.on_record:
            yield (
                say("Welke gegevens"),
                say("Dat staat niet meer in ons logboek. De bewaartermijn is voorbij."),
            )

    def withheld(self, first: First, limit: int) -> Iterator[Table]:
        """What was withheld then."""
        withheld = [Withheld(path=path, reason=reason) for path, reason in first.withheld]
        caption = self._words.say("Toen niet doorgegeven. {reden}")
        return self._reasons.withheld(withheld, limit, Places(self._words, {}), caption)

    def _outcome(self, first: First) -> str:
        say = self._words.say
        if first.waits:
            return self._words.code("uitkomst", Outcome.HOLD)
        if first.sent_at is None:
            return say("op weg naar {ontvanger}").format(ontvanger=self._recipient(first))
        return say("doorgegeven op {moment} aan {ontvanger}").format(
            moment=self._words.moment(first.sent_at, self._zone), ontvanger=self._recipient(first)
        )

    def _recipient(self, first: First) -> str:
        if first.role is None:
            return self._words.say("de contactpersoon")
        return f"{self._words.code('rol', first.role)}, {first.organisation}"

    def _moment(self, first: First) -> str:
        return self._words.moment(first.received_at, self._zone)


def first_as_file(first: First | None, limit: int) -> Json:
    """The same for ``ontvangstbewijs.json``."""
    if first is None:
        return None
    return {
        "referentie": first.trace,
        "ontvangen": first.received_at.isoformat(),
        "uitkomst": first.outcome.value,
        "redenen": [reason.value for reason in first.reasons],
        "verzonden": first.sent_at.isoformat() if first.sent_at else None,
        "ontvanger": {"rol": first.role.value, "organisatie": first.organisation}
        if first.role
        else None,
        "volledig": first.on_record,
        "doorgegeven": list(first.disclosed[:limit]),
        "nietDoorgegeven": [
            {"pad": path, "reden": reason.value} for path, reason in first.withheld[:limit]
        ],
    }
