"""Why a collector accepted nothing; apart, so that only who has one loads OpenTelemetry."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """Why nothing was accepted; never the other side's or a library's own words."""

    CERTIFICATE = "certificate"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
