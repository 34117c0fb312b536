"""The decision table: loads it, checks it, evaluates it totally.

Every row is evaluated and every reason collected.  Nothing is permitted unless
a row says so and no row says otherwise; an attribute value that the table does
not know is a fault of the table when it is loaded, never a silent pass.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.domain import wire
from gateway.domain.distinct import distinct
from gateway.domain.situation import (
    CATEGORY_DOMAIN,
    GATE_DOMAIN,
    CategorySituation,
    GateSituation,
    Ground,
    Switch,
)
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.domain.wire import Json


class PolicyError(Exception):
    """The table is not well formed; each of `faults` names the row and what is wrong with it."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Effect(StrEnum):
    """What a row does."""

    ADMIT = "admit"
    REJECT = "reject"
    HOLD = "hold"
    SHARE = "share"
    WITHHOLD = "withhold"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(_Strict):
    """One row: when all attributes match, its effect applies, on this article."""

    id: str
    article: str
    when: dict[str, tuple[str, ...]]
    effect: Effect
    reason: Reason | None = None
    ground: Ground | None = None
    nl: str
    en: str

    def matches(self, attributes: Mapping[str, str]) -> bool:
        """Whether every attribute that the row names has one of the row's values."""
        for name, values in self.when.items():  # noqa: SIM110 - half the time of all(), and whoever looks at every situation asks millions of times
            if attributes[name] not in values:
                return False
        return True


class GroundText(_Strict):
    """How a ground is named to people."""

    article: str
    nl: str
    en: str


class Switches(_Strict):
    """What the privacy officer may turn."""

    non_formal_hours_under_consent: bool


class _AdmitRow(Row):
    effect: Effect = Effect.ADMIT


class Table(_Strict):
    """The file as it is written."""

    version: str
    covenant: str
    switches: Switches
    grounds: dict[Ground, GroundText]
    admit: tuple[_AdmitRow, ...]
    gate: tuple[Row, ...]
    category: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the table says of one situation: the effect, and all rows that spoke."""

    effect: Effect
    rows: tuple[str, ...]
    articles: tuple[str, ...]
    reasons: tuple[Reason, ...]
    ground: Ground | None = None


class Policy:
    """A loaded decision table; `digest` is the SHA-256 of its text, in hex."""

    def __init__(self, text: str) -> None:
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        self.table = _parse(text)
        _check(self.table)
        on = self.table.switches.non_formal_hours_under_consent
        self._non_formal = Switch.ON if on else Switch.OFF
        self._by_category = {
            name: tuple(row for row in self.table.category if name in row.when["category"])
            for name in CATEGORY_DOMAIN["category"]
        }
        self._gates: dict[GateSituation, Verdict] = {}
        self._categories: dict[CategorySituation, Verdict] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in the order of the file."""
        return (*self.table.admit, *self.table.gate, *self.table.category)

    def gate(self, situation: GateSituation) -> Verdict:
        """Whether a report may pass, on which ground, or why not (reject outweighs hold)."""
        known = self._gates.get(situation)
        if known is None:
            known = self.evaluate_gate(situation.attributes())
            self._gates[situation] = known
        return known

    def category(self, situation: CategorySituation) -> Verdict:
        """Whether one category of an admitted report is shared, withheld or held."""
        known = self._categories.get(situation)
        if known is None:
            known = self.evaluate_category(self.category_attributes(situation))
            self._categories[situation] = known
        return known

    def category_attributes(self, situation: CategorySituation) -> Mapping[str, str]:
        """The attributes of a category, with the switches of this table."""
        return {**situation.attributes(), "non_formal": self._non_formal}

    def evaluate_gate(self, attributes: Mapping[str, str]) -> Verdict:
        """As `gate`, for attributes by name; every row is looked at."""
        stopping = [row for row in self.table.gate if row.matches(attributes)]
        admitting = [row for row in self.table.admit if row.matches(attributes)]
        if stopping:
            rejects = any(row.effect is Effect.REJECT for row in stopping)
            return _verdict(Effect.REJECT if rejects else Effect.HOLD, stopping)
        if len(admitting) != 1:
            return _verdict(Effect.HOLD, ())
        return _verdict(Effect.ADMIT, admitting, admitting[0].ground)

    def evaluate_category(self, attributes: Mapping[str, str]) -> Verdict:
        """As `category`, for attributes by name, the switch included."""
        rows = [row for row in self._by_category[attributes["category"]] if row.matches(attributes)]
        for effect in (Effect.WITHHOLD, Effect.HOLD):
            speaking = [row for row in rows if row.effect is effect]
            if speaking:
                return _verdict(effect, speaking)
        return _verdict(Effect.SHARE if rows else Effect.WITHHOLD, rows)


def switched(text: str, name: str, *, on: bool) -> str:
    """The table's text with one switch turned and nothing else changed.

    Raises `PolicyError` for a switch that the table does not have, or that stands so already.
    """
    wanted = f"{name} = {'true' if on else 'false'}"
    lines = text.split("\n")
    found = [number for number, line in enumerate(lines) if line.partition("=")[0].strip() == name]
    if name not in Switches.model_fields or len(found) != 1:
        raise PolicyError(f"the table has no switch {name}")
    if lines[found[0]] == wanted:
        raise PolicyError(f"the switch {name} stands so already")
    turned = "\n".join((*lines[: found[0]], wanted, *lines[found[0] + 1 :]))
    if _parse(turned).switches == _parse(text).switches:
        raise PolicyError(f"the switch {name} could not be turned; write the table by hand")
    return turned


def _verdict(effect: Effect, rows: Iterable[Row], ground: Ground | None = None) -> Verdict:
    spoke = tuple(rows)
    reasons = distinct([row.reason for row in spoke if row.reason is not None])
    if not reasons and effect not in {Effect.ADMIT, Effect.SHARE}:
        reasons = (Reason.NOT_PERMITTED,)
    return Verdict(
        effect=effect,
        rows=tuple(row.id for row in spoke),
        articles=distinct([row.article for row in spoke]),
        reasons=reasons,
        ground=ground,
    )


def _parse(text: str) -> Table:
    faults: tuple[str, ...] = ("the file is not TOML",)
    try:
        raw: Json = tomllib.loads(text)
        try:
            return Table.model_validate(raw)
        except ValidationError as error:
            details = error.errors(include_input=False, include_url=False)  # type: ignore[misc]  # pydantic types details as Any
            faults = tuple(f"{each['type']} at {_place(raw, each['loc'])}" for each in details)  # type: ignore[misc]  # as above
    except tomllib.TOMLDecodeError:
        pass
    raise PolicyError(*faults)


def _place(raw: Json, path: tuple[int | str, ...]) -> str:
    """A path into the file, with the id of the row it leads into."""
    place = ".".join(str(part) for part in path)
    rows = wire.member(raw, str(path[0])) if path else None
    number = path[1] if len(path) > 1 else None
    if isinstance(rows, list) and isinstance(number, int) and number < len(rows):
        row = wire.member(rows[number], "id")
        return f"{place} ({row})" if isinstance(row, str) else place
    return place


def _check(table: Table) -> None:
    faults = (
        *_check_whole(table),
        *(fault for row in (*table.admit, *table.gate) for fault in _check_row(row, GATE_DOMAIN)),
        *(fault for row in table.category for fault in _check_row(row, CATEGORY_DOMAIN)),
        *(fault for row in table.admit for fault in _check_admission(row)),
        *_check_effects(table.gate, {Effect.REJECT, Effect.HOLD}),
        *_check_effects(table.category, {Effect.SHARE, Effect.WITHHOLD, Effect.HOLD}),
    )
    if faults:
        raise PolicyError(*faults)


def _check_whole(table: Table) -> Iterator[str]:
    ids = [row.id for row in (*table.admit, *table.gate, *table.category)]
    for twice in distinct([each for number, each in enumerate(ids) if each in ids[:number]]):
        yield f"{twice}: two rows have the same id"
    if not (table.admit and table.gate and table.category) or set(table.grounds) != set(Ground):
        yield "the table needs admit, gate and category rows, and every ground"


def _check_row(row: Row, domain: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if not row.when:
        yield f"{row.id}: a row without conditions"
    for name, values in row.when.items():
        if name not in domain:
            yield f"{row.id}: unknown attribute {name}"
        elif not values or not set(values) <= set(domain[name]):
            yield f"{row.id}: {name} has an unknown value or none"
    if domain is CATEGORY_DOMAIN and "category" not in row.when:
        yield f"{row.id}: a category row names its categories"


def _check_admission(row: Row) -> Iterator[str]:
    if row.ground is None or set(row.when) != set(GATE_DOMAIN):
        yield f"{row.id}: admitting needs a ground and every attribute"
    if row.effect is not Effect.ADMIT or row.reason is not None:
        yield f"{row.id}: what admits has no other effect and no reason"


def _check_effects(rows: Iterable[Row], allowed: set[Effect]) -> Iterator[str]:
    for row in rows:
        if row.effect not in allowed:
            yield f"{row.id}: effect {row.effect} does not belong here"
        elif (row.effect is Effect.SHARE) != (row.reason is None):
            yield f"{row.id}: what stops or withholds needs a reason"
        if row.ground is not None:
            yield f"{row.id}: only what admits names a ground"
