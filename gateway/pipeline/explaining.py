"""Why a report is, or would be, shared or not: what `permit` decides, with every row's account.

The decision itself is the walk's own; only the account is made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category
from gateway.domain.categories import FREE_TEXT
from gateway.domain.explaining import (
    CategoryAccount,
    Decision,
    Explanation,
    TableAccount,
    explain_category,
    explain_gate,
    ground_for,
)
from gateway.domain.judgement import decide
from gateway.domain.outcomes import Ended
from gateway.domain.policy import Effect
from gateway.domain.restricting import restrained
from gateway.domain.silent import Silent
from gateway.domain.situation import Claim, Ground, Person, Text
from gateway.domain.stops import Hold, Outcome, Reason, Stop
from gateway.pipeline.checking import check
from gateway.pipeline.opening import opening_again
from gateway.pipeline.permitting import (
    circumstances,
    circumstances_of,
    judge,
    permit,
    situation_of,
)
from gateway.pipeline.recognising import recognise
from gateway.pipeline.redacting import redact
from gateway.pipeline.routing import route

if TYPE_CHECKING:
    from gateway.domain.facts import Facts
    from gateway.domain.judgement import Circumstances
    from gateway.domain.policy import Policy
    from gateway.domain.situation import GateSituation
    from gateway.domain.stages import Addressed, Checked, Known, Opened, RawMail
    from gateway.pipeline.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MailExplanation(Silent):
    """Every report of one mail; `decision` is what ended the mail as a whole, if anything did."""

    opened: Opened | None
    decision: Decision | None
    reports: tuple[Explanation, ...]


async def explain_mail(raw: RawMail, gate: Gate) -> MailExplanation:
    """As the walk would judge this mail; nothing is stored, logged or sent."""
    opened: Opened | None = None
    try:
        opened = await opening_again(raw, gate)
        reports = check(opened)
        explained = tuple([await explain_report(opened, report, gate) for report in reports])
        return MailExplanation(opened=opened, decision=None, reports=explained)
    except Stop as stop:
        return MailExplanation(opened=opened, decision=_stopped(stop), reports=())
    except Exception:  # noqa: BLE001 - as the walk holds what it cannot make out
        bug = _stopped(Hold(Reason.UNEXPECTED))
        return MailExplanation(opened=opened, decision=bug, reports=())


async def explain_report(opened: Opened, report: Checked | Ended, gate: Gate) -> Explanation:
    """One report of an opened mail."""
    if isinstance(report, Ended):
        return _unjudged(opened, report.dossierkenmerk, report.number, report.stop)
    kenmerk = report.bericht.betrokkene.dossierkenmerk
    try:
        known = await gate.registry.look_up(report)
        return explain(known, await gate.registry.policy(known))
    except Stop as stop:
        return _unjudged(opened, kenmerk, report.number, stop)
    except Exception:  # noqa: BLE001 - as above
        return _unjudged(opened, kenmerk, report.number, Hold(Reason.UNEXPECTED))


def explain(known: Known, policy: Policy) -> Explanation:
    """One report at hand."""
    facts, there = known.facts, circumstances(known)
    carried = dict(there.texts)
    supposing = [(each, carried.get(each, Text.NONE), each in carried) for each in Category]
    ended = _to_its_end(known, policy)
    left = None if isinstance(ended, Stop) else ended.disclosure
    shared = Decision(text=None, outcome=Outcome.FORWARD, shared=left.categories if left else ())
    return Explanation(
        as_of=facts.as_of,
        dossierkenmerk=facts.dossierkenmerk,
        number=known.checked.number,
        side=facts.sender.party.side,
        sender_id=facts.sender.contact_id,
        recipient_id=facts.recipient.contact_id if facts.recipient else None,
        judged=_judged(there, supposing, policy),
        decisions=(_stopped(ended) if isinstance(ended, Stop) else shared,),
        disclosed=left.disclosed if left else (),
        withheld=left.withheld if left else (),
    )


def supposed(facts: Facts, policy: Policy) -> Explanation:
    """No report is at hand: one that claims what the register says, with every category.

    The three decisions are on that report without free text, with free text that
    nobody released, and with free text that two people released.
    """
    person = Person.UNKNOWN if facts.dossier is None else Person.MATCHES
    at_gate = situation_of(facts, claim=Claim.AGREES, person=person)
    reports = [_supposed(facts, at_gate, text) for text in Text]
    supposing = [
        (each, text, True)
        for each in Category
        for text in (Text if each in FREE_TEXT else (Text.NONE,))
    ]
    return Explanation(
        as_of=facts.as_of,
        dossierkenmerk=facts.dossierkenmerk,
        number=None,
        side=facts.sender.party.side,
        sender_id=facts.sender.contact_id,
        recipient_id=facts.recipient.contact_id if facts.recipient else None,
        judged=_judged(reports[0], supposing, policy),
        decisions=tuple(
            _decision(facts, there, text, policy) for there, text in zip(reports, Text, strict=True)
        ),
    )


def _to_its_end(known: Known, policy: Policy) -> Addressed | Stop:
    try:
        return route(redact(permit(recognise(judge(known, policy)))))
    except Stop as stop:
        return stop
    except Exception:  # noqa: BLE001 - as above
        return Hold(Reason.UNEXPECTED)


def _supposed(facts: Facts, at_gate: GateSituation, text: Text) -> Circumstances:
    carried = tuple((each, text if each in FREE_TEXT else Text.NONE) for each in Category)
    return circumstances_of(facts, at_gate, carried, own_document=facts.provider is not None)


def _decision(facts: Facts, there: Circumstances, text: Text, policy: Policy) -> Decision:
    found = decide(there, policy)
    rights = restrained(facts.restrictions, found.gate.ground if found.gate else None)
    if rights and found.outcome is not Outcome.REJECT:
        return Decision(text=text, outcome=Outcome.HOLD, reasons=(*found.reasons, *rights))
    if found.outcome is not Outcome.FORWARD:
        return Decision(text=text, outcome=found.outcome, reasons=found.reasons)
    shared = (name for name, said in found.categories if said.effect is Effect.SHARE)
    return Decision(text=text, outcome=Outcome.FORWARD, shared=tuple(shared))


def _judged(
    there: Circumstances,
    supposing: list[tuple[Category, Text, bool]],
    policy: Policy,
) -> TableAccount:
    ground = ground_for(policy, there.gate)
    return TableAccount(
        version=policy.table.version,
        digest=policy.digest,
        ground=ground,
        ground_text=policy.table.grounds[ground] if ground else None,
        gate=explain_gate(policy, there.gate),
        categories=tuple(
            CategoryAccount(
                category=category,
                text=text,
                present=present,
                account=explain_category(
                    policy,
                    there.category(category, text, ground or Ground.CONSENT),
                    grounded=ground is not None,
                ),
            )
            for category, text, present in supposing
        ),
    )


def _stopped(stop: Stop) -> Decision:
    return Decision(text=None, outcome=stop.outcome, reasons=stop.reasons, faults=stop.faults)


def _unjudged(opened: Opened, kenmerk: str, number: int | None, stop: Stop) -> Explanation:
    return Explanation(
        as_of=opened.raw.instant,
        dossierkenmerk=kenmerk,
        number=number,
        side=opened.sender.party.side,
        sender_id=opened.sender.contact_id,
        recipient_id=None,
        judged=None,
        decisions=(_stopped(stop),),
    )
