"""The plan itself as a file: declared by name and SHA-256, and sent on in a form of ours.

A PIP is a decision and goes whole or not at all (covenant, annex 3); what somebody hid
in its file does not go.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gateway.domain import wire
from gateway.domain.bijsluiter import PersoonlijkPlan, PlanDocument
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


def rewritten(attachment: Attachment, content: bytes) -> PlanFile:
    """The attachment with what it was written anew as."""
    return PlanFile(name=attachment.name, content=content, original=digest(attachment.content))


def is_pdf(attachment: Attachment) -> bool:
    """Whether it begins as one (ISO 32000-1, 7.5.2, and what every reader allows before it).

    It is called one too: it leaves under this name, and a program goes by what that ends in.
    """
    named = attachment.name.casefold().endswith(".pdf") and not set("/\\") & set(attachment.name)
    return named and b"%PDF-" in attachment.content[:1024]


def may_be_declared(attachment: Attachment, document: bytes) -> bool:
    """Whether the document can mean this file: it says its digest, or its name as JSON has it."""
    said = (digest(attachment.content), *_written(attachment.name))
    return any(each.encode("utf-8", "replace") in document for each in said)


def _written(name: str) -> tuple[str, ...]:
    return tuple(json.dumps(name, ensure_ascii=ascii_only) for ascii_only in (False, True))


def declared_in(reports: Json) -> frozenset[str]:
    """The digests of files that these reports declare, well-formed or not."""
    found = (
        wire.member(wire.member(wire.member(each, "persoonlijkPlan"), "document"), "sha256")
        for each in (reports if isinstance(reports, list) else [])
    )
    return frozenset(each for each in found if isinstance(each, str))


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


def undeclared(fault: Fault, attachments: Sequence[Attachment], named: Json) -> Fault:
    """A fault of a document from a form: a plan that it names and nobody attached is said so.

    Whoever fills in a form knows of no digest.  `named` is the report.
    """
    if fault.kind != "ontbreekt" or not fault.path.endswith(f"{DECLARED}.sha256"):
        return fault
    document = wire.member(wire.member(named, "persoonlijkPlan"), "document")
    found = [each for each in attachments if each.name == wire.member(document, "naam")]
    path = fault.path.removesuffix("sha256") + "naam"
    return Fault(path=path, kind="plan-staat-dubbel" if found else "plan-ontbreekt")


Plans: TypeAlias = "Mapping[tuple[str, str], PlanFile | Stop]"


def plan_of(bericht: Bericht, plans: Plans) -> PlanFile | None:
    """The file that this report declares; None where it declares none.

    `plans` are the files of the mail by digest and name, written anew, or the stop that
    it ended in.  Raises `Reject(FAULTY_REPORT)` with one fault where the file is not there
    as declared, and that stop.
    """
    plan = bericht.persoonlijk_plan
    if plan is None or plan.document is None:
        return None
    found = plans.get((plan.document.sha256, plan.document.naam))
    if found is None:
        named = any(name == plan.document.naam for _, name in plans)
        raise faulty("plan-wijkt-af" if named else "plan-ontbreekt")
    if not isinstance(found, PlanFile):
        raise found
    return found


def as_it_leaves(bericht: Bericht, plan: PlanFile | None) -> PersoonlijkPlan | None:
    """P1 of a report, with the digest of the file that goes instead of the one that came."""
    sent = bericht.persoonlijk_plan
    if sent is None or sent.document is None or plan is None:
        return sent
    return PersoonlijkPlan(
        soort=sent.soort,
        dagtekening_pip=sent.dagtekening_pip,
        leerroute=sent.leerroute,
        niveau=sent.niveau,
        geschatte_intensiteit_b1_route=sent.geschatte_intensiteit_b1_route,
        indicator_alfabetiseringsonderwijs=sent.indicator_alfabetiseringsonderwijs,
        indicator_mag_opleiding_afmaken=sent.indicator_mag_opleiding_afmaken,
        wijziging=sent.wijziging,
        document=PlanDocument(naam=sent.document.naam, sha256=plan.sha256),
    )


def faulty(kind: str) -> Reject:
    """A plan that cannot go on, by a kind of the fault catalogue."""
    return Reject(Reason.FAULTY_REPORT, faults=(Fault(path=DECLARED, kind=kind),))
