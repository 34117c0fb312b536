"""12.4: whether a report that left is still covered by consent, as is known now.

It is judged anew by the table it was decided under, with the consent that held
when it left.  What that table would not share any more is uncovered; the rest
had its ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.assembling import consent_for
from gateway.domain.incidents import Uncovered
from gateway.domain.judgement import decide
from gateway.domain.parties import Standing
from gateway.domain.situating import circumstances_under, consent_gate
from gateway.domain.situation import (
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

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.bijsluiter import Category
    from gateway.domain.consent import Consent
    from gateway.domain.histories import DossierHistory
    from gateway.domain.incidents import SentReport
    from gateway.domain.policy import Policy


# How a report passes under the covenant's table, for those of which it was not kept.
_IN_ORDER = GateSituation(
    scope=Scope.WI2013,
    claim=Claim.AGREES,
    person=Person.MATCHES,
    term=Term.RUNNING,
    standing=Standing.ACTIVE,
    duty=Duty.RUNNING,
    sender=Sender.DESIGNATED,
    sender_bound=YesNo.YES,
    recipient=Recipient.READY,
    recipient_bound=YesNo.YES,
    consent=ConsentGate.GIVEN,
)


def uncovered(
    report: SentReport, history: DossierHistory, policy: Policy | None, now: datetime
) -> frozenset[Category]:
    """What this report shared without consent, by what is known `now`.

    Everything, when the table it was decided under cannot be read any more.
    """
    consent = consent_for(history, report.provider_id, valid_at=report.sent_at or now, known_at=now)
    return report.categories - (covered(report, consent, policy) if policy else frozenset())


def covered(report: SentReport, consent: Consent, policy: Policy) -> frozenset[Category]:
    """The categories of this report that the table shares on this consent."""
    texts = tuple(
        # A text that left had been released by two people.
        (category, Text.RELEASED if category in report.free_text else Text.NONE)
        for category in sorted(report.categories)
    )
    passed = report.gate or _IN_ORDER
    gate = passed._replace(consent=consent_gate(passed.scope, consent))
    found = decide(circumstances_under(consent, gate=gate, texts=texts), policy)
    on_consent = found.gate is not None and found.gate.ground is Ground.CONSENT
    return found.shared if on_consent else frozenset()


def named(report: SentReport, categories: frozenset[Category]) -> Uncovered:
    """This report as a disclosure of an incident."""
    return Uncovered(
        dossier_id=report.dossier_id,
        provider_id=report.provider_id,
        trace=report.trace,
        number=report.number,
        span_id=report.span_id,
        reference=report.reference,
        sent_at=report.sent_at,
        sender_id=report.sender_id,
        recipient_id=report.recipient_id,
        categories=categories,
    )
