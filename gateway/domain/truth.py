"""The truth table of a policy, over the whole domain, as people review it.

``gateway policy truth`` writes it, ``gateway policy check`` compares it with the
reviewed one; the difference is what a change of the table does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from difflib import unified_diff
from itertools import product
from typing import TYPE_CHECKING

from gateway.domain.policy import Effect
from gateway.domain.situation import CATEGORY_DOMAIN, GATE_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.domain.policy import Policy, Row, Verdict

Attributes = dict[str, str]


@dataclass(slots=True)
class Enumeration:
    """What every situation of the domain comes to."""

    admitted: list[Attributes] = field(default_factory=list)
    fires: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    effects: Counter[Effect] = field(default_factory=Counter)
    digest: str = ""

    def count(self, verdict: Verdict, times: int) -> None:
        """This verdict in so many more situations."""
        self.effects[verdict.effect] += times
        for row in verdict.rows:
            self.fires[row] += times
        if len(verdict.rows) == 1:
            self.alone[verdict.rows[0]] += times


def situations(domain: Mapping[str, tuple[str, ...]]) -> Iterator[Attributes]:
    """Every combination of values, the last attribute changing fastest."""
    names = tuple(domain)
    for values in product(*domain.values()):
        yield dict(zip(names, map(str, values), strict=True))


def gates(policy: Policy) -> Enumeration:
    """All situations of the gate.

    Many situations meet the same rows, and which rows they meet is all that a
    verdict depends on: the policy is asked once for each such set.
    """
    found, digest = Enumeration(), hashlib.sha256()
    verdicts: dict[int, Verdict] = {}
    lines: dict[int, str] = {}
    times: Counter[int] = Counter()
    for values, met in _meeting((*policy.table.admit, *policy.table.gate)):
        if met not in verdicts:
            verdicts[met] = policy.evaluate_gate(_named(values))
            lines[met] = f" > {said(verdicts[met])}\n"
        if verdicts[met].effect is Effect.ADMIT:
            found.admitted.append({**_named(values), "ground": str(verdicts[met].ground)})
        times[met] += 1
        digest.update((" ".join(values) + lines[met]).encode())
    for met, count in times.items():
        found.count(verdicts[met], count)
    found.digest = digest.hexdigest()
    return found


def _meeting(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The values of every situation of the gate, and the set of rows it meets, a bit for each."""
    found: Iterator[tuple[tuple[str, ...], int]] = iter([((), (1 << len(rows)) - 1)])
    for name, values in GATE_DOMAIN.items():
        column = [(value, _bits(rows, name, value)) for value in map(str, values)]
        found = _widened(found, column)
    return found


def _bits(rows: Sequence[Row], name: str, value: str) -> int:
    """The rows that this value of an attribute does not rule out."""
    return sum(1 << n for n, row in enumerate(rows) if value in row.when.get(name, (value,)))


def _widened(
    narrow: Iterator[tuple[tuple[str, ...], int]], column: Sequence[tuple[str, int]]
) -> Iterator[tuple[tuple[str, ...], int]]:
    for values, met in narrow:
        for value, bits in column:
            yield (*values, value), met & bits


def _named(values: tuple[str, ...]) -> Attributes:
    return dict(zip(GATE_DOMAIN, values, strict=True))


def categories(policy: Policy) -> dict[tuple[str, ...], Verdict]:
    """All situations of the categories, by their values in the order of the domain."""
    return {
        tuple(attributes.values()): policy.evaluate_category(attributes)
        for attributes in situations(CATEGORY_DOMAIN)
    }


def said(verdict: Verdict) -> str:
    """The effect with its ground and all its reasons."""
    ground = [f"on {verdict.ground}"] if verdict.ground else []
    return " ".join([verdict.effect.value, *ground, *verdict.reasons])


def truth_table(policy: Policy) -> str:
    """The whole table as text."""
    gate, verdicts = gates(policy), categories(policy)
    lines = [
        f"Truth table of the decision table {policy.table.version}, {policy.table.covenant}",
        "",
        *_gate_lines(policy, gate),
        "",
        f"THE CATEGORIES: {len(verdicts)} situations, without attributes that change nothing",
        *_grouped(verdicts),
        "",
        "SHA-256 over every situation with its effect, ground and all reasons",
        f"  gate        {gate.digest}",
        f"  categories  {_digest(verdicts)}",
    ]
    return "\n".join(lines) + "\n"


def differences(reviewed: str, found: str) -> tuple[str, ...]:
    """Every line that differs; one that both tables have begins with its row or situation."""
    lines = list(unified_diff(reviewed.splitlines(), found.splitlines(), n=0, lineterm=""))[2:]
    before = [" ".join(line[1:].split()) for line in lines if line.startswith("-")]
    after = [" ".join(line[1:].split()) for line in lines if line.startswith("+")]
    return tuple(_paired(before, after))


def _paired(before: list[str], after: list[str]) -> Iterator[str]:
    for line in before:
        name, _, rest = line.partition(" ")
        same = [each for each in after if each.partition(" ")[0] == name]
        if len(same) == 1 and sum(each.partition(" ")[0] == name for each in before) == 1:
            after.remove(same[0])
            yield f"{name}: reviewed as {rest}, decides {same[0].partition(' ')[2]}"
        else:
            yield f"reviewed, and not so any more: {line}"
    for line in after:
        yield f"not reviewed: {line}"


def _gate_lines(policy: Policy, gate: Enumeration) -> Iterator[str]:
    yield f"THE GATE: {gate.effects.total()} situations"
    yield from (
        f"  {effect.value:<8} {gate.effects[effect]:>7}"
        for effect in Effect
        if gate.effects[effect]
    )
    yield from ("", f"Admitted are these {len(gate.admitted)}, and nothing else:")
    yield from (
        f"  {' '.join(f'{name}={value}' for name, value in each.items())}" for each in gate.admitted
    )
    yield from ("", "Rows: in how many situations each speaks, and in how many it alone does")
    yield from (
        f"  {row.id:<32} {row.effect.value:<7} art. {row.article:<5}"
        f" {gate.fires[row.id]:>7} {gate.alone[row.id]:>6}  {row.reason or f'on {row.ground}'}"
        for row in (*policy.table.admit, *policy.table.gate)
    )


def _grouped(verdicts: dict[tuple[str, ...], Verdict]) -> Iterator[str]:
    names = tuple(CATEGORY_DOMAIN)
    for category, ground in product(CATEGORY_DOMAIN["category"], CATEGORY_DOMAIN["ground"]):
        these = {
            values[2:]: said(verdict)
            for values, verdict in verdicts.items()
            if values[:2] == (category, ground)
        }
        matter = [n for n in range(len(names) - 2) if _matters(these, n)]
        shown: dict[str, str] = {}
        for values, verdict in these.items():
            shown[" ".join(f"{names[n + 2]}={values[n]}" for n in matter)] = verdict
        yield f"  {category} on {ground}"
        yield from (
            f"    {situation or 'always':<36} {verdict}" for situation, verdict in shown.items()
        )


def _matters(verdicts: dict[tuple[str, ...], str], place: int) -> bool:
    answers: dict[tuple[str, ...], set[str]] = {}
    for values, verdict in verdicts.items():
        answers.setdefault(values[:place] + values[place + 1 :], set()).add(verdict)
    return any(len(each) > 1 for each in answers.values())


def _digest(verdicts: dict[tuple[str, ...], Verdict]) -> str:
    lines = (f"{' '.join(values)} > {said(verdict)}\n" for values, verdict in verdicts.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()
