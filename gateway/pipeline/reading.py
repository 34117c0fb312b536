"""12.3: a form that somebody filled in becomes the document that is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.form_reading import FormRead, forms_among
from gateway.domain.stops import Retry, Stop
from gateway.pipeline.checking import is_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.mail import Attachment
    from gateway.pipeline.gate import Gate


async def reading(attachments: Sequence[Attachment], gate: Gate) -> FormRead | Stop | None:
    """The one form of this mail as read, or why it could not be; None where there is none.

    A stop is a value here: who sent it is proven, and is to hear of it.  Where a mail
    holds more than one document, none is read: that it does is what ends it.
    """
    forms = forms_among(attachments)
    if len(forms) != 1 or any(is_document(each) for each in attachments):
        return None
    try:
        return await gate.forms.read(forms[0])
    except Retry:
        raise
    except Stop as stop:
        return stop
