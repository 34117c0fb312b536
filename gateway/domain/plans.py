"""The plan itself as a file: declared by name and SHA-256, and sent on in a form of ours.

A PIP is a decision and goes whole or not at all (covenant, annex 3); what somebody hid
in its file does not go.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent
from gateway.domain.stops import Fault, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.mail import Attachment
    from gateway.domain.stops import Stop
    from gateway.domain.wire import Json

PLAN_LIMIT = 10 * 1024 * 1024  # bytes, as it came
MOST_PLANS = 20  # files in one mail that are looked into
DECLARED = "persoonlijkPlan.document"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlanFile(Silent):
    """A plan as it may leave: `content` is what was written anew.

    `original` is the SHA-256 (lower-case hex) of the file as it came, which is how
    a report declares it; `sha256` that of `content`.
    """

    name: str
    content: bytes
    original: str

    @property
    def sha256(self) -> str:
        """Of what leaves."""
        return digest(self.content)


def digest(content: bytes) -> str:
    """As the wire has it: SHA-256 in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def is_pdf(attachment: Attachment) -> bool:
    """Whether it says that it is one, and begins as one (ISO 32000-1, 7.5.2)."""
    named = attachment.name.casefold().endswith(".pdf")
    return (named or attachment.media_type == "application/pdf") and b"%PDF-" in (
        attachment.content[:1024]
    )


def with_digests(content: Json, attachments: Sequence[Attachment]) -> Json:
    """A document from a form, which names a plan only: with the digest of the file so named.

    The whole mail is signed, so that the name says which file is meant.  Where no file or
    several have that name the digest stays out.
    """
    reports = content.get("berichten") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(reports, list):
        return content
    return {**content, "berichten": [_with_digest(each, attachments) for each in reports]}


def _with_digest(report: Json, attachments: Sequence[Attachment]) -> Json:
    plan = report.get("persoonlijkPlan") if isinstance(report, dict) else None
    document = plan.get("document") if isinstance(plan, dict) else None
    if not isinstance(report, dict) or not isinstance(plan, dict) or not isinstance(document, dict):
        return report
    found = [each for each in attachments if each.name == document.get("naam")]
    if "sha256" in document or len(found) != 1:
        return report
    declared: Json = {**document, "sha256": digest(found[0].content)}
    return {**report, "persoonlijkPlan": {**plan, "document": declared}}


def plan_of(bericht: Bericht, plans: Mapping[str, PlanFile | Stop]) -> PlanFile | None:
    """The file that this report declares; None where it declares none.

    Raises `Reject(FAULTY_REPORT)` with one fault where it is not there as declared, and
    whatever stop its rewriting ended in.
    """
    plan = bericht.persoonlijk_plan
    if plan is None or plan.document is None:
        return None
    found = plans.get(plan.document.sha256)
    if found is None:
        named = any(isinstance(each, PlanFile) and each.name == plan.document.naam
                    for each in plans.values())  # fmt: skip
        raise faulty("plan-wijkt-af" if named else "plan-ontbreekt")
    if not isinstance(found, PlanFile):
        raise found
    if found.name != plan.document.naam:
        raise faulty("plan-ontbreekt")
    return found


def faulty(kind: str) -> Reject:
    """A plan that cannot go on, by a kind of the fault catalogue."""
    return Reject(Reason.FAULTY_REPORT, faults=(Fault(path=DECLARED, kind=kind),))
