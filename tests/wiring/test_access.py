"""A log that is not whole makes no dossier; one altered entry is said and no more."""

from __future__ import annotations

import pytest

from gateway.domain.dossier_refusals import DossierError
from gateway.ledger.findings import Finding, Kind
from gateway.ledger.verdict import Verdict
from gateway.wiring.access import _refuse_broken

_SAID = {Kind.ALTERED, Kind.FACTS, Kind.UNLOGGED}


def verdict(*found: tuple[Kind, int, int], omitted: int = 0) -> Verdict:
    return Verdict(
        size=9,
        covered=9,
        newest=None,
        findings=tuple(
            Finding(first=first, after=after, kind=kind, detail="") for kind, first, after in found
        ),
        opened=True,
        omitted=omitted,
    )


@pytest.mark.parametrize("kind", [each for each in Kind if each is not Kind.BEYOND])
def test_only_what_is_wrong_with_one_entry_is_passed_over(kind: Kind) -> None:
    if kind in _SAID:
        _refuse_broken(verdict((kind, 3, 4)))
        return
    with pytest.raises(DossierError, match="log-not-whole"):
        _refuse_broken(verdict((kind, 3, 4)))


def test_what_else_is_wrong_with_an_altered_entry_follows_from_that() -> None:
    altered = (Kind.ALTERED, 3, 5)
    _refuse_broken(verdict(altered, (Kind.INDEX, 3, 4), (Kind.COLUMNS, 4, 5)))
    for other in ((Kind.INDEX, 5, 6), (Kind.INDEX, 4, 6)):
        with pytest.raises(DossierError):
            _refuse_broken(verdict(altered, other))


def test_more_findings_than_are_named_are_not_passed_over() -> None:
    with pytest.raises(DossierError):
        _refuse_broken(verdict((Kind.ALTERED, 3, 4), omitted=1))
