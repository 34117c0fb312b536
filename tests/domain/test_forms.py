"""A line of text is no place for a sentence about somebody (12.3): those wait for people."""

from __future__ import annotations

import pytest

from gateway.domain.outcomes import Ended
from gateway.domain.stages import Checked
from gateway.domain.stops import Reason
from tests import corridor, generators

NUMBER = "123456782"  # as a citizen service number looks


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("geslachtsnaam", f"Fictief {NUMBER}"),
        ("geslachtsnaam", "Fictief １２３４５６７８２"),
        ("geslachtsnaam", "Fictief (depressief)"),
        ("geslachtsnaam", "Fictief; bel mij"),
        ("voorvoegselGeslachtsnaam", f"van {NUMBER}"),
        ("voornamen", f"Bilal, bsn: {NUMBER}"),
        ("email", "bilal is depressief"),
        ("email", "bilal@post.example en depressief"),
        ("telefoonnummer", "bel niet, is depressief"),
    ],
)
def test_what_is_no_name_and_no_address_is_refused(field: str, value: str) -> None:
    """The surname is compared by its letters alone, so digits and signs would slip through."""
    person = generators.betrokkene(1) | {field: value}
    (report,) = corridor.checks(generators.bericht(1, betrokkene=person))
    assert isinstance(report, Ended)
    assert report.stop.reasons == (Reason.FAULTY_REPORT,)
    assert [fault.path for fault in report.stop.faults] == [f"berichten[0].betrokkene.{field}"]


@pytest.mark.parametrize(
    ("title", "good"),
    [
        ("Voortgangstoets A2 lezen (TOA), versie 2025-12", True),
        ("Profieltoets ½", True),
        (f"toets {NUMBER}", False),
        ("toets １２３４５６７８２", False),
        ("Niet gehaald: hij was ziek, depressief, en kwam de laatste weken niet", False),
    ],
)
def test_the_name_of_a_test_is_short_and_holds_no_long_number(title: str, good: bool) -> None:
    progress = generators.voortgang()
    progress["taalniveaus"] = [{"vaardigheid": "LE", "toets": title}]
    (report,) = corridor.checks(generators.bericht(1, voortgang=progress))
    assert isinstance(report, Checked) == good


@pytest.mark.parametrize(
    "name", ["'t Hof", "Núñez-O’Brien", "El-Sayed", "Đặng", ".", "Ibn Sīnā", "Smit e.v. Jansen"]
)
def test_names_as_people_have_them_are_names(name: str) -> None:
    person = generators.betrokkene(1) | {"geslachtsnaam": name, "voornamen": "J. P. d'Arc"}
    (report,) = corridor.checks(generators.bericht(1, betrokkene=person))
    assert isinstance(report, Checked)
