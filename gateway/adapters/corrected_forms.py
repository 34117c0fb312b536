"""Forms that are given back to be mended: who writes which kind.

A form that came in is hostile and is never written into: what goes back is written anew,
from what was read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from gateway.domain.mail import Attachment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.correcting import Correction
    from gateway.domain.form_reading import FormKind
    from gateway.domain.texts import Language

Writer: TypeAlias = "Callable[[Correction, Language], Attachment]"
# A receipt must stay small enough for any mail server to take.
MAX_BYTES = 1024 * 1024
NAME = "verbeteren"


def corrected_form(correction: Correction, language: Language) -> Attachment | None:
    """The form with the sender's own values; None where nobody writes this kind, or too large.

    A writer names its file ``verbeteren`` with the ending of its kind, and shows where the
    faults are; it raises nothing for whatever a form may have held.
    """
    writer = WRITERS.get(correction.kind)
    if writer is None:
        return None
    written = writer(correction, language)
    return written if len(written.content) <= MAX_BYTES else None


def _document(correction: Correction, _language: Language) -> Attachment:
    # The faults go beside it: in it they would be faults themselves.
    content = json.dumps(correction.document, ensure_ascii=False, indent=1)
    return Attachment(
        name=f"{NAME}.json", media_type="application/json", content=content.encode("utf-8")
    )


WRITERS: Mapping[FormKind | None, Writer] = {None: _document}
