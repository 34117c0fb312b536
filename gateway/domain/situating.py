"""Consent in the words of the decision table: one translation for whoever asks the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.consent import ConsentCategory, ConsentState
from gateway.domain.situation import CategorySituation, ConsentGate, Scope, YesNo

if TYPE_CHECKING:
    from gateway.domain.bijsluiter import Category
    from gateway.domain.consent import Consent
    from gateway.domain.situation import Ground, Text


def consent_gate(scope: Scope, consent: Consent) -> ConsentGate:
    """Whether consent lets anything pass: only the Wi2013 needs it, and identity (T1) is part."""
    if scope is not Scope.WI2013:
        return ConsentGate.NOT_NEEDED
    if consent.state is ConsentState.GIVEN and ConsentCategory.T1 not in consent.categories:
        return ConsentGate.NOT_INCLUDED
    return ConsentGate(consent.state.value)


def category_situation(
    category: Category, ground: Ground, consent: Consent, text: Text
) -> CategorySituation:
    """One category of a report, with the rows of the form that consent covers."""
    given = consent.state is ConsentState.GIVEN
    rows = consent.categories if given else frozenset[ConsentCategory]()
    return CategorySituation(
        category=category,
        ground=ground,
        t1=_yes_no(ConsentCategory.T1 in rows),
        t2=_yes_no(ConsentCategory.T2 in rows),
        t3=_yes_no(ConsentCategory.T3 in rows),
        t4=_yes_no(ConsentCategory.T4 in rows),
        extra=_yes_no(given and category in consent.extra),
        text=text,
    )


def _yes_no(answer: bool) -> YesNo:  # noqa: FBT001 - translates a truth value
    return YesNo.YES if answer else YesNo.NO
