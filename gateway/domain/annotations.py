"""What a scanner points at in free text, for the people who decide about it.

It is a pointer and never a verdict: nothing here says that a text is in order,
and nothing that decides takes it (a test of the house sees to that).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.domain.silent import Silent


class Kind(StrEnum):
    """What something in a text may be; the codes of ``policies/lexicon.toml`` are among them."""

    BSN = "bsn"
    IBAN = "iban"
    TELEPHONE = "telefoon"
    EMAIL = "e-mail"
    ADDRESS = "adres"
    V_NUMBER = "v-nummer"
    BIRTH_DATE = "geboortedatum"
    FILE_NUMBER = "dossierkenmerk"
    OTHER_PERSON = "iemand-anders"
    HEALTH = "gezondheid"
    BELIEF = "geloof"
    JUSTICE = "justitie"
    ORIGIN = "afkomst"
    SEXUALITY = "seksualiteit"
    POLITICS = "politiek"
    UNION = "vakbond"
    BIOMETRICS = "biometrie"
    SENSITIVE = "gevoelig"


FROM_REGISTER: Final = frozenset({Kind.FILE_NUMBER, Kind.OTHER_PERSON})
"""What was recognised because the register knows it.

To say so to a sender would say who is registered: they are told of it only when a
person says so (see `asked`).
"""


class Certainty(StrEnum):
    """How much stands behind it: the form alone, or also what stands around it."""

    POSSIBLE = "possible"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """From `start` up to `end` of the text as it was sent; annotations may overlap.

    `why` says what was recognised, in English, by the rule or the entry of the lexicon
    that matched, and never whose data it is.
    """

    start: int
    end: int
    kind: Kind
    certainty: Certainty
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AboutWhom(Silent):
    """Whom a text is about: what of theirs may stand in it without being somebody else's."""

    dossierkenmerk: str
    names: tuple[str, ...]
    geboortedatum: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Question(Silent):
    """What a sender is asked to say in another way: a field, and why.  Never the words.

    `number` is the report's place in its document, `dossierkenmerk` what the sender wrote
    there, `path` that of the field on the wire, and `place` where that stands in the
    sender's form, empty where it was none.
    """

    number: int
    dossierkenmerk: str
    path: str
    kinds: tuple[Kind, ...]
    place: str = ""


def settled(found: list[Annotation]) -> tuple[Annotation, ...]:
    """In the order of the text; of one kind only what lies in no other, or is more certain."""
    order = sorted(set(found), key=_place)
    return tuple(each for each in order if not any(_covers(other, each) for other in order))


def _place(each: Annotation) -> tuple[int, int, str, str]:
    return each.start, -each.end, each.kind.value, each.why


def _covers(other: Annotation, each: Annotation) -> bool:
    if other is each or other.kind is not each.kind:
        return False
    inside = other.start <= each.start and each.end <= other.end
    if not inside or (other.certainty is Certainty.POSSIBLE and each.certainty is Certainty.LIKELY):
        return False
    same = (other.start, other.end, other.certainty) == (each.start, each.end, each.certainty)
    return not same or other.why < each.why


def asked(found: tuple[Annotation, ...], named: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """The kinds that a sender is told of: what was pointed at, and what a person named."""
    pointed = (each.kind for each in found if each.kind not in FROM_REGISTER)
    chosen = {*pointed, *named}
    return tuple(kind for kind in Kind if kind in chosen)
