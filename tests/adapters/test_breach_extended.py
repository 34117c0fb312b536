"""A breach that was extended on paper: who hears more of it, and of what (33, 34)."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.adapters.breach_form import BreachForms, Told
from gateway.adapters.breach_letters import PersonLetters
from gateway.adapters.breach_register_out import BreachRegisterOut
from gateway.adapters.words import Words
from gateway.domain.breach_summary import Names, summary
from gateway.domain.breach_terms import Step, Version
from gateway.domain.texts import Language
from gateway.wiring.breach_material import Material
from gateway.wiring.breach_papers import partner_notices, to_tell
from tests.adapters.test_breach_papers import (
    AT,
    DUTCH,
    PRESS,
    ZONE,
    about,
    affected,
    breach,
    identity,
    told,
)
from tests.domain.test_reminding import SCHOOL, contact, party, roster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.affected import Affected
    from gateway.domain.breaches import Breach

EXTENDED = (Step.EXTENDED, {"added": "2", "people": "1", "again": "1"})
FIRST = (Step.REPORTED, {"version": "initial", "reference": "AP-1", "digest": "d"})
LETTERHUIS = party("letterhuis")
AGAIN = "Wij weten nu meer"
MORE = "Hieronder staat alleen wat erbij is gekomen."
MUNICIPAL = "Gemeente Nergenshuizen"


def added(person: int, mail: int, extension: int = 1) -> Affected:
    return replace(affected(person, mail), extension=extension)


def from_letterhuis(found: Affected) -> Affected:
    return replace(found, sender_id="sofie")


def material(found: Breach, everything: Sequence[Affected]) -> Material:
    """Of two schools; Casper is at neither."""
    return Material(
        breach=found,
        words={each.number: "gelezen" for each in found.steps},
        affected=everything,
        evidence=(),
        roster=roster(
            contact("saar", SCHOOL), contact("sofie", LETTERHUIS), parties=(SCHOOL, LETTERHUIS)
        ),
        people={},
        names=Names([]),
        municipality=MUNICIPAL,
        contact="bel 14 0123",
        officers="",
        at=AT,
    )


def to_school(each: Affected) -> Affected:
    """Nobody but the schools: the municipality's own are in no roster here."""
    return replace(each, recipient_id="", state="refused", received_at=AT, sent_at=None)


def heard(*parties: str) -> tuple[Step, dict[str, str]]:
    return Step.PARTNER_TOLD, {"parties": " ".join(parties)}


def test_a_letter_that_says_more_says_that_it_does() -> None:
    """All that is known stands in it; and only who had one before reads that they did."""
    letters = PersonLetters(DUTCH, None, ZONE)
    own = [affected(1, 1), added(1, 2)]
    texts = [
        PRESS.text(letters.page(about(breach()), identity(1), own, again=again))
        for again in (False, True)
    ]
    assert [AGAIN in each for each in texts] == [False, True]
    assert all(each.count("Gemeente Nergenshuizen") == 2 for each in texts)


def test_a_partner_who_was_told_hears_of_what_was_added_alone() -> None:
    """And who was not hears of all; who heard of it and has no more is left in peace."""
    mine, theirs = to_school(affected(1, 1)), from_letterhuis(to_school(affected(2, 2)))
    more = to_school(added(3, 3))
    found = material(breach(heard("school"), EXTENDED), [mine, theirs, more])
    pages = {name: PRESS.text(page) for name, page in partner_notices(found).items()}
    assert MORE in pages["school"]
    assert more.trace in pages["school"]
    assert mine.trace not in pages["school"]
    assert "Uw 72 uur lopen vanaf nu" not in pages["school"]
    assert MORE not in pages["letterhuis"]
    assert theirs.trace in pages["letterhuis"]
    assert set(to_tell(found)) == {"school", "letterhuis"}
    both = material(breach(heard("school", "letterhuis"), EXTENDED), [mine, theirs, more])
    assert to_tell(both) == ["school"]
    whole = material(breach(heard("school"), EXTENDED, heard("school", "letterhuis")),
                     [mine, theirs, more])  # fmt: skip
    assert set(to_tell(whole)) == {"school", "letterhuis"}  # once more, as ever
    assert not any(MORE in PRESS.text(page) for page in partner_notices(whole).values())


def test_a_partner_does_not_add_up_what_it_was_told_of_before() -> None:
    """A report of which more is known stands in both notices, and counts once in both together."""
    same, new = to_school(added(1, 1)), to_school(added(2, 2))
    before = to_school(affected(1, 3))
    found = material(breach(heard("school"), EXTENDED), [same, before, new])
    page = partner_notices(found)["school"]
    facts = dict(page.sections[0].facts)
    assert facts["Berichten van u die wij niet doorgaven"] == "2"
    assert facts["Samen met wat u al wist"] == "berichten: 3; mensen: 2"
    known = "Staat er een referentie bij die u al had? Daarover weten wij nu meer."
    assert known in page.lead
    first = partner_notices(material(breach(EXTENDED), [same, before, new]))["school"]
    assert "Samen met wat u al wist" not in dict(first.sections[0].facts)
    assert known not in first.lead
    nobody = material(breach(heard("school"), EXTENDED), [before, replace(new, dossier_id="")])
    together = dict(partner_notices(nobody)["school"].sections[0].facts)["Samen met wat u al wist"]
    assert together.startswith("berichten: 2; mensen: 1; berichten of mails waarvan niet bekend")


def test_no_partner_gets_the_first_notice_again_for_what_was_added_of_others() -> None:
    """It says that their 72 hours begin; once nothing was added since, it may be asked again."""
    mine, others = to_school(affected(1, 1)), replace(to_school(added(2, 2)), sender_id="")
    steps = [heard("school"), EXTENDED]
    assert list(to_tell(material(breach(*steps), [mine, others]))) == []
    assert list(to_tell(material(breach(*steps[:1]), [mine]))) == ["school"]
    more = material(breach(*steps), [mine, others, to_school(added(3, 3))])
    assert list(to_tell(more)) == ["school"]


def test_who_heard_before_an_extension_was_on_record_did_not_hear_of_it() -> None:
    step, said = heard("school")
    early = (step, said | {"extensions": "0"})
    found = material(breach(EXTENDED, early), [to_school(affected(1, 1)), to_school(added(2, 2))])
    assert to_tell(found) == ["school"]
    assert MORE in PRESS.text(partner_notices(found)["school"])


def test_a_supplement_says_how_much_was_added_since_the_last_version() -> None:
    """And asks the same again as the form does, with what it was before."""
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))
    found = breach(EXTENDED, FIRST, EXTENDED, EXTENDED)
    words = {each.number: f"feit {each.number}" for each in found.steps}
    before = form.answers(told(found, words, [affected(1, 1)]))
    now: Told = replace(
        told(found, words, [affected(1, 1), added(2, 2)]), version=Version.SUPPLEMENT
    )
    text = PRESS.text(form.supplement(now, form.answers(now), before))
    assert text.count("Uitgebreid op") == 2
    assert "Mensen erbij: 1. Mensen over wie meer bekend is: 1." in " ".join(text.split())
    assert "Was: 1" in text
    assert "feit 1" in form.answers(now)["3.3"]  # that more belongs to it is a fact


def test_a_report_made_again_after_one_was_taken_back_is_as_late_as_it_is() -> None:
    """The clock went on from awareness: the first report was in time, this one is not."""
    again = breach(FIRST, (Step.REPORTED, FIRST[1] | {"version": "withdrawal"}), EXTENDED, FIRST)
    late = AT + timedelta(hours=80)
    found = replace(again, steps=(*again.steps[:-1], replace(again.steps[-1], at=late)))
    words = {each.number: f"woorden {each.number}" for each in found.steps}
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))
    of = told(found, words, [affected(1, 1)])
    answers = form.answers(replace(of, version=Version.SUPPLEMENT))
    assert (answers["2.5"], answers["2.6"]) == ("Nee", "woorden 4")
    made = told(replace(found, steps=found.steps[:-1]), words, [affected(1, 1)])
    assert form.answers(replace(made, version=Version.INITIAL))["2.5"] == "nog onbekend"
    answers = form.answers(replace(made, version=Version.INITIAL, at=late, reason="meer mensen"))
    assert (answers["2.5"], answers["2.6"]) == ("Nee", "meer mensen")
    page = partner_notices(material(found, [to_school(affected(1, 1))]))["school"]
    assert "5 maart" in dict(page.sections[0].facts)["Gemeld bij de AP"]
    out = BreachRegisterOut(Words(Language.NL, "breaches"), ZONE, Names([]))
    entries = [(found, words, summary([affected(1, 1)]))]
    (row,) = csv.DictReader(out.as_csv(entries).splitlines(), delimiter=";")
    assert "5 maart" in row["gemeld"]


def test_the_form_does_not_say_that_a_partner_heard_of_what_was_added_since() -> None:
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))
    since = "Daarna is het datalek uitgebreid"
    for steps, said in (
        ((heard("school"),), False),
        ((heard("school"), EXTENDED), True),
        ((heard("school"), EXTENDED, heard("school")), False),
    ):
        found = breach(*steps)
        words = {each.number: "gelezen" for each in found.steps}
        answer = form.answers(told(found, words, [affected(1, 1)]))["8.4"]
        assert answer.startswith("Ja, op ")
        assert (since in answer) is said


def test_the_register_says_when_it_was_extended() -> None:
    out = BreachRegisterOut(Words(Language.NL, "breaches"), ZONE, Names([]))
    silent = (Step.NOT_REPORTED, {"proposal": "p"})
    found = breach(silent, EXTENDED)
    words = {each.number: "gelezen" for each in found.steps}
    entries = [(found, words, summary([affected(1, 1)])), (breach(), {0: "x"}, summary([]))]
    made: dict[str, Any] = out.as_json_ld(entries, MUNICIPAL, AT)
    said = [each["poort:extendedAt"] for each in made["dct:hasPart"]]
    assert [len(each) for each in said] == [1, 0]
    rows = list(csv.DictReader(out.as_csv(entries).splitlines(), delimiter=";"))
    assert rows[0]["uitgebreid"] == rows[0]["geweten"]
    assert rows[1]["uitgebreid"] == "Nee"
    assert rows[0]["besluit_melden"] == "Nog geen besluit"
    assert "Uitgebreid" in PRESS.text(out.page(entries, MUNICIPAL))
