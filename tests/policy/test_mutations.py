"""Every row and every single value in it counts: change it, and a decision or a reason changes.

A mutant is the table with one thing changed, loaded as the gateway loads it.  It
is caught when loading refuses it, or when some situation comes to another
effect, ground or reason.  Situations looked at are all those in which the row's
own attributes take any value and the others are in order.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import pytest

from gateway.domain.policy import Effect, Policy, PolicyError, Row
from gateway.domain.situation import CATEGORY_DOMAIN, GATE_DOMAIN
from gateway.domain.stops import Reason
from gateway.domain.truth import said, situations
from tests import corridor
from tests.policy.test_truth import UNDER_CONSENT, UNDER_STATUTE
from tests.policy.writing import to_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.domain.policy import Verdict

POLICY = corridor.policy()
ROWS = {row.id: row for row in POLICY.rows}
GATES = {row.id for row in (*POLICY.table.admit, *POLICY.table.gate)}
OTHER_EFFECT = {
    Effect.REJECT: Effect.HOLD,
    Effect.HOLD: Effect.REJECT,
    Effect.SHARE: Effect.WITHHOLD,
    Effect.WITHHOLD: Effect.SHARE,
    Effect.ADMIT: Effect.REJECT,
}


def test_a_table_written_back_is_the_same_table() -> None:
    """Otherwise the mutants below would differ by more than their mutation."""
    assert Policy(to_toml(POLICY.table)).table == POLICY.table


@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_row_counts(row: str) -> None:
    assert caught(row, None), "removed"
    for what, mutant in other_effects(ROWS[row]):
        assert caught(row, mutant), what


@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_value_of_every_row_counts(row: str) -> None:
    for what, mutant in other_values(ROWS[row]):
        assert caught(row, mutant), what


@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_attribute_of_every_row_counts(row: str) -> None:
    """Dropping a condition widens a row: a stop says more, an admission is refused on loading.

    A row that shares may be wider than it says, since a row that withholds stands beside it.
    """
    if ROWS[row].effect is Effect.SHARE:
        return
    for name in ROWS[row].when:
        fewer = {key: values for key, values in ROWS[row].when.items() if key != name}
        assert caught(row, changed(ROWS[row], when=fewer)), f"without {name}"


@pytest.mark.parametrize(
    "row", sorted(r.id for r in POLICY.rows if r.effect not in {Effect.SHARE, Effect.ADMIT})
)
def test_a_stop_is_as_wide_as_it_says(row: str) -> None:
    """The log names the rows that spoke, so a row that speaks where it should not is a fault."""
    domain = GATE_DOMAIN if row in GATES else CATEGORY_DOMAIN
    for name, values in ROWS[row].when.items():
        for value in sorted(set(map(str, domain[name])) - set(values)):
            wider = {**ROWS[row].when, name: (*values, value)}
            mutant = changed(ROWS[row], when=wider)
            assert caught(row, mutant, by_row=True), f"{name} also {value}"


def other_effects(row: Row) -> Iterator[tuple[str, Row]]:
    """The row with another effect, and with another reason or ground."""
    effect = OTHER_EFFECT[row.effect]
    reason = None if effect is Effect.SHARE else row.reason or Reason.NOT_PERMITTED
    yield effect, changed(row, effect=effect, reason=reason)
    if row.reason is not None:
        yield "another reason", changed(row, reason=Reason.UNEXPECTED)
    if row.ground is not None:
        other = "statute" if row.ground == "consent" else "consent"
        yield "another ground", changed(row, ground=other)


def other_values(row: Row) -> Iterator[tuple[str, Row]]:
    """The row with one value of one attribute left out, or in place of its only one another."""
    domain = GATE_DOMAIN if row.id in GATES else CATEGORY_DOMAIN
    for name, values in row.when.items():
        for value in values:
            kept = tuple(other for other in values if other != value)
            yield f"{name} not {value}", changed(row, when={**row.when, name: kept})
            for other in sorted(set(map(str, domain[name])) - set(values)):
                swapped = {**row.when, name: (*kept, other)}
                yield f"{name} {other} for {value}", changed(row, when=swapped)


def changed(row: Row, **fields: object) -> Row:
    """The row with these fields."""
    return Row.model_validate({**row.model_dump(), **fields})


def caught(row: str, mutant: Row | None, *, by_row: bool = False) -> bool:
    """Whether loading refuses the table with `mutant` for `row`, or a decision differs.

    A decision is effect, ground and reasons, and the rows that spoke with `by_row`.
    """
    try:
        policy = Policy(to_toml(POLICY.table, {row: mutant}))
    except PolicyError:
        return True
    return any(
        said(now) != said(before) or (by_row and now.rows != before.rows)
        for now, before in (
            (decided(policy, row, attributes), before) for attributes, before in relevant(row)
        )
    )


@cache
def relevant(row: str) -> tuple[tuple[dict[str, str], Verdict], ...]:
    """The situations to look at for a row, and what the unchanged table says of each."""
    if row in GATES:
        when = ROWS[row].when
        found = [*around(when, UNDER_CONSENT), *around(when, UNDER_STATUTE)]
    else:
        found = list(situations(CATEGORY_DOMAIN))
    return tuple((attributes, decided(POLICY, row, attributes)) for attributes in found)


def around(when: Mapping[str, tuple[str, ...]], order: dict[str, str]) -> Iterator[dict[str, str]]:
    """Situations in order, but for the attributes of one row, which take any values together."""
    if len(when) == len(GATE_DOMAIN):  # an admission: one thing out of order at a time
        yield order
        for name, values in GATE_DOMAIN.items():
            yield from ({**order, name: str(value)} for value in values)
        return
    for values in product(*(GATE_DOMAIN[name] for name in when)):
        yield {**order, **dict(zip(when, map(str, values), strict=True))}


def decided(policy: Policy, row: str, attributes: dict[str, str]) -> Verdict:
    """What a policy says of one situation of the kind that `row` speaks of."""
    evaluate = policy.evaluate_gate if row in GATES else policy.evaluate_category
    return evaluate(attributes)
