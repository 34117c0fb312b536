"""What one operator proposes and another has to approve before it counts.

A new or changed key of a contact, another decision table or another setting of
one of its switches, a further operator or the end of another one, the
invalidation of every consent under one version of the form, the refusal of a
request, the erasure of a person, that a person took a request back, and not to report a
breach (AVG 33(1)).  (Held free text has its own two releases.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.register import Refusal, RegisterError
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.operators import Operator


class ProposalKind(StrEnum):
    """What is proposed."""

    OPERATOR = "operator"
    KEY = "key"
    POLICY = "policy"
    INVALIDATION = "invalidation"
    NOT_REPORTING = "not-reporting"
    REFUSAL = "refusal"
    ERASURE = "erasure"
    TAKEN_BACK = "taken-back"


class Verdict(StrEnum):
    """How a proposal ended; only the proposer withdraws, and only another approves or refuses."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """Over what a fingerprint was compared: never the mail that brought the key."""

    TELEPHONE = "telephone"
    IN_PERSON = "in-person"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Proposal(Silent):
    """One proposal; `subject` is an operator, contact, table, form version or request, by id.

    `payload` is what will count once it is approved, by name; `decided_by` and
    `verdict` are None while it is open.  `origin` is the account it came from.
    """

    proposal_id: str
    kind: ProposalKind
    subject: str
    payload: dict[str, str]
    proposed_by: str
    proposed_at: datetime
    origin: str
    verdict: Verdict | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    remark: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.verdict is None


def may_decide(
    proposal: Proposal, proposer: Operator, by: Operator, origin: str, verdict: Verdict
) -> None:
    """Refuses who may not give this verdict, and a proposal that is no longer open.

    `origin` is the account that `by` acts from.  As soon as one of the two has
    registered an account, both have to act from different ones; where neither
    has, one account proves nothing either way.  What somebody proposed who is no
    operator any more is not approved; refusing it clears it away.
    """
    if not proposal.is_open:
        raise RegisterError(Refusal.ALREADY_DECIDED)
    own = proposal.proposed_by == by.operator_id
    if own and verdict is not Verdict.WITHDRAWN:
        raise RegisterError(Refusal.SAME_PERSON)
    if not own and verdict is Verdict.WITHDRAWN:
        raise RegisterError(Refusal.NOT_YOURS)
    if verdict is Verdict.WITHDRAWN:
        return
    personal = proposer.login is not None or by.login is not None
    if personal and origin == proposal.origin:
        raise RegisterError(Refusal.SAME_ACCOUNT)
    if verdict is Verdict.APPROVED and not proposer.active:
        raise RegisterError(Refusal.PROPOSAL_STALE)


def same_fingerprint(read_out: str, fingerprint: str) -> bool:
    """Whether what somebody read out is this whole fingerprint; spaces and case do not count."""
    return "".join(read_out.split()).replace(":", "").upper() == fingerprint.upper()
