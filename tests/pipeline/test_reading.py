"""12.3: the one form of a mail becomes the document; none is read where there are two."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from gateway.domain.form_reading import FormRead, completed, place_of
from gateway.domain.mail import Attachment
from gateway.domain.outcomes import Ended
from gateway.domain.stages import Checked
from gateway.domain.stops import Fault, Hold, Reason, Reject, Retry
from gateway.pipeline.checking import check
from gateway.pipeline.forward import handle
from gateway.pipeline.reading import reading
from tests import corridor, forms, generators
from tests.pipeline import office

if TYPE_CHECKING:
    from gateway.domain.wire import Json

DOCUMENT = json.dumps(
    {"bijsluiterVersie": "1", "berichten": [forms.fitting(generators.bericht(1))]}
)
READ = FormRead(document=DOCUMENT.encode())


def named(*names: str) -> tuple[Attachment, ...]:
    return tuple(Attachment(name=name, media_type="", content=b"x") for name in names)


def read(*names: str, reads: FormRead | Exception = READ) -> object:
    engine = office.Engine(reads=reads)
    return asyncio.run(reading(named(*names), office.gate(engine))).form


@pytest.mark.parametrize(
    "names",
    [
        ("a.xlsx",),
        ("A.XLSM",),
        ("a.ods", "plan.pdf"),
        ("a.csv", "foto.png"),
        ("formulier.pdf",),
    ],
)
def test_the_one_form_is_read(names: tuple[str, ...]) -> None:
    assert read(*names) is READ


@pytest.mark.parametrize("names", [(), ("a.json",), ("a.xlsx", "a.json"), ("a.xlsx", "a.csv")])
def test_none_is_read_where_there_is_none_or_more_than_one_document(names: tuple[str, ...]) -> None:
    assert read(*names, reads=AssertionError("was read")) is None


def test_a_form_that_cannot_be_read_is_told_to_its_proven_sender() -> None:
    stop = Hold(Reason.OPENER_LIMIT)
    assert read("a.xlsx", reads=stop) is stop
    with pytest.raises(Retry):
        read("a.xlsx", reads=Retry(Reason.UNREACHABLE))
    engine = office.Engine(
        finds=dataclasses.replace(office.found(), attachments=named("a.xlsx")),
        reads=Reject(Reason.UNREADABLE_FORM),
    )
    handled = asyncio.run(handle(corridor.raw(), office.gate(engine)))
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    assert ended.stop.reasons == (Reason.UNREADABLE_FORM,)
    assert handled.sender == generators.SENDER


@pytest.mark.parametrize("names", [("a.xlsx", "a.json"), ("a.xlsx", "a.csv"), ("a.ods", "b.ods")])
def test_two_documents_are_one_too_many(names: tuple[str, ...]) -> None:
    opened = corridor.opened(b"x")
    with pytest.raises(Reject) as stop:
        check(type(opened)(
            raw=opened.raw, sender=opened.sender, protection=opened.protection,
            signed_at=opened.signed_at, message_id="", attachments=named(*names), form=None,
        ))  # fmt: skip
    assert stop.value.reasons == (Reason.SEVERAL_DOCUMENTS,)


def checked(form: FormRead) -> tuple[Checked | Ended, ...]:
    return check(corridor.opened(b"x", name="formulier.xlsx", media_type="", form=form))


def test_a_form_says_who_speaks_and_when_by_its_mail() -> None:
    [report] = checked(READ)
    assert isinstance(report, Checked)
    assert report.envelop.verzonden == report.opened.signed_at
    assert report.envelop.aanbieder.instellingsnummer == generators.INSTELLINGSNUMMER
    assert report.remarks == ()


def test_what_was_withheld_is_said_with_the_first_report() -> None:
    [report] = checked(FormRead(document=READ.document, withheld=("kolom G", "rij 3")))
    assert isinstance(report, Checked)
    assert report.remarks == (
        Fault(path="formulier[0]", kind="formulier-niet-gelezen"),
        Fault(path="formulier[1]", kind="formulier-niet-gelezen"),
    )


def test_a_fault_of_reading_ends_its_report_even_where_the_rest_is_whole() -> None:
    fault = Fault(path="berichten[0].betrokkene.email", kind="cel-met-formule")
    [ended] = checked(FormRead(document=READ.document, faults=(fault,)))
    assert isinstance(ended, Ended)
    assert ended.stop.reasons == (Reason.FAULTY_REPORT,)
    assert ended.stop.faults == (fault,)
    assert ended.dossierkenmerk == generators.dossierkenmerk(1)


def test_a_fault_of_another_report_with_a_number_that_begins_alike_ends_nothing() -> None:
    fault = Fault(path="berichten[01].betrokkene", kind="cel-met-formule")
    [report] = checked(FormRead(document=READ.document, faults=(fault,)))
    assert isinstance(report, Checked)


@pytest.mark.parametrize("path", ["berichten", "aanbieder.instellingsnummer", ""])
def test_any_other_fault_ends_the_form(path: str) -> None:
    fault = Fault(path=path, kind="geen-rijen")
    with pytest.raises(Reject) as stop:
        checked(FormRead(document=READ.document, faults=(fault,)))
    assert (stop.value.reasons, stop.value.faults) == ((Reason.FAULTY_DOCUMENT,), (fault,))


@pytest.mark.parametrize("content", [None, [], "x", {"berichten": None}, {"berichten": [1]}])
def test_what_is_no_document_is_not_completed_into_one(content: Json) -> None:
    found = completed(content, party_id="a", aanbieder="b", verzonden="c")
    assert found == content or isinstance(found, dict)


def test_another_party_with_the_same_row_makes_another_report() -> None:
    whole: Json = json.loads(DOCUMENT)
    one, other = (
        completed(whole, party_id=party, aanbieder="", verzonden="") for party in ("a", "b")
    )
    assert one != other


def test_the_nearest_place_is_the_answer() -> None:
    places = {"berichten[1]": "rij 2", "berichten[1].voortgang.periode.van": "cel F2"}
    assert place_of(places, "berichten[1].voortgang.periode.van") == "cel F2"
    assert place_of(places, "berichten[1].voortgang.taalniveaus[0].begin") == "rij 2"
    assert place_of(places, "berichten[2].voortgang") == ""
    assert place_of({}, "") == ""
