"""What the recipient of a report had before about the same person, and how much of it is told.

Only numbers are repeated (levels and hours), only to whom already had them, and only
what the rules of today would share again: see `gateway.pipeline.recalling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.bijsluiter import GevolgdeUren, Taalniveau, Voortgang
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.whom import Whom

# A year and a half of quarters: what a line on paper can still show.
MOST_PERIODS = 6
# What one walk opens again: enough for a document of many people each with their own history
# of a few documents, and few enough not to keep the next mail waiting.
MOST_MAILS = 24
MOST_BYTES = 8_000_000


class SentBefore(NamedTuple):
    """A mail whose original is still there, and the places in it of reports that were sent."""

    trace: str
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EarlierReport(Silent):
    """The progress in a report that this recipient had before, as today's rules share it.

    `trace` and `number` say which report it was, for the record.
    """

    whom: Whom
    trace: str
    number: int
    bericht_id: UUID
    replaces: UUID | None
    voortgang: Voortgang


def opened_again(rows: Iterable[tuple[str, int, int, bool]]) -> tuple[SentBefore, ...]:
    """Which mails a walk opens again, oldest first.

    A row is (trace, size, place of a report, whether only its header is kept), the report
    that was sent last first.
    """
    numbers: dict[str, set[int]] = {}
    total = 0
    for trace, size, number, oversize in rows:
        if trace not in numbers:
            if oversize or len(numbers) == MOST_MAILS or total + size > MOST_BYTES:
                continue
            total += size
        numbers.setdefault(trace, set()).add(number)
    found = [SentBefore(trace, frozenset(places)) for trace, places in numbers.items()]
    return tuple(reversed(found))


def told(bericht: Bericht, earlier: Sequence[EarlierReport]) -> tuple[EarlierReport, ...]:
    """Those of them to tell beside this report, oldest first; given in the order they were sent.

    Nothing that was corrected since, by this report or an earlier one; each period once, as
    it was sent last; and only periods that were over when this report's began, so that no
    hour counts twice.  Of each only levels and hours, and only of a kind that this report
    tells itself: what is on record as shared by it covers these too.
    """
    now = bericht.voortgang
    if now is None:
        return ()
    corrected = {each.replaces for each in earlier} | {bericht.vervangt, bericht.bericht_id}
    standing = [each for each in earlier if each.bericht_id not in corrected]
    # Last sent first: of two that overlap, the later one counts.
    chosen: list[EarlierReport] = []
    for each in reversed(standing):
        others = [now, *(one.voortgang for one in chosen)]
        before = each.voortgang.periode.tot_en_met < now.periode.van
        if before and not any(_overlap(each.voortgang, other) for other in others):
            chosen.append(each)
    chosen.sort(key=lambda each: each.voortgang.periode.van)
    return tuple(_figures_of(each, now) for each in chosen[-MOST_PERIODS:])


def _figures_of(each: EarlierReport, now: Voortgang) -> EarlierReport:
    return EarlierReport(
        whom=each.whom,
        trace=each.trace,
        number=each.number,
        bericht_id=each.bericht_id,
        replaces=each.replaces,
        voortgang=_figures(each.voortgang, now),
    )


def _figures(then: Voortgang, now: Voortgang) -> Voortgang:
    levels = then.taalniveaus if now.taalniveaus else None
    return Voortgang(
        periode=then.periode,
        taalniveaus=tuple(
            Taalniveau(vaardigheid=each.vaardigheid, huidig=each.huidig) for each in levels or ()
        )
        or None,
        gevolgde_uren=_attended(then.gevolgde_uren, now.gevolgde_uren),
        aangeboden_uren=None if now.aangeboden_uren is None else then.aangeboden_uren,
    )


def _attended(then: GevolgdeUren | None, now: GevolgdeUren | None) -> GevolgdeUren | None:
    if then is None or now is None:
        return None
    return GevolgdeUren(
        formeel=None if now.formeel is None else then.formeel,
        non_formeel=None if now.non_formeel is None else then.non_formeel,
    )


def _overlap(one: Voortgang, other: Voortgang) -> bool:
    return (
        one.periode.van <= other.periode.tot_en_met and other.periode.van <= one.periode.tot_en_met
    )
