"""How long what is kept, as the processing activities of this configuration say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.deadlines import kept_until
from gateway.domain.erasing import Terms
from gateway.wiring.processing import activities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.config import Config
    from gateway.domain.bijsluiter import Regime

_FROM = datetime(2000, 1, 1, tzinfo=UTC)  # to compare years, months and days by
_FILES = "dossier"  # how the terms of what is about a person begin in the activities


def terms_of_files(config: Config) -> Terms:
    """How long what is about a person is kept, as the processing activities say it."""
    found: dict[Regime, str] = {}
    for activity in activities(config):
        for each in activity.retention:
            for regime in each.regimes if each.code.startswith(_FILES) else ():
                found[regime] = _longest([each.duration, *filter(None, [found.get(regime)])])
    erasure = config.erasure
    return Terms(
        by_regime=found, archiving=erasure.archiving, quiet=timedelta(days=erasure.quiet_days)
    )


def log_term(config: Config) -> str:
    """How long the log is kept at most, as an ISO 8601 duration."""
    every = (each for activity in activities(config) for each in activity.retention)
    return _longest(each.duration for each in every if each.log)


def _longest(durations: Iterable[str]) -> str:
    return max(durations, key=lambda each: kept_until(_FROM, each))
