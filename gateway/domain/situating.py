"""Consent in the words of the decision table: one translation for whoever asks the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory, ConsentState
from gateway.domain.situation import CategorySituation, ConsentGate, Scope, YesNo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.consent import Consent
    from gateway.domain.situation import Ground, Text


def consent_gate(scope: Scope, consent: Consent) -> ConsentGate:
    """Whether consent lets anything pass: only the Wi2013 needs it, and identity (T1) is part."""
    if scope is not Scope.WI2013:
        return ConsentGate.NOT_NEEDED
    if consent.state is ConsentState.GIVEN and ConsentCategory.T1 not in consent.categories:
        return ConsentGate.NOT_INCLUDED
    return ConsentGate(consent.state.value)


def category_situations(
    texts: Mapping[Category, Text], ground: Ground, consent: Consent
) -> dict[Category, CategorySituation]:
    """Each category of a report, by the free text in it, with the rows that consent covers."""
    given = consent.state is ConsentState.GIVEN
    rows = consent.categories if given else frozenset[ConsentCategory]()
    extra = consent.extra if given else frozenset[Category]()
    t1, t2, t3, t4 = (_yes_no(row in rows) for row in ConsentCategory)
    return {
        category: CategorySituation(
            category=category,
            ground=ground,
            t1=t1,
            t2=t2,
            t3=t3,
            t4=t4,
            extra=_yes_no(category in extra),
            text=text,
        )
        for category, text in texts.items()
    }


def _yes_no(answer: bool) -> YesNo:  # noqa: FBT001 - translates a truth value
    return YesNo.YES if answer else YesNo.NO
