"""PDFs that are no form of ours, or more than that: each ends in one outcome that says what.

What takes more than a form should is read by a worker as in earnest, within its bounds.
"""

from __future__ import annotations

import io
import json
import zlib
from typing import TYPE_CHECKING

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream, String

from gateway.adapters.pdf_form import FORM_VERSION, VERSION_FIELD
from gateway.adapters.pdf_form_read import read_pdf_form
from gateway.adapters.workers import WorkerPool
from gateway.domain.faults import KINDS
from gateway.domain.mail import Attachment
from gateway.domain.stops import Hold, Reason, Reject
from tests.contracts.sealers import SECRETS
from tests.pdf_forms import TYPED, blank, changed, filled, revised

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCE = "Deze persoon is ziek geweest"


def outcome(content: bytes) -> str:
    """What reading ends in: the kind of the one fault, or that it was read."""
    try:
        read = read_pdf_form(content)
    except Reject as stop:
        known = {Reason.UNREADABLE_FORM, Reason.UNKNOWN_VERSION}
        return stop.faults[0].kind if stop.reasons[0] in known else "?"
    return "read" if not read.faults else ", ".join(each.kind for each in read.faults)


def with_field(pdf: pikepdf.Pdf, **members: pikepdf.Object | int) -> None:
    pdf.Root.AcroForm.Fields.append(
        pdf.make_indirect(Dictionary({f"/{key}": value for key, value in members.items()}))
    )


def twice(pdf: pikepdf.Pdf) -> None:
    with_field(pdf, T=String("berichttype"), FT=Name.Tx, V=String("PLAN"))


def two_versions(pdf: pikepdf.Pdf) -> None:
    with_field(pdf, T=String(VERSION_FIELD), V=String(FORM_VERSION))


def value(name: str, of: Callable[[pikepdf.Pdf], pikepdf.Object]) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        for each in pdf.Root.AcroForm.Fields:
            if str(each.T) == name:
                each.V = of(pdf)

    return change


def without_fields(pdf: pikepdf.Pdf) -> None:
    """As *Print to PDF* leaves it."""
    pdf.flatten_annotations()
    assert "/AcroForm" not in pdf.Root


def of_somebody_else(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm.Fields = Array([])
    with_field(pdf, T=String("naam"), FT=Name.Tx, V=String("x"))


def with_xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm.XFA = Stream(pdf, b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")


def many_fields(pdf: pikepdf.Pdf) -> None:
    for number in range(2_100):
        pdf.Root.AcroForm.Fields.append(Dictionary(T=String(f"f{number}")))


def many_pages(pdf: pikepdf.Pdf) -> None:
    for _ in range(60):
        pdf.add_blank_page()


def no_root(pdf: pikepdf.Pdf) -> None:
    pdf.trailer.Root = pdf.make_indirect(Dictionary(Type=Name.Catalog))


def pages_in_a_ring(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids = Array([pdf.Root.Pages])


CASES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "bestand-beschadigd"),
    "not a PDF": (b"PK\x03\x04" + b"x" * 500, "bestand-beschadigd"),
    "only a beginning": (blank()[:5_000], "bestand-beschadigd"),
    "an end that is not there": (blank()[:-400], "bestand-beschadigd"),
    "a table that points at itself": (
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Size 1/Prev 9>>\nstartxref\n9\n",
        "bestand-beschadigd",
    ),
    "deeply nested": (
        revised(blank(), {900: b"[" * 20_000 + b"]" * 20_000}),
        "read",
    ),
    "a form that nests": (
        b"%PDF-1.7\n1 0 obj\n" + b"<</K " * 20_000 + b">>" * 20_000 + b"\nendobj\n%%EOF",
        "bestand-beschadigd",
    ),
    "a password": (
        changed(blank(), lambda _: None, encryption=pikepdf.Encryption(user="a", owner="b")),
        "bestand-met-wachtwoord",
    ),
    "an owner's password only": (
        changed(blank(), lambda _: None, encryption=pikepdf.Encryption(user="", owner="b")),
        "bestand-met-wachtwoord",
    ),
    "printed to PDF": (changed(filled(), without_fields), "formulier-zonder-velden"),
    "somebody else's form": (changed(blank(), of_somebody_else), "formulier-van-een-ander"),
    "XFA": (changed(blank(), with_xfa), "formulier-met-xfa"),
    "another version": (
        changed(blank(), value(VERSION_FIELD, lambda _: String("bijsluiter-9"))),
        "onbekende-versie",
    ),
    "two versions": (changed(blank(), two_versions), "onbekende-versie"),
    "one field twice": (changed(blank(), twice), "veld-staat-dubbel"),
    "a stream for a value": (
        changed(blank(), value("berichttype", lambda pdf: Stream(pdf, b"VOORTGANG"))),
        "veld-niet-te-lezen",
    ),
    "an array for a value": (
        changed(blank(), value("berichttype", lambda _: Array([String("VOORTGANG")]))),
        "veld-niet-te-lezen",
    ),
    "a very long value": (
        changed(blank(), value("betrokkene/voornamen", lambda _: String("x" * 100_000))),
        "veld-niet-te-lezen",
    ),
    "too many fields": (changed(blank(), many_fields), "bestand-te-groot"),
    "too many pages": (changed(blank(), many_pages), "bestand-te-groot"),
    "no pages": (changed(blank(), no_root), "bestand-beschadigd"),
    "pages in a ring": (changed(blank(), pages_in_a_ring), "bestand-beschadigd"),
    "eleven megabytes": (blank() + b" " * 11 * 1024 * 1024, "bestand-te-groot"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_bad_form_ends_in_one_outcome(case: str) -> None:
    content, expected = CASES[case]
    assert outcome(content) == expected


# --- more than a form -----------------------------------------------------------


def test_nothing_but_fields_that_are_ours_is_read() -> None:
    """Scripts, actions, files, signatures and pages may say what they like."""

    def plant(pdf: pikepdf.Pdf) -> None:
        script = Dictionary(S=Name.JavaScript, JS=String("this.getField('berichttype').value='X'"))
        pdf.Root.OpenAction = script
        pdf.Root.Names = Dictionary(
            JavaScript=Dictionary(Names=Array([String("a"), script])),
        )
        pdf.attachments[f"{SENTENCE}.exe"] = b"MZ"
        pdf.Root.AcroForm.SigFlags = 3
        with_field(pdf, T=String("Signature1"), FT=Name.Sig, V=Dictionary(Type=Name.Sig))
        with_field(pdf, T=String(SENTENCE), FT=Name.Tx, V=String(SENTENCE))
        pdf.pages[0].contents_add(b"BT /F0 12 Tf 50 50 Td (Lees dit) Tj ET")

    read, plain = read_pdf_form(changed(filled(), plant)), read_pdf_form(filled())
    assert read.document == plain.document
    assert read.faults == ()
    assert read.withheld == (
        "ingesloten bestand 1",
        "het formulier, een veld dat niet in ons formulier staat",
        "het formulier, een veld dat niet in ons formulier staat",
    )
    assert SENTENCE not in json.dumps([*read.withheld, *read.places.values()])


@pytest.mark.parametrize("flags", [2, 4 | 32])
def test_a_field_that_nobody_sees_is_not_read(flags: int) -> None:
    """Somebody else may have filled it in before the form was handed on (12.5.3)."""

    def hide(pdf: pikepdf.Pdf) -> None:
        for each in pdf.Root.AcroForm.Fields:
            if str(each.T) == "vervangt":
                each.V, each.F = String("11111111-1111-4111-8111-111111111111"), flags

    read = read_pdf_form(changed(filled(), hide))
    assert "vervangt" not in json.loads(read.document)["berichten"][0]
    assert any("verborgen" in each for each in read.withheld)


def test_the_newest_revision_counts_and_older_ones_do_not() -> None:
    old = filled({**TYPED, "betrokkene/geslachtsnaam": "Vroeger"})
    with pikepdf.open(io.BytesIO(old)) as pdf:
        [field] = [
            each for each in pdf.Root.AcroForm.Fields if each.T == "betrokkene/geslachtsnaam"
        ]
        field.V = String("Later")
        new = revised(old, {field.objgen[0]: field.unparse(resolved=True)})
    [report] = json.loads(read_pdf_form(new).document)["berichten"]
    assert report["betrokkene"]["geslachtsnaam"] == "Later"
    assert b"Later" in new
    assert old in new


# --- in a worker ----------------------------------------------------------------


def zeros(megabytes: int) -> bytes:
    """Flate (RFC 1950) of that many zeros, without making them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    check = (((megabytes << 20) % 65521) << 16) | 1  # Adler-32 of zeros
    return b"\x78\xda" + chunk * megabytes + b"\x03\x00" + check.to_bytes(4)


def bomb(megabytes: int) -> bytes:
    """An object stream of zeros in a few kilobytes, which a reader has to inflate."""
    packed = zlib.compress(zeros(megabytes), 9)
    content = bytearray(b"%PDF-1.7\n1 0 obj\n<</Type/ObjStm/N 1/First 5")
    content += b"/Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n" % len(packed)
    content += packed + b"\nendstream\nendobj\n"
    at = len(content)
    rows = bytes([0, 0, 0, 0, 0, 255, 1, 0, 0, 0, 9, 0, 2, 0, 0, 0, 1, 0, 1, *at.to_bytes(4), 0])
    content += b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Root 2 0 R/Length %d>>" % len(rows)
    content += b"\nstream\n" + rows + b"\nendstream\nendobj\n"
    return bytes(content + b"startxref\n%d\n%%%%EOF\n" % at)


async def test_a_bomb_costs_a_worker_and_the_next_form_is_read() -> None:
    async with WorkerPool("sequoia", SECRETS, workers=1) as pool:
        # Memory that there is not is damage to the library, and too much time is ours to end.
        with pytest.raises((Hold, Reject)) as stopped:
            await pool.read(attached(bomb(2_000)))
        assert stopped.value.reasons[0] in {Reason.OPENER_LIMIT, Reason.UNREADABLE_FORM}
        assert await pool.read(attached(filled())) == read_pdf_form(filled())
        with pytest.raises(Reject) as refused:
            await pool.read(attached(CASES["printed to PDF"][0]))
        assert [each.kind for each in refused.value.faults] == ["formulier-zonder-velden"]


def attached(content: bytes) -> Attachment:
    return Attachment(name="formulier.pdf", media_type="application/pdf", content=content)


# --- anything -------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_bytes_are_changed_there_is_one_outcome(data: st.DataObject) -> None:
    """A form, or a Reject that names its fault by a kind of the catalogue; nothing else."""
    content = bytearray(filled())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        size = data.draw(st.integers(0, 40))
        content[at : at + size] = data.draw(st.binary(max_size=40))
    assert set(outcome(bytes(content)).split(", ")) <= {"read", *KINDS}
