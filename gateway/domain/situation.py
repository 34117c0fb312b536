"""The finite situations a policy decides about: every attribute has a short list of values.

Because the lists are short, the whole domain can be enumerated; the truth table
that people review is this enumeration.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentState
from gateway.domain.parties import KeyState, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping


class Scope(StrEnum):
    """Act and group by our own register (covenant 2.3, 1j)."""

    WI2013 = "wi2013"
    WI2021_GEZIN_OVERIG = "wi2021-gezin-overig"
    WI2021_ASIEL = "wi2021-asiel"
    UNKNOWN = "unknown"


class Claim(StrEnum):
    """Whether the sender's act and group agree with the register."""

    AGREES = "agrees"
    DIFFERS = "differs"


class Person(StrEnum):
    """Whether dossierkenmerk, surname and birth date point at one person."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Term(StrEnum):
    """The covenant's term (3.2)."""

    RUNNING = "running"
    NOT_BEGUN = "not-begun"
    ENDED = "ended"


class Duty(StrEnum):
    """The duty to integrate of this person."""

    RUNNING = "running"
    ENDED = "ended"


class Sender(StrEnum):
    """Whether the sender is this person's designated contact on its own side (12.5)."""

    DESIGNATED = "designated"
    OTHER = "other"


class Recipient(StrEnum):
    """The designated contact on the other side, and whether mail can be sealed to them."""

    READY = "ready"
    NONE = "none"
    NO_KEY = KeyState.NO_KEY.value
    KEY_EXPIRED = KeyState.EXPIRED.value
    KEY_REVOKED = KeyState.REVOKED.value


class YesNo(StrEnum):
    """A yes or no."""

    YES = "yes"
    NO = "no"


class ConsentGate(StrEnum):
    """Consent as the gate sees it: is there one that includes identity (T1)?"""

    GIVEN = ConsentState.GIVEN.value
    NOT_INCLUDED = "not-included"
    NOT_NEEDED = "not-needed"
    NONE = ConsentState.NONE.value
    REFUSED = ConsentState.REFUSED.value
    WITHDRAWN = ConsentState.WITHDRAWN.value
    EXPIRED = ConsentState.EXPIRED.value
    INVALIDATED = ConsentState.INVALIDATED.value


class Ground(StrEnum):
    """The legal ground a report is shared on."""

    CONSENT = "consent"
    STATUTE = "statute"


def yes_no(answer: bool) -> YesNo:  # noqa: FBT001 - translates a truth value
    """A truth value in the words of the decision table."""
    return _YES if answer else _NO


# An attribute of an enumeration is looked up slowly, and these are asked for all the time.
_YES, _NO = YesNo.YES, YesNo.NO


class Switch(StrEnum):
    """A policy switch."""

    ON = "on"
    OFF = "off"


class Text(StrEnum):
    """Free text in a category."""

    NONE = "none"
    UNRELEASED = "unreleased"
    RELEASED = "released"


class GateSituation(NamedTuple):
    """Everything that decides whether a report may pass at all."""

    scope: Scope
    claim: Claim
    person: Person
    term: Term
    standing: Standing
    duty: Duty
    sender: Sender
    sender_bound: YesNo
    recipient: Recipient
    recipient_bound: YesNo
    consent: ConsentGate

    def attributes(self) -> Mapping[str, str]:
        """Name and value of each attribute, as the decision table writes them."""
        return {
            "scope": self.scope,
            "claim": self.claim,
            "person": self.person,
            "term": self.term,
            "standing": self.standing,
            "duty": self.duty,
            "sender": self.sender,
            "sender_bound": self.sender_bound,
            "recipient": self.recipient,
            "recipient_bound": self.recipient_bound,
            "consent": self.consent,
        }


class CategorySituation(NamedTuple):
    """Everything that decides whether one category of an admitted report is shared."""

    category: Category
    ground: Ground
    t1: YesNo
    t2: YesNo
    t3: YesNo
    t4: YesNo
    extra: YesNo
    text: Text

    def attributes(self) -> Mapping[str, str]:
        """Name and value of each attribute, as the decision table writes them."""
        return {
            "category": self.category,
            "ground": self.ground,
            "t1": self.t1,
            "t2": self.t2,
            "t3": self.t3,
            "t4": self.t4,
            "extra": self.extra,
            "text": self.text,
        }


GATE_DOMAIN: Mapping[str, tuple[str, ...]] = {
    "scope": tuple(Scope),
    "claim": tuple(Claim),
    "person": tuple(Person),
    "term": tuple(Term),
    "standing": tuple(Standing),
    "duty": tuple(Duty),
    "sender": tuple(Sender),
    "sender_bound": tuple(YesNo),
    "recipient": tuple(Recipient),
    "recipient_bound": tuple(YesNo),
    "consent": tuple(ConsentGate),
}

CATEGORY_DOMAIN: Mapping[str, tuple[str, ...]] = {
    "category": tuple(Category),
    "ground": tuple(Ground),
    "t1": tuple(YesNo),
    "t2": tuple(YesNo),
    "t3": tuple(YesNo),
    "t4": tuple(YesNo),
    "extra": tuple(YesNo),
    "text": tuple(Text),
    "non_formal": tuple(Switch),
}
