"""Every action has its nature, in words that a SIEM knows; every deed of the commands has one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from gateway.domain.actions import NATURES, DeedClass, Severity, severity_of
from gateway.domain.alarming import ALARMING
from gateway.domain.audit import AT_PEOPLE, MACHINE, Action, Deed, DeedResult
from gateway.domain.stops import Reason
from tests.house_files import ROOT
from tests.test_docs import all_commands

# Elastic Common Schema 8, "Expected event types" of each category that we use.
EXPECTED = {
    "configuration": {"access", "change", "creation", "deletion", "info"},
    "database": {"access", "change", "info", "error"},
    "email": {"info"},
    "file": {"access", "change", "creation", "deletion", "info"},
    "iam": {"admin", "change", "creation", "deletion", "group", "info", "user"},
    "intrusion_detection": {"allowed", "denied", "info"},
    "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
    "process": {"access", "change", "end", "info", "start"},
}
NTA_7516 = ("send", "fail", "receive", "consult", "delete", "forward", "rights-change")

# What each command is recorded as; None where it tells nothing about a person and changes
# nothing, or runs where there is no gateway.
COMMANDS: dict[str, Action | None] = {
    "api serve": Action.LOG_LOOKED,
    "api token": None,  # writes nothing: a token counts once it stands in the configuration
    "bench": None,
    "breach assess": Action.BREACH_ASSESSED,
    "breach close": Action.BREACH_CLOSED,
    "breach contain": Action.QUEUE_HELD,
    "breach drill": None,  # nothing of the real gateway is opened
    "breach holds": None,
    "breach index": Action.BREACH_INDEXED,
    "breach lift": Action.QUEUE_LET_GO,
    "breach restrict": Action.RESTRICTED,
    "breach scope": Action.BREACH_SCOPED,
    "breach unrestrict": Action.RESTRICTION_LIFTED,
    "breach correct": Action.BREACH_NOTED,
    "breach decide": Action.BREACH_DECIDED,
    "breach dismiss": Action.BREACH_DISMISSED,
    "breach effect": Action.BREACH_NOTED,
    "breach extend": Action.BREACH_EXTENDED,
    "breach export": Action.BREACH_EXPORTED,
    "breach fact": Action.BREACH_NOTED,
    "breach list": None,
    "breach measure": Action.BREACH_NOTED,
    "breach notices": Action.BREACH_NOTICES_DRAFTED,
    "breach open": Action.BREACH_REGISTERED,
    "breach papers": Action.BREACH_PAPERS,
    "breach partner": Action.BREACH_PAPERS,
    "breach prune": Action.BREACH_REMOVED,
    "breach reopen": Action.BREACH_REOPENED,
    "breach report": Action.BREACH_REPORTED,
    "breach show": Action.BREACH_LOOKED,
    "consent ask-again": Action.CONSENT_ASKED,
    "consent due": None,
    "consent invalidate": Action.INVALIDATION_PROPOSED,
    "consent list": Action.CONSENT_LOOKED,
    "consent receipt": Action.CONSENT_RECEIPT,
    "consent record": Action.CONSENT_RECORDED,
    "consent scan": Action.CONSENT_SCAN_LOOKED,
    "consent show": Action.CONSENT_LOOKED,
    "consent to-ask": None,
    "consent withdraw": Action.CONSENT_WITHDRAWN,
    "contact add": Action.CONTACT_ADDED,
    "contact change": Action.CONTACT_CHANGED,
    "contact confirm-key": Action.KEY_PINNED,
    "contact list": Action.CONTACT_LISTED,
    "contact show": Action.CONTACT_LOOKED,
    "demo": None,
    "designation add": Action.DESIGNATED,
    "designation change": Action.SUBSTITUTED,
    "designation list": None,
    "designation show": None,
    "doctor": Action.EXAMINED,
    "dossier add": Action.DOSSIER_ADDED,
    "dossier change": Action.DOSSIER_CHANGED,
    "dossier list": Action.DOSSIER_LISTED,
    "dossier show": Action.DOSSIER_LOOKED,
    "held list": None,
    "held plan": Action.HELD_LOOKED,
    "held refuse": Action.HELD_REFUSE,
    "held release": Action.HELD_RELEASE,
    "held rephrase": Action.HELD_REPHRASE,
    "held show": Action.HELD_LOOKED,
    "import": Action.IMPORTED,
    "init": Action.PREPARED,
    "inspect": None,  # stores nothing, and works on a file of whoever runs it
    "key close": Action.OWN_KEY_CLOSED,
    "key expire": Action.OWN_KEY_CERTIFIED,
    "key export": Action.CERTIFICATE_EXPORTED,
    "key install": Action.CERTIFICATE_INSTALLED,
    "key list": None,
    "key make": Action.KEY_MADE,
    "key new": Action.KEY_MADE,
    "key prune": Action.OWN_KEY_DESTROYED,
    "key request": Action.CERTIFICATE_REQUESTED,
    "key revoke": Action.OWN_KEY_REVOKED,
    "key rotate": Action.OWN_KEY_ROTATED,
    "key sheet": Action.CERTIFICATE_EXPORTED,
    "key show": None,
    "key statement": Action.CERTIFICATE_EXPORTED,
    "key wkd": Action.CERTIFICATE_EXPORTED,
    "kit": Action.KIT_MADE,
    "log activities": None,
    "log audit": Action.LOG_AUDITED,
    "log checkpoint": None,
    "log cosign add": Action.LOG_COSIGNED,
    "log export": Action.LOG_EXPORTED,
    "log hold lift": Action.HOLD_LIFTED,
    "log hold list": None,
    "log hold place": Action.HOLD_PLACED,
    "log prove": Action.LOG_EXPORTED,
    "log prune": Action.LOG_PRUNED,
    "log register": None,
    "log show": Action.LOG_LOOKED,
    "log verify": None,  # writes nothing; of the regular look `doctor` makes a record
    "operator add": Action.OPERATOR_ADDED,
    "operator end": Action.OPERATOR_ENDED,
    "operator list": None,
    "party add": Action.PARTY_ADDED,
    "party change": Action.PARTY_STANDING_SET,
    "party dossiers": None,
    "party list": None,
    "party notices": Action.PARTY_NOTICES_DRAFTED,
    "party show": None,
    "policy activate": Action.POLICY_PROPOSED,
    "policy backtest": Action.POLICY_BACKTESTED,
    "policy check": None,
    "policy explain": Action.POLICY_EXPLAINED,
    "policy history": None,
    "policy show": None,
    "policy switch": Action.POLICY_PROPOSED,
    "policy text": None,
    "policy truth": None,
    "proposal approve": Action.PROPOSAL_APPROVED,
    "proposal list": None,
    "proposal refuse": Action.PROPOSAL_REFUSED,
    "proposal show": None,
    "proposal withdraw": Action.PROPOSAL_WITHDRAWN,
    "request again": Action.DOSSIER_ERASED,
    "request answer": Action.CASE_STEP,
    "request certificate": None,
    "request close": Action.CASE_STEP,
    "request decide": Action.CASE_DECIDED,
    "request done": Action.CASE_STEP,
    "request dossier": Action.DOSSIER_MADE,
    "request due": None,
    "request remains": None,
    "request gone": Action.REMAINS_CONFIRMED,
    "request erase": Action.ERASURE_PROPOSED,
    "request extend": Action.CASE_STEP,
    "request grounds": None,
    "request identify": Action.CASE_STEP,
    "request letter": Action.CASE_LETTER,
    "request announce": Action.LIFTING_ANNOUNCED,
    "request confirm": Action.DUTY_CONFIRMED,
    "request corrected": Action.RECIPIENTS_LOOKED,
    "request help": Action.HELP_ASKED,
    "request help-answer": Action.HELP_ANSWERED,
    "request help-list": None,
    "request lift": Action.RESTRICTION_LIFTED,
    "request notify": Action.DUTY_POSTED,
    "request recipients": Action.RECIPIENTS_LOOKED,
    "request rectify": Action.CORRECTION_RECORDED,
    "request reply": Action.ANSWER_LOOKED,
    "request restrict": Action.RESTRICTED,
    "request list": None,
    "request mandate": Action.CASE_STEP,
    "request open": Action.CASE_OPENED,
    "request port": Action.DATA_TAKEN,
    "request preview": Action.DOSSIER_PREVIEWED,
    "request show": Action.CASE_LOOKED,
    "request told": Action.CASE_STEP,
    "request weigh": Action.CASE_STEP,
    "request withdraw": Action.TAKING_BACK_PROPOSED,
    "send": None,  # on the sender's side, where there is no log
    "serve": Action.STARTED,
}


def deed(action: Action, result: DeedResult = DeedResult.DONE) -> Deed:
    return Deed(
        at=datetime(2026, 11, 25, tzinfo=UTC),
        actor=MACHINE,
        action=action,
        about="",
        result=result,
        origin="taalpoort",
    )


def test_every_action_has_a_nature_that_the_schema_knows() -> None:
    assert set(NATURES) == set(Action)
    for action, nature in NATURES.items():
        assert nature.category in EXPECTED, action
        assert nature.types, action
        assert set(nature.types) <= EXPECTED[nature.category], action
        assert re.fullmatch(r"[a-z ,]{5,80}", nature.meaning), action
    meanings = [nature.meaning for nature in NATURES.values()]
    assert len(meanings) == len(set(meanings))


def test_every_class_of_nta_7516_and_of_ours_is_used() -> None:
    assert tuple(DeedClass)[: len(NTA_7516)] == NTA_7516
    assert {nature.kind for nature in NATURES.values()} == set(DeedClass)


@pytest.mark.parametrize("action", Action)
def test_a_name_fits_in_a_line_of_syslog(action: Action) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", action)
    assert len(action) <= 32


def test_every_command_is_recorded_or_there_is_nothing_to_record() -> None:
    """A new command has to be thought about here."""
    assert set(COMMANDS) == all_commands()


def test_every_look_that_the_code_records_is_one() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "gateway").rglob("*.py"))
    recorded = set(re.findall(r"consulted\([^)]*action=Action\.(\w+)", source))
    assert len(recorded) > 8
    looks = {DeedClass.CONSULT, DeedClass.EXPORT}
    assert all(NATURES[Action[each]].kind in looks for each in recorded)
    assert {each.name for each in AT_PEOPLE} <= recorded


def test_reasons_that_are_alarming_are_told_as_security() -> None:
    for reason, action in ALARMING.items():
        assert NATURES[action].kind is DeedClass.SECURITY, reason
    everyday = {Reason.NO_CONSENT, Reason.FREE_TEXT, Reason.FAULTY_REPORT, Reason.UNREACHABLE}
    assert everyday.isdisjoint(ALARMING)


def test_what_was_refused_or_failed_is_graver() -> None:
    assert severity_of(deed(Action.HELD_RELEASE)) is Severity.NOTICE
    assert severity_of(deed(Action.HELD_RELEASE, DeedResult.REFUSED)) is Severity.WARNING
    assert severity_of(deed(Action.HELD_RELEASE, DeedResult.FAILED)) is Severity.ERROR
    assert severity_of(deed(Action.LOG_BROKEN, DeedResult.REFUSED)) is Severity.ALERT
