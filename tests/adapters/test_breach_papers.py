"""Papers of a breach: a letter is about one person, and papers for others about nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.breach_form import BreachForms, Told, frozen, thawed
from gateway.adapters.breach_letters import LetterAbout, PartnerNotices, PersonLetters
from gateway.adapters.page import Press
from gateway.adapters.translations import Translated, TranslationError, words_for
from gateway.adapters.typeset import pdf
from gateway.adapters.words import Words, messages
from gateway.domain.affected import Affected
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_summary import Names, by_person, summary
from gateway.domain.breach_terms import (
    Cause,
    Effect,
    Measure,
    Risk,
    Step,
    TellingException,
    Version,
)
from gateway.domain.breaches import Breach, Taken, Timeline
from gateway.domain.histories import Identity
from gateway.domain.texts import Language
from tests import generators

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
PRESS = Press()
DUTCH = Words(Language.NL, "breach_letters")
FIELDS = (
    "betrokkene.geslachtsnaam",
    "inburgeringstraject.inburgeringsuren.uren",
    "voortgang.taalniveaus[0].huidig",
)
TIMELINE = Timeline(
    occurred_from=AT - timedelta(days=2),
    occurred_until=AT - timedelta(days=1),
    detected_at=AT,
    aware_at=AT,
)


def breach(*steps: tuple[Step, dict[str, str]], cause: Cause = Cause.NO_GROUND) -> Breach:
    about = TIMELINE.detail() | {"cause": cause.value, "natures": "confidentiality"}
    return Breach(
        breach_id="b-12345678",
        incident_id="",
        steps=tuple(
            Taken(
                number=number, step=step, at=AT, recorded_at=AT, by="fien", detail=detail,
                worded=True,
            )
            for number, (step, detail) in enumerate(((Step.OPENED, about), *steps))
        ),
    )  # fmt: skip


def identity(number: int) -> Identity:
    person = generators.betrokkene(number)
    return Identity(
        dossierkenmerk=str(person["dossierkenmerk"]),
        geslachtsnaam=str(person["geslachtsnaam"]),
        geboortedatum=str(person["geboortedatum"]),
        voornamen=str(person.get("voornamen", "")),
        email=str(person.get("email", "")),
        telefoonnummer=str(person.get("telefoonnummer", "")),
    )


def affected(person: int, mail: int, categories: frozenset[Category] = frozenset()) -> Affected:
    return Affected(
        dossier_id=f"dossier-{person}",
        trace=f"{mail:032x}",
        number=person,
        span_id=f"{person:08x}{mail:08x}",
        reference=f"{person:08x}{mail:024x}",
        sent_at=AT - timedelta(days=1),
        sender_id="saar",
        recipient_id="casper",
        categories=categories or frozenset({Category.IDENTITEIT, Category.P3_TAALNIVEAU}),
        fields=FIELDS,
        sealed_to="AB" * 20,
        state="sent",
        sure="recorded",
    )


def about(found: Breach) -> LetterAbout:
    return LetterAbout(
        breach=found,
        at=AT,
        parties={"saar": "Taalschool De Proef", "casper": "Gemeente Nergenshuizen"},
        municipality="Gemeente Nergenshuizen",
        contact="bel 14 0123",
        officers="Fien Functionaris, privacy@gemeente.example",
    )


STEPS = st.lists(
    st.one_of(
        st.sampled_from([(Step.EFFECT, {"kind": each.value}) for each in Effect]),
        st.sampled_from([(Step.MEASURE, {"kind": each.value}) for each in Measure]),
    ),
    max_size=5,
)
SHARED = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(1, 3),
        st.frozensets(st.sampled_from(Category), min_size=1),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(STEPS, st.sampled_from(Cause), SHARED)
def test_a_letter_names_its_reader_and_nobody_else(
    steps: list[tuple[Step, dict[str, str]]],
    cause: Cause,
    shared: list[tuple[int, int, frozenset[Category]]],
) -> None:
    """Whatever happened to whom: of others neither a value nor a category of their own."""
    found = breach(*steps, cause=cause)
    everything = [affected(*each) for each in shared]
    letters = PersonLetters(DUTCH, Words(Language.NL), ZONE)
    for dossier_id, own in by_person(everything).items():
        reader = int(dossier_id.removeprefix("dossier-"))
        page = letters.page(about(found), identity(reader), own)
        text = PRESS.text(page)
        assert identity(reader).dossierkenmerk in text
        assert f"Ons nummer is {found.breach_id}." in text
        assert {each.dossier_id for each in own} == {dossier_id}
        shown = {part for each in own for part in each.categories}
        for part in Category:
            assert (DUTCH.code("brief-deel", part.value) in text) is (part in shown)
        for other in {each for each, _, _ in shared} - {reader}:
            for value in values(other) - values(reader):
                assert value not in text


def test_a_letter_bears_its_day_on_dutch_clocks() -> None:
    """An hour before midnight in UTC it is the next day there."""
    late = AT.replace(hour=23, minute=30)
    made = replace(about(breach()), at=late)
    letters = PersonLetters(Words(Language.NL, "breach_letters"), None, ZONE)
    page = letters.page(made, identity(1), [affected(1, 1)])
    day = (late + timedelta(hours=1)).date()
    assert page.lead[0] == Words(Language.NL).date(day)


def values(number: int) -> set[str]:
    """What tells somebody apart; "a" does not."""
    found = identity(number)
    texts = (found.dossierkenmerk, found.geslachtsnaam, found.geboortedatum, found.email,
             found.telefoonnummer)  # fmt: skip
    return {each for each in texts if len(each) > 3}


def told(found: Breach, words: dict[int, str], everything: list[Affected]) -> Told:
    return Told(
        breach=found,
        words=words,
        summary=summary(everything),
        municipality="Gemeente Nergenshuizen",
        contact="bel 14 0123",
        officers="Fien Functionaris, privacy@gemeente.example",
        parties=("Taalschool De Proef",),
        evidence=(),
        version=Version.INITIAL,
    )


PEOPLE = [identity(number) for number in range(1, 9)]


def written(person: Identity) -> list[str]:
    """Ways in which an officer may name somebody."""
    surname = person.geslachtsnaam
    return [
        surname, surname.upper(), f"mevrouw {surname}'s dossier", f"({person.voornamen})",
        f"dossier {person.dossierkenmerk}", person.dossierkenmerk.lower(), person.email,
        person.geboortedatum, f"tel. {person.telefoonnummer}",
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from([each for who in PEOPLE for each in written(who)]), min_size=4, max_size=4
    )
)
def test_papers_for_others_name_nobody(mentions: list[str]) -> None:
    """However an officer wrote of somebody in facts, effects, measures and reasons."""
    found = breach(
        (Step.EFFECT, {"kind": "phishing"}),
        (Step.MEASURE, {"kind": "key-revoked"}),
        (Step.ASSESSED, {"risk": Risk.HIGH.value}),
        (Step.NOT_TO_TELL, {"exception": TellingException.UNREADABLE.value}),
    )
    words = {
        n: f"Er ging iets mis met {each}, zegt men." for n, each in enumerate([*mentions, "x"])
    }
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names(PEOPLE))
    answers = form.answers(told(found, words, [affected(1, 1)]))
    text = PRESS.text(form.page(told(found, words, [affected(1, 1)]), answers))
    assert "zegt men" in text
    for person in PEOPLE:
        assert person.dossierkenmerk.casefold() not in text.casefold()
        assert person.geslachtsnaam not in text
        for value in (person.email, person.telefoonnummer, person.geboortedatum):
            assert not value or len(value) < 5 or value not in text


def test_ordinary_words_and_dates_are_left_alone() -> None:
    """A name is one where it begins with a capital; a date that is nobody's birth date stays."""
    names = Names(
        [Identity(dossierkenmerk="D-1", geslachtsnaam="de Groot", geboortedatum="1980-02-03")]
    )
    kept = "Op 02-03-2026 om 14.30 was het een groot probleem met 12 berichten."
    assert names.left_out(kept) == (kept, 0)
    assert names.left_out("mevrouw De Groot, d-1, 3-2-1980") == (
        "mevrouw [naam] [naam], [naam], [naam]", 4,
    )  # fmt: skip
    assert names.left_out("mail a@b.example of 06-12 34 56 78") == ("mail [naam] of [naam]", 2)


def test_every_question_has_an_answer_or_says_that_none_is_known() -> None:
    """Ten headings; of a breach by hand nothing is known but what was said."""
    form = BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), ZONE, Names([]))
    plain = told(breach(), {0: "een brief is kwijt"}, [])
    answers = form.answers(plain)
    assert {each[0] for each in answers} == set("0123456789")
    assert all(answers.values())
    for unknown in ("4.1", "4.4", "5.1", "6.1", "7.1", "7.2", "8.1", "8.3"):
        assert answers[unknown] == "nog onbekend", unknown
    page = form.page(plain, answers)
    assert len(page.sections) == 10
    text = PRESS.text(page)
    assert "Dit is niet verstuurd" in text
    printed = pdf(page, author="Gemeente Nergenshuizen", at=AT)
    assert b"pdfuaid" in printed  # the typesetter refuses what is not accessible
    kept, digest = frozen(answers)
    assert thawed(kept) == answers
    assert frozen(thawed(kept)) == (kept, digest)


def test_a_partner_reads_counts_and_references() -> None:
    everything = [affected(1, 1), affected(2, 1), affected(2, 2)]
    notices = PartnerNotices(Words(Language.NL, "breaches"), Words(Language.NL), ZONE)
    text = PRESS.text(notices.page(about(breach()), summary(everything), everything))
    assert all(each.reference[:8] in text for each in everything)
    for number in (1, 2):
        assert not any(value in text for value in values(number))


# --- translations -----------------------------------------------------------------


def translation(folder: Path, tag: str, *, lacking: int = 0) -> None:
    """A file that says everything with a mark in front, but for the last so many."""
    found = list(messages("breach_letters").items())
    entries = []
    for (context, text), said in found[: len(found) - lacking]:
        head = f'msgctxt "{context}"\n' if context else ""
        entries.append(f'{head}msgid "{text}"\nmsgstr "~ {said}"\n')
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    (folder / f"breaches.{tag}.po").write_text("\n".join([header, *entries]), encoding="utf-8")


def test_a_person_reads_their_own_language_where_it_is_whole(tmp_path: Path) -> None:
    translation(tmp_path, "tr")
    translation(tmp_path, "ti", lacking=1)
    words, trouble = words_for("tr", tmp_path, "breach_letters", file="breaches")
    assert (words.tag, trouble) == ("tr", "")
    page = PersonLetters(words, None, ZONE).page(about(breach()), identity(1), [affected(1, 1)])
    assert page.language == "tr"
    assert page.title.startswith("~ ")
    assert "mart" in PRESS.text(page).casefold()  # March, in Turkish
    for tag, why in (
        ("ti", "1 of its texts"),
        ("ar", "no translation"),
        ("../x", "no translation"),
    ):
        words, trouble = words_for(tag, tmp_path, "breach_letters", file="breaches")
        assert words.tag == "nl"
        assert why in trouble
    assert words_for("en", None, "breach_letters", file="breaches")[0].tag == "en"


def test_a_translation_without_a_placeholder_is_not_whole(tmp_path: Path) -> None:
    translation(tmp_path, "tr")
    file = tmp_path / "breaches.tr.po"
    file.write_text(file.read_text(encoding="utf-8").replace('"~ Beste {naam},"', '"~ Beste"'))
    with pytest.raises(TranslationError, match="1 of its texts"):
        Translated("tr", file, "breach_letters")
