"""12.2, 12.4: what is disclosed never exceeds what is granted, and nothing that ends widens it.

Each world is a register with a history: consent given, renewed, refused,
withdrawn in any order, standing, term, duty, declarations, keys and designations
that begin and end.  A report walks through the gateway's own steps from these
histories to what would be sent; what must hold is said here in other words than
the gateway's.
"""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.assembling import facts_of
from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.categories import category_of
from gateway.domain.consent import ConsentCategory, ConsentEvent, ConsentKind
from gateway.domain.histories import (
    Change,
    Circumstance,
    ConsentOf,
    ContactDetail,
    ContactHistory,
    Designation,
    DossierHistory,
    History,
    PartyHistory,
    roster_of,
)
from gateway.domain.parties import Interval, Key, Side, Standing
from gateway.domain.stops import Stop
from tests import corridor, generators, world
from tests.generators import CASEMANAGER, INSTANT, SENDER
from tests.strategies import berichten, consent_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.histories import Roster
    from gateway.domain.parties import Contact, Party
    from gateway.domain.restricting import Restriction
    from gateway.domain.wire import Json

T = TypeVar("T")
DAY = timedelta(days=1)
LONG_AGO = INSTANT - timedelta(days=300)
ALL_ROWS = frozenset(ConsentCategory)
ENDING = (
    ConsentKind.WITHDRAWN,
    ConsentKind.REFUSED,
    ConsentKind.EXPIRED,
    ConsentKind.INVALIDATED,
)
# Which row of the form, or which of them, covers a category (annex 2 beside annex 3).
COVERED_BY: dict[Category, frozenset[ConsentCategory]] = {
    Category.IDENTITEIT: frozenset({ConsentCategory.T1}),
    Category.P1: frozenset({ConsentCategory.T2}),
    Category.P2: frozenset({ConsentCategory.T3}),
    Category.P3_TAALNIVEAU: frozenset({ConsentCategory.T4}),
    Category.P3_VERZUIM: frozenset({ConsentCategory.T4}),
    Category.P3_FORMEEL: frozenset({ConsentCategory.T3, ConsentCategory.T4}),
    Category.P3_NON_FORMEEL: frozenset(),
    Category.P4: frozenset(),
}


@dataclass(frozen=True)
class World:
    """Everything on record about one dossier and those who deal with it; changes with their day."""

    regime: Regime
    consents: tuple[ConsentEvent, ...]
    standings: tuple[tuple[datetime, Standing], ...] = ((LONG_AGO, Standing.ACTIVE),)
    term: Interval = generators.RUNNING
    duty: Interval = generators.RUNNING
    bounds: tuple[Interval | None, Interval | None] = (generators.RUNNING, generators.RUNNING)
    key: Key | None = dataclasses.field(default_factory=generators.key)
    designated: tuple[str | None, str | None] = (SENDER.contact_id, CASEMANAGER.contact_id)
    restrictions: tuple[Restriction, ...] = ()


FINE = World(regime=Regime.WI2013, consents=())
PERIODS = st.sampled_from(
    [generators.RUNNING, Interval(end=INSTANT), Interval(end=INSTANT + 2 * DAY)]
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Worlds in which most often a report passes, so that there is something to narrow."""
    withdrawals = consent_events(kinds=[ConsentKind.WITHDRAWN])
    given = draw(st.lists(consent_events() | withdrawals, max_size=5))
    whole = _event(ConsentKind.GIVEN, -5, ALL_ROWS, frozenset({Category.P4}))
    bent = draw(st.sets(st.sampled_from(["standing", "term", "duty", "bound", "key"]), max_size=1))
    made = World(
        regime=draw(st.sampled_from([Regime.WI2013, Regime.WI2013, Regime.WI2021])),
        consents=(*draw(st.sampled_from([(whole,), ()])), *given),
    )
    if "standing" in bent:
        later = (INSTANT - DAY, draw(st.sampled_from(Standing)))
        made = replace(made, standings=(*made.standings, later))
    if "key" in bent:
        made = replace(made, key=draw(st.sampled_from([None, generators.key(valid=BEFORE)])))
    return replace(
        made,
        term=draw(PERIODS) if "term" in bent else made.term,
        duty=draw(PERIODS) if "duty" in bent else made.duty,
        bounds=(draw(PERIODS), draw(PERIODS)) if "bound" in bent else made.bounds,
    )


BEFORE = Interval(end=INSTANT + DAY)


def _event(
    kind: ConsentKind,
    days: int,
    rows: frozenset[ConsentCategory] = frozenset(),
    extra: frozenset[Category] = frozenset(),
) -> ConsentEvent:
    at = INSTANT + days * DAY
    return ConsentEvent(
        kind=kind, valid_from=at, recorded_at=at, form_version="1", categories=rows, extra=extra
    )


# --- from a world to what would be sent -----------------------------------------------------


def disclosed(there: World, bericht: dict[str, Json], at: datetime = INSTANT) -> dict[str, Json]:
    """Path and value of every personal datum that would be sent `at` that instant."""
    roster = _roster(there)
    sender = roster.contact(SENDER.contact_id, at)
    assert sender is not None
    facts = facts_of(
        roster,
        _history(there),
        world.identity(1),
        asked=generators.dossierkenmerk(1),
        sender=sender,
        instant=at,
    )
    try:
        sent = corridor.disclosure(bericht, facts, mail=corridor.raw(instant=at))
    except Stop:
        return {}
    return {
        path: value
        for path, value in _leaves(corridor.as_sent(sent)).items()
        if category_of(path) is not None
    }


def _leaves(value: Json, path: str = "") -> dict[str, Json]:
    if isinstance(value, dict):
        inside = [(f"{path}.{name}" if path else name, child) for name, child in value.items()]
    elif isinstance(value, list):
        inside = [(f"{path}[{number}]", child) for number, child in enumerate(value)]
    else:
        return {path: value}
    return {name: leaf for where, child in inside for name, leaf in _leaves(child, where).items()}


def _always(value: T) -> History[T]:
    return History([Change(valid_from=LONG_AGO, order=1, value=value)])


def _roster(there: World) -> Roster:
    standings = History(
        Change(valid_from=at, order=order, value=standing)
        for order, (at, standing) in enumerate(there.standings)
    )
    school = _party(SENDER.party, standings, there.term)
    municipality = _party(CASEMANAGER.party, _always(Standing.ACTIVE), generators.RUNNING)
    return roster_of(
        1,
        (school, municipality),
        (
            _contact(SENDER, school, there.bounds[0], SENDER.key),
            _contact(CASEMANAGER, municipality, there.bounds[1], there.key),
        ),
        _always(generators.policy_digest()),
    )


def _party(party: Party, standings: History[Standing], term: Interval) -> PartyHistory:
    return PartyHistory(
        party_id=party.party_id,
        side=party.side,
        instellingsnummer=party.instellingsnummer,
        names=_always(party.name),
        standings=standings,
        terms=_always(term),
    )


def _contact(
    who: Contact, party: PartyHistory, bound: Interval | None, key: Key | None
) -> ContactHistory:
    detail = ContactDetail(name=who.name, address=who.address, role=who.role, active=True)
    return ContactHistory(
        contact_id=who.contact_id,
        party=party,
        details=_always(detail),
        bounds=_always(bound),
        keys=_always(key),
    )


def _history(there: World) -> DossierHistory:
    school, municipality = (
        _always(Designation(party_id=who.party.party_id, contact_id=contact_id))
        for who, contact_id in zip((SENDER, CASEMANAGER), there.designated, strict=True)
    )
    group = Doelgroep.ASIEL if there.regime is Regime.WI2013 else Doelgroep.GEZIN_OVERIG
    return DossierHistory(
        dossier_id="dossier-1",
        secret=b"",
        identities=History(),
        circumstances=_always(Circumstance(regime=there.regime, doelgroep=group, duty=there.duty)),
        designations={Side.PROVIDER: school, Side.MUNICIPALITY: municipality},
        substitutions=(),
        consents=tuple(
            ConsentOf(provider_id=SENDER.party.party_id, event=event) for event in there.consents
        ),
        restrictions=there.restrictions,
    )


def reports(there: World) -> st.SearchStrategy[dict[str, Json]]:
    """A report about the person of this world, which claims what the register says."""
    return berichten(regime=there.regime.value)


together = worlds().flatmap(lambda there: st.tuples(st.just(there), reports(there)))


# --- what must hold --------------------------------------------------------------------------


@settings(deadline=None, max_examples=400)
@given(together)
def test_disclosed_is_a_subset_of_granted(both: tuple[World, dict[str, Json]]) -> None:
    """By the brute reading of the form: every datum has a row that was granted and not ended."""
    there, bericht = both
    assert_granted(there, disclosed(there, bericht))


@settings(deadline=None, max_examples=300)
@given(together, st.sampled_from(ENDING), st.integers(-5, 0), st.data())
def test_withdrawing_and_every_other_ending_of_consent_never_widens(
    both: tuple[World, dict[str, Json]], kind: ConsentKind, days: int, data: st.DataObject
) -> None:
    there, bericht = both
    rows = data.draw(st.frozensets(st.sampled_from(ConsentCategory)))
    extra = data.draw(st.frozensets(st.just(Category.P4)))
    ended = replace(there, consents=(*there.consents, _event(kind, days, rows, extra)))
    sent = disclosed(ended, bericht)
    assert_narrower(sent, disclosed(there, bericht))
    assert_granted(ended, sent)


@settings(deadline=None, max_examples=300)
@given(together, st.sampled_from(["standing", "term", "duty", "bound", "key", "designation"]))
def test_whatever_else_ends_never_widens(both: tuple[World, dict[str, Json]], what: str) -> None:
    there, bericht = both
    assert_narrower(disclosed(_ended(there, what), bericht), disclosed(there, bericht))
    assert disclosed(_ended(there, what), bericht) == {}


@settings(deadline=None, max_examples=300)
@given(together, st.integers(1, 400))
def test_time_alone_never_widens(both: tuple[World, dict[str, Json]], days: int) -> None:
    """Terms, duties, declarations and keys expire; what is on record for later is left out."""
    there, bericht = both
    past = replace(there, consents=tuple(e for e in there.consents if e.valid_from <= INSTANT))
    past = replace(past, consents=tuple(e for e in past.consents if e.recorded_at <= INSTANT))
    later = disclosed(past, bericht, INSTANT + days * DAY)
    assert_narrower(later, disclosed(past, bericht))


@settings(deadline=None, max_examples=200)
@given(together, st.integers(0, 2**32))
def test_the_order_of_recording_changes_nothing(
    both: tuple[World, dict[str, Json]], seed: int
) -> None:
    there, bericht = both
    shuffled = list(there.consents)
    random.Random(seed).shuffle(shuffled)
    other = replace(there, consents=tuple(shuffled))
    assert disclosed(other, bericht) == disclosed(there, bericht)


def test_there_is_something_to_narrow() -> None:
    """Without which every property above would hold of a gateway that sends nothing."""
    whole = replace(FINE, consents=(_event(ConsentKind.GIVEN, -5, ALL_ROWS),))
    sent = disclosed(whole, generators.full_bericht(1, regime="WI2013"))
    assert {category_of(path) for path in sent} >= {
        Category.IDENTITEIT,
        Category.P1,
        Category.P2,
        Category.P3_TAALNIVEAU,
    }


def assert_narrower(after: dict[str, Json], before: dict[str, Json]) -> None:
    """Nothing new, and nothing changed."""
    assert after.items() <= before.items()


def _progress(path: str) -> bool:
    return path.startswith("voortgang.")


def assert_granted(there: World, sent: dict[str, Json]) -> None:
    """Every datum has a row of the form that covers it, and everybody is in order."""
    if there.regime is Regime.WI2013:
        rows, extra = granted(there.consents, INSTANT)
        for path in sent:
            category = category_of(path)
            assert category is not None
            if path.startswith("voortgang.periode"):
                # The period is that of whatever progress is shared, and goes with that alone.
                assert any(_progress(each) for each in sent if "periode" not in each)
                continue
            assert COVERED_BY[category] & rows or category in extra, path
    assert not sent or _may_anything(there)


def granted(
    events: Sequence[ConsentEvent], at: datetime
) -> tuple[frozenset[ConsentCategory], frozenset[Category]]:
    """Row by row: granted by every form of the last day of granting, and not ended since."""
    known = [e for e in events if max(e.recorded_at, e.valid_from) <= at]
    grants = [e for e in known if e.kind in {ConsentKind.GIVEN, ConsentKind.RENEWED}]
    if not grants:
        return frozenset(), frozenset()
    last = max(e.valid_from for e in grants)
    latest = [e for e in grants if e.valid_from == last]
    forms = {e.form_version for e in latest}
    ended = [
        e
        for e in known
        if e.kind in ENDING
        and e.valid_from >= last
        and (e.kind is not ConsentKind.INVALIDATED or e.form_version in forms)
    ]

    def ends(event: ConsentEvent, what: ConsentCategory | Category) -> bool:
        whole = event.kind is not ConsentKind.WITHDRAWN or not (event.categories or event.extra)
        return whole or what in event.categories or what in event.extra

    rows = {r for r in ConsentCategory if all(r in e.categories for e in latest)}
    extra = {c for c in Category if all(c in e.extra for e in latest)}
    return (
        frozenset(row for row in rows if not any(ends(e, row) for e in ended)),
        frozenset(each for each in extra if not any(ends(e, each) for e in ended)),
    )


def _may_anything(there: World) -> bool:
    standing = max(there.standings)[1]
    periods = (there.term, there.duty, *there.bounds)
    return (
        standing in {Standing.ACTIVE, Standing.ASPIRANT}
        and all(each is not None and each.holds(INSTANT) for each in periods)
        and there.key is not None
        and there.key.valid.holds(INSTANT)
    )


def _ended(there: World, what: str) -> World:
    over = Interval(end=INSTANT)
    match what:
        case "standing":
            gone = (INSTANT, Standing.EXCLUDED)
            return replace(there, standings=(*there.standings, gone))
        case "term":
            return replace(there, term=over)
        case "duty":
            return replace(there, duty=over)
        case "bound":
            return replace(there, bounds=(there.bounds[0], over))
        case "key":
            return replace(there, key=generators.key(revoked_at=INSTANT))
        case _:
            return replace(there, designated=(there.designated[0], None))
