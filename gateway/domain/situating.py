"""Consent in the words of the decision table: one translation for whoever asks the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory, ConsentState
from gateway.domain.judgement import Circumstances
from gateway.domain.situation import ConsentGate, Scope, yes_no

if TYPE_CHECKING:
    from gateway.domain.consent import Consent
    from gateway.domain.situation import GateSituation, Text

_CATEGORIES, _ROWS = tuple(Category), tuple(ConsentCategory)


def consent_gate(scope: Scope, consent: Consent) -> ConsentGate:
    """Whether consent lets anything pass: only the Wi2013 needs it, and identity (T1) is part."""
    if scope is not Scope.WI2013:
        return ConsentGate.NOT_NEEDED
    if consent.state is ConsentState.GIVEN and ConsentCategory.T1 not in consent.categories:
        return ConsentGate.NOT_INCLUDED
    return ConsentGate(consent.state.value)


def circumstances_under(
    consent: Consent,
    *,
    gate: GateSituation,
    texts: tuple[tuple[Category, Text], ...],
    disclosed_before: bool = False,
    own_document: bool = True,
) -> Circumstances:
    """All that a table can decide on, with the rows that this consent covers."""
    given = consent.state is ConsentState.GIVEN
    rows = consent.categories if given else frozenset[ConsentCategory]()
    extra = consent.extra if given else frozenset[Category]()
    t1, t2, t3, t4 = (yes_no(row in rows) for row in _ROWS)
    return Circumstances(
        gate=gate,
        disclosed_before=yes_no(disclosed_before),
        own_document=yes_no(own_document),
        t1=t1,
        t2=t2,
        t3=t3,
        t4=t4,
        extra=tuple(category for category in _CATEGORIES if category in extra) if extra else (),
        texts=texts,
    )
