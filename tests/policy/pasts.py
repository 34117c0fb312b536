"""Pasts to replay: reports in worlds of every kind, walked as the gateway walks them; and mutants.

What a table says of a report is also worked out here in the plainest way, from
the facts and by the table's own rows, so that replaying has something to be
compared with that shares none of its code.
"""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from gateway.adapters.decision_rows import read, written
from gateway.adapters.flow_rows import judgement_of
from gateway.domain.backtest import Kept
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory, ConsentState
from gateway.domain.outcomes import Ended
from gateway.domain.policy import Effect, Policy, PolicyError
from gateway.domain.situation import CategorySituation, Ground, Text, YesNo
from gateway.domain.stages import Sealed
from gateway.domain.stops import Outcome, Reason
from gateway.pipeline.forward import carry
from gateway.pipeline.gate import Gate
from gateway.pipeline.permitting import situation
from tests import corridor, generators
from tests.generators import INSTANT
from tests.pipeline import office
from tests.pipeline.test_permitting import facts_of, worlds
from tests.policy.test_mutations import POLICY, ROWS, other_effects, other_values
from tests.policy.writing import to_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from gateway.domain.facts import Facts
    from gateway.domain.judgement import Judgement
    from gateway.domain.policy import Verdict
    from gateway.domain.wire import Json

WRITTEN: dict[str, Json] = {
    "persoonlijkPlan": generators.plan()
    | {"wijziging": {"datum": "2025-09-15", "omschrijving": "x"}},
    "bijzonderheden": [{"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": "x"}],
}
OFFERED: Json = {"periode": generators.voortgang()["periode"], "aangebodenUren": 10}
SECTIONS: dict[str, tuple[Json, ...]] = {
    "voortgang": (None, generators.voortgang(), OFFERED),
    "inburgeringstraject": (None, generators.traject()),
    "persoonlijkPlan": (None, generators.plan(), WRITTEN["persoonlijkPlan"]),
    "bijzonderheden": (None, generators.bijzonderheden(), WRITTEN["bijzonderheden"]),
}


@dataclass(frozen=True)
class Moment:
    """One report as it came, and the register as it was read then."""

    bericht: dict[str, Json]
    facts: Facts
    approved: tuple[UUID, ...] = ()


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """A report with any of its parts, free text too, in a world in which a few facts are bent."""
    facts = facts_of(draw(worlds()))
    regime = draw(st.sampled_from(["WI2013", "WI2013", "WI2021"]))
    parts = {name: draw(st.sampled_from(values)) for name, values in SECTIONS.items()}
    carried = {name: part for name, part in parts.items() if part is not None}
    plain = generators.bericht(1, regime=regime, voortgang=None, inburgeringstraject=None)
    bericht = plain | carried
    group = draw(st.sampled_from([generators.ASIEL, generators.GEZIN, None]))
    extra = draw(st.frozensets(st.sampled_from([Category.P1, Category.P4])))
    bent: dict[str, object] = {
        "consent": dataclasses.replace(facts.consent, extra=extra),
        "disclosed_before": draw(st.sampled_from([False, False, False, True])),
    }
    if draw(st.booleans()):
        register = generators.dossier(1, regime=regime, doelgroep=group or "")
        assert facts.dossier is not None
        bent["dossier"] = dataclasses.replace(
            facts.dossier, regime=register.regime, doelgroep=register.doelgroep if group else None
        )
    if draw(st.sampled_from([False, False, False, True])):
        bent["dossier"] = None
    if draw(st.sampled_from([False, False, False, True])):
        assert facts.provider is not None
        bent["provider"] = dataclasses.replace(facts.provider, instellingsnummer="00VB000009")
    released = draw(st.booleans())
    return Moment(
        bericht=bericht,
        facts=dataclasses.replace(facts, **bent),  # type: ignore[arg-type]  # fields of Facts by name
        approved=(generators.bericht_id(1),) if released else (),
    )


class Registry(office.Register):
    """A register that says this, and a table of one's own in force."""

    def __init__(self, facts: Facts, table: Policy) -> None:
        reading = dataclasses.replace(facts, policy_digest=table.digest)
        super().__init__(facts=lambda _: reading)
        self._table = table

    async def policy(self, known: object) -> Policy:
        return self._table


def walked(moment: Moment, table: Policy) -> tuple[Outcome, Judgement | None]:
    """The gateway's own walk of this report, from the register to its recipient or stop."""
    report = corridor.checked(moment.bericht, mail=corridor.raw(approved=moment.approved))
    plain = _gate()
    registry = Registry(moment.facts, table)
    gate = Gate(
        sealer=plain.sealer,
        forms=plain.forms,
        registry=registry,
        letters=plain.letters,
        addresses=(),
    )
    carried = asyncio.run(carry(report, gate))
    if isinstance(carried, Ended):
        assert carried.stop.reasons != (Reason.UNEXPECTED,)
        return carried.stop.outcome, carried.judgement
    sealed = Sealed(addressed=carried, message_id="<1@gateway.example>", mail=b"")
    return Outcome.FORWARD, judgement_of(sealed)


@cache
def _gate() -> Gate:
    return office.gate()


def kept(moment: Moment, table: Policy, number: int = 0) -> Kept:
    """The decision as the record holds it: written down as text and read again."""
    _, judgement = walked(moment, table)
    assert judgement is not None
    text = written(judgement)
    return Kept(
        trace=corridor.TRACE,
        number=number,
        round=0,
        recorded_at=INSTANT,
        stands=True,
        policy_digest=judgement.policy_digest,
        judgement=read(text.circumstances, text.judgement, judgement.policy_digest),
    )


@dataclass(frozen=True)
class Plain:
    """What a table says of a report: outcome, all reasons, what is shared, who spoke, ground."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    shared: frozenset[Category]
    spoke: tuple[tuple[Effect, tuple[str, ...], tuple[Reason, ...]], ...]
    ground: Ground | None = None


def asked(moment: Moment, table: Policy) -> Plain:
    """The table asked row by row, from the facts themselves."""
    known = corridor.known(moment.bericht, moment.facts)
    bericht = known.checked.bericht
    gate = table.evaluate_gate(situation(bericht, moment.facts).attributes())
    if gate.effect is not Effect.ADMIT or gate.ground is None:
        outcome = Outcome.HOLD if gate.effect is Effect.HOLD else Outcome.REJECT
        return Plain(outcome, gate.reasons, frozenset(), (_spoke(gate),))
    if moment.facts.disclosed_before:
        return Plain(
            Outcome.REJECT, (Reason.DUPLICATE_REPORT,), frozenset(), (_spoke(gate),), gate.ground
        )
    provider = moment.facts.provider
    if provider is None or provider.instellingsnummer != generators.INSTELLINGSNUMMER:
        return Plain(
            Outcome.REJECT, (Reason.OTHER_PROVIDER,), frozenset(), (_spoke(gate),), gate.ground
        )
    verdicts = {
        category: table.category(_category(moment, category, text, gate.ground))
        for category, text in _texts(moment).items()
    }
    spoke = (_spoke(gate), *(_spoke(verdict) for verdict in verdicts.values()))
    held = [r for v in verdicts.values() if v.effect is Effect.HOLD for r in v.reasons]
    if held:
        return Plain(Outcome.HOLD, _each_once(held), frozenset(), spoke, gate.ground)
    shared = frozenset(name for name, v in verdicts.items() if v.effect is Effect.SHARE)
    if Category.IDENTITEIT in shared and len(shared) > 1:
        return Plain(Outcome.FORWARD, (), shared, spoke, gate.ground)
    withheld = [r for v in verdicts.values() for r in v.reasons]
    return Plain(
        Outcome.REJECT,
        _each_once([Reason.NOTHING_LEFT, *withheld]),
        frozenset(),
        spoke,
        gate.ground,
    )


def _spoke(verdict: Verdict) -> tuple[Effect, tuple[str, ...], tuple[Reason, ...]]:
    return verdict.effect, verdict.rows, verdict.reasons


def _each_once(reasons: list[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))


def _texts(moment: Moment) -> dict[Category, Text]:
    """Which categories the report carries, and in which somebody wrote, read off the document."""
    sent = moment.bericht
    voortgang = sent.get("voortgang")
    progress = voortgang if isinstance(voortgang, dict) else {}
    full = bool(progress.get("taalniveaus"))
    carries = {
        Category.IDENTITEIT: True,
        Category.P1: "persoonlijkPlan" in sent,
        Category.P2: "inburgeringstraject" in sent,
        Category.P3_TAALNIVEAU: full,
        Category.P3_VERZUIM: bool(progress),
        Category.P3_FORMEEL: full,
        Category.P3_NON_FORMEEL: full,
        Category.P4: "bijzonderheden" in sent,
    }
    written_in = {
        Category.P1: sent.get("persoonlijkPlan") == WRITTEN["persoonlijkPlan"],
        Category.P4: sent.get("bijzonderheden") == WRITTEN["bijzonderheden"],
    }
    text = Text.RELEASED if moment.approved else Text.UNRELEASED
    return {
        category: text if written_in.get(category) else Text.NONE
        for category in Category
        if carries[category]
    }


def _category(moment: Moment, category: Category, text: Text, ground: Ground) -> CategorySituation:
    consent = moment.facts.consent
    given = consent.state is ConsentState.GIVEN

    def says(yes: bool) -> YesNo:
        return YesNo.YES if given and yes else YesNo.NO

    return CategorySituation(
        category=category,
        ground=ground,
        t1=says(ConsentCategory.T1 in consent.categories),
        t2=says(ConsentCategory.T2 in consent.categories),
        t3=says(ConsentCategory.T3 in consent.categories),
        t4=says(ConsentCategory.T4 in consent.categories),
        extra=says(category in consent.extra),
        text=text,
    )


def _mutants() -> list[Callable[[], str]]:
    """The covenant's table with one thing changed, written out when it is wanted."""
    found: list[Callable[[], str]] = []
    for name, row in ROWS.items():
        changes = [None, *(mutant for _, mutant in (*other_effects(row), *other_values(row)))]
        found += [
            lambda name=name, mutant=mutant: to_toml(POLICY.table, {name: mutant})  # type: ignore[misc]  # bound now
            for mutant in changes
        ]
    return found


MUTANTS = _mutants()


@cache
def loaded(number: int) -> Policy | None:
    """Mutant `number`; None where loading refuses it."""
    try:
        return Policy(MUTANTS[number]())
    except PolicyError:
        return None


def loading(number: int) -> bool:
    """Whether this mutant is a table at all."""
    return loaded(number) is not None


def table(number: int) -> Policy:
    """A mutant that is one."""
    found = loaded(number)
    assert found is not None
    return found


mutants = st.integers(0, len(MUTANTS) - 1).filter(loading).map(table)
