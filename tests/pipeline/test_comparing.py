"""What changed never says more than the ground carries: not by an old value, not the other way."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import wire
from gateway.domain.bijsluiter import Category
from gateway.domain.categories import category_of
from gateway.domain.stops import Stop
from gateway.pipeline.comparing import shown
from tests import corridor, generators
from tests.generators import CASEMANAGER, SENDER
from tests.pipeline.test_never_wider import COVERED_BY
from tests.strategies import berichten, consents

if TYPE_CHECKING:
    from gateway.domain.consent import Consent, ConsentCategory
    from gateway.domain.facts import Facts
    from gateway.domain.replacing import Earlier, Replaced
    from gateway.domain.stages import Disclosure
    from gateway.domain.wire import Json

PROGRESS = frozenset(name for name in Category if name.value.startswith("P3"))
REGIMES = st.sampled_from(["WI2013", "WI2013", "WI2021"])


def correcting(of: dict[str, Json], **sections: Json) -> dict[str, Json]:
    """Another report as a correction of this one, under the number after it."""
    return {
        **of,
        **sections,
        "berichtId": str(generators.bericht_id(2)),
        "berichttype": "CORRECTIE",
        "vervangt": str(generators.bericht_id(1)),
    }


def left(report: dict[str, Json], consent: Consent, replaced: Replaced | None = None) -> Disclosure:
    """What goes on under this consent; raises the stop."""
    regime = str(report["wettelijkRegime"])
    facts = generators.facts(1, regime=regime, consent=consent, replaced=replaced)
    return corridor.disclosure(report, facts)


def beside(
    old: dict[str, Json], new: dict[str, Json], then: Consent, now: Consent
) -> Earlier | None:
    """What of the old report stands beside its correction; None where nothing does."""
    facts = generators.facts(1, regime=str(old["wettelijkRegime"]), consent=then)
    went = corridor.judgement(old, facts).shared
    replaced = dataclasses.replace(generators.replaced(1), shared=went)
    try:
        return shown(left(old, now), left(correcting(new), now, replaced), replaced)
    except Stop:
        return None


def rows_for(path: str) -> frozenset[ConsentCategory]:
    """The rows of the form of which one has to be given for this field."""
    if path.startswith("voortgang.periode"):
        return frozenset(row for name in PROGRESS for row in COVERED_BY[name])
    category = category_of(path)
    return COVERED_BY[category] if category is not None else frozenset()


@given(data=st.data())
def test_an_old_value_is_one_that_was_granted_then_and_is_granted_now(data: st.DataObject) -> None:
    """Whatever consent was and is: field by field, in the words of the form."""
    old, new = data.draw(berichten()), data.draw(berichten())
    then, now = data.draw(consents()), data.draw(consents())
    earlier = beside(old, new, then, now)
    if earlier is None:
        return
    written = earlier.content.model_dump_json(by_alias=True, exclude_none=True)
    for path in wire.leaves(wire.written(written)):
        if category_of(path) is None:
            continue
        rows = rows_for(path)
        assert rows & now.categories, path
        assert rows & then.categories, path
    going = left(correcting(new), now, generators.replaced(1)).categories
    assert earlier.categories <= frozenset(going)


@given(data=st.data(), regime=REGIMES)
def test_free_text_and_particulars_are_never_repeated(data: st.DataObject, regime: str) -> None:
    old, new = data.draw(berichten(regime=regime)), data.draw(berichten(regime=regime))
    everything = generators.consent(extra=frozenset({"P4"}))
    earlier = beside(old, new, everything, everything)
    if earlier is None:
        return
    assert earlier.content.bijzonderheden is None
    plan = earlier.content.persoonlijk_plan
    assert plan is None or plan.wijziging is None
    assert earlier.texts_differ <= earlier.categories


@given(data=st.data(), regime=REGIMES)
def test_the_other_way_round_discloses_the_same(data: st.DataObject, regime: str) -> None:
    """One filter for both: what the municipality may not read of a person it may not write."""
    report, consent = data.draw(berichten(regime=regime)), data.draw(consents())
    if report["berichttype"] == "ELIP_SIGNAAL":
        return  # goes one way alone: tests/journeys/test_article_12_3_both_ways.py
    there = generators.facts(1, regime=regime, consent=consent)
    back = dataclasses.replace(
        generators.facts(1, regime=regime, consent=consent, sender=CASEMANAGER, recipient=SENDER),
        provider=generators.provider(),
    )
    assert outcome(report, there) == outcome(report, back)


def outcome(report: dict[str, Json], facts: Facts) -> object:
    """What goes and what does not, or why nothing does."""
    (checked,) = corridor.checks(report, sender=facts.sender)
    try:
        found = corridor.onward(checked, facts).disclosure
    except Stop as stop:
        return stop.outcome, stop.reasons
    return found.content, found.disclosed, found.withheld, found.categories


def test_only_a_category_that_goes_now_is_compared() -> None:
    """The loan was right then and is granted now; the correction is about progress alone."""
    everything = generators.consent()
    old = generators.bericht(1)
    new = generators.bericht(1, inburgeringstraject=None)
    earlier = beside(old, new, everything, everything)
    assert earlier is not None
    assert earlier.content.inburgeringstraject is None
    assert earlier.content.voortgang is not None


def test_a_report_about_nobody_else_is_shown() -> None:
    """Two disclosures of two dossiers never stand side by side, however they came together."""
    everything = generators.consent()
    replaced = generators.replaced(1)
    now = left(correcting(generators.bericht(1)), everything, replaced)
    facts = generators.facts(2, consent=everything)
    another = corridor.disclosure(generators.bericht(2), facts)
    assert shown(another, now, replaced) is None
