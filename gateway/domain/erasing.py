"""When somebody's data may go: grounds to erase, and what bars it (AVG 17(1) and (3)).

Everything here counts what the register knows; whether a ground is well founded, people
decide.  What is not known bars: nobody is erased because a date is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Regime
from gateway.domain.consent import ConsentKind, effective
from gateway.domain.deadlines import kept_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gateway.domain.consent import ConsentEvent


class Ground(StrEnum):
    """Why somebody's data go: AVG 17(1)(a) to (f), or 5(1)(e) where their term is over."""

    NOT_NEEDED = "avg-17-1-a"
    CONSENT_WITHDRAWN = "avg-17-1-b"
    OBJECTION = "avg-17-1-c"
    UNLAWFUL = "avg-17-1-d"
    OBLIGATION = "avg-17-1-e"
    CHILD = "avg-17-1-f"
    TERM_OVER = "avg-5-1-e"


# What should never have been here, or must go by law, is not kept by a term for files.
_STRONGER = frozenset({Ground.UNLAWFUL, Ground.OBLIGATION})


class Bar(StrEnum):
    """What keeps data from being erased."""

    RETENTION = "retention"
    ARCHIVING = "archiving"
    CLAIMS = "claims"
    CASE = "case"
    INCIDENT = "incident"


# AVG 17(3)(b), (d) and (e); an open request (12(3)) and an undecided incident (33(5)) are
# answered first, since erasing would make that impossible.
ARTICLES: Mapping[Bar, str] = {
    Bar.RETENTION: "17(3)(b)",
    Bar.ARCHIVING: "17(3)(d)",
    Bar.CLAIMS: "17(3)(e)",
    Bar.CASE: "12(3)",
    Bar.INCIDENT: "33(5)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One thing that bars it; `until` None where no date is known; `reference` names nobody."""

    bar: Bar
    until: datetime | None = None
    reference: str = ""

    @property
    def article(self) -> str:
        """Of the AVG."""
        return ARTICLES[self.bar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long what is about a person is kept, by act (Selectielijst 2020), ISO 8601 durations.

    WI2021 from the end of the duty to integrate, WI2013 from closing the file.
    `archiving` where this municipality keeps its files for good (Archiefwet).  `quiet` is how
    long nothing may have been recorded or sent about who goes by the term alone: a date that
    was mistyped is seen before it erases anybody.
    """

    by_regime: Mapping[Regime, str]
    archiving: bool = False
    quiet: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the register knows of one person that bears on erasing them.

    `last_used` is when something about them was last recorded or sent.
    """

    regime: Regime | None
    duty_end: datetime | None
    last_used: datetime
    holds: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()


def retained_until(standing: Standing, terms: Terms) -> datetime | None:
    """Until when the data are kept by law; None where that is not known, or has no end yet.

    A file is closed when the duty has ended and nothing happens in it any more.  Of an
    unknown act the longest counts.
    """
    if standing.duty_end is None:
        return None
    closed = max(standing.duty_end, standing.last_used)
    if standing.regime is Regime.WI2021:
        return _after(standing.duty_end, terms.by_regime.get(Regime.WI2021))
    if standing.regime is Regime.WI2013:
        return _after(closed, terms.by_regime.get(Regime.WI2013))
    ends = [_after(closed, terms.by_regime.get(each)) for each in Regime]
    known = [each for each in ends if each is not None]
    return max(known) if len(known) == len(ends) else None


def obstacles(
    standing: Standing, ground: Ground, terms: Terms, now: datetime
) -> tuple[Obstacle, ...]:
    """All that bars erasing this person on this ground now; none when it may be done."""
    found = [Obstacle(bar=Bar.CLAIMS, reference=each) for each in standing.holds]
    found += [Obstacle(bar=Bar.CASE, reference=each) for each in standing.cases]
    found += [Obstacle(bar=Bar.INCIDENT, reference=each) for each in standing.incidents]
    if ground in _STRONGER:
        return tuple(found)
    until = retained_until(standing, terms)
    if until is None or until > now:
        found.append(Obstacle(bar=Bar.RETENTION, until=until))
    if terms.archiving:
        found.append(Obstacle(bar=Bar.ARCHIVING))
    return tuple(found)


def goes_at(standing: Standing, terms: Terms) -> datetime | None:
    """When this person goes by themselves, if nothing bars it then; None without a known term."""
    until = retained_until(standing, terms)
    return None if until is None else max(until, standing.last_used + terms.quiet)


def without_consent(
    events: Iterable[tuple[int, str, ConsentEvent]], now: datetime
) -> frozenset[int]:
    """The numbers of the events whose papers rested on consent that was withdrawn.

    Each event with its number and for which provider.  Where any consent for a provider
    still holds, its papers stay: they prove it (AVG 7(1)).
    """
    by_provider: dict[str, list[tuple[int, ConsentEvent]]] = {}
    for number, provider, event in events:
        by_provider.setdefault(provider, []).append((number, event))
    found: set[int] = set()
    for theirs in by_provider.values():
        known = [event for _, event in theirs]
        withdrawn = any(event.kind is ConsentKind.WITHDRAWN for event in known)
        holds = effective(known, valid_at=now, known_at=now)
        ahead = any(event.valid_from > now for event in known)
        if withdrawn and not ahead and not (holds.categories or holds.extra):
            found |= {number for number, _ in theirs}
    return frozenset(found)


def _after(instant: datetime, duration: str | None) -> datetime | None:
    return None if duration is None else kept_until(instant, duration)
