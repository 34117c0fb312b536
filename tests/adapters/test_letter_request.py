"""Letters about a request: each kind and outcome in both languages, and to whom."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters import letter_request, letter_request_due, letter_restriction_due
from gateway.adapters.letter_request import RequestLetter, RequestLetters
from gateway.adapters.letter_request_due import REQUESTS
from gateway.adapters.page import Press
from gateway.adapters.words import Words
from gateway.domain.case_rules import GROUNDS, Ground, Letter, Reason
from gateway.domain.cases import Case, Outcome, RequestKind, Step
from gateway.domain.texts import Language
from tests.domain.test_cases import case, taken
from tests.test_language import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)
WHY = "Op deze foto staan ook andere cursisten."
SOURCES = (letter_request, letter_request_due, letter_restriction_due)
CONTEXTS = {
    "recht": [each.value for each in RequestKind],
    "reden": [each.value for each in Reason],
    "uitkomst": [each.value for each in Outcome],
    "grond": [each.value for each in Ground],
    "besluit": [f"{kind.value}/{each.value}" for kind, each in product(RequestKind, Outcome)],
}


def text(
    letter: Letter, found: Case | None = None, language: Language = Language.NL, **how: Any
) -> str:
    """The letter as plain text."""
    letters = RequestLetters(
        Words(language, REQUESTS), "Gemeente Voorbeeldstad", "privacy@gemeente.example"
    )
    made = RequestLetter(case=found or case(), letter=letter, at=NOW, **how)
    return Press().text(letters.page(made))


def decided(kind: RequestKind, outcome: Outcome, language: Language, **how: Any) -> str:
    return text(Letter.DECISION, case(kind=kind), language, outcome=outcome, **how)


def literals() -> Iterator[str]:
    """Every sentence that the sources look up by its Dutch wording."""
    for source in SOURCES:
        assert source.__file__
        for node in ast.walk(ast.parse(Path(source.__file__).read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if name in {"say", "_say"} and isinstance(first, ast.Constant):
                    yield str(first.value)


def test_the_catalogue_says_all_of_it_and_nothing_else() -> None:
    """A sentence that is not in it would be printed in Dutch, a code as a code."""
    wanted: set[tuple[str | None, str]] = {(None, each) for each in literals()}
    wanted |= {(context, each) for context, codes in CONTEXTS.items() for each in codes}
    assert set(entries(Language.NL, REQUESTS)) == wanted


@pytest.mark.parametrize("language", Language)
def test_every_decision_says_how_to_object_and_where_to_go(language: Language) -> None:
    """UAVG 34, Awb 3:45 and 6:7, AVG 12(4); 7(3) is none of UAVG 34's articles."""
    weeks = {Language.NL: "binnen zes weken", Language.EN: "within six weeks"}[language]
    for kind, outcome in product(RequestKind, Outcome):
        grounds = tuple(g.value for g in Ground if kind in GROUNDS[g] and g is not Ground.IDENTITY)
        refused = outcome in {Outcome.REFUSED, Outcome.PARTLY}
        said = decided(
            kind,
            outcome,
            language,
            written=WHY if refused else "",
            grounds=grounds if refused else (),
        )
        assert "Autoriteit Persoonsgegevens" in said
        assert "rechtbank" in said
        assert (weeks in said) == (kind is not RequestKind.WITHDRAWAL)
        assert (WHY in said) == refused
        assert f"{kind.value}/" not in said


def test_until_when_and_what_to_do_meanwhile() -> None:
    receipt = text(Letter.RECEIPT, name="Proef Persoon")
    assert "Beste Proef Persoon," in receipt
    assert "28 februari 2026" in receipt
    assert "zeker weten wie u bent" in receipt
    assert "zeker weten wie u bent" not in text(Letter.RECEIPT, case(Step.IDENTIFIED))
    later = text(Letter.EXTENSION, case(taken(Step.EXTENDED, reason="many-requests")), written=WHY)
    assert "U deed veel verzoeken." in later
    assert "28 april 2026" in later
    assert WHY in later
    assert "Stuur er ook geen." in text(Letter.IDENTITY)


def test_who_asks_for_another_is_written_to() -> None:
    said = text(Letter.RECEIPT, name="Proef Persoon", representative="mr. Fictie Advocaat")
    assert "mr. Fictie Advocaat" in said
    assert "Beste" not in said
    assert "U vraagt dit voor Proef Persoon." in said
    unknown = text(Letter.RECEIPT, representative="mr. Fictie Advocaat")
    assert "U vraagt dit voor iemand anders." in unknown


@pytest.mark.parametrize("language", Language)
def test_who_took_it_back_reads_when_they_said_so_and_what_to_do_if_not(language: Language) -> None:
    ended = case(taken(Step.WITHDRAWN, said_on="2026-02-09"))
    said = text(Letter.WITHDRAWN, ended, language)
    day = {Language.NL: "9 februari 2026", Language.EN: "9 February 2026"}[language]
    assert day in said
    assert "Autoriteit Persoonsgegevens" in said
    before = text(Letter.WITHDRAWN, case(taken(Step.WITHDRAWN)), language)
    assert day not in before


def test_who_took_it_back_reads_what_stays_all_the_same() -> None:
    """Consent that was stopped does not begin again, and nothing is passed on before a letter."""
    ended, carried_out = taken(Step.WITHDRAWN), taken(Step.EXECUTED)
    consent = text(Letter.WITHDRAWN, case(carried_out, ended, kind=RequestKind.WITHDRAWAL))
    assert "Uw toestemming is al gestopt. Dat blijft zo." in consent
    held = case(carried_out, ended, kind=RequestKind.RESTRICTION)
    assert "geldt nu nog." in text(Letter.WITHDRAWN, held, restricted=True)
    corrected = case(carried_out, ended, kind=RequestKind.RECTIFICATION)
    assert "Wat wij al deden, blijft zo." in text(Letter.WITHDRAWN, corrected)
    nothing = text(Letter.WITHDRAWN, case(ended))
    assert "blijft zo" not in nothing
    assert "geldt nu nog" not in nothing


def test_of_nobody_no_name_is_written() -> None:
    assert "Beste meneer of mevrouw," in text(Letter.RECEIPT, case(dossier=""))


def test_what_nobody_approved_yet_says_so() -> None:
    draft = decided(RequestKind.ACCESS, Outcome.REFUSED, Language.NL, draft=True)
    assert "Concept. Nog niet versturen." in draft


def test_nothing_is_said_to_be_done_that_waits_for_another_or_may_have_been_wrong() -> None:
    """A school still has to send the CORRECTIE; what went after a withdrawal was not allowed."""
    corrected = decided(RequestKind.RECTIFICATION, Outcome.GRANTED, Language.NL)
    assert "Wij verbeteren uw gegevens." in corrected
    stopped = decided(RequestKind.WITHDRAWAL, Outcome.GRANTED, Language.NL)
    assert "Wat wij deden voordat u dit vroeg, mocht." in stopped
    part = decided(RequestKind.ERASURE, Outcome.PARTLY, Language.NL)
    assert "Wie ze van ons kreeg" not in part
