"""Every consent under one version of the form at once (12.2): whom it concerns, who is asked again.

The form's own words make some consents doubtful ("zonder uw toestemming kunnen
wij u niet helpen"), and then all of them under that version.  Only what rests on
that version is touched: who has signed a newer form since keeps it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.assembling import consent_for
from gateway.domain.consent import (
    PERMITTING,
    ConsentKind,
    ConsentState,
    effective,
    granting,
)
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.consent import ConsentEvent
    from gateway.domain.histories import DossierHistory
    from gateway.domain.incidents import SentReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A version of the form, in one language or, with an empty one, in all."""

    version: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Concerned:
    """One consent that ends at `at`, which may be to come; it was given at `since`."""

    dossier_id: str
    provider_id: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ToAsk(Silent):
    """Somebody whose consent was invalidated at `since` and who has not answered anew.

    `asked_at` is when they were asked again, if they were; `dossierkenmerk` is empty
    once the person's data have been erased.
    """

    dossier_id: str
    provider_id: str
    form_version: str
    since: datetime
    asked_at: datetime | None
    dossierkenmerk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What an invalidation would do, before it is done.

    `released` are reports that are on their way and not yet sent, `held` those that
    wait for an officer, `disclosures` those that left on consents under this version.
    `token` changes with every person whom it concerns.
    """

    persons: int
    consents: int
    per_provider: Mapping[str, int]
    released: int
    held: int
    disclosures: int
    token: str


def concerned(
    history: DossierHistory, form: Form, languages: Sequence[str], start: datetime, now: datetime
) -> Iterator[Concerned]:
    """The consents of one person that rest on this form at `start` or at any time after it.

    A grant that is still to come counts too, or it would begin by itself afterwards.
    `languages` are those of the forms of `history.consents`, in the same order.
    """
    for provider_id in sorted({each.provider_id for each in history.consents}):
        own = [
            (each.event, language)
            for each, language in zip(history.consents, languages, strict=True)
            if each.provider_id == provider_id
        ]
        events = [event for event, _ in own]
        grants = {
            id(event)
            for event, language in own
            if event.kind in PERMITTING
            and event.form_version == form.version
            and form.language in {"", language}
        }
        for at in _instants(events, start):
            if _holds(history, provider_id, at, now):
                resting = granting(events, valid_at=at, known_at=now)
                if any(id(event) in grants for event in resting):
                    yield Concerned(
                        dossier_id=history.dossier_id,
                        provider_id=provider_id,
                        since=resting[0].valid_from,
                        at=at,
                    )


def _instants(events: Sequence[ConsentEvent], start: datetime) -> list[datetime]:
    # Consent begins to rest on a form at `start`, or when a grant on it becomes valid.
    begins = {e.valid_from for e in events if e.kind in PERMITTING and start < e.valid_from}
    return sorted({start, *begins})


def _holds(history: DossierHistory, provider_id: str, at: datetime, now: datetime) -> bool:
    if at <= now:
        consent = consent_for(history, provider_id, valid_at=at, known_at=now)
    else:
        # A duty that is to end before then may yet be prolonged.
        events = [e.event for e in history.consents if e.provider_id == provider_id]
        consent = effective(events, valid_at=at, known_at=now)
    return consent.state is ConsentState.GIVEN


def rested_on(report: SentReport, history: DossierHistory, version: str, now: datetime) -> bool:
    """Whether this report left on a consent under this version, by what is known `now`."""
    events = [e.event for e in history.consents if e.provider_id == report.provider_id]
    at = report.sent_at or now
    return any(
        event.form_version == version for event in granting(events, valid_at=at, known_at=now)
    )


def per_provider(found: Iterable[Concerned]) -> Mapping[str, int]:
    """How many persons' consents for each provider."""
    pairs = {(each.provider_id, each.dossier_id) for each in found}
    return dict(sorted(Counter(provider for provider, _ in pairs).items()))


def token(found: Iterable[Concerned | ToAsk]) -> str:
    """Names exactly these people, providers and consents; twelve hexadecimal digits."""
    lines = sorted(
        f"{each.dossier_id}\x1f{each.provider_id}\x1f{each.since.isoformat()}" for each in found
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def to_ask(history: DossierHistory, version: str, now: datetime) -> Iterator[ToAsk]:
    """For which providers this person has to be asked again; `version` empty for every one.

    Not who withdrew or refused since, and not whose duty is over.
    """
    for provider_id in sorted({each.provider_id for each in history.consents}):
        events = [e.event for e in history.consents if e.provider_id == provider_id]
        state = consent_for(history, provider_id, valid_at=now, known_at=now).state
        circumstance = history.circumstances.as_of(now)
        over = circumstance is not None and circumstance.duty.behind(now)
        last = _last(events, {ConsentKind.INVALIDATED}, now)
        if state is not ConsentState.INVALIDATED or over or last is None:
            continue
        answered = _last(events, {ConsentKind.REFUSED, ConsentKind.WITHDRAWN}, now)
        if version not in {"", last.form_version} or (
            answered is not None and answered.valid_from >= last.valid_from
        ):
            continue
        asked = _last(events, {ConsentKind.REQUESTED}, now)
        later = asked is not None and asked.recorded_at >= last.recorded_at
        yield ToAsk(
            dossier_id=history.dossier_id,
            provider_id=provider_id,
            form_version=last.form_version,
            since=last.valid_from,
            asked_at=asked.valid_from if asked is not None and later else None,
        )


def _last(
    events: Sequence[ConsentEvent], kinds: set[ConsentKind], now: datetime
) -> ConsentEvent | None:
    found = [e for e in events if e.kind in kinds and e.valid_from <= now]
    return max(found, key=_order, default=None)


def _order(event: ConsentEvent) -> tuple[datetime, datetime]:
    return event.valid_from, event.recorded_at
