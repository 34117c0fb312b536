"""Where somebody wrote words in a report: texts that wait for a release, and short labels."""

from __future__ import annotations

import json

from gateway.domain.bijsluiter import Bericht, Category
from gateway.domain.categories import enclosed, free_text, labels, written
from tests import generators


def report(**sections: object) -> Bericht:
    made = {**generators.full_bericht(1, regime="WI2021"), **sections}
    return Bericht.model_validate_json(json.dumps(made), by_alias=True, by_name=False)


def test_texts_are_those_of_signals_and_of_a_change_in_the_plan() -> None:
    plan = {**generators.plan(), "wijziging": {"datum": "2025-09-15", "omschrijving": "anders"}}
    signals = [
        {"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP"},
        {"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": "wil bellen"},
    ]
    assert written(report(persoonlijkPlan=plan, bijzonderheden=signals)) == (
        ("persoonlijkPlan.wijziging.omschrijving", "anders"),
        ("bijzonderheden[1].signaal", "wil bellen"),
    )


def test_labels_are_names_of_tests() -> None:
    levels = [{"vaardigheid": "LE"}, {"vaardigheid": "SP", "toets": "Oefentoets spreken"}]
    progress = {**generators.voortgang(), "taalniveaus": levels}
    assert labels(report(voortgang=progress)) == (
        ("voortgang.taalniveaus[1].toets", "Oefentoets spreken"),
    )


def test_an_enclosed_plan_waits_as_text_does() -> None:
    document = {"naam": "plan.pdf", "sha256": "ab" * 32}
    plan = {**generators.plan(), "document": document}
    assert enclosed(report(persoonlijkPlan=plan)) == (("persoonlijkPlan.document", "plan.pdf"),)
    assert free_text(report(persoonlijkPlan=plan)) == {Category.P1}


def test_a_report_without_these_sections_has_neither() -> None:
    bare = generators.bericht(1, regime="WI2021", voortgang=None)
    read = Bericht.model_validate_json(json.dumps(bare))
    assert (labels(read), enclosed(read), written(read)) == ((), (), ())
