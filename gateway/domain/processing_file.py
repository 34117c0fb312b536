"""How a file of processing activities is laid out: every field is needed, no other is known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.domain.bijsluiter import Regime

Texts = Annotated[tuple[str, ...], Field(min_length=1)]
Regimes = Annotated[tuple[Regime, ...], Field(min_length=1)]
# ISO 8601, 4.4.3: whole years, months or days; or as many days as a mail is kept.
Duration = Annotated[str, StringConstraints(pattern=r"^P(\d+[YMD]|\{run\.keep_days\}D)$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)


class GroundRow(_Strict):
    """Why an activity is lawful; articles by name, as "AVG 5(2)" and "convenant 12.4"."""

    regimes: Regimes
    articles: Texts
    text: str


class RetentionRow(_Strict):
    """How long, and from when; `log` marks the terms of entries in the log, from their making."""

    what: str
    regimes: Regimes
    duration: Duration
    since: str = Field(alias="from")
    log: bool = False


class ActivityRow(_Strict):
    """One activity; what it names by code has its words in the file's lists."""

    key: str
    version: int = Field(strict=True, ge=1)
    name: str
    purposes: Texts
    grounds: tuple[GroundRow, ...]
    subjects: Texts
    data: Texts
    recipients: Texts
    third_countries: tuple[str, ...]
    retention: Texts
    measures: Texts
    role: Literal["verwerkingsverantwoordelijke"]
    joint: tuple[str, ...]
    processors: tuple[str, ...]
    others: str


class ProcessingFile(_Strict):
    """The whole file; `note` stands above the register that is made from it."""

    note: str
    articles: dict[str, str]
    subjects: dict[str, str]
    data: dict[str, str]
    recipients: dict[str, str]
    measures: dict[str, str]
    retention: dict[str, RetentionRow]
    activity: tuple[ActivityRow, ...]
