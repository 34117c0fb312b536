"""What codes mean, for commands that print them."""

from __future__ import annotations

from functools import cache

from gateway import resources
from gateway.domain.stops import Reason
from gateway.domain.texts import Language, Texts


@cache
def texts() -> Texts:
    """The catalogue that came with the gateway."""
    return Texts(resources.texts_text())


def reason_text(code: str, language: str = "en") -> str:
    """What a reason code means."""
    return texts().reason(Reason(code)).said(Language(language))


def reason_advice(code: str, language: str = "en") -> str:
    """What the one who acts on a reason code has to do."""
    return texts().reason(Reason(code)).advice(Language(language))


def fault_text(kind: str, language: str = "en") -> str:
    """What a kind of fault means."""
    return texts().fault(kind).said(Language(language))
