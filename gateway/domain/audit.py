"""The audit trail: what people and commands did, and what concerns security (BIO2 8.15.01).

It names who acted, so its entries are a kind of their own in the log: records of
processing name nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

# Who did what no person did.
MACHINE = "gateway"
_ACCOUNT = "account"


def by_account(name: str) -> str:
    """The actor where nobody gave a name: an account of this machine."""
    return f"{_ACCOUNT} {name}"


class Action(StrEnum):
    """Everything that people do, and what concerns security, each named once.

    What each is, after NTA 7516, ECS and syslog, stands in `gateway.domain.actions`.
    A name is 32 characters at most (RFC 5424, 6: MSGID).
    """

    # mail that comes in and goes out; `about` is the trace
    MAIL_RECEIVED = "mail.received"
    MAIL_REFUSED = "mail.refused"
    MAIL_HELD = "mail.held"
    MAIL_DELETED = "mail.deleted"
    ORIGINAL_REMOVED = "mail.original-removed"
    MAIL_INSPECTED = "mail.inspected"
    MAIL_SUBMITTED = "mail.submitted"
    REPORT_FORWARDED = "report.forwarded"
    REPORT_UNDELIVERABLE = "report.undeliverable"
    LETTER_SENT = "letter.sent"

    # letters of duty; `about` is the case or breach
    DUTY_POSTED = "letter.duty-posted"
    DUTY_CONFIRMED = "letter.duty-confirmed"

    # held mail; `about` is the trace
    HELD_LOOKED = "held.looked"
    HELD_RELEASE = "held.release"
    HELD_REFUSE = "held.refuse"
    HELD_REPHRASE = "held.rephrase"

    # parties and contacts
    PARTY_ADDED = "party.added"
    PARTY_RENAMED = "party.renamed"
    PARTY_STANDING_SET = "party.standing-set"
    PARTY_TERM_SET = "party.term-set"
    PARTY_NOTICES_DRAFTED = "party.notices-drafted"
    KIT_MADE = "party.kit-made"
    CONTACT_ADDED = "contact.added"
    CONTACT_CHANGED = "contact.changed"
    CONTACT_CONFIDENTIAL = "contact.confidentiality-recorded"
    CONTACT_ENDED = "contact.ended"
    CONTACT_LISTED = "contact.listed"
    CONTACT_LOOKED = "contact.looked"
    KEY_PROPOSED = "contact.key-proposed"
    KEY_PINNED = "contact.key-pinned"
    KEY_REVOKED = "contact.key-revoked"

    # dossiers, designations and consent; `about` is the register's own id of the dossier
    DOSSIER_ADDED = "register.dossier-added"
    DOSSIER_IDENTIFIED = "register.dossier-identified"
    DOSSIER_CHANGED = "register.dossier-changed"
    DOSSIER_ERASED = "register.dossier-erased"
    DOSSIER_LISTED = "register.dossiers-listed"
    DOSSIER_LOOKED = "register.dossier-looked"
    DESIGNATED = "register.designated"
    SUBSTITUTED = "register.substituted"
    SUBSTITUTION_ENDED = "register.substitution-ended"
    CONSENT_RECORDED = "register.consent-recorded"
    CONSENT_WITHDRAWN = "register.consent-withdrawn"
    CONSENT_ASKED = "register.consent-asked"
    CONSENT_LOOKED = "register.consent-looked"
    CONSENT_SCAN_KEPT = "register.scan-kept"
    CONSENT_SCAN_LOOKED = "register.scan-looked"
    CONSENT_RECEIPT = "register.consent-receipt"
    INVALIDATION_PROPOSED = "register.invalidation-proposed"
    CONSENT_INVALIDATED = "register.consents-invalidated"
    IMPORTED = "register.imported"
    RESTRICTED = "register.restricted"
    LIFTING_ANNOUNCED = "register.lifting-announced"
    RESTRICTION_LIFTED = "register.restriction-lifted"
    CORRECTION_RECORDED = "register.correction-recorded"
    RECIPIENTS_NOTED = "register.recipients-noted"
    RECIPIENTS_LOOKED = "register.recipients-looked"

    # help between the parties (12.7, 12.11); `about` is its own reference
    HELP_ASKED = "party.help-asked"
    HELP_ANSWERED = "party.help-answered"
    ANSWER_LOOKED = "letter.answer-looked"

    # operators and proposals
    OPERATOR_PROPOSED = "operator.proposed"
    OPERATOR_ADDED = "operator.added"
    OPERATOR_END_PROPOSED = "operator.end-proposed"
    OPERATOR_ENDED = "operator.ended"
    OPERATOR_REFUSED = "operator.refused"
    PROPOSAL_APPROVED = "proposal.approved"
    PROPOSAL_REFUSED = "proposal.refused"
    PROPOSAL_WITHDRAWN = "proposal.withdrawn"

    # the decision table; `about` is its digest
    POLICY_PROPOSED = "policy.proposed"
    POLICY_ACTIVATED = "policy.activated"
    POLICY_BACKTESTED = "policy.backtested"
    POLICY_EXPLAINED = "policy.explained"

    # incidents; `about` is the reference
    BREACH_OPENED = "breach.opened"
    BREACH_ACCEPTED = "breach.accepted"
    BREACH_DISMISSED = "breach.dismissed"
    BREACH_NOTICES_DRAFTED = "breach.notices-drafted"
    BREACH_REGISTERED = "breach.registered"
    BREACH_EXTENDED = "breach.extended"
    BREACH_NOTED = "breach.noted"
    BREACH_ASSESSED = "breach.assessed"
    BREACH_DECIDED = "breach.decided"
    BREACH_REPORTED = "breach.reported"
    BREACH_CLOSED = "breach.closed"
    BREACH_REOPENED = "breach.reopened"
    BREACH_REMOVED = "breach.removed"
    BREACH_LOOKED = "breach.looked"
    BREACH_PAPERS = "breach.papers-made"
    BREACH_LETTER = "breach.letter-made"
    BREACH_EXPORTED = "breach.register-exported"
    NOT_REPORTING_PROPOSED = "breach.silence-proposed"
    BREACH_SCOPED = "breach.scoped"
    BREACH_PEOPLE_LOOKED = "breach.people-looked"
    BREACH_INDEXED = "breach.indexed"
    QUEUE_HELD = "breach.mail-held-back"
    QUEUE_LET_GO = "breach.mail-let-go"

    # requests of people about their own data; `about` is the case
    CASE_OPENED = "request.opened"
    CASE_STEP = "request.step-taken"
    CASE_DECIDED = "request.decided"
    CASE_LOOKED = "request.looked"
    DOSSIER_PREVIEWED = "request.dossier-previewed"
    DOSSIER_MADE = "request.dossier-made"
    DATA_TAKEN = "request.data-taken"
    CASE_LETTER = "request.letter-made"
    REFUSAL_PROPOSED = "request.refusal-proposed"
    ERASURE_PROPOSED = "request.erasure-proposed"
    TAKING_BACK_PROPOSED = "request.taking-back-proposed"
    REMAINS_CONFIRMED = "request.remains-confirmed"

    # the logs themselves
    LOG_LOOKED = "log.looked"
    LOG_AUDITED = "log.audit-looked"
    LOG_VERIFIED = "log.verified"
    LOG_EXPORTED = "log.exported"
    LOG_PRUNED = "log.pruned"
    LOG_COSIGNED = "log.cosigned"
    HOLD_PLACED = "log.hold-placed"
    HOLD_LIFTED = "log.hold-lifted"

    # the gateway
    PREPARED = "gateway.prepared"
    STARTED = "gateway.started"
    STOPPED = "gateway.stopped"
    EXAMINED = "gateway.examined"
    KEY_MADE = "gateway.key-made"
    OWN_KEY_ENTERED = "gateway.key-entered"
    OWN_KEY_ROTATED = "gateway.key-rotated"
    OWN_KEY_CLOSED = "gateway.key-closed"
    OWN_KEY_CERTIFIED = "gateway.key-expiry-set"
    OWN_KEY_REVOKED = "gateway.key-revoked"
    OWN_KEY_DESTROYED = "gateway.key-destroyed"
    CERTIFICATE_EXPORTED = "gateway.certificate-exported"
    CERTIFICATE_REQUESTED = "gateway.certificate-requested"
    CERTIFICATE_INSTALLED = "gateway.certificate-installed"
    NOT_STARTED = "gateway.not-started"
    BUG = "gateway.bug"

    # security, noticed by the machine itself; `detail` is the reason code
    SIGNATURE_REFUSED = "security.signature-refused"
    UNKNOWN_SIGNER = "security.unknown-signer"
    SENDER_MISMATCH = "security.sender-mismatch"
    NOT_ENCRYPTED = "security.not-encrypted"
    REPLAY_REFUSED = "security.replay-refused"
    STRANGERS_REPORT = "security.strangers-report"
    MANY_REFUSALS = "security.many-refusals"
    OPENER_KILLED = "security.opener-killed"
    LOG_BROKEN = "security.log-broken"
    CERTIFICATE_TROUBLE = "security.certificate-trouble"
    SIEM_UNREACHABLE = "security.siem-unreachable"


# Looks at people: each is about one dossier.
AT_PEOPLE: Final = frozenset(
    {
        Action.DOSSIER_LISTED,
        Action.DOSSIER_LOOKED,
        Action.CONSENT_LOOKED,
        Action.CONSENT_SCAN_LOOKED,
        Action.CONSENT_RECEIPT,
        Action.POLICY_EXPLAINED,
        Action.BREACH_NOTICES_DRAFTED,
        Action.BREACH_LETTER,
        Action.BREACH_PEOPLE_LOOKED,
        Action.RECIPIENTS_LOOKED,
        Action.CASE_LOOKED,
        Action.DOSSIER_PREVIEWED,
        Action.DOSSIER_MADE,
        Action.DATA_TAKEN,
        Action.CASE_LETTER,
    }
)


class DeedResult(StrEnum):
    """How it ended: as asked, by a rule that says no, or by a fault."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that somebody did: Tijdstempel, Actor, Actie, Object, Resultaat, Oorsprong.

    `actor` is an operator's id, what the founder of an installation called themselves,
    `account NAME` of this machine where nobody gave a name, or `MACHINE`; `about` an id,
    reference or trace, never a name or a value.  `origin` is the account of this machine,
    or the instance of a gateway that deletes by itself.  `trace` is that of the mail it
    concerns; `detail` a code from a closed list, such as a reason code.  `subject` is the
    register's own id of the dossier that it is about: what is recorded says a pseudonym
    instead, so that the link to the person can go.
    """

    at: datetime
    actor: str
    action: Action
    about: str
    result: DeedResult
    origin: str
    trace: str = ""
    detail: str = ""
    subject: str = ""


def by_itself(
    action: Action, about: str, at: datetime, *, origin: str = "", trace: str = "", detail: str = ""
) -> Deed:
    """What the gateway did without anybody asking for it; the words are those of `Deed`."""
    return Deed(
        at=at,
        actor=MACHINE,
        action=action,
        about=about,
        result=DeedResult.DONE,
        origin=origin,
        trace=trace,
        detail=detail,
    )
