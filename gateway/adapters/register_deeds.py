"""Which deed each row is that a change of the register puts on record.

A thing is on record in several rows of its own: what a new party, contact, dossier or
operator begins with belongs to the deed that made it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gateway.adapters import tables_deciding
from gateway.adapters import tables_register as tables
from gateway.domain.audit import Action
from gateway.domain.breach_terms import Step as BreachStep
from gateway.domain.cases import Step
from gateway.domain.consent import ConsentKind
from gateway.domain.incidents import IncidentState
from gateway.domain.proposals import ProposalKind, Verdict
from gateway.domain.restricting import RestrictionEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Table

    Row = Mapping[str, Any]


class Done(NamedTuple):
    """What one row says was done; `subject` is a dossier's id, `about` any other."""

    action: Action
    about: str = ""
    subject: str = ""
    detail: str = ""


class Deeds:
    """What one change did, thing by thing, in the order of recording."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self._made: set[tuple[str, str]] = set()

    def note(self, table: Table, row: Row, action: Action | None = None) -> None:
        """A row that was recorded; `action` where the row alone does not tell which deed it is.

        Raises LookupError for a table whose rows are no deed that is known.
        """
        if table in _MAKING:
            self._made.add((_MAKING[table], row[_MAKING[table]]))
        beginning = _BEGINNING.get(table)
        if beginning and (beginning, row[beginning]) in self._made:
            return
        found = _DEEDS[table.name](row)
        if found is not None:
            self.done.append(found if action is None else found._replace(action=action))

    def add(self, done: Done) -> None:
        """Something done that has no row of its own."""
        self.done.append(done)


_MAKING: Final[Mapping[Table, str]] = {
    tables.party: "party_id",
    tables.contact: "contact_id",
    tables.dossier: "dossier_id",
    tables_deciding.operator: "operator_id",
}
_BEGINNING: Final[Mapping[Table, str]] = {
    tables.party_name: "party_id",
    tables.party_standing: "party_id",
    tables.party_term: "party_id",
    tables.contact_detail: "contact_id",
    tables.contact_confidentiality: "contact_id",
    tables.dossier_identity: "dossier_id",
    tables.dossier_circumstance: "dossier_id",
    tables_deciding.operator_state: "operator_id",
}


def _none(_row: Row) -> None:
    return None


def _party(action: Action, detail: str = "") -> Callable[[Row], Done]:
    return lambda row: Done(action, row["party_id"], detail=row[detail] if detail else "")


def _dossier(action: Action) -> Callable[[Row], Done]:
    return lambda row: Done(action, subject=row["dossier_id"])


def _contact_detail(row: Row) -> Done:
    action = Action.CONTACT_CHANGED if row["active"] else Action.CONTACT_ENDED
    return Done(action, row["contact_id"])


def _confidentiality(row: Row) -> Done:
    detail = "declared" if row["declared"] else "taken-back"
    return Done(Action.CONTACT_CONFIDENTIAL, row["contact_id"], detail=detail)


def _key(row: Row) -> Done:
    if row["fingerprint"] is None:
        return Done(Action.KEY_REVOKED, row["contact_id"], detail="taken-away")
    action = Action.KEY_PINNED if row["revoked_at"] is None else Action.KEY_REVOKED
    return Done(action, row["contact_id"])


def _designation(row: Row) -> Done:
    nobody = "" if row["contact_id"] else "/nobody"
    detail = f"{row['side']}{nobody}"
    return Done(Action.DESIGNATED, subject=row["dossier_id"], detail=detail)


def _consent(row: Row) -> Done:
    actions = {
        ConsentKind.REQUESTED.value: Action.CONSENT_ASKED,
        ConsentKind.WITHDRAWN.value: Action.CONSENT_WITHDRAWN,
    }
    action = actions.get(row["kind"], Action.CONSENT_RECORDED)
    return Done(action, subject=row["dossier_id"], detail=row["kind"])


def _form(row: Row) -> Done | None:
    if row["scan_type"] is None:
        return None
    return Done(Action.CONSENT_SCAN_KEPT, subject=row["dossier_id"])


def _operator_state(row: Row) -> Done:
    action = Action.OPERATOR_ADDED if row["active"] else Action.OPERATOR_ENDED
    return Done(action, row["operator_id"])


def _proposal(row: Row) -> Done:
    action = _PROPOSED[ProposalKind(row["kind"])]
    if action is Action.OPERATOR_PROPOSED and "end" in json.loads(row["payload"]):
        action = Action.OPERATOR_END_PROPOSED
    return Done(action, row["subject"], detail=f"proposal/{row['proposal_id']}")


_PROPOSED: Final = {
    ProposalKind.OPERATOR: Action.OPERATOR_PROPOSED,
    ProposalKind.KEY: Action.KEY_PROPOSED,
    ProposalKind.POLICY: Action.POLICY_PROPOSED,
    ProposalKind.INVALIDATION: Action.INVALIDATION_PROPOSED,
    ProposalKind.NOT_REPORTING: Action.NOT_REPORTING_PROPOSED,
    ProposalKind.REFUSAL: Action.REFUSAL_PROPOSED,
    ProposalKind.ERASURE: Action.ERASURE_PROPOSED,
    ProposalKind.TAKEN_BACK: Action.TAKING_BACK_PROPOSED,
}
_DECIDED: Final = {
    Verdict.APPROVED: Action.PROPOSAL_APPROVED,
    Verdict.REFUSED: Action.PROPOSAL_REFUSED,
    Verdict.WITHDRAWN: Action.PROPOSAL_WITHDRAWN,
}
_JUDGED: Final = {
    IncidentState.ACCEPTED: Action.BREACH_ACCEPTED,
    IncidentState.DISMISSED: Action.BREACH_DISMISSED,
}


def _decision(row: Row) -> Done:
    return Done(_DECIDED[Verdict(row["verdict"])], f"proposal/{row['proposal_id']}")


def _incident(row: Row) -> Done:
    return Done(Action.BREACH_OPENED, f"breach/{row['incident_id']}")


def _incident_decision(row: Row) -> Done:
    return Done(_JUDGED[IncidentState(row["verdict"])], f"breach/{row['incident_id']}")


def _breach_step(row: Row) -> Done | None:
    action = _BREACH_STEPS[BreachStep(row["step"])]
    if action is None:
        return None
    return Done(action, f"breach/{row['breach_id']}", detail=row["step"])


def _breach(action: Action) -> Callable[[Row], Done]:
    return lambda row: Done(action, f"breach/{row['breach_id']}")


# What the opening and the proposal are, other rows tell.
_BREACH_STEPS: Final[Mapping[BreachStep, Action | None]] = {
    BreachStep.OPENED: None,
    BreachStep.EXTENDED: Action.BREACH_EXTENDED,
    BreachStep.CORRECTED: Action.BREACH_NOTED,
    BreachStep.FACT: Action.BREACH_NOTED,
    BreachStep.EFFECT: Action.BREACH_NOTED,
    BreachStep.MEASURE: Action.BREACH_NOTED,
    BreachStep.ASSESSED: Action.BREACH_ASSESSED,
    BreachStep.PROPOSED: None,
    BreachStep.NOT_REPORTED: Action.BREACH_DECIDED,
    BreachStep.TO_REPORT: Action.BREACH_DECIDED,
    BreachStep.REPORTED: Action.BREACH_REPORTED,
    BreachStep.ANSWERS: None,
    BreachStep.TO_TELL: Action.BREACH_DECIDED,
    BreachStep.NOT_TO_TELL: Action.BREACH_DECIDED,
    BreachStep.PARTNER_TOLD: Action.BREACH_NOTED,
    BreachStep.LETTERS: None,
    BreachStep.CLOSED: Action.BREACH_CLOSED,
    BreachStep.REOPENED: Action.BREACH_REOPENED,
}


def _correction(row: Row) -> Done:
    detail = f"correction/{row['correction_id']}"
    return Done(Action.CORRECTION_RECORDED, subject=row["dossier_id"], detail=detail)


def _restriction(row: Row) -> Done:
    action = _RESTRAINED[RestrictionEvent(row["event"])]
    return Done(action, subject=row["dossier_id"], detail=row["reason"])


_RESTRAINED: Final = {
    RestrictionEvent.BEGAN: Action.RESTRICTED,
    RestrictionEvent.ANNOUNCED: Action.LIFTING_ANNOUNCED,
    RestrictionEvent.LIFTED: Action.RESTRICTION_LIFTED,
}


def _case(action: Action, row: Row, detail: str) -> Done:
    return Done(action, f"request/{row['case_id']}", row["dossier_id"] or "", detail)


def _case_step(row: Row) -> Done | None:
    if row["step"] in {Step.RECEIVED, Step.TAKING_BACK}:
        return None
    decided = row["step"] == Step.DECIDED
    detail = row["outcome"] if decided else row["step"]
    return _case(Action.CASE_DECIDED if decided else Action.CASE_STEP, row, detail)


_DEEDS: Final[Mapping[str, Callable[[Row], Done | None]]] = {
    "party": _party(Action.PARTY_ADDED),
    "party_name": _party(Action.PARTY_RENAMED),
    "party_standing": _party(Action.PARTY_STANDING_SET, "standing"),
    "party_term": _party(Action.PARTY_TERM_SET),
    "contact": lambda row: Done(Action.CONTACT_ADDED, row["contact_id"]),
    "contact_detail": _contact_detail,
    "contact_confidentiality": _confidentiality,
    "contact_key": _key,
    "dossier": _dossier(Action.DOSSIER_ADDED),
    "dossier_identity": _dossier(Action.DOSSIER_IDENTIFIED),
    "dossier_circumstance": _dossier(Action.DOSSIER_CHANGED),
    "designation": _designation,
    "substitution": _dossier(Action.SUBSTITUTED),
    "consent_event": _consent,
    "consent_form": _form,
    "consent_scan": _none,
    "operator": lambda row: Done(Action.OPERATOR_ADDED, row["operator_id"]),
    "operator_state": _operator_state,
    "proposal": _proposal,
    "proposal_decision": _decision,
    "policy_text": _none,
    "policy_activation": lambda row: Done(Action.POLICY_ACTIVATED, row["digest"]),
    "incident_proposal": _incident,
    "incident_fact": _none,
    "queue_hold": lambda row: Done(Action.QUEUE_HELD, f"hold/{row['hold_id']}", detail=row["over"]),
    "queue_hold_end": lambda row: Done(Action.QUEUE_LET_GO, f"hold/{row['hold_id']}"),
    "incident_disclosure": _none,
    "incident_decision": _incident_decision,
    "breach": _breach(Action.BREACH_REGISTERED),
    "breach_step": _breach_step,
    "breach_unreported": _breach(Action.BREACH_DECIDED),
    "breach_disclosure": _none,
    "breach_unnamed": _none,
    "dossier_restriction": _restriction,
    "correction": _correction,
    # One deed for all of them; see `register_notifying`.
    "duty_recipient": _none,
    "help_request": lambda row: Done(
        Action.HELP_ASKED, f"help/{row['help_id']}", row["dossier_id"] or "", row["what"]
    ),
    "help_answer": lambda row: Done(
        Action.HELP_ANSWERED, f"help/{row['help_id']}", detail=row["outcome"]
    ),
    "request_case": lambda row: _case(Action.CASE_OPENED, row, row["kind"]),
    "case_step": _case_step,
    "register_change": _none,
}
