"""Letters about rights: what a school has to give back, and what a person reads of who got it.

They say why, what to do and until when, in words; nothing that may not be so yet.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.adapters.letter_person import PersonPages, Told, Whom
from gateway.adapters.letter_rights import RightsPages
from gateway.adapters.letters import LetterSettings
from gateway.adapters.page import Press
from gateway.domain.helping import Direction, HelpRequest, What
from gateway.domain.moments import DUTCH
from gateway.domain.notifying import Happened, Passed, Recipient
from gateway.domain.parting import Parted, Why

SETTINGS = LetterSettings(
    address="poort@gemeente.example",
    name="Uitwisselpunt",
    municipality="Voorbeeldstad",
    contact="bel 14 000",
)
ASKED = HelpRequest(
    help_id="5b0e17c3",
    direction=Direction.TO,
    what=What.RETURN,
    party_id="school",
    contact_id="saar",
    articles=(17,),
    case_id="",
    reference="Z-2026-16",
    asked_at=datetime(2026, 11, 26, 12, tzinfo=UTC),
    due_at=datetime(2026, 12, 4, tzinfo=DUTCH),
    people=1,
)


def text(asked: HelpRequest) -> str:
    return Press().text(RightsPages(SETTINGS).help(asked, "", ["D-1"], reminder=False))


@pytest.mark.parametrize(
    ("why", "said"),
    [(Why.EXCLUDED, "uitgesloten"), (Why.LEFT, "doet niet meer mee"), (Why.TERM, "is afgelopen")],
)
def test_who_takes_part_no_longer_reads_why_what_and_until_when(why: Why, said: str) -> None:
    """12.11: no code for a number, and the last day as a day."""
    parted = Parted(party_id="school", why=why, began=ASKED.asked_at)
    found = text(replace(ASKED, reference=parted.reference))
    for sentence in (said, "5b0e17c3", "3 december 2026", "Verwijder nog niets.", "bel 14 000"):
        assert sentence in found
    assert parted.reference not in found


def test_what_an_officer_asks_goes_by_their_own_number() -> None:
    found = text(replace(ASKED, what=What.REMOVAL))
    assert "Z-2026-16" in found
    assert "Verwijder de gegevens" in found
    assert "Verwijder nog niets" not in found
    assert "Wat u doet" not in text(replace(ASKED, what=What.HELP))


def test_who_asks_who_got_it_is_not_told_that_a_letter_went_which_may_still_wait() -> None:
    whom = Whom("Proef", "D-1", "Z-1", ASKED.asked_at)
    told = Told("Casper", "Gemeente", ASKED.asked_at, ())
    found = Press().text(PersonPages(SETTINGS).recipients(whom, [told]))
    assert "krijgen een brief van ons, of hebben die al" in found


def test_after_an_erasure_the_letter_has_no_number_of_a_file_that_is_gone() -> None:
    """19: who was erased may still ask who got it; every other letter says the number."""
    told = Told("Casper", "Gemeente", None, ())
    pages = PersonPages(SETTINGS)
    gone = Press().text(pages.recipients(Whom("", "", "Z-1", ASKED.asked_at), [told]))
    assert "Ons nummer: Z-1." in gone
    assert "Uw dossier" not in gone
    known = Press().text(pages.recipients(Whom("", "D-1", "Z-1", ASKED.asked_at), [told]))
    assert "Uw dossier: D-1. Ons nummer: Z-1." in known
    assert gone.count("nog niet bekend") == 2


def test_a_correction_that_is_not_named_leaves_no_gap_in_the_sentence() -> None:
    recipient = Recipient(
        case_id="c-1",
        item="",
        happened=Happened.CORRECTED,
        contact_id="casper",
        passed=(Passed(reference="4f1c2a77", sent_at=None, categories=()),),
    )
    found = Press().text(RightsPages(SETTINGS).notification(recipient, None, reminder=False))
    assert "Een gegeven dat u kreeg, klopt niet (AVG 16)." in found
    assert found.count("nog niet bekend") == 2
