"""What was only received on paper: apart from what was passed on, and each person once (33, 34)."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.breach_form import BreachForms
from gateway.adapters.breach_letters import PartnerNotices, PersonLetters
from gateway.adapters.breach_register_out import BreachRegisterOut
from gateway.adapters.words import Words
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_summary import Names, by_person, summary
from gateway.domain.breach_terms import Cause
from gateway.domain.received import Came
from gateway.domain.sureness import Sureness
from gateway.domain.texts import Language
from gateway.wiring.breach_material import Material
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
    from gateway.domain.affected import Affected

STATES = (Came.REFUSED, Came.HELD, Came.WAITING, Came.READY)
UNKNOWN = "dat weten wij niet precies"
MORE = "Wij weten niet precies welke gegevens er nog meer in stonden."


def came(person: int, mail: int, state: Came = Came.REFUSED, *held: Category) -> Affected:
    """Received of them in that mail, and not passed on."""
    return replace(
        affected(person, mail),
        recipient_id="",
        reference="",
        sent_at=None,
        sealed_to="",
        fields=(),
        categories=frozenset(held),
        state=state.value,
        received_at=AT - timedelta(days=2),
    )


def nobody(mail: int, sure: Sureness = Sureness.RECORDED) -> Affected:
    """A mail that is about nobody known, and from nobody proven."""
    return replace(came(1, mail), dossier_id="", sender_id="", number=-1, sure=sure.value)


def test_a_letter_says_what_we_received_and_never_passed_on() -> None:
    """Not that somebody got it: that nobody did, from whom it came, and what is not known."""
    letters = PersonLetters(DUTCH, Words(Language.NL), ZONE)
    own = [came(1, 1, state, Category.P2) for state in STATES]
    text = PRESS.text(letters.page(about(breach()), identity(1), own))
    assert "Wat wij over u kregen en niet hebben doorgegeven" in text
    assert text.count("Taalschool De Proef") == len(STATES)
    assert "Wie kreeg het" not in text
    assert "Gemeente Nergenshuizen" not in text  # nobody got it
    assert DUTCH.code("brief-deel", "P2") in text
    assert MORE in text
    unread = PRESS.text(letters.page(about(breach()), identity(1), [came(1, 1)]))
    assert UNKNOWN in unread


def test_one_letter_for_both() -> None:
    """Of whom one report was passed on and another was not: two tables, one letter."""
    everything = [affected(1, 1), came(1, 2), came(2, 3), nobody(4)]
    letters = PersonLetters(DUTCH, None, ZONE)
    found = {
        dossier_id: PRESS.text(letters.page(about(breach()), identity(int(dossier_id[-1])), own))
        for dossier_id, own in by_person(everything).items()
    }
    assert set(found) == {"dossier-1", "dossier-2"}
    assert ["Wie kreeg het" in each for each in found.values()] == [True, False]
    assert all("niet hebben doorgegeven" in each for each in found.values())
    only = PRESS.text(letters.page(about(breach()), identity(1), [affected(1, 1)]))
    assert "doorgegeven" not in only  # as before, where nothing was only received


@pytest.mark.parametrize(
    ("everything", "people", "reports"),
    [
        ([affected(1, 1)], "1", "1"),
        (
            [affected(1, 1), came(1, 2), came(2, 3)],
            "2; 1 in wat is doorgegeven, 2 in wat wij kregen en niet doorgaven",
            "1 doorgegeven; 2 gekregen en niet doorgegeven",
        ),
        (
            [affected(1, 1), replace(came(1, 1, Came.IN_PART, Category.P2), number=1)],
            "1; 1 in wat is doorgegeven, 1 in wat wij kregen",
            "1 doorgegeven, waarvan 1 niet helemaal; 0 gekregen en niet doorgegeven",
        ),
        (
            [nobody(1)],
            "berichten of mails waarvan niet bekend is over wie ze gaan: 1. Het kunnen dus meer",
            "0 doorgegeven",
        ),
        (
            [came(1, 1), nobody(2, Sureness.POSSIBLE)],
            "andere berichten of mails waarvan niet bekend is of ze erbij horen",
            "1 gekregen en niet doorgegeven; misschien nog 1 andere",
        ),
        (
            [nobody(1, Sureness.POSSIBLE), nobody(2, Sureness.POSSIBLE)],
            "andere berichten of mails",
            "0 doorgegeven; 0 gekregen en niet doorgegeven; misschien nog 2 andere",
        ),
    ],
)
def test_the_form_counts_each_once_and_the_unknown_never_as_zero(
    everything: list[Affected], people: str, reports: str
) -> None:
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))
    answers = form.answers(told(breach(), {0: "gelezen"}, everything))
    assert people in answers["5.1"]
    assert reports in answers["4.4"]
    assert not answers["5.1"].startswith("0")
    assert answers["4.4"] != "0"


def test_what_was_only_received_is_not_said_to_be_sealed_for_one_reader() -> None:
    """It lay as it came; and what nobody read may hold anything."""
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))
    found = form.answers(told(breach(), {0: "x"}, [affected(1, 1), came(2, 2)]))
    assert found["6.1"].startswith("Deels")
    assert found["4.3"].startswith("Misschien")
    assert "berichten of mails waarvan niet vaststaat wat erin stond: 1" in found["4.1"]


def test_where_nobody_noted_what_stayed_behind_the_form_says_so() -> None:
    """Of reports from before that was noted: they may have come with anything."""
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))
    found = breach()
    first = replace(found.opened, detail={**found.opened.detail, "part_unknown": "2"})
    answers = form.answers(told(replace(found, steps=(first,)), {0: "x"}, [affected(1, 1)]))
    assert answers["4.3"].startswith("Misschien")
    assert "berichten of mails waarvan niet vaststaat wat erin stond: 2" in answers["4.1"]


def test_the_form_says_no_of_special_data_only_where_that_is_sure() -> None:
    """A field that the bijsluiter does not know may be anything; a text that stayed, too."""
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))

    def special(*found: Affected) -> str:
        return form.answers(told(breach(), {0: "x"}, list(found)))["4.3"]

    strange = replace(came(1, 1, Came.IN_PART), fields=("betrokkene.?", "voortgang.?"))
    assert special(affected(1, 1)).startswith("Nee")
    assert "niet in de bijsluiter" in special(affected(1, 1), strange)
    assert special(affected(1, 1), nobody(2, Sureness.POSSIBLE)).startswith("Misschien")
    stayed = special(affected(1, 1), came(1, 1, Came.IN_PART, Category.P4))
    assert stayed.startswith("Misschien")
    assert "doorgegeven" not in stayed
    left = special(affected(1, 1, frozenset({Category.P4})), strange)
    assert left == "Misschien: er is tekst doorgegeven die iemand zelf schreef"
    named = form.answers(told(breach(), {0: "x"}, [strange]))["4.2"]
    assert named == "gegeven dat niet in de bijsluiter staat"  # once


def test_a_letter_does_not_say_what_a_strange_field_is() -> None:
    """Neither that it was a name, nor in a word of the bijsluiter that its reader cannot know."""
    strange = replace(came(1, 1, Came.IN_PART), fields=("betrokkene.?",))
    letters = PersonLetters(DUTCH, Words(Language.NL), ZONE)
    text = PRESS.text(letters.page(about(breach()), identity(1), [affected(1, 1), strange]))
    assert UNKNOWN in text
    assert MORE in text
    assert "bijsluiter" not in text


def test_a_letter_says_that_nothing_was_passed_on_where_nothing_was() -> None:
    letters = PersonLetters(DUTCH, None, ZONE)
    found = {
        len(own): PRESS.text(letters.page(about(breach()), identity(1), own))
        for own in ([came(1, 1)], [affected(1, 1), came(1, 2)])
    }
    assert "Wij hebben die niet doorgegeven." in found[1]
    assert "Niet alles" not in found[1]
    assert "Niet alles daarvan hebben wij doorgegeven." in found[2]


@pytest.mark.parametrize("cause", list(Cause))
def test_a_letter_says_that_something_was_shared_only_to_whom_it_was(cause: Cause) -> None:
    """A breach may concern what somebody got and what nobody did: one cause, two readers."""
    letters = PersonLetters(DUTCH, None, ZONE)
    stayed, went = (
        PRESS.text(letters.page(about(breach(cause=cause)), identity(1), own))
        for own in ([came(1, 1)], [affected(1, 1), came(1, 2)])
    )
    said = DUTCH.code("brief-oorzaak", cause.value)
    assert said in went
    assert (said in stayed) is (cause not in {Cause.NO_GROUND, Cause.WRONG_RECIPIENT})
    assert said in stayed or DUTCH.code("brief-oorzaak", "other") in stayed


def test_a_partner_reads_of_both_by_the_references_that_it_has() -> None:
    """Of what was not passed on, those on its receipt: the mail, and the number of the report."""
    notices = PartnerNotices(Words(Language.NL, "breaches"), Words(Language.NL), ZONE)
    everything = [affected(1, 1), came(2, 2)]
    text = PRESS.text(notices.page(about(breach()), summary(everything), everything))
    facts = dict(notices.page(about(breach()), summary(everything), everything).sections[0].facts)
    assert facts["Berichten van of aan u die zijn doorgegeven"] == "1"
    assert facts["Berichten van u die wij niet doorgaven"] == "1"
    assert "van u gekregen, niet doorgegeven" in text
    assert everything[0].reference[:8] in text
    assert f"{2:032x}, bericht 3: van u gekregen, niet doorgegeven" in text
    assert "Zoek dat op, en bel ons" not in text


def test_a_partner_reads_that_nobody_knows_whom_it_is_about_and_not_that_it_is_nobody() -> None:
    """Who sent it can tell; and a mail as a whole has no number."""
    notices = PartnerNotices(Words(Language.NL, "breaches"), Words(Language.NL), ZONE)
    everything = [replace(nobody(2), sender_id="saar")]
    page = notices.page(about(breach()), summary(everything), everything)
    facts = dict(page.sections[0].facts)
    assert facts["Mensen over wie het gaat"].startswith("berichten of mails waarvan niet bekend")
    text = PRESS.text(page)
    assert f"{2:032x}: van u gekregen, niet doorgegeven" in text
    assert "Van een deel weten wij niet over wie het gaat. Zoek dat op, en bel ons." in text


def test_the_register_keeps_both_apart() -> None:
    """For machines and in a spreadsheet: the union, and each of the two."""
    everything = [affected(1, 1), came(1, 2), came(2, 3), nobody(4), nobody(5, Sureness.POSSIBLE)]
    out = BreachRegisterOut(Words(Language.NL, "breaches"), ZONE, Names([]))
    entries = [(breach(), {0: "gelezen"}, summary(everything))]
    made: dict[str, Any] = out.as_json_ld(entries, "Gemeente Nergenshuizen", AT)
    (entry,) = made["dct:hasPart"]
    names = ("reports", "received", "dataSubjects", "dataSubjectsOfDisclosed",
             "dataSubjectsOfReceived", "aboutNobodyKnown", "perhapsConcerned")  # fmt: skip
    assert [entry[f"poort:{each}"] for each in names] == [1, 3, 2, 1, 2, 1, 1]
    (row,) = csv.DictReader(out.as_csv(entries).splitlines(), delimiter=";")
    assert (row["berichten"], row["mensen"]) == ("1", "2")
    assert (row["niet_doorgegeven"], row["onbekend_over_wie"]) == ("3", "1")
    assert row["misschien_erbij"] == "1"
    assert entry["poort:everybodyKnown"] is False
    text = PRESS.text(out.page(entries, "Gemeente Nergenshuizen"))
    assert "Gekregen en niet doorgegeven" in text


@pytest.mark.parametrize("sure", [Sureness.RECORDED, Sureness.POSSIBLE])
def test_the_register_never_says_nobody_where_nobody_knows(sure: Sureness) -> None:
    """What may belong here is said too, and apart."""
    out = BreachRegisterOut(Words(Language.NL, "breaches"), ZONE, Names([]))
    entries = [(breach(), {0: "gelezen"}, summary([nobody(1, sure)]))]
    (row,) = csv.DictReader(out.as_csv(entries).splitlines(), delimiter=";")
    assert row["mensen"] == "nog onbekend"
    possible = sure is Sureness.POSSIBLE
    assert row["misschien_erbij"] == str(int(possible))
    assert row["onbekend_over_wie"] == str(int(not possible))
    (section,) = out.page(entries, "Gemeente Nergenshuizen").sections
    told_apart = dict(section.facts)
    assert told_apart["Berichten waarvan niet bekend is of ze erbij horen"] == str(int(possible))


def test_no_partner_is_told_of_what_is_only_possible() -> None:
    """It would read that its mail belongs to the breach, which nobody knows."""
    letterhuis = party("letterhuis")
    known = roster(
        contact("saar", SCHOOL), contact("sofie", letterhuis), parties=(SCHOOL, letterhuis)
    )
    maybe = [replace(nobody(mail, Sureness.POSSIBLE), sender_id=who)
             for mail, who in ((2, "saar"), (3, "sofie"))]  # fmt: skip
    found = Material(
        breach=breach(),
        words={0: "gelezen"},
        affected=[came(1, 1), *maybe],
        evidence=(),
        roster=known,
        people={},
        names=Names([]),
        municipality="Gemeente Nergenshuizen",
        contact="bel 14 0123",
        officers="",
        at=AT,
    )
    assert found.partners() == {"school": [came(1, 1)]}
    text = PRESS.text(found.pages()["ap-formulier"])
    assert "over wie ze gaan: 2" in text  # the officer and the AP are
