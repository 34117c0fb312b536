"""A plan as a file (annex 3, 12.3, 12.4): as declared, where P1 is shared, once two people let it.

The files are real ones, read and written anew by the code that does so in earnest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from gateway.adapters.evidence import About, Scribe, Walked
from gateway.adapters.form_readers import read_form
from gateway.adapters.memory_sealer import MemorySealer
from gateway.adapters.pdf_clean import cleaned
from gateway.adapters.workers import WorkerPool
from gateway.domain.consent import Consent, ConsentCategory, ConsentState
from gateway.domain.form_reading import FormKind
from gateway.domain.mail import Attachment
from gateway.domain.outcomes import Ended
from gateway.domain.plans import DECLARED, rewritten
from gateway.domain.stages import Sealed
from gateway.domain.stops import Fault, Hold, Reason, Reject
from gateway.ledger.records import Activity
from gateway.pipeline.forward import handle
from tests import corridor, generators, pdf_forms, plans
from tests.contracts.sealers import PUBLIC, SECRETS
from tests.generators import CASEMANAGER, bericht, document_json
from tests.pipeline.office import Engine, Register, found, gate

if TYPE_CHECKING:
    from gateway.domain.form_reading import FormRead
    from gateway.domain.outcomes import Handled
    from gateway.domain.plans import PlanFile
    from gateway.domain.wire import Json

NAME = "plan.pdf"
AT = f"berichten[0].{DECLARED}"
ID = generators.bericht_id(1)
WITHOUT_P1 = Consent(
    state=ConsentState.GIVEN, categories=frozenset({ConsentCategory.T1, ConsentCategory.T4})
)


class Files(Engine):
    """An engine that finds what it is told, and reads files in earnest."""

    async def read(self, attachment: Attachment) -> FormRead:
        return read_form(FormKind.PDF, attachment.content)

    async def cleaned(self, attachment: Attachment) -> PlanFile:
        return rewritten(attachment, cleaned(attachment.content))


def file(content: bytes, name: str = NAME) -> Attachment:
    return Attachment(name=name, media_type="application/pdf", content=content)


def declaring(content: bytes, *, name: str = NAME, regime: str = "WI2013") -> bytes:
    """A document whose one report declares this file, with progress beside it."""
    document: Json = {"naam": name, "sha256": hashlib.sha256(content).hexdigest()}
    plan: dict[str, Json] = {**generators.plan(), "document": document}
    return document_json(bericht(1, regime=regime, persoonlijkPlan=plan, berichttype="PLAN"))


async def walked(
    document: bytes | None,
    *files: Attachment,
    released: bool = True,
    consent: Consent | None = None,
) -> tuple[Handled, Engine]:
    """One mail with these attachments, walked to its end."""
    sent = found(document or b"")
    engine = Files(replace(sent, attachments=(*sent.attachments[: bool(document)], *files)))
    register = Register(
        facts=lambda checked: generators.facts(1, consent=consent, sender=checked.opened.sender)
    )
    raw = corridor.raw(approved=(ID,) if released else ())
    return await handle(raw, gate(engine, register)), engine


def to_casemanager(engine: Engine) -> dict[str, bytes]:
    """What was attached to the one letter to the designated contact."""
    [letter] = [each for each in engine.letters if each.recipient == CASEMANAGER.address]
    return {each.name: each.content for each in letter.attachments}


async def test_a_declared_plan_goes_with_its_report_rewritten_and_declared_anew() -> None:
    came = plans.with_planted("script")
    handled, engine = await walked(declaring(came), file(came))
    [sealed] = handled.outcomes
    assert isinstance(sealed, Sealed)
    attached = to_casemanager(engine)
    assert set(attached) == {"bijsluiter-DEMO-0001.json", NAME}
    assert attached[NAME] == cleaned(came)
    assert plans.SECRET.encode() not in plans.everything(attached[NAME])
    [report] = json.loads(attached["bijsluiter-DEMO-0001.json"])["berichten"]
    declared = report["persoonlijkPlan"]["document"]
    assert declared == {"naam": NAME, "sha256": hashlib.sha256(attached[NAME]).hexdigest()}
    assert sealed.addressed.disclosure.remarks == ()


async def test_which_file_came_and_which_left_is_on_record() -> None:
    came = plans.plan()
    handled, engine = await walked(declaring(came), file(came))
    scribe = Scribe(lambda _kind, _mail: Activity(activity_id="https://x.example/a"))
    entry = scribe.report(
        handled, handled.outcomes[0], About(trace="0" * 32, span="0" * 16),
        Walked(digest="d", round=1), handled.raw.instant,
    )  # fmt: skip
    sent = to_casemanager(engine)[NAME]
    assert json.loads(entry.content(None))["evidence"]["plan"] == {
        "original": hashlib.sha256(came).hexdigest(),
        "sha256": hashlib.sha256(sent).hexdigest(),
    }


async def test_a_plan_waits_for_two_people_as_all_free_text_does() -> None:
    """Annex 3 names the PIP; what stands in one nobody can know without reading it (ADR 0035)."""
    handled, engine = await walked(declaring(plans.plan()), file(plans.plan()), released=False)
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    assert isinstance(ended.stop, Hold)
    assert ended.stop.reasons == (Reason.FREE_TEXT,)
    assert CASEMANAGER.address not in [each.recipient for each in engine.letters]


async def test_a_plan_stays_behind_where_p1_is_not_shared_and_nobody_waits_for_it() -> None:
    handled, engine = await walked(
        declaring(plans.plan()), file(plans.plan()), released=False, consent=WITHOUT_P1
    )
    [sealed] = handled.outcomes
    assert isinstance(sealed, Sealed)
    assert set(to_casemanager(engine)) == {"bijsluiter-DEMO-0001.json"}
    assert b"plan.pdf" not in b"".join(to_casemanager(engine).values())
    withheld = {each.path: each.reason for each in sealed.addressed.disclosure.withheld}
    assert withheld[f"{DECLARED}.sha256"] == Reason.CATEGORY_NOT_CONSENTED


DOCX = Attachment(name=NAME, media_type="application/pdf", content=b"PK\x03\x04 a document")
LOCKED = pdf_forms.changed(
    plans.plan(), lambda _: None, pikepdf.Encryption(user="geheim", owner="geheim")
)
FAULTS: dict[str, tuple[bytes, tuple[Attachment, ...]]] = {
    "plan-ontbreekt": (declaring(plans.plan()), ()),
    "plan-wijkt-af": (declaring(plans.plan()), (file(plans.with_planted("script")),)),
    "plan-geen-pdf": (declaring(DOCX.content), (DOCX,)),
    "plan-met-wachtwoord": (declaring(LOCKED), (file(LOCKED),)),
    "plan-niet-te-lezen": (declaring(b"%PDF-1.7 torn"), (file(b"%PDF-1.7 torn"),)),
    "plan-te-groot": (
        declaring(plans.plan() + b" " * 11_000_000),
        (file(plans.plan() + b" " * 11_000_000),),
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_plan_that_is_not_as_declared_stops_its_report(kind: str) -> None:
    document, files = FAULTS[kind]
    handled, engine = await walked(document, *files)
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    assert isinstance(ended.stop, Reject)
    assert ended.stop.reasons == (Reason.FAULTY_REPORT,)
    assert ended.stop.faults == (Fault(path=AT, kind=kind),)
    assert CASEMANAGER.address not in [each.recipient for each in engine.letters]


@pytest.mark.parametrize("name", ["plan.html", "plan.pdf.exe", "plan", "../plan.pdf", "a\\b.pdf"])
async def test_a_plan_is_called_a_pdf_too(name: str) -> None:
    """It leaves under its own name, and a reader's program opens it by what that ends in."""
    document = declaring(plans.plan()).replace(b'"plan.pdf"', json.dumps(name).encode())
    handled, engine = await walked(document, file(plans.plan(), name))
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    assert ended.stop.faults == (Fault(path=AT, kind="plan-geen-pdf"),)
    assert CASEMANAGER.address not in [each.recipient for each in engine.letters]


async def test_the_name_counts_as_well_as_the_digest() -> None:
    handled, _ = await walked(declaring(plans.plan()), file(plans.plan(), "anders.pdf"))
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    assert ended.stop.faults == (Fault(path=AT, kind="plan-ontbreekt"),)


async def test_what_no_report_declares_is_withheld_and_named() -> None:
    """A second file is, though it is a plan and its name stands somewhere in the document."""
    came, other = plans.plan(), plans.with_planted("metadata")
    handled, engine = await walked(declaring(came), file(came), file(other, "PIP"))
    [sealed] = handled.outcomes
    assert isinstance(sealed, Sealed)
    remarks = sealed.addressed.disclosure.remarks
    assert remarks == (Fault(path="bijlage[2]", kind="bijlage-niet-doorgegeven"),)
    assert set(to_casemanager(engine)) == {"bijsluiter-DEMO-0001.json", NAME}


# --- with the PDF form -----------------------------------------------------------


def form(**changed: str) -> Attachment:
    """The form about inburgeraar 1, as the register knows them."""
    person: dict[str, Any] = generators.betrokkene(1)
    values = {
        "aanbieder/instellingsnummer": generators.INSTELLINGSNUMMER,
        "berichttype": "PLAN",
        "wettelijkRegime": "WI2013",
        "doelgroep": generators.ASIEL,
        "betrokkene/dossierkenmerk": person["dossierkenmerk"],
        "betrokkene/geslachtsnaam": person["geslachtsnaam"],
        "betrokkene/geboortedatum": person["geboortedatum"],
        "persoonlijkPlan/soort": "PIP",
        "persoonlijkPlan/leerroute": "B",
        **changed,
    }
    return file(pdf_forms.filled(values), "formulier.pdf")


async def test_a_pdf_form_goes_as_a_report() -> None:
    handled, engine = await walked(None, form(), released=False)
    [sealed] = handled.outcomes
    assert isinstance(sealed, Sealed)
    assert sealed.addressed.disclosure.remarks == ()
    assert set(to_casemanager(engine)) == {"bijsluiter-DEMO-0001.json"}
    again, _ = await walked(None, form(), released=False)
    assert isinstance(again.outcomes[0], Sealed)
    ids = [each.outcomes[0].addressed.disclosure.content.bericht_id for each in (handled, again)]  # type: ignore[union-attr]  # both are sealed
    assert ids[0] == ids[1]


async def test_a_form_names_the_plan_beside_it_and_the_plan_waits_for_two_people() -> None:
    """Two PDFs: which is the form is told by its fields, and by nothing else."""
    filled = form(**{"persoonlijkPlan/document/naam": NAME})
    for files in ((filled, file(plans.plan())), (file(plans.plan()), filled)):
        handled, _ = await walked(None, *files)
        [ended] = handled.outcomes
        assert isinstance(ended, Ended)
        assert ended.stop.reasons == (Reason.FREE_TEXT,)


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ((), "plan-ontbreekt"),
        ((file(plans.plan(), "ander.pdf"),), "plan-ontbreekt"),
        ((file(plans.plan()), file(plans.with_planted("notes"))), "plan-staat-dubbel"),
    ],
)
async def test_a_plan_that_a_form_names_and_nobody_attached_is_asked_for(
    files: tuple[Attachment, ...], kind: str
) -> None:
    """And not the digest, of which who fills in a form never heard."""
    handled, _ = await walked(None, form(**{"persoonlijkPlan/document/naam": NAME}), *files)
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    path = "berichten[0].persoonlijkPlan.document.naam"
    assert ended.stop.faults == (Fault(path=path, kind=kind),)
    assert handled.places[path] == "bladzijde 1"


@pytest.mark.parametrize(
    ("field", "typed", "kind"),
    [
        ("voortgang/periode/totEnMet", "31-09-2026", "cel-geen-datum"),
        ("vervangt", "nummer 1", "cel-geen-berichtnummer"),
    ],
)
async def test_a_form_is_corrected_in_its_own_way_of_writing(
    field: str, typed: str, kind: str
) -> None:
    handled, _ = await walked(None, form(**{field: typed}))
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    path = f"berichten[0].{field.replace('/', '.')}"
    assert Fault(path=path, kind=kind) in ended.stop.faults


async def test_a_fault_in_a_form_names_its_page() -> None:
    handled, _ = await walked(None, form(**{"voortgang/periode/van": "ooit"}))
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    path = "berichten[0].voortgang.periode.van"
    assert Fault(path=path, kind="cel-geen-datum") in ended.stop.faults
    assert handled.places[path] == "bladzijde 2"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ((form(), file(pdf_forms.filled({"berichttype": "PLAN"}), "b.pdf")), "several-documents"),
        ((file(plans.plan()),), "unreadable-form"),
        ((file(plans.plan()), file(plans.with_planted("notes"), "b.pdf")), "unreadable-form"),
    ],
)
async def test_which_form_is_meant_has_to_be_plain(
    files: tuple[Attachment, ...], reason: str
) -> None:
    handled, _ = await walked(None, *files)
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    assert ended.stop.reasons == (Reason(f"art-12.3/{reason}"),)


# --- in a worker -------------------------------------------------------------------


async def test_openers_and_their_twin_write_the_same_plan() -> None:
    came, twin = file(plans.with_planted("pictures")), MemorySealer(PUBLIC)
    async with WorkerPool("sequoia", SECRETS, workers=1) as pool:
        there, here = await pool.cleaned(came), await twin.cleaned(came)
        assert (there.content, there.name, there.original) == (here.content, NAME, here.original)
        for sealer in (pool, twin):
            with pytest.raises(Reject) as stop:
                await sealer.cleaned(file(LOCKED))
            assert stop.value.faults == (Fault(path=DECLARED, kind="plan-met-wachtwoord"),)
