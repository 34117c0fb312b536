"""A dossier has everything of one person, nothing of another, and says what it leaves out."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.domain import portability
from gateway.domain.consent import ConsentEvent, ConsentKind
from gateway.domain.consent_forms import AddedRow, OnRecord, Paper, Partner
from gateway.domain.dossier import Gap, Kept, Omission
from gateway.domain.dossier_export import as_json
from gateway.domain.dossier_refusals import DossierError
from gateway.domain.dossier_weighing import Choice, Mark, without
from gateway.domain.register import RegisterError
from gateway.domain.stops import WHOLE_MAIL
from gateway.duties.dossier import assembled, draft
from gateway.resources import data_folder
from gateway.wiring.access_files import readable
from tests.dossiers import AT, a_reading, a_report, came, material, scanned, trace
from tests.generators import betrokkene

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.dossier import Dossier
    from gateway.domain.dossier_reading import Came, Read
    from gateway.domain.wire import Json

YES, NO = Choice(include=True, reason="Van haarzelf."), Choice(include=False, reason="Buurvrouw.")
OURS, OTHERS = 1, (2, 3, 4, 5)
SCHEMA = Draft202012Validator(
    json.loads((data_folder("schemas") / "access-dossier-1.schema.json").read_text("utf-8"))
)


def made(
    read: Read,
    mails: Mapping[str, Sequence[Came] | None],
    choices: Mapping[str, Choice] | None = None,
    rest: Choice | None = YES,
) -> Dossier:
    """What becomes of it when it is weighed so; always valid under the schema."""
    dossier = assembled(
        draft(material(read, mails)), choices or {}, rest, case="Z-2026-1", edition=1, made_at=AT
    )
    assert list(SCHEMA.iter_errors(as_json(dossier))) == []
    return dossier


def told(dossier: Dossier) -> str:
    """All that somebody can read in it, in both ways."""
    return (
        json.dumps(as_json(dossier), ensure_ascii=False) + readable(dossier)["dossier.txt"].decode()
    )


MAILS = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.sampled_from(OTHERS), max_size=3), st.booleans()),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None)
@given(mails=MAILS)
def test_every_disclosure_is_in_it_and_nothing_of_anybody_else(
    mails: list[tuple[int, list[int], bool]],
) -> None:
    """Mails of any number of people, with the person's own report anywhere among them."""
    reports, kept = [], {}
    for mail, (place, others, here) in enumerate(mails):
        people = [*others[:place], OURS, *others[place:]]
        at = people.index(OURS)
        reports.append(a_report(mail, at, kept=Kept.HERE if here else Kept.GONE))
        kept[trace(mail)] = tuple(came(number, who) for number, who in enumerate(people))
    dossier = made(a_reading(reports), kept)
    assert {each.span_id for each in dossier.disclosures} == {each.span_id for each in reports}
    for each, source in zip(dossier.reports, reports, strict=True):
        assert (each.content is not None) == (source.kept is Kept.HERE)
    said = told(dossier)
    for other in OTHERS:
        person = betrokkene(other)
        for name in ("dossierkenmerk", "email", "geslachtsnaam"):
            assert str(person[name]) not in said
    shared = any(others for _, others, _ in mails)
    named = {each.what for each in dossier.left_out}
    assert (Omission.OTHERS in named) == shared
    assert Omission.STAFF in named


@settings(max_examples=15, deadline=None)
@given(included=st.lists(st.booleans(), min_size=1, max_size=5))
def test_what_is_left_out_is_named_and_nowhere_to_be_read(included: list[bool]) -> None:
    texts = [f"Zin nummer {number} over een ander" for number in range(len(included))]
    reports = [a_report(number) for number in range(len(texts))]
    kept = {trace(number): (came(0, OURS, text),) for number, text in enumerate(texts)}
    read = a_reading(reports)
    marks = {each.text: each.mark_id for each in draft(material(read, kept)).marks}
    assert set(marks) == set(texts)
    choices = {marks[text]: YES if keep else NO for text, keep in zip(texts, included, strict=True)}
    dossier = made(read, kept, choices, rest=None)
    said = told(dossier)
    for text, keep in zip(texts, included, strict=True):
        assert (text in said) == keep
    out = [each for each in dossier.left_out if each.what is Omission.THIRD_PERSON]
    gone = [number for number, keep in enumerate(included) if not keep]
    assert [place for each in out for place in each.where] == [
        f"{trace(number)}/0 bijzonderheden[0].signaal" for number in gone
    ]
    assert "Buurvrouw" not in said  # why stays with the case
    assert all("AVG 15(4)" in each.article for each in out)


def test_nothing_is_made_before_everything_is_weighed() -> None:
    kept = {trace(0): (came(0, OURS, "Met mijn buurvrouw"),)}
    found = draft(material(a_reading([a_report(0)]), kept))
    (mark,) = found.marks
    assert mark.pointed
    for choices, code in (
        ({}, "third-persons-not-weighed"),
        ({"wrong": YES, mark.mark_id: YES}, "unknown-mark"),
    ):
        with pytest.raises(DossierError) as refused:
            assembled(found, choices, None, case="Z", edition=1, made_at=AT)
        assert refused.value.code == code
        assert refused.value.about == ((mark.mark_id,) if not choices else ("wrong",))
    with pytest.raises(RegisterError):
        Choice(include=True, reason=" ")


def test_what_cannot_be_read_is_said() -> None:
    """A mail that does not open, a report that is not in it; what was kept long enough is none."""
    reports = [a_report(0), a_report(1), a_report(2, kept=Kept.GONE, kept_until=None)]
    kept = {trace(0): None, trace(1): (came(7, OURS),)}
    dossier = made(a_reading(reports), kept)
    assert [(each.gap, each.where) for each in dossier.missing] == [
        (Gap.MAIL, f"{trace(0)}/0"),
        (Gap.REPORT, f"{trace(1)}/0"),
    ]
    assert [each.kept for each in dossier.reports] == [
        Kept.UNREADABLE,
        Kept.UNREADABLE,
        Kept.GONE,
    ]
    said = told(dossier)
    assert "Een bericht dat wij bewaren, gaat niet open" in said
    assert "hebben wij niet meer" in said


def test_a_report_that_nobody_proved_is_theirs_if_name_and_birth_date_agree() -> None:
    """Else it may be somebody else's, with a number mistyped: only its place is told."""
    doubtful = tuple(
        a_report(mail, number, outcome="reject", recipient=None, sent_at=None, state="", ground="")
        for mail, number in ((0, 0), (1, 0), (2, 0), (3, WHOLE_MAIL))
    )
    mistyped = replace(came(0, 2), dossierkenmerk=came(0, OURS).dossierkenmerk.lower())
    kept = {trace(0): (came(0, OURS),), trace(1): (mistyped,), trace(2): (came(0, 3),)}
    dossier = made(a_reading([], doubtful=doubtful), {**kept, trace(3): None})
    assert [each.place for each in dossier.reports] == [f"{trace(0)}/0"]
    assert dossier.reports[0].content is not None
    (unproven,) = [each for each in dossier.left_out if each.what is Omission.UNPROVEN]
    assert (unproven.where, unproven.count) == ((f"{trace(1)}/0",), 1)
    assert str(betrokkene(2)["geslachtsnaam"]) not in told(dossier)


def test_forms_show_their_words_and_scans_as_they_were_weighed() -> None:
    paper = Paper(
        partner=Partner.SIGNED,
        interpreter="Tolk Taalbrug",
        added=(AddedRow(text="Stage", covers=None),),
    )
    record = OnRecord(
        number=1,
        record_id="ab",
        provider_id="school-1",
        event=ConsentEvent(
            kind=ConsentKind.GIVEN, valid_from=AT, recorded_at=AT, form_version="bijlage-2"
        ),
        language="nl",
        expressed_by="inburgeraar",
        recorded_by="Tess Testpersoon",
        interpreter=True,
        partner=Partner.SIGNED,
        notice=None,
        proof=None,
        scan_type="application/pdf",
        scan_bytes=4,
        paper=paper,
    )
    read = a_reading([], **scanned(record, b"%PDF"))
    found = {each.path: each.mark_id for each in draft(material(read, {})).marks}
    assert set(found) == {"interpreter", "added[0]", "scan"}
    dossier = made(read, {}, {found["interpreter"]: NO, found["scan"]: YES})
    said = told(dossier)
    assert ("Tolk Taalbrug" in said, "Stage" in said, "Tess" in said) == (False, True, False)
    assert [each.name for each in dossier.files] == ["toestemming-1.pdf"]
    assert made(read, {}, {found["scan"]: NO}).files == ()
    lost = a_reading([], **scanned(record, None))
    assert [each.gap for each in made(lost, {}).missing] == [Gap.SCAN]


def test_a_later_round_has_the_values_and_an_earlier_one_says_so() -> None:
    rounds = [a_report(0, withdrawn=True, sent_at=None), a_report(0, round=1, span_id="ff" * 8)]
    dossier = made(a_reading(rounds), {trace(0): (came(0, OURS),)})
    assert [each.content is not None for each in dossier.reports] == [False, True]
    assert "Hierna is opnieuw gekeken" in told(dossier)


def test_a_long_dossier_is_whole_on_paper_too() -> None:
    """Every row of a table that is longer than a page, and a sign that no font here has."""
    reports = [a_report(number, kept=Kept.GONE) for number in range(90)]
    read = a_reading(reports)
    kept = {trace(90): (came(0, OURS, "Ik 😀"),)}
    dossier = made(replace(read, reports=(*read.reports, a_report(90))), kept)
    files = readable(dossier)
    paper = pypdfium2.PdfDocument(files["dossier.pdf"])
    text = "".join(paper[page].get_textpage().get_text_range() for page in range(len(paper)))
    lines = {line.split(" ")[0] for line in text.splitlines() if "bekeken of een bericht" in line}
    assert lines == {str(number) for number in range(90)}
    assert "Sommige tekens kunnen wij niet afdrukken" in text
    assert "Ik 😀" in files["dossier.txt"].decode()
    with pikepdf.open(BytesIO(files["dossier.pdf"])) as pdf, pdf.open_metadata() as said:
        assert (said["pdfuaid:part"], pdf.Root.Lang) == ("1", "nl")
        assert pdf.Root.MarkInfo.Marked


@pytest.mark.parametrize("path", ["a", "b.c", "b.d[1]", "b.d[0].e"])
def test_a_field_that_is_left_out_leaves_the_others(path: str) -> None:
    whole: Json = {"a": 1, "b": {"c": "x", "d": [{"e": "y", "f": 1}, "z"]}}
    left = json.dumps(without(whole, [path]))
    gone = {"a": '"a"', "b.c": '"c"', "b.d[1]": '"z"', "b.d[0].e": '"e"'}
    assert all((sign in left) == (place != path) for place, sign in gone.items())


def test_a_name_that_a_stranger_wrote_is_not_shown_as_a_field() -> None:
    mark = Mark(where="trace/0", path="buurvrouw Xandra.zegt", text="x")
    assert mark.field == "?"
    assert Mark(where="consent/1", path="scan", text="").field == "scan"


# --- AVG 20 ---------------------------------------------------------------------------------


def test_only_what_went_on_consent_and_is_kept_goes_along() -> None:
    reports = [
        a_report(0),
        a_report(1, ground="statute"),
        a_report(2, kept=Kept.GONE),
        a_report(3, outcome="reject", ground="", sent_at=None),
    ]
    kept = {trace(number): (came(0, OURS, f"woord {number}"),) for number in range(4)}
    taken = portability.portable(made(a_reading(reports), kept))
    assert [report.trace for report, _ in taken.reports] == [trace(0)]
    assert (taken.statutory, taken.not_kept) == (1, 1)
    rows = list(portability.rows(taken))
    assert [row[3] for row in rows] == ["betrokkene.dossierkenmerk", "voortgang.periode.van"]
    assert "woord" not in json.dumps(portability.as_json(taken))


def test_words_of_others_stay_also_where_consent_covered_them() -> None:
    paths = ("bijzonderheden[0].signaal", "voortgang.taalniveaus[0].toets", "voortgang.periode.van")
    report = a_report(0, disclosed=paths)
    kept = {trace(0): (came(0, OURS, "over een ander"),)}
    taken = portability.portable(made(a_reading([report]), kept))
    assert [row[3] for row in portability.rows(taken)] == ["voortgang.periode.van"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"ground": "statute"}, "no-data-on-consent"),
        ({"outcome": "hold"}, "no-data-on-consent"),
        ({"withdrawn": True}, "no-data-on-consent"),
        ({"kept": Kept.GONE}, "data-on-consent-not-kept"),
    ],
)
def test_nothing_to_take_along_is_said_with_its_reason(facts: dict[str, Any], code: str) -> None:
    dossier = made(a_reading([a_report(0, **facts)]), {trace(0): (came(0, OURS),)})
    with pytest.raises(DossierError) as refused:
        portability.portable(dossier)
    assert refused.value.code == code
