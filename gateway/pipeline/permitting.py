"""2.3, 12.1, 12.2, 12.4, 12.8, 15, 16: which categories may be shared, on which ground, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Berichttype, Category, Doelgroep, Regime
from gateway.domain.categories import free_text, present
from gateway.domain.facts import folded_name, same_birth_date
from gateway.domain.judgement import decide
from gateway.domain.parties import KeyState, Role, Standing
from gateway.domain.policy import Effect, Verdict
from gateway.domain.replacing import Replacing
from gateway.domain.restricting import restrained
from gateway.domain.situating import circumstances_under, consent_gate
from gateway.domain.situation import (
    Claim,
    Duty,
    GateSituation,
    Person,
    Recipient,
    Scope,
    Sender,
    Term,
    Text,
    yes_no,
)
from gateway.domain.stages import Judged, Permitted
from gateway.domain.stops import Hold, Outcome, Reason, Reject, Retry

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.facts import Dossier, Facts
    from gateway.domain.judgement import Circumstances
    from gateway.domain.parties import Contact, Party
    from gateway.domain.policy import Policy
    from gateway.domain.stages import Known
    from gateway.domain.stops import Stop

_SCOPES: dict[tuple[Regime, Doelgroep], Scope] = {
    (Regime.WI2013, Doelgroep.ASIEL): Scope.WI2013,
    (Regime.WI2013, Doelgroep.GEZIN_OVERIG): Scope.WI2013,
    (Regime.WI2021, Doelgroep.GEZIN_OVERIG): Scope.WI2021_GEZIN_OVERIG,
    (Regime.WI2021, Doelgroep.ASIEL): Scope.WI2021_ASIEL,
}
_CATEGORIES = tuple(Category)
_MAY_BE_ASKED = frozenset(
    {
        Reason.NO_CONSENT,
        Reason.CONSENT_EXPIRED,
        Reason.CONSENT_INVALIDATED,
        Reason.CATEGORY_NOT_CONSENTED,
    }
)
_RECEIVING = frozenset({Role.CASEMANAGER, Role.CONTACTPERSOON})
_KEYS: dict[KeyState, Recipient] = {
    KeyState.READY: Recipient.READY,
    KeyState.NO_KEY: Recipient.NO_KEY,
    KeyState.EXPIRED: Recipient.KEY_EXPIRED,
    KeyState.REVOKED: Recipient.KEY_REVOKED,
}


_IRREPLACEABLE: dict[Replacing, Callable[[], Stop]] = {
    Replacing.UNKNOWN: lambda: Reject(Reason.CORRECTS_UNKNOWN),
    Replacing.ANOTHER_DOSSIER: lambda: Reject(Reason.CORRECTS_ANOTHER),
    Replacing.REPLACED: lambda: Reject(Reason.CORRECTS_REPLACED),
    Replacing.WAITING: lambda: Hold(Reason.CORRECTS_WAITING),
    Replacing.UNREAD: lambda: Retry(Reason.CORRECTS_UNREAD),
}


def judge(known: Known, policy: Policy) -> Judged:
    """What the table says of this report; stops nothing yet, so that it can be kept.

    Raises ValueError for another table than the one that the facts say is in force.
    """
    if policy.digest != known.facts.policy_digest:
        raise ValueError("another table than the one in force")
    return Judged(known=known, policy=policy, judgement=decide(circumstances(known), policy))


def permit(judged: Judged) -> Permitted:
    """Every category's verdict; raises `Reject` or `Hold` with all reasons that apply.

    A restriction or objection of the person's holds what the table admits, and a correction
    of what cannot be replaced is stopped too, once everything else is in order;
    with `Retry` while mail that came before it is still to be handled.
    """
    judgement = judged.judgement
    gate = judgement.gate
    if judgement.outcome is not Outcome.FORWARD or gate is None or gate.ground is None:
        if judgement.outcome is Outcome.HOLD:
            raise Hold(*judgement.reasons, *_restrained(judged))
        raise Reject(*judgement.reasons, *_advice(judged))
    restrained_by = _restrained(judged)
    if restrained_by:
        raise Hold(*restrained_by)  # AVG 18, 21: whoever released what, and whatever the table says
    _replaces(judged.known)
    return Permitted(
        known=judged.known,
        ground=gate.ground,
        gate=gate,
        categories=dict(judgement.categories),
        ground_text=judged.policy.table.grounds[gate.ground],
        policy_digest=judgement.policy_digest,
        judgement=judgement,
    )


def _restrained(judged: Judged) -> tuple[Reason, ...]:
    gate = judged.judgement.gate
    return restrained(judged.known.facts.restrictions, gate.ground if gate else None)


def _replaces(known: Known) -> None:
    replaced = known.facts.replaced
    if replaced is not None and replaced.state is not Replacing.STANDS:
        raise _IRREPLACEABLE[replaced.state]()
    if replaced is None and known.checked.bericht.vervangt is not None:
        raise Reject(Reason.CORRECTS_UNKNOWN)


def _advice(judged: Judged) -> tuple[Reason, ...]:
    """10.4: a signal that only lacks consent ends in advice to ask for it, and in nothing else.

    Not where the inburgeraar said no or withdrew: who was asked is not to be pressed.
    """
    signal = judged.known.checked.bericht.berichttype is Berichttype.ELIP_SIGNAAL
    judgement = judged.judgement
    if signal and judgement.outcome is Outcome.REJECT and _MAY_BE_ASKED & set(judgement.reasons):
        return (Reason.SIGNAL_WITHOUT_CONSENT,)
    return ()


def circumstances(known: Known) -> Circumstances:
    """All that a table can decide on, of this report and its facts."""
    bericht, facts = known.checked.bericht, known.facts
    released = bericht.bericht_id in known.checked.opened.raw.approved
    return circumstances_of(
        facts,
        situation(bericht, facts),
        _texts(bericht, released=released),
        own_document=not _other_provider(known),
    )


def circumstances_of(
    facts: Facts,
    gate: GateSituation,
    texts: tuple[tuple[Category, Text], ...],
    *,
    own_document: bool,
) -> Circumstances:
    """As `circumstances`, for a report of which only this is known."""
    return circumstances_under(
        facts.consent,
        gate=gate,
        texts=texts,
        disclosed_before=facts.disclosed_before,
        own_document=own_document,
    )


def situation(bericht: Bericht, facts: Facts) -> GateSituation:
    """The facts in the words of the decision table."""
    claim, person = _claim(bericht, facts.dossier), _person(bericht, facts.dossier)
    return situation_of(facts, claim=claim, person=person)


def outlook(facts: Facts, policy: Policy) -> Verdict:
    """What would become of a report that fits the register in all it claims, by these facts alone.

    What the table says, or a hold where the person's rights hold back what it admits.

    Raises ValueError for another table than the one that the facts say is in force.
    """
    if policy.digest != facts.policy_digest:
        raise ValueError("another table than the one in force")
    known = facts.dossier is not None
    claim = Claim.AGREES if known else Claim.DIFFERS
    person = Person.MATCHES if known else Person.UNKNOWN
    return _held_back(facts, policy.gate(situation_of(facts, claim=claim, person=person)))


def _held_back(facts: Facts, said: Verdict) -> Verdict:
    reasons = restrained(facts.restrictions, said.ground)
    if said.effect is not Effect.ADMIT or not reasons:
        return said
    return Verdict(effect=Effect.HOLD, rows=said.rows, articles=said.articles, reasons=reasons)


def situation_of(facts: Facts, *, claim: Claim, person: Person) -> GateSituation:
    """As `situation`, for a report of which only this is known."""
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
        sender_bound=yes_no(facts.sender.is_bound(facts.as_of)),
        recipient=_recipient(recipient, facts.as_of),
        recipient_bound=yes_no(recipient is not None and recipient.is_bound(facts.as_of)),
        consent=consent_gate(scope, facts.consent),
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


def _other_provider(known: Known) -> bool:
    provider = known.facts.provider
    claimed = known.checked.envelop.aanbieder.instellingsnummer
    return provider is None or provider.instellingsnummer != claimed


def _texts(bericht: Bericht, *, released: bool) -> tuple[tuple[Category, Text], ...]:
    written, carried = free_text(bericht), present(bericht)
    in_text = Text.RELEASED if released else Text.UNRELEASED
    return tuple(
        (category, in_text if category in written else Text.NONE)
        for category in _CATEGORIES
        if category in carried
    )
