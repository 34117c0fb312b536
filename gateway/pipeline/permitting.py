"""2.3, 12.1, 12.2, 12.4, 12.8, 15, 16: which categories may be shared, on which ground, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.categories import free_text, present
from gateway.domain.consent import ConsentCategory, ConsentState
from gateway.domain.facts import folded_name, same_birth_date
from gateway.domain.parties import KeyState, Role, Standing
from gateway.domain.policy import Effect
from gateway.domain.situation import (
    CategorySituation,
    Claim,
    ConsentGate,
    Duty,
    GateSituation,
    Ground,
    Person,
    Recipient,
    Scope,
    Sender,
    Term,
    Text,
    YesNo,
)
from gateway.domain.stages import Permitted
from gateway.domain.stops import Hold, Reason, Reject

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.consent import Consent
    from gateway.domain.facts import Dossier, Facts
    from gateway.domain.parties import Contact, Party
    from gateway.domain.policy import Policy, Verdict
    from gateway.domain.stages import Known

_SCOPES: dict[tuple[Regime, Doelgroep], Scope] = {
    (Regime.WI2013, Doelgroep.ASIEL): Scope.WI2013,
    (Regime.WI2013, Doelgroep.GEZIN_OVERIG): Scope.WI2013,
    (Regime.WI2021, Doelgroep.GEZIN_OVERIG): Scope.WI2021_GEZIN_OVERIG,
    (Regime.WI2021, Doelgroep.ASIEL): Scope.WI2021_ASIEL,
}
_RECEIVING = frozenset({Role.CASEMANAGER, Role.CONTACTPERSOON})
_KEYS: dict[KeyState, Recipient] = {
    KeyState.READY: Recipient.READY,
    KeyState.NO_KEY: Recipient.NO_KEY,
    KeyState.EXPIRED: Recipient.KEY_EXPIRED,
    KeyState.REVOKED: Recipient.KEY_REVOKED,
}


def permit(known: Known, policy: Policy) -> Permitted:
    """Every category's verdict; raises `Reject` or `Hold` with all reasons that apply.

    Raises ValueError for another table than the one that the facts say is in force.
    """
    bericht, facts = known.checked.bericht, known.facts
    if policy.digest != facts.policy_digest:
        raise ValueError("another table than the one in force")
    if facts.disclosed_before:
        raise Reject(Reason.DUPLICATE_REPORT)
    gate = policy.gate(situation(bericht, facts))
    if gate.effect is not Effect.ADMIT or gate.ground is None:
        raise (Hold if gate.effect is Effect.HOLD else Reject)(*gate.reasons)
    if _other_provider(known):
        raise Reject(Reason.OTHER_PROVIDER)
    released = bericht.bericht_id in known.checked.opened.raw.approved
    categories = {
        category: policy.category(_category(category, gate.ground, facts.consent, text))
        for category, text in _texts(bericht, released=released).items()
    }
    _enough(categories)
    return Permitted(
        known=known,
        ground=gate.ground,
        gate=gate,
        categories=categories,
        ground_text=policy.table.grounds[gate.ground],
        policy_digest=policy.digest,
    )


def situation(bericht: Bericht, facts: Facts) -> GateSituation:
    """The facts in the words of the decision table."""
    claim, person = _claim(bericht, facts.dossier), _person(bericht, facts.dossier)
    return _situation(facts, claim, person)


def outlook(facts: Facts, policy: Policy) -> Verdict:
    """What the table says of these facts alone, were a report to fit the register in all it claims.

    Raises ValueError for another table than the one that the facts say is in force.
    """
    if policy.digest != facts.policy_digest:
        raise ValueError("another table than the one in force")
    known = facts.dossier is not None
    claim = Claim.AGREES if known else Claim.DIFFERS
    return policy.gate(_situation(facts, claim, Person.MATCHES if known else Person.UNKNOWN))


def _situation(facts: Facts, claim: Claim, person: Person) -> GateSituation:
    dossier, recipient = facts.dossier, facts.recipient
    scope = _scope(dossier)
    return GateSituation(
        scope=scope,
        claim=claim,
        person=person,
        term=_term(facts.provider or facts.sender.party, facts.as_of),
        standing=_standing(facts),
        duty=_duty(dossier, facts.as_of),
        sender=Sender.DESIGNATED if facts.sender_designated else Sender.OTHER,
        sender_bound=_yes_no(facts.sender.is_bound(facts.as_of)),
        recipient=_recipient(recipient, facts.as_of),
        recipient_bound=_yes_no(recipient is not None and recipient.is_bound(facts.as_of)),
        consent=_consent(scope, facts.consent),
    )


def _scope(dossier: Dossier | None) -> Scope:
    if dossier is None or dossier.regime is None or dossier.doelgroep is None:
        return Scope.UNKNOWN
    return _SCOPES[dossier.regime, dossier.doelgroep]


def _claim(bericht: Bericht, dossier: Dossier | None) -> Claim:
    agrees = (
        dossier is not None
        and dossier.regime == bericht.wettelijk_regime
        and dossier.doelgroep == bericht.doelgroep
    )
    return Claim.AGREES if agrees else Claim.DIFFERS


def _person(bericht: Bericht, dossier: Dossier | None) -> Person:
    if dossier is None:
        return Person.UNKNOWN
    claimed = bericht.betrokkene
    same_name = folded_name(
        claimed.voorvoegsel_geslachtsnaam, claimed.geslachtsnaam
    ) == folded_name(dossier.voorvoegsel, dossier.geslachtsnaam)
    same_date = same_birth_date(claimed.geboortedatum, dossier.geboortedatum)
    return Person.MATCHES if same_name and same_date else Person.DIFFERS


def _term(party: Party, instant: datetime) -> Term:
    if party.term.ahead_of(instant):
        return Term.NOT_BEGUN
    return Term.ENDED if party.term.behind(instant) else Term.RUNNING


def _standing(facts: Facts) -> Standing:
    return (facts.provider or facts.sender.party).standing


def _duty(dossier: Dossier | None, instant: datetime) -> Duty:
    ended = dossier is not None and dossier.duty.behind(instant)
    return Duty.ENDED if ended else Duty.RUNNING


def _recipient(contact: Contact | None, instant: datetime) -> Recipient:
    if contact is None or contact.role not in _RECEIVING:
        return Recipient.NONE
    return _KEYS[contact.key_state(instant)]


def _consent(scope: Scope, consent: Consent) -> ConsentGate:
    if scope is not Scope.WI2013:
        return ConsentGate.NOT_NEEDED
    if consent.state is ConsentState.GIVEN and ConsentCategory.T1 not in consent.categories:
        return ConsentGate.NOT_INCLUDED
    return ConsentGate(consent.state.value)


def _yes_no(answer: bool) -> YesNo:  # noqa: FBT001 - translates a truth value
    return YesNo.YES if answer else YesNo.NO


def _other_provider(known: Known) -> bool:
    provider = known.facts.provider
    claimed = known.checked.envelop.aanbieder.instellingsnummer
    return provider is None or provider.instellingsnummer != claimed


def _texts(bericht: Bericht, *, released: bool) -> dict[Category, Text]:
    written = free_text(bericht)
    in_text = Text.RELEASED if released else Text.UNRELEASED
    return {
        category: in_text if category in written else Text.NONE
        for category in Category
        if category in present(bericht)
    }


def _category(
    category: Category, ground: Ground, consent: Consent, text: Text
) -> CategorySituation:
    rows = consent.categories if consent.state is ConsentState.GIVEN else frozenset()
    extra = consent.extra if consent.state is ConsentState.GIVEN else frozenset()
    return CategorySituation(
        category=category,
        ground=ground,
        t1=_yes_no(ConsentCategory.T1 in rows),
        t2=_yes_no(ConsentCategory.T2 in rows),
        t3=_yes_no(ConsentCategory.T3 in rows),
        t4=_yes_no(ConsentCategory.T4 in rows),
        extra=_yes_no(category in extra),
        text=text,
    )


def _enough(categories: dict[Category, Verdict]) -> None:
    held = [verdict for verdict in categories.values() if verdict.effect is Effect.HOLD]
    if held:
        raise Hold(*(reason for verdict in held for reason in verdict.reasons))
    shared = {name for name, verdict in categories.items() if verdict.effect is Effect.SHARE}
    if Category.IDENTITEIT not in shared or not shared - {Category.IDENTITEIT}:
        reasons = [reason for verdict in categories.values() for reason in verdict.reasons]
        raise Reject(Reason.NOTHING_LEFT, *reasons)
