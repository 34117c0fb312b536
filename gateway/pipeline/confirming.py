"""AVG 19, convenant 12.7: an answer to a letter of duty is no failed report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain import wire
from gateway.domain.confirming import Confirmation, answers
from gateway.domain.mail import is_winmail
from gateway.domain.stops import Hold, Reason, Reject, Retry, Stop
from gateway.pipeline.checking import is_document, parsed

if TYPE_CHECKING:
    from gateway.domain.form_reading import FormRead
    from gateway.domain.mail import Attachment
    from gateway.domain.stages import Opened
    from gateway.pipeline.gate import Gate

# A table or a PDF that bears nothing of our form is any file of theirs.
_NO_FORM = frozenset({"kopregel-ontbreekt", "formulier-zonder-velden", "formulier-van-een-ander"})


async def confirming(stop: Stop, opened: Opened, gate: Gate) -> Stop:
    """The same stop, or that this mail answers a letter of ours to its proven sender.

    A program's answer confirms nothing, and what may be a report is never taken for an answer.
    """
    if gate.duties is None or opened.reply or opened.automatic or _may_report(opened):
        return stop
    try:
        for each in opened.answers:
            letter = await gate.duties.named(each)
            if letter is not None and answers(stop, letter, opened.sender.contact_id):
                return Confirmation(letter)
    except Retry as retry:
        return retry
    except Exception:  # noqa: BLE001 - a bug must never lose a mail
        return Hold(Reason.UNEXPECTED)
    return stop


def _may_report(opened: Opened) -> bool:
    """Whether somebody may have meant this mail as a bijsluiter, however faulty it came."""
    return _is_form(opened.form) or any(map(_is_report, opened.attachments))


def _is_form(form: FormRead | Stop | None) -> bool:
    if isinstance(form, Stop):
        return any(each.kind not in _NO_FORM for each in form.faults)
    return form is not None


def _is_report(attachment: Attachment) -> bool:
    if is_winmail(attachment.media_type, attachment.name):
        return True  # nobody here can see what is packed in it
    if not is_document(attachment):
        return False
    try:
        document = parsed(attachment.content)
    except Reject:
        return True
    named = (wire.member(document, name) for name in ("bijsluiterVersie", "berichten"))
    return any(each is not None for each in named)
