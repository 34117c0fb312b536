"""12.3: what the attachments are: a form, which becomes the document that is checked, and plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.domain.form_reading import FormKind, FormRead, form_kind, forms_among
from gateway.domain.plans import MOST_PLANS, digest, faulty, is_pdf, may_be_declared
from gateway.domain.silent import Silent
from gateway.domain.stops import Reason, Reject, Retry, Stop
from gateway.pipeline.checking import is_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.mail import Attachment
    from gateway.domain.plans import PlanFile, Plans
    from gateway.pipeline.gate import Gate

MOST_FORMS = 5  # PDFs in one mail that are looked into for the form
# A PDF that says so of itself is no form at all; it may well be a plan.
_NO_FORM = frozenset({"formulier-zonder-velden", "formulier-van-een-ander"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Files(Silent):
    """What the attachments of one mail are: the form as read, and plans written anew.

    A stop is a value here: who sent it is proven, and is to hear of it.
    """

    form: FormRead | Stop | None = None
    form_file: Attachment | None = None
    plans: Plans = field(default_factory=dict)


async def reading(attachments: Sequence[Attachment], gate: Gate) -> Files:
    """The one form of this mail, None where there is none, and the plans it may declare.

    Where a mail holds more than one document, none is read: that it does is what ends it.
    """
    documents = [each for each in attachments if is_document(each)]
    form, file = (None, None) if documents else await _form(forms_among(attachments), gate)
    told = documents[0].content if len(documents) == 1 else b""
    if isinstance(form, FormRead):
        told = form.document
    meant = [each for each in attachments if each is not file and each not in documents]
    declared = [each for each in meant if may_be_declared(each, told)][:MOST_PLANS]
    plans = {(digest(each.content), each.name): await _plan(each, gate) for each in declared}
    return Files(form=form, form_file=file, plans=plans)


async def _form(
    forms: Sequence[Attachment], gate: Gate
) -> tuple[FormRead | Stop | None, Attachment | None]:
    if len(forms) == 1:
        return await _read(forms[0], gate), forms[0]
    if not 1 < len(forms) <= MOST_FORMS or any(form_kind(e) is not FormKind.PDF for e in forms):
        return None, None
    read = [(await _read(each, gate), each) for each in forms]
    ours = [(form, file) for form, file in read if not _is_no_form(form)]
    if len(ours) > 1:
        return Reject(Reason.SEVERAL_DOCUMENTS), None
    return (ours or read)[0]


def _is_no_form(form: FormRead | Stop) -> bool:
    return isinstance(form, Stop) and any(each.kind in _NO_FORM for each in form.faults)


async def _read(file: Attachment, gate: Gate) -> FormRead | Stop:
    try:
        return await gate.forms.read(file)
    except Retry:
        raise
    except Stop as stop:
        return stop


async def _plan(file: Attachment, gate: Gate) -> PlanFile | Stop:
    if not is_pdf(file):
        return faulty("plan-geen-pdf")
    try:
        return await gate.forms.cleaned(file)
    except Retry:
        raise
    except Stop as stop:
        return stop
