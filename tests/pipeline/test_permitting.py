"""2.3, 3.2, 5.1, 12, 15: the register's facts in the table's words, and what follows.

A test bends one fact of a world in which everything is in order.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.domain.consent import Consent, ConsentCategory, ConsentState
from gateway.domain.facts import folded_name
from gateway.domain.parties import Interval, Role, Standing
from gateway.domain.situation import Ground
from gateway.domain.stops import Hold, Outcome, Reason, Reject, Stop
from gateway.pipeline.permitting import judge, permit
from tests import corridor, generators
from tests.generators import CASEMANAGER, INSTANT, SENDER
from tests.strategies import names

if TYPE_CHECKING:
    from gateway.domain.facts import Facts
    from gateway.domain.stages import Permitted
    from gateway.domain.wire import Json

DAY = timedelta(days=1)
PAST = Interval(end=INSTANT)
COMING = Interval(start=INSTANT + DAY)


def permitted(facts: Facts, bericht: dict[str, Json] | None = None) -> Permitted:
    """The verdict on a report of inburgeraar 1."""
    known = corridor.known(bericht or generators.bericht(1), facts)
    return permit(judge(known, corridor.policy()))


def bent(**fields: object) -> Facts:
    """Facts in order, but for these."""
    return dataclasses.replace(generators.facts(), **fields)  # type: ignore[arg-type]  # fields of Facts by name


def recipient(**fields: object) -> Facts:
    """Facts in order, but for the recipient."""
    return bent(recipient=dataclasses.replace(CASEMANAGER, **fields))  # type: ignore[arg-type]  # fields of Contact by name


def dossier(**fields: object) -> Facts:
    """Facts in order, but for the dossier."""
    return bent(dossier=dataclasses.replace(generators.dossier(1), **fields))  # type: ignore[arg-type]  # fields of Dossier by name


def provider(standing: Standing = Standing.ACTIVE, term: Interval = generators.RUNNING) -> Facts:
    """Facts in order, but for the provider."""
    return bent(provider=generators.provider(standing=standing, term=term))


def under(state: ConsentState) -> Facts:
    """Facts in order, but for consent."""
    return bent(consent=Consent(state=state))


STOPS: dict[str, tuple[Facts, Outcome, Reason]] = {
    "act differs": (
        bent(dossier=generators.dossier(1, regime="WI2021")),
        Outcome.HOLD,
        Reason.REGIME_DIFFERS,
    ),
    "group differs": (
        bent(dossier=generators.dossier(1, doelgroep=generators.GEZIN)),
        Outcome.HOLD,
        Reason.REGIME_DIFFERS,
    ),
    "covenant not begun": (provider(term=COMING), Outcome.REJECT, Reason.TERM_NOT_BEGUN),
    "covenant ends now": (provider(term=PAST), Outcome.REJECT, Reason.TERM_ENDED),
    "left": (provider(Standing.LEFT), Outcome.REJECT, Reason.LEFT),
    "no party": (provider(Standing.NONE), Outcome.REJECT, Reason.NO_STANDING),
    "suspended": (provider(Standing.SUSPENDED), Outcome.HOLD, Reason.SUSPENDED),
    "excluded": (provider(Standing.EXCLUDED), Outcome.REJECT, Reason.EXCLUDED),
    "duty ends now": (dossier(duty=PAST), Outcome.REJECT, Reason.DUTY_ENDED),
    "person unknown": (bent(dossier=None), Outcome.HOLD, Reason.PERSON_UNKNOWN),
    "surname differs": (dossier(geslachtsnaam="Andersom"), Outcome.HOLD, Reason.PERSON_DIFFERS),
    "birth date differs": (
        dossier(geboortedatum="1950-01-01"),
        Outcome.HOLD,
        Reason.PERSON_DIFFERS,
    ),
    "sender not designated": (
        bent(sender_designated=False),
        Outcome.REJECT,
        Reason.SENDER_NOT_DESIGNATED,
    ),
    "sender without declaration": (
        bent(sender=dataclasses.replace(SENDER, bound=None)),
        Outcome.HOLD,
        Reason.SENDER_NOT_BOUND,
    ),
    "sender's declaration over": (
        bent(sender=dataclasses.replace(SENDER, bound=PAST)),
        Outcome.HOLD,
        Reason.SENDER_NOT_BOUND,
    ),
    "nobody designated": (bent(recipient=None), Outcome.HOLD, Reason.NO_RECIPIENT),
    "relatiebeheerder designated": (
        recipient(role=Role.RELATIEBEHEERDER),
        Outcome.HOLD,
        Reason.NO_RECIPIENT,
    ),
    "officer designated": (
        recipient(role=Role.PRIVACY_OFFICER),
        Outcome.HOLD,
        Reason.NO_RECIPIENT,
    ),
    "recipient without key": (recipient(key=None), Outcome.HOLD, Reason.RECIPIENT_NO_KEY),
    "recipient's key expired": (
        recipient(key=generators.key(valid=PAST)),
        Outcome.HOLD,
        Reason.RECIPIENT_KEY_EXPIRED,
    ),
    "recipient's key revoked": (
        recipient(key=generators.key(revoked_at=INSTANT)),
        Outcome.HOLD,
        Reason.RECIPIENT_KEY_REVOKED,
    ),
    "recipient without declaration": (
        recipient(bound=None),
        Outcome.HOLD,
        Reason.RECIPIENT_NOT_BOUND,
    ),
    "recipient's declaration to come": (
        recipient(bound=COMING),
        Outcome.HOLD,
        Reason.RECIPIENT_NOT_BOUND,
    ),
    "no consent": (under(ConsentState.NONE), Outcome.REJECT, Reason.NO_CONSENT),
    "consent without T1": (
        bent(consent=generators.consent("T2", "T3", "T4")),
        Outcome.REJECT,
        Reason.NO_CONSENT,
    ),
    "consent refused": (under(ConsentState.REFUSED), Outcome.REJECT, Reason.CONSENT_REFUSED),
    "consent withdrawn": (under(ConsentState.WITHDRAWN), Outcome.REJECT, Reason.CONSENT_WITHDRAWN),
    "consent expired": (under(ConsentState.EXPIRED), Outcome.REJECT, Reason.CONSENT_EXPIRED),
    "consent invalidated": (
        under(ConsentState.INVALIDATED),
        Outcome.REJECT,
        Reason.CONSENT_INVALIDATED,
    ),
    "sent before": (bent(disclosed_before=True), Outcome.REJECT, Reason.DUPLICATE_REPORT),
    "another provider's dossier": (
        bent(provider=dataclasses.replace(generators.provider(), instellingsnummer="00VB000009")),
        Outcome.REJECT,
        Reason.OTHER_PROVIDER,
    ),
}


@pytest.mark.parametrize("what", sorted(STOPS))
def test_one_fact_out_of_order_stops_the_report_for_its_own_reason(what: str) -> None:
    facts, outcome, reason = STOPS[what]
    with pytest.raises((Reject, Hold)) as caught:
        permitted(facts)
    assert caught.value.outcome is outcome
    assert caught.value.reasons == (reason,)


@pytest.mark.parametrize("unknown", ["regime", "doelgroep"])
def test_what_the_register_does_not_know_is_unknown_and_differs_from_nothing(unknown: str) -> None:
    with pytest.raises(Hold) as caught:
        permitted(dossier(**{unknown: None}))
    assert caught.value.reasons == (Reason.REGIME_UNKNOWN,)


def test_all_reasons_are_told_not_only_the_first() -> None:
    facts = dataclasses.replace(
        STOPS["excluded"][0],
        consent=Consent(state=ConsentState.WITHDRAWN),
        recipient=dataclasses.replace(CASEMANAGER, key=None),
    )
    with pytest.raises(Reject) as caught:
        permitted(facts)
    assert set(caught.value.reasons) == {
        Reason.EXCLUDED,
        Reason.CONSENT_WITHDRAWN,
        Reason.RECIPIENT_NO_KEY,
    }


def test_who_is_not_designated_learns_nothing_about_the_inburgeraar() -> None:
    """Consent, duty and recipient are told only to the designated contact of a proven person."""
    facts = dataclasses.replace(
        generators.facts(),
        sender_designated=False,
        consent=Consent(state=ConsentState.WITHDRAWN),
        dossier=dataclasses.replace(generators.dossier(1), duty=PAST, regime=None),
        recipient=None,
    )
    with pytest.raises(Reject) as caught:
        permitted(facts)
    assert caught.value.reasons == (Reason.SENDER_NOT_DESIGNATED,)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_asylum_status_holder_under_wi2021_is_outside_the_covenant(number: int) -> None:
    bericht = generators.bericht(number, regime="WI2021", doelgroep=generators.ASIEL)
    asiel = generators.dossier(number, regime="WI2021", doelgroep=generators.ASIEL)
    with pytest.raises(Reject) as caught:
        permitted(generators.facts(number, of=asiel), bericht)
    assert caught.value.reasons == (Reason.OUT_OF_SCOPE,)


@pytest.mark.parametrize("group", [generators.ASIEL, generators.GEZIN])
def test_everybody_under_wi2013_is_shared_on_consent(group: str) -> None:
    bericht = generators.bericht(1, doelgroep=group)
    facts = generators.facts(1, of=generators.dossier(1, doelgroep=group))
    assert permitted(facts, bericht).ground is Ground.CONSENT


def test_wi2021_is_shared_on_the_statutory_task_whatever_consent_says() -> None:
    bericht = generators.bericht(1, regime="WI2021")
    facts = generators.facts(1, regime="WI2021", consent=Consent(state=ConsentState.WITHDRAWN))
    assert permitted(facts, bericht).ground is Ground.STATUTE


def test_an_aspirant_takes_part() -> None:
    assert permitted(provider(Standing.ASPIRANT)).ground is Ground.CONSENT


def test_the_ground_follows_from_the_register_and_never_from_the_claim() -> None:
    """A claim of Wi2021 about somebody under Wi2013 would avoid the need for consent."""
    with pytest.raises(Reject) as caught:
        permitted(under(ConsentState.REFUSED), generators.bericht(1, regime="WI2021"))
    assert caught.value.reasons == (Reason.REGIME_DIFFERS, Reason.CONSENT_REFUSED)


@settings(deadline=None, max_examples=80)
@given(name=names, date=st.dates().map(str), which=st.sampled_from(["name", "date", "both"]))
def test_a_person_that_does_not_match_never_passes(name: str, date: str, which: str) -> None:
    person = generators.betrokkene(1)
    if which != "date":
        person["geslachtsnaam"] = name
    if which != "name":
        person["geboortedatum"] = f"19{date[2:]}"
    registered = generators.dossier(1)
    assume(
        folded_name("", str(person["geslachtsnaam"])) != folded_name("", registered.geslachtsnaam)
        or person["geboortedatum"] != registered.geboortedatum
    )
    with pytest.raises(Stop) as caught:
        permitted(generators.facts(), generators.bericht(1, betrokkene=person))
    assert caught.value.reasons == (Reason.PERSON_DIFFERS,)


RUNNING = generators.RUNNING
PERIODS = st.sampled_from([RUNNING, PAST, COMING])
KEY = generators.key()
ROWS = st.frozensets(st.sampled_from(ConsentCategory))
# Each fact: what is in order, and anything that it may be.
FREE: dict[str, tuple[object, st.SearchStrategy[object]]] = {
    "standing": (Standing.ACTIVE, st.sampled_from(Standing)),
    "term": (RUNNING, PERIODS),
    "duty": (RUNNING, PERIODS),
    "sender bound": (RUNNING, st.none() | PERIODS),
    "designated": (True, st.booleans()),
    "role": (Role.CASEMANAGER, st.none() | st.sampled_from(Role)),
    "recipient bound": (RUNNING, st.none() | PERIODS),
    "key": (
        generators.key(),
        st.sampled_from([None, generators.key(), generators.key(valid=PAST)]),
    ),
    "state": (ConsentState.GIVEN, st.sampled_from(ConsentState)),
    "rows": (frozenset(ConsentCategory), ROWS),
}


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, object]:
    """A world in which up to three facts may be anything."""
    bent = draw(st.sets(st.sampled_from(sorted(FREE)), max_size=3))
    return {name: draw(any_) if name in bent else fine for name, (fine, any_) in FREE.items()}


def facts_of(world: dict[str, object]) -> Facts:
    """The facts of such a world."""
    receiving = {"role": world["role"], "bound": world["recipient bound"], "key": world["key"]}
    return bent(
        provider=generators.provider(standing=world["standing"], term=world["term"]),  # type: ignore[arg-type]  # of their kinds by name
        dossier=dossier(duty=world["duty"]).dossier,
        sender=dataclasses.replace(SENDER, bound=world["sender bound"]),  # type: ignore[arg-type]  # as above
        sender_designated=world["designated"],
        recipient=recipient(**receiving).recipient if world["role"] else None,
        consent=Consent(state=world["state"], categories=world["rows"]),  # type: ignore[arg-type]  # as above
    )


def in_order(world: dict[str, object]) -> bool:
    """Whether a report on progress and trajectory may pass, as the covenant has it."""
    rows = world["rows"]
    assert isinstance(rows, frozenset)
    return (
        world["standing"] in {Standing.ACTIVE, Standing.ASPIRANT}
        and world["duty"] != PAST
        and world["role"] in {Role.CASEMANAGER, Role.CONTACTPERSOON}
        and all(world[name] == RUNNING for name in ("term", "sender bound", "recipient bound"))
        and world["designated"] is True
        and world["key"] == KEY
        and world["state"] is ConsentState.GIVEN
        and ConsentCategory.T1 in rows
        and bool(rows & {ConsentCategory.T3, ConsentCategory.T4})
    )


@settings(deadline=None, max_examples=300)
@given(worlds())
def test_in_any_world_a_report_passes_exactly_when_everything_is_in_order(
    world: dict[str, object],
) -> None:
    try:
        passes = permitted(facts_of(world)).ground is Ground.CONSENT
    except Stop:
        passes = False
    assert passes is in_order(world)


def test_the_world_in_order_is_in_order() -> None:
    world = {name: fine for name, (fine, _) in FREE.items()}
    assert in_order(world)
    assert permitted(facts_of(world)).ground is Ground.CONSENT


def test_nothing_but_identity_is_nothing() -> None:
    with pytest.raises(Reject) as caught:
        permitted(generators.facts(consent=generators.consent("T1", "T2")), generators.bericht(1))
    assert caught.value.reasons[0] is Reason.NOTHING_LEFT
    assert Reason.CATEGORY_NOT_CONSENTED in caught.value.reasons


def test_facts_of_another_dossier_never_meet_a_report() -> None:
    with pytest.raises(ValueError, match="another dossier"):
        corridor.known(generators.bericht(1), generators.facts(2))


def test_facts_about_another_sender_never_meet_a_report() -> None:
    with pytest.raises(ValueError, match="another sender"):
        corridor.known(generators.bericht(1), generators.facts(1, sender=CASEMANAGER))
