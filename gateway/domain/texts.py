"""The catalogue of what people read about reasons and faults, in Dutch and English.

A code without a text, or a text without a code, is a fault of the file: what is
not in the catalogue cannot be said to anybody.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from gateway.domain.faults import KINDS
from gateway.domain.stops import Reason
from gateway.domain.toml_text import parsed


class TextsError(Exception):
    """The catalogue is not well formed or not complete; names the entry."""


class Actor(StrEnum):
    """Who has to act on a reason."""

    SENDER = "sender"
    OFFICER = "officer"
    NOBODY = "nobody"


class Language(StrEnum):
    """The languages that every text exists in; Dutch comes first."""

    NL = "nl"
    EN = "en"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)


class FaultText(_Strict):
    """What is wrong with one field."""

    nl: str
    en: str

    def said(self, language: Language) -> str:
        """The fault in this language."""
        return self.nl if language is Language.NL else self.en


class ReasonText(FaultText):
    """What is the matter, who acts on it, and what they do.

    `article` is the covenant's, empty where it says nothing.  `afzender_nl` and
    `sender_en` say what the sender may do meanwhile: where the officer acts, and where
    nobody does while the advice is for those who keep the gateway.
    """

    model_config = ConfigDict(str_min_length=0)

    acts: Actor
    article: str
    advies_nl: str
    advice_en: str
    afzender_nl: str = ""
    sender_en: str = ""

    def advice(self, language: Language) -> str:
        """What the one who acts has to do."""
        return self.advies_nl if language is Language.NL else self.advice_en

    def to_sender(self, language: Language) -> str:
        """What the sender has to do, or may do while the officer acts."""
        meanwhile = self.afzender_nl if language is Language.NL else self.sender_en
        return meanwhile or self.advice(language)


class _File(_Strict):
    reasons: dict[Reason, ReasonText]
    faults: dict[str, FaultText]


class Texts:
    """The catalogue, loaded from the text of ``policies/reasons.toml``."""

    def __init__(self, text: str) -> None:
        file = parsed(text, _File, TextsError)
        _check(file)
        self._reasons = file.reasons
        self._faults = file.faults

    def reason(self, reason: Reason) -> ReasonText:
        """The texts of this reason."""
        return self._reasons[reason]

    def fault(self, kind: str) -> FaultText:
        """The text of this kind of fault."""
        return self._faults[kind]


def _check(file: _File) -> None:
    missing = (set(Reason) - set(file.reasons)) | (KINDS ^ set(file.faults))
    if missing:
        raise TextsError(f"no text, or no such code: {', '.join(sorted(missing))}")
    for reason, text in file.reasons.items():
        said = (text.nl, text.en, text.advies_nl, text.advice_en)
        meanwhile = (text.afzender_nl, text.sender_en)
        if not all(said) or not _fit(text.acts, meanwhile):
            raise TextsError(f"{reason}: a text is missing, or one too many")


def _fit(acts: Actor, meanwhile: tuple[str, str]) -> bool:
    if acts is Actor.OFFICER:
        return all(meanwhile)
    return not any(meanwhile) or (acts is Actor.NOBODY and all(meanwhile))
