"""What the register refuses, and why, in the words of who keeps it."""

from __future__ import annotations

import re

from gateway.domain.identity_numbers import holds_number
from gateway.domain.parties import Role
from gateway.domain.refusal_texts import REGISTER_TEXTS
from gateway.domain.refusal_texts_duties import DUTIES_TEXTS
from gateway.domain.refusals import Refusal
from gateway.domain.shared_mailbox import is_shared

__all__ = [
    "RECEIVING",
    "Refusal",
    "RegisterError",
    "check_address",
    "check_dossierkenmerk",
    "check_id",
    "check_instellingsnummer",
    "check_name",
    "check_reason",
]

_TEXTS = {**REGISTER_TEXTS, **DUTIES_TEXTS}
RECEIVING = frozenset({Role.CONTACTPERSOON, Role.CASEMANAGER})


class RegisterError(Exception):
    """The register refuses; `text` in English, `nl` in Dutch.  Never says a personal value."""

    def __init__(self, code: Refusal, detail: str = "") -> None:
        text, nl = _TEXTS[code]
        self.code = code
        self.text = f"{text} ({detail})" if detail else text
        self.nl = f"{nl} ({detail})" if detail else nl
        super().__init__(f"{code}: {self.text}")


_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_NUMMER = re.compile(r"[0-9A-Z]{10}")
_KENMERK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


def check_address(address: str, role: Role) -> str:
    """The address, usable and, for who receives personal data, one person's own (12.5)."""
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise RegisterError(Refusal.BAD_ADDRESS)
    if role in RECEIVING and is_shared(address):
        raise RegisterError(Refusal.ROLE_ADDRESS)
    return address


def check_id(given: str) -> str:
    """A usable id."""
    return _matching(_ID, given, Refusal.BAD_ID)


def check_instellingsnummer(given: str) -> str:
    """DUO's number of an institution, or the municipality's own."""
    return _matching(_NUMMER, given, Refusal.BAD_INSTELLINGSNUMMER)


def check_dossierkenmerk(given: str) -> str:
    """A usable dossierkenmerk, as the bijsluiter takes it."""
    return _matching(_KENMERK, given, Refusal.BAD_DOSSIERKENMERK)


def check_name(given: str, refusal: Refusal = Refusal.BAD_NAME, longest: int = 200) -> str:
    """A printable name without white space around it."""
    name = given.strip()
    if not 1 <= len(name) <= longest or not name.isprintable():
        raise RegisterError(refusal)
    return name


def check_reason(given: str) -> str:
    """Why an operator did something; kept in plain, so with no number of a person in it."""
    reason = check_name(given, Refusal.BAD_REASON)
    if holds_number(reason, prose=True):
        raise RegisterError(Refusal.IDENTITY_NUMBER)
    return reason


def _matching(pattern: re.Pattern[str], given: str, refusal: Refusal) -> str:
    if not pattern.fullmatch(given):
        raise RegisterError(refusal)
    return given
