"""What each action of the audit trail is: its meaning, its class, and its words for a SIEM.

Classes are those of NTA 7516's list of events to log, and ours where it has none.
`category` and `types` are the categorization fields of the Elastic Common Schema 8,
which names for each category the types that go with it.  Severities are those of
syslog (RFC 5424, 6.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from gateway.domain.audit import Action, DeedResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.audit import Deed


class DeedClass(StrEnum):
    """What kind of deed; the first seven are NTA 7516's."""

    SEND = "send"
    FAIL = "fail"
    RECEIVE = "receive"
    CONSULT = "consult"
    DELETE = "delete"
    FORWARD = "forward"
    RIGHTS_CHANGE = "rights-change"
    RECORD = "record"
    RELEASE = "release"
    REFUSE = "refuse"
    APPROVE = "approve"
    PROPOSE = "propose"
    EXPORT = "export"
    START = "start"
    STOP = "stop"
    KEY = "key"
    CONFIGURATION = "configuration"
    SECURITY = "security"


class Severity(IntEnum):
    """Of RFC 5424, 6.2.1; the smaller the graver."""

    ALERT = 1
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What an action is; `meaning` is a few words that hold for every deed of it."""

    meaning: str
    kind: DeedClass
    category: str
    types: tuple[str, ...]
    severity: Severity


def severity_of(deed: Deed) -> Severity:
    """That of its action, or graver: a refusal is a warning, a failure an error."""
    least = {DeedResult.REFUSED: Severity.WARNING, DeedResult.FAILED: Severity.ERROR}
    own = NATURES[deed.action].severity
    return min(own, least.get(deed.result, own))


def _nature(
    meaning: str,
    kind: DeedClass,
    category: str,
    *types: str,
    severity: Severity = Severity.NOTICE,
) -> Nature:
    return Nature(meaning=meaning, kind=kind, category=category, types=types, severity=severity)


def _look(meaning: str) -> Nature:
    return _nature(meaning, DeedClass.CONSULT, "database", "access", severity=Severity.INFO)


def _record(meaning: str) -> Nature:
    return _nature(meaning, DeedClass.RECORD, "database", "change")


def _rights(meaning: str, *types: str) -> Nature:
    return _nature(meaning, DeedClass.RIGHTS_CHANGE, "iam", *types)


def _mail(meaning: str, kind: DeedClass, severity: Severity = Severity.INFO) -> Nature:
    return _nature(meaning, kind, "email", "info", severity=severity)


def _intrusion(meaning: str, severity: Severity = Severity.WARNING) -> Nature:
    return _nature(meaning, DeedClass.SECURITY, "intrusion_detection", "denied", severity=severity)


NATURES: Final[Mapping[Action, Nature]] = {
    Action.MAIL_RECEIVED: _mail("mail came in", DeedClass.RECEIVE),
    Action.MAIL_REFUSED: _mail("mail or report refused by a rule", DeedClass.REFUSE),
    Action.MAIL_HELD: _mail("mail waits for a person", DeedClass.REFUSE),
    Action.MAIL_DELETED: _mail("sealed mail deleted, its time was over", DeedClass.DELETE),
    Action.ORIGINAL_REMOVED: _mail(
        "mail of somebody erased gone from the mailbox", DeedClass.DELETE
    ),
    Action.MAIL_INSPECTED: _nature(
        "mail in a file opened to see what would become of it",
        DeedClass.CONSULT,
        "file",
        "access",
        severity=Severity.INFO,
    ),
    Action.MAIL_SUBMITTED: _mail("mail built and submitted for a contact", DeedClass.SEND),
    Action.REPORT_FORWARDED: _mail("report passed on to its contact", DeedClass.FORWARD),
    Action.REPORT_UNDELIVERABLE: _mail(
        "report refused by the next server", DeedClass.FAIL, Severity.WARNING
    ),
    Action.LETTER_SENT: _mail("receipt, notice or reminder sent", DeedClass.SEND),
    Action.DUTY_POSTED: _mail(
        "letter of duty posted to a contact", DeedClass.SEND, Severity.NOTICE
    ),
    Action.DUTY_CONFIRMED: _record("that a contact did what a letter asked"),
    Action.HELD_LOOKED: _look("held mail looked into, with whom it is about"),
    Action.HELD_RELEASE: _mail("held mail released", DeedClass.RELEASE, Severity.NOTICE),
    Action.HELD_REFUSE: _mail("held mail refused", DeedClass.REFUSE, Severity.NOTICE),
    Action.HELD_REPHRASE: _mail(
        "sender asked to say a held free text in another way", DeedClass.REFUSE, Severity.NOTICE
    ),
    Action.PARTY_ADDED: _rights("party added", "creation", "group"),
    Action.PARTY_RENAMED: _rights("party renamed", "change", "group"),
    Action.PARTY_STANDING_SET: _rights("standing of a party set", "change", "group"),
    Action.PARTY_TERM_SET: _rights("term of a party set", "change", "group"),
    Action.PARTY_NOTICES_DRAFTED: _nature(
        "notices of an exclusion drafted", DeedClass.EXPORT, "file", "creation"
    ),
    Action.KIT_MADE: _nature("kit for a provider made", DeedClass.EXPORT, "file", "creation"),
    Action.CONTACT_ADDED: _rights("contact added", "creation", "user"),
    Action.CONTACT_CHANGED: _rights("contact changed", "change", "user"),
    Action.CONTACT_CONFIDENTIAL: _rights("confidentiality of a contact recorded", "change", "user"),
    Action.CONTACT_ENDED: _rights("contact ended", "deletion", "user"),
    Action.CONTACT_LISTED: _look("contacts listed with names"),
    Action.CONTACT_LOOKED: _look("contact looked at with name"),
    Action.KEY_PROPOSED: _nature(
        "key of a contact proposed", DeedClass.PROPOSE, "iam", "change", "user"
    ),
    Action.KEY_PINNED: _nature("key of a contact pinned", DeedClass.KEY, "iam", "change", "user"),
    Action.KEY_REVOKED: _nature(
        "key of a contact revoked", DeedClass.KEY, "iam", "change", "user",
        severity=Severity.WARNING,
    ),
    Action.DOSSIER_ADDED: _record("dossier added"),
    Action.DOSSIER_IDENTIFIED: _record("number or person of a dossier recorded"),
    Action.DOSSIER_CHANGED: _record("circumstances of a dossier recorded"),
    Action.DOSSIER_ERASED: _nature(
        "person of a dossier erased", DeedClass.DELETE, "database", "change"
    ),
    Action.DOSSIER_LISTED: _look("dossiers listed with names"),
    Action.DOSSIER_LOOKED: _look("dossier looked at with name"),
    Action.DESIGNATED: _rights("contact designated for a dossier", "change", "user"),
    Action.SUBSTITUTED: _rights("substitute named for a contact", "change", "user"),
    Action.SUBSTITUTION_ENDED: _rights("substitution ended", "change", "user"),
    Action.CONSENT_RECORDED: _record("consent recorded"),
    Action.CONSENT_WITHDRAWN: _record("consent withdrawn"),
    Action.CONSENT_ASKED: _record("consent asked for"),
    Action.CONSENT_LOOKED: _look("consents looked at"),
    Action.CONSENT_SCAN_KEPT: _record("scan of a consent form kept"),
    Action.CONSENT_SCAN_LOOKED: _nature(
        "scan of a consent form taken out", DeedClass.CONSULT, "file", "access"
    ),
    Action.CONSENT_RECEIPT: _nature(
        "consent receipt made", DeedClass.EXPORT, "file", "creation"
    ),
    Action.INVALIDATION_PROPOSED: _nature(
        "end of all consents on a form proposed", DeedClass.PROPOSE, "database", "change"
    ),
    Action.CONSENT_INVALIDATED: _record("all consents on a form ended"),
    Action.RESTRICTED: _record("restriction of what is passed on about somebody began"),
    Action.LIFTING_ANNOUNCED: _record("somebody was told that their restriction ends"),
    Action.RESTRICTION_LIFTED: _record("restriction of what is passed on about somebody lifted"),
    Action.CORRECTION_RECORDED: _record("wrong value in a report that was passed on recorded"),
    Action.RECIPIENTS_NOTED: _record("recipients who have to hear of something recorded"),
    Action.RECIPIENTS_LOOKED: _look("recipients of personal data written to a file"),
    Action.HELP_ASKED: _record("help, return or removal asked between the parties"),
    Action.HELP_ANSWERED: _record("answer to a request for help recorded"),
    Action.ANSWER_LOOKED: _look("answer of a contact to a letter of duty opened"),
    Action.IMPORTED: _record("file imported into the register"),
    Action.OPERATOR_PROPOSED: _nature(
        "operator proposed", DeedClass.PROPOSE, "iam", "admin", "creation"
    ),
    Action.OPERATOR_ADDED: _rights("operator added", "admin", "creation"),
    Action.OPERATOR_END_PROPOSED: _nature(
        "end of an operator proposed", DeedClass.PROPOSE, "iam", "admin", "deletion"
    ),
    Action.OPERATOR_ENDED: _rights("operator ended", "admin", "deletion"),
    Action.OPERATOR_REFUSED: _nature(
        "somebody acted who may not, or from another account",
        DeedClass.SECURITY, "iam", "admin", "info",
        severity=Severity.WARNING,
    ),
    Action.PROPOSAL_APPROVED: _nature(
        "proposal approved by a second person", DeedClass.APPROVE, "iam", "admin", "change"
    ),
    Action.PROPOSAL_REFUSED: _nature(
        "proposal refused by a second person", DeedClass.REFUSE, "iam", "admin", "info"
    ),
    Action.PROPOSAL_WITHDRAWN: _nature(
        "proposal taken back", DeedClass.REFUSE, "iam", "admin", "info"
    ),
    Action.POLICY_PROPOSED: _nature(
        "decision table proposed", DeedClass.PROPOSE, "configuration", "creation"
    ),
    Action.POLICY_ACTIVATED: _nature(
        "decision table put in force", DeedClass.CONFIGURATION, "configuration", "change"
    ),
    Action.POLICY_BACKTESTED: _look("decision table tried on recorded decisions"),
    Action.POLICY_EXPLAINED: _look("decision about a person explained"),
    Action.BREACH_OPENED: _nature(
        "possible data breach found",
        DeedClass.SECURITY, "intrusion_detection", "info",
        severity=Severity.ALERT,
    ),
    Action.BREACH_ACCEPTED: _record("possible data breach accepted as one"),
    Action.BREACH_DISMISSED: _record("possible data breach dismissed"),
    Action.BREACH_NOTICES_DRAFTED: _nature(
        "notices of a data breach drafted", DeedClass.EXPORT, "file", "creation"
    ),
    Action.BREACH_REGISTERED: _nature(
        "data breach put in the register of breaches",
        DeedClass.RECORD, "database", "change",
        severity=Severity.WARNING,
    ),
    Action.BREACH_EXTENDED: _nature(
        "more people or reports recorded as concerned by a data breach",
        DeedClass.RECORD, "database", "change",
        severity=Severity.WARNING,
    ),
    Action.BREACH_NOTED: _record("fact, effect or measure of a data breach recorded"),
    Action.BREACH_ASSESSED: _record("risk of a data breach assessed"),
    Action.BREACH_DECIDED: _record("decision about a data breach recorded"),
    Action.BREACH_REPORTED: _record("report of a data breach to the supervisor recorded"),
    Action.BREACH_CLOSED: _record("data breach closed"),
    Action.BREACH_REOPENED: _record("data breach opened again"),
    Action.BREACH_REMOVED: _nature(
        "data breach taken out of the register, kept long enough",
        DeedClass.DELETE, "database", "change",
    ),
    Action.BREACH_LOOKED: _look("register of breaches looked at"),
    Action.BREACH_PAPERS: _nature(
        "papers of a data breach written", DeedClass.EXPORT, "file", "creation"
    ),
    Action.BREACH_LETTER: _nature(
        "letter to a person about a data breach written", DeedClass.EXPORT, "file", "creation"
    ),
    Action.BREACH_EXPORTED: _nature(
        "register of breaches exported", DeedClass.EXPORT, "file", "creation"
    ),
    Action.NOT_REPORTING_PROPOSED: _nature(
        "not to report a data breach proposed", DeedClass.PROPOSE, "database", "change"
    ),
    Action.BREACH_SCOPED: _look("what a data breach would concern counted"),
    Action.BREACH_PEOPLE_LOOKED: _look("person looked up as concerned by a data breach"),
    Action.BREACH_INDEXED: _record("what left before counted in for data breaches"),
    Action.QUEUE_HELD: _nature(
        "outgoing mail held back",
        DeedClass.CONFIGURATION, "configuration", "change",
        severity=Severity.WARNING,
    ),
    Action.QUEUE_LET_GO: _nature(
        "outgoing mail let go again",
        DeedClass.CONFIGURATION, "configuration", "change",
        severity=Severity.WARNING,
    ),
    Action.CASE_OPENED: _record("request of a person put on record"),
    Action.CASE_STEP: _record("step taken in a request"),
    Action.CASE_DECIDED: _record("request decided"),
    Action.CASE_LOOKED: _look("request looked at with its words"),
    Action.DOSSIER_PREVIEWED: _look("dossier of somebody asking previewed"),
    Action.DOSSIER_MADE: _nature(
        "dossier of somebody asking made", DeedClass.EXPORT, "file", "creation"
    ),
    Action.DATA_TAKEN: _nature(
        "data made up for a person to take along", DeedClass.EXPORT, "file", "creation"
    ),
    Action.CASE_LETTER: _nature(
        "letter about a request made", DeedClass.EXPORT, "file", "creation"
    ),
    Action.REFUSAL_PROPOSED: _nature(
        "refusal of a request proposed", DeedClass.PROPOSE, "database", "change"
    ),
    Action.ERASURE_PROPOSED: _nature(
        "erasure of a person proposed", DeedClass.PROPOSE, "database", "change"
    ),
    Action.TAKING_BACK_PROPOSED: _nature(
        "request said to be taken back by the person", DeedClass.PROPOSE, "database", "change"
    ),
    Action.REMAINS_CONFIRMED: _record("that what an erasure left to people is gone"),
    Action.LOG_LOOKED: _look("processing log looked at"),
    Action.LOG_AUDITED: _look("audit trail looked at"),
    Action.LOG_VERIFIED: _look("processing log verified"),
    Action.LOG_EXPORTED: _nature(
        "log exported", DeedClass.EXPORT, "database", "access"
    ),
    Action.LOG_PRUNED: _nature(
        "entries of the log taken away, kept long enough",
        DeedClass.DELETE, "database", "change",
    ),
    Action.LOG_COSIGNED: _record("signature of a witness under a checkpoint recorded"),
    Action.HOLD_PLACED: _record("legal hold placed on entries of the log"),
    Action.HOLD_LIFTED: _nature(
        "legal hold on entries of the log lifted",
        DeedClass.RECORD, "database", "change",
        severity=Severity.WARNING,
    ),
    Action.PREPARED: _nature(
        "tables and keys prepared", DeedClass.CONFIGURATION, "configuration", "creation"
    ),
    Action.STARTED: _nature("gateway started", DeedClass.START, "process", "start"),
    Action.STOPPED: _nature("gateway stopped", DeedClass.STOP, "process", "end"),
    Action.EXAMINED: _nature(
        "gateway examined", DeedClass.CONSULT, "configuration", "access", severity=Severity.INFO
    ),
    Action.KEY_MADE: _nature("key of the gateway made", DeedClass.KEY, "configuration", "creation"),
    Action.OWN_KEY_ENTERED: _nature(
        "key of the gateway entered as the one in use", DeedClass.KEY, "configuration", "creation"
    ),
    Action.OWN_KEY_ROTATED: _nature(
        "another key of the gateway in use", DeedClass.KEY, "configuration", "change"
    ),
    Action.OWN_KEY_CLOSED: _nature(
        "end set to what an older key of the gateway opens",
        DeedClass.KEY, "configuration", "change",
    ),
    Action.OWN_KEY_CERTIFIED: _nature(
        "expiry of a key of the gateway set", DeedClass.KEY, "configuration", "change"
    ),
    Action.OWN_KEY_REVOKED: _nature(
        "key of the gateway revoked", DeedClass.KEY, "configuration", "change",
        severity=Severity.WARNING,
    ),
    Action.OWN_KEY_DESTROYED: _nature(
        "secret half of an older key of the gateway taken away",
        DeedClass.DELETE, "configuration", "deletion",
    ),
    Action.CERTIFICATE_REQUESTED: _nature(
        "mail certificate of the gateway requested", DeedClass.KEY, "configuration", "creation"
    ),
    Action.CERTIFICATE_INSTALLED: _nature(
        "mail certificate of the gateway installed", DeedClass.KEY, "configuration", "change"
    ),
    Action.CERTIFICATE_EXPORTED: _nature(
        "certificate of the gateway exported",
        DeedClass.EXPORT, "configuration", "access",
        severity=Severity.INFO,
    ),
    Action.NOT_STARTED: _nature(
        "gateway did not start",
        DeedClass.CONFIGURATION, "configuration", "info",
        severity=Severity.ERROR,
    ),
    Action.BUG: _nature(
        "unforeseen fault in the gateway", DeedClass.FAIL, "process", "info",
        severity=Severity.ERROR,
    ),
    Action.SIGNATURE_REFUSED: _intrusion("mail without one good signature"),
    Action.UNKNOWN_SIGNER: _intrusion("mail signed by nobody who is registered"),
    Action.SENDER_MISMATCH: _intrusion("sender named is not the signer"),
    Action.NOT_ENCRYPTED: _intrusion("mail that was not encrypted as a whole"),
    Action.REPLAY_REFUSED: _intrusion("mail that was handled before came again"),
    Action.STRANGERS_REPORT: _intrusion("report by somebody who may not send it"),
    Action.MANY_REFUSALS: _intrusion("more refusals than usual", Severity.ALERT),
    Action.OPENER_KILLED: _intrusion("mail went beyond the bounds of its reading process"),
    Action.LOG_BROKEN: _nature(
        "processing log was changed from outside",
        DeedClass.SECURITY, "intrusion_detection", "info",
        severity=Severity.ALERT,
    ),
    Action.CERTIFICATE_TROUBLE: _nature(
        "certificate of a server not accepted",
        DeedClass.SECURITY, "network", "denied",
        severity=Severity.ERROR,
    ),
    Action.SIEM_UNREACHABLE: _nature(
        "deeds could not be handed over for watching", DeedClass.SECURITY, "network", "info",
        severity=Severity.ERROR,
    ),
}  # fmt: skip
