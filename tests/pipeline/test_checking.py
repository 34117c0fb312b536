"""12.3: one document, its envelope, and each report judged on its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.domain.mail import Attachment
from gateway.domain.outcomes import Ended
from gateway.domain.stages import Checked
from gateway.domain.stops import Fault, Reason, Reject
from gateway.pipeline.checking import MAX_BYTES, MAX_REPORTS, check
from tests import corridor, generators
from tests.generators import bericht, document_json

if TYPE_CHECKING:
    from gateway.domain.stages import Opened
    from gateway.domain.wire import Json

GOOD = document_json()
JSON = "application/json"


def mail(*attachments: tuple[str, str, bytes]) -> Opened:
    """An opened mail with attachments by name, media type and content."""
    opened = corridor.opened()
    return type(opened)(
        raw=opened.raw,
        sender=opened.sender,
        protection=opened.protection,
        signed_at=opened.signed_at,
        message_id=opened.message_id,
        attachments=tuple(
            Attachment(name=name, media_type=kind, content=content)
            for name, kind, content in attachments
        ),
    )


def refusal(content: bytes) -> Reject:
    """How a whole document is refused."""
    with pytest.raises(Reject) as caught:
        check(corridor.opened(content))
    return caught.value


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bijsluiter.json", JSON),
        ("", JSON),
        ("BIJSLUITER.JSON", "application/octet-stream"),
        ("x.json", "text/plain"),
        ("bijsluiter", "text/json"),
    ],
)
def test_the_document_is_found_by_type_or_by_name(name: str, kind: str) -> None:
    assert isinstance(check(mail((name, kind, GOOD)))[0], Checked)


@pytest.mark.parametrize(
    ("attachments", "reason"),
    [
        ((), Reason.NO_DOCUMENT),
        ((("plan.pdf", "application/pdf", b"%PDF"),), Reason.NO_DOCUMENT),
        ((("bijsluiter.txt", "text/plain", GOOD),), Reason.NO_DOCUMENT),
        ((("a.json", JSON, GOOD), ("b.json", JSON, GOOD)), Reason.SEVERAL_DOCUMENTS),
        ((("a.json", JSON, GOOD), ("b", "text/json", b"")), Reason.SEVERAL_DOCUMENTS),
        ((("a.json", JSON, b"{}x"),), Reason.NOT_JSON),
        ((("a.json", JSON, b""),), Reason.NOT_JSON),
    ],
)
def test_none_two_or_a_malformed_one_is_refused(
    attachments: tuple[tuple[str, str, bytes], ...], reason: Reason
) -> None:
    with pytest.raises(Reject) as caught:
        check(mail(*attachments))
    assert caught.value.reasons == (reason,)


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + GOOD + b"\r\n", b"\n\n" + GOOD + b"\n"],
    ids=["as Windows saves it", "lines around it"],
)
def test_what_programs_add_around_a_document_is_forgiven(content: bytes) -> None:
    assert isinstance(check(corridor.opened(content))[0], Checked)


def test_a_version_we_do_not_know_is_refused_by_name() -> None:
    stop = refusal(document_json(bijsluiterVersie="2", berichten=None))
    assert stop.reasons == (Reason.UNKNOWN_VERSION,)


@pytest.mark.parametrize("version", [1, True, ["1"], {"versie": "1"}])
def test_a_version_of_another_kind_is_a_fault(version: Json) -> None:
    assert refusal(document_json(bijsluiterVersie=version)).reasons == (Reason.FAULTY_DOCUMENT,)


@pytest.mark.parametrize("content", [b"[]", b'"x"', b"7", b"[{}]", b"true"])
def test_json_that_is_no_object_is_a_faulty_document(content: bytes) -> None:
    stop = refusal(content)
    assert stop.reasons == (Reason.FAULTY_DOCUMENT,)
    assert stop.faults[0].kind == "geen-object"


@pytest.mark.parametrize(
    ("berichten", "kind"),
    [([], "leeg"), ({}, "geen-lijst"), ("x", "geen-lijst"), (None, "ontbreekt")],
)
def test_a_document_without_reports_is_faulty(berichten: Json, kind: str) -> None:
    whole = {**generators.document(), "berichten": berichten}
    stop = refusal(json.dumps(whole).encode())
    assert stop.faults == (Fault(path="berichten", kind=kind),)


def test_a_document_may_be_long_but_not_endless() -> None:
    faulty: dict[str, Json] = {"berichtId": "x"}
    stop = refusal(document_json(*[faulty] * (MAX_REPORTS + 1)))
    assert stop.faults == (Fault(path="berichten", kind="te-veel"),)
    assert len(corridor.checks(*[faulty] * MAX_REPORTS)) == MAX_REPORTS


def test_a_school_speaks_for_itself() -> None:
    stop = refusal(document_json(instellingsnummer="00VB000002"))
    assert stop.reasons == (Reason.OTHER_PROVIDER,)
    assert stop.faults == (Fault(path="aanbieder.instellingsnummer", kind="verkeerde-waarde"),)


def test_a_casemanager_names_the_school_the_report_is_for() -> None:
    assert isinstance(corridor.checks(bericht(1), sender=generators.CASEMANAGER)[0], Checked)


def test_one_faulty_report_does_not_stop_the_others() -> None:
    faulty = bericht(2, wettelijkRegime="WI2007", voortgang={"periode": {"van": "gisteren"}})
    reports = corridor.checks(bericht(1), faulty, bericht(3))
    assert [type(report) for report in reports] == [Checked, Ended, Checked]
    ended = reports[1]
    assert isinstance(ended, Ended)
    assert (ended.number, ended.dossierkenmerk) == (1, "DEMO-0002")
    assert [(fault.path, fault.kind) for fault in ended.stop.faults] == [
        ("berichten[1].wettelijkRegime", "geen-geldige-code"),
        ("berichten[1].voortgang.periode.van", "geen-datum"),
        ("berichten[1].voortgang.periode.totEnMet", "ontbreekt"),
    ]


@pytest.mark.parametrize("report", [None, 7, "x", [], [None], True])
def test_a_report_that_is_no_object_is_a_faulty_one(report: Json) -> None:
    whole = {**generators.document(), "berichten": [report, bericht(2)]}
    reports = check(corridor.opened(json.dumps(whole).encode()))
    assert [type(each) for each in reports] == [Ended, Checked]


@pytest.mark.parametrize("kenmerk", [7, None, "x" * 41, "a\nb", {"a": 1}])
def test_a_reference_that_cannot_be_one_is_not_repeated(kenmerk: Json) -> None:
    person = {**generators.betrokkene(1), "dossierkenmerk": kenmerk}
    ended = corridor.checks(bericht(1, betrokkene=person))[0]
    assert isinstance(ended, Ended)
    assert ended.dossierkenmerk == ""


def test_the_second_report_with_one_number_is_refused_not_the_first() -> None:
    again = {**bericht(2), "berichtId": bericht(1)["berichtId"]}
    reports = corridor.checks(bericht(1), again, bericht(3))
    assert [type(report) for report in reports] == [Checked, Ended, Checked]
    ended = reports[1]
    assert isinstance(ended, Ended)
    assert ended.stop.reasons == (Reason.NUMBER_TWICE,)


def test_pythons_names_are_not_the_wires_names() -> None:
    """Two names for one field would let two readers read two values."""
    voortgang = {**generators.voortgang(), "aangeboden_uren": 1}
    del voortgang["aangebodenUren"]
    report = corridor.checked(bericht(1, voortgang=voortgang))
    assert report.bericht.voortgang is not None
    assert report.bericht.voortgang.aangeboden_uren is None


def test_more_hours_than_offered_is_remarked_and_goes_on() -> None:
    voortgang = {**generators.voortgang(), "aangebodenUren": 95}
    report = corridor.checked(bericht(1, voortgang=voortgang))
    assert report.remarks == (
        Fault(
            path="berichten[0].voortgang.gevolgdeUren.formeel", kind="meer-gevolgd-dan-aangeboden"
        ),
    )


def test_what_is_left_out_of_a_mail_is_said_once_with_its_first_report() -> None:
    content = document_json(bericht(1), bericht(2))
    first, second = check(
        mail(
            ("bijsluiter.json", JSON, content),
            ("geheim dossier Jan.pdf", "application/pdf", b"%PDF"),
            ("key.asc", "application/pgp-keys", b""),
        )
    )
    assert isinstance(first, Checked)
    assert isinstance(second, Checked)
    assert first.remarks == (Fault(path="bijlage[1]", kind="bijlage-niet-doorgegeven"),)
    assert second.remarks == ()


def test_plausibility_is_judged_on_the_day_the_mail_came() -> None:
    late = generators.voortgang()
    late["periode"] = {"van": "2026-01-01", "totEnMet": "2026-01-13"}
    assert isinstance(corridor.checks(bericht(1, voortgang=late))[0], Ended)
    today = generators.voortgang()
    today["periode"] = {"van": "2026-01-01", "totEnMet": "2026-01-12"}
    assert isinstance(corridor.checks(bericht(1, voortgang=today))[0], Checked)


@pytest.mark.parametrize("much", ["{}", "[]", '{"a":1}', "1"])
def test_a_document_that_would_fill_the_memory_is_refused_before_it_is_parsed(much: str) -> None:
    """A mail of 20 kB inflates to this, and parsed it would take forty times as much again."""
    many = f"[{','.join([much] * 200_000)}]"
    for content in (
        f'{{"berichten": {many}}}',
        f'{{"x": {many}}}',
        f'{{"x": "{" " * MAX_BYTES}"}}',
    ):
        assert refusal(content.encode()).reasons == (Reason.TOO_LARGE,)


def test_a_thousand_full_reports_are_not_too_much() -> None:
    full = [generators.full_bericht(number + 1) for number in range(MAX_REPORTS)]
    indented = json.dumps(json.loads(document_json(*full)), indent=4).encode()
    assert all(isinstance(each, Checked) for each in check(corridor.opened(indented)))


@pytest.mark.parametrize(("until", "faulty"), [("2026-01-13", False), ("2026-01-14", True)])
def test_what_lies_ahead_is_counted_by_the_dutch_day(until: str, faulty: bool) -> None:
    """After midnight in the Netherlands a report of that day is about nothing yet to come."""
    night = datetime(2026, 1, 12, 23, 30, tzinfo=UTC)
    progress = generators.voortgang() | {"periode": {"van": "2026-01-01", "totEnMet": until}}
    content = document_json(bericht(1, voortgang=progress))
    (found,) = check(corridor.opened(content, mail=corridor.raw(instant=night)))
    assert isinstance(found, Ended) is faulty
    if isinstance(found, Ended):
        assert found.stop.reasons == (Reason.IMPLAUSIBLE,)
