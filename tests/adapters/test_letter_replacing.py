"""What changed, as a reader finds it: each difference by its name, and nothing that stayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.bijsluiter import Bericht, Category
from gateway.domain.replacing import Earlier
from tests import corridor, generators
from tests.adapters.test_letters import WRITER
from tests.generators import OFFICER

if TYPE_CHECKING:
    from gateway.domain.mail import Letter
    from gateway.domain.wire import Json

EXAMS: list[Json] = [
    {"onderdeel": "LE", "niveau": "A2", "examendatum": "2025-01-04"},
    {"onderdeel": "LE", "niveau": "B1", "examendatum": "2025-11-04"},
]


def letter(old: dict[str, Json], new: dict[str, Json], *texts: Category) -> Letter:
    """A correction beside what it replaces."""
    correction = {
        **new,
        "berichttype": "CORRECTIE",
        "vervangt": str(generators.bericht_id(9)),
    }
    facts = generators.facts(1, replaced=generators.replaced(9))
    earlier = Earlier(
        content=Bericht.model_validate(old),
        categories=frozenset(Category),
        texts_differ=frozenset(texts),
    )
    return WRITER.report(corridor.addressed(correction, facts).comparing(earlier))


def changes(of: Letter) -> str:
    """What stands under the heading."""
    return of.text.partition("Wat er is veranderd")[2].partition("Van wie komt het")[0]


def test_each_difference_is_named_with_what_it_was_and_is() -> None:
    progress = generators.voortgang() | {"aangebodenUren": 140, "verzuim": {"urenGeoorloofd": 3}}
    text = changes(letter(generators.bericht(1), generators.bericht(1, voortgang=progress)))
    for part in ("Aangeboden uren", "120 uur", "140 uur", "18 uur", "3 uur", "6 uur"):
        assert part in text
    assert "staat er niet meer in" in text
    for same in ("Gevolgde uren", "DUO-lening", "Naam", "Taalniveau"):
        assert same not in text


def test_rows_of_a_table_are_found_by_what_they_are_about() -> None:
    """A level that rose, and an exam at a second level of the same part."""
    levels: list[Json] = [{"vaardigheid": "LE", "begin": "A1", "huidig": "B1", "doel": "B1"}]
    traject = {**generators.traject(), "behaaldeExamens": EXAMS}
    old = generators.bericht(
        1, voortgang={**generators.voortgang(), "taalniveaus": levels}, inburgeringstraject=traject
    )
    levels = [{"vaardigheid": "LE", "begin": "A1", "huidig": "B2", "doel": "B1"}]
    later: Json = {**generators.traject(), "behaaldeExamens": EXAMS[:1]}
    new = generators.bericht(
        1, voortgang={**generators.voortgang(), "taalniveaus": levels}, inburgeringstraject=later
    )
    text = changes(letter(old, new))
    assert "Taalniveau: lezen, nu" in text.casefold() or "lezen, nu" in text.casefold()
    assert "B2" in text
    assert "4 november 2025" in text
    assert "4 januari 2025" not in text


def test_nothing_that_differs_is_said_too() -> None:
    same = generators.bericht(1, voortgang=None)
    assert "zijn gelijk gebleven" in " ".join(letter(same, same).text.split())


def test_of_free_text_only_that_it_is_another() -> None:
    same = generators.bericht(1)
    text = changes(letter(same, same, Category.P4))
    assert "Bijzonderheden" in text
    assert "zie hierboven" in text


def test_a_letter_without_anything_beside_it_has_no_such_heading() -> None:
    correction = generators.bericht(
        1, berichttype="CORRECTIE", vervangt=str(generators.bericht_id(9))
    )
    facts = generators.facts(1, replaced=generators.replaced(9))
    text = WRITER.report(corridor.addressed(correction, facts)).text
    assert "Wat er is veranderd" not in text
    assert "geldt ook niet meer" in text


@pytest.mark.parametrize("number", [1, 7])
def test_who_reads_it_no_more_learns_a_number_and_nothing_else(number: int) -> None:
    replaced = generators.replaced(number)
    made = WRITER.replaced(replaced, OFFICER, generators.INSTANT)
    assert str(replaced.bericht_id) in made.text
    assert made.recipient == OFFICER.address
    assert made.attachments == ()
    person = generators.betrokkene(number)
    for value in (person["dossierkenmerk"], person["geslachtsnaam"], person["geboortedatum"]):
        assert str(value) not in made.text + made.html + made.subject
