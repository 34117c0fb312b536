"""Why and how long, for one person: the activities on record that their data fell under."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gateway.adapters.processing_activities import ProcessingActivities
from gateway.domain.deadlines import kept_until
from gateway.domain.dossier_terms import Purpose, Term
from gateway.domain.processing import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from gateway.adapters.database import Database
    from gateway.domain.dossier_reading import Read
    from gateway.domain.processing import Activities, Retention
    from gateway.domain.processing_record import Recorded

# Activities under which something of a person is kept.
_KEEPING: Final = (Key.EXCHANGE, Key.REGISTER, Key.CONSULTATION, Key.INCIDENTS)
# Terms that are about others than the person.
_NOT_THEIRS: Final = frozenset({"contact", "beheerder"})
_MAIL, _DUTY, _LOGS = "mail", "dossier-2021", frozenset({"log", "spoor"})


async def purposes(database: Database, read: Read) -> tuple[Purpose, ...]:
    """Of every activity that an entry about this person names, as it stood on record then."""
    named = {each.activity_id for each in read.processing}
    named |= {each.activity_id for each in read.consultations}
    regimes = _regimes(read)
    recorded = await ProcessingActivities(database).recorded()
    return tuple(_purpose(each, regimes) for each in recorded if each.activity_id in named)


def _regimes(read: Read) -> frozenset[str]:
    found = (each.circumstance.regime for each in read.circumstances)
    return frozenset(each.value for each in found if each is not None)


def _purpose(recorded: Recorded, regimes: frozenset[str]) -> Purpose:
    said: dict[str, Any] = json.loads(recorded.content)
    return Purpose(
        activity_id=recorded.activity_id,
        name=said["name"],
        purposes=tuple(said["purposes"]),
        grounds=tuple(_grounds(said["grounds"], regimes)),
        recipients=tuple(each["words"] for each in said["recipients"]),
        third_countries=tuple(said["third_countries"]),
    )


def _grounds(grounds: Iterable[dict[str, Any]], regimes: frozenset[str]) -> Iterator[str]:
    for each in grounds:
        if regimes and regimes.isdisjoint(each["regimes"]):
            continue
        articles = ", ".join(article["code"] for article in each["articles"])
        yield f"{each['text']} ({articles})"


def terms(found: Activities, read: Read) -> tuple[Term, ...]:
    """How long each kind of data about this person is kept, and until which day as known now."""
    regimes, kept = _regimes(read), dict[str, Term]()
    for key in _KEEPING:
        for each in found[key].retention:
            theirs = not regimes or any(regime.value in regimes for regime in each.regimes)
            if theirs and each.code not in _NOT_THEIRS:
                kept[each.code] = _term(each, read)
    return tuple(kept.values())


def _term(rule: Retention, read: Read) -> Term:
    return Term(
        what=rule.what,
        duration=rule.duration,
        since=rule.since,
        until=_until(rule, read),
        on_hold=read.on_hold,
    )


def _until(rule: Retention, read: Read) -> datetime | None:
    """The last day of it that can be told today."""
    if rule.code == _MAIL:
        return max((each.kept_until for each in read.reports if each.kept_until), default=None)
    if rule.code in _LOGS:
        ends_at = [each.kept_until for each in read.processing]
        ends_at += [each.kept_until for each in read.consultations]
        return max((each for each in ends_at if each is not None), default=None)
    ends = [each.circumstance.duty.end for each in read.circumstances]
    if rule.code == _DUTY and ends and ends[-1] is not None:
        return kept_until(ends[-1], rule.duration)
    return None
