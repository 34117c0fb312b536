"""Which module reads which kind of form; imported in an opener only once there is a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.form_reading import FormKind, FormRead

_READERS: Mapping[FormKind, Callable[[bytes], FormRead]] = {}


def read_form(kind: FormKind, content: bytes) -> FormRead:
    """As `gateway.pipeline.gate.Forms.read` says, in this process: call it within bounds only."""
    reader = _READERS.get(kind)
    if reader is None:
        raise Reject(Reason.NO_DOCUMENT)
    return reader(content)
