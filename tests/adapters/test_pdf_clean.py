"""A plan written anew: it looks as it looked, and nothing that was hidden in it is left."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageChops, ImageFilter

from gateway.adapters.pdf_clean import NotCleanError, cleaned
from gateway.adapters.pdf_parts import OWN_KEYS
from gateway.adapters.pdf_pictures import PictureError, jpeg_alone, jpx_alone
from gateway.domain.faults import KINDS
from gateway.domain.plans import DECLARED
from gateway.domain.stops import Reason, Reject
from tests.pdf_forms import blank, changed
from tests.plans import PLANTED, SECRET, SEEN, everything, jpeg, plan, with_planted

if TYPE_CHECKING:
    from collections.abc import Callable


def said(content: bytes) -> str:
    """What poppler reads in it."""
    done = subprocess.run(("pdftotext", "-", "-"), input=content, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


def seen(content: bytes) -> list[Image.Image]:
    """The pages as Chrome would draw them."""
    pdf = pypdfium2.PdfDocument(content)
    try:
        pdf.init_forms()
        return [page.render(scale=1).to_pil().convert("L") for page in pdf]
    finally:
        pdf.close()


def apart(one: bytes, other: bytes) -> int:
    """In how many points two files look plainly different; edges of letters may shift."""
    pages = list(zip(seen(one), seen(other), strict=True))
    assert all(before.size == after.size for before, after in pages)
    blurred = ImageFilter.BoxBlur(2)
    differences = (
        ImageChops.difference(before.filter(blurred), after.filter(blurred))
        for before, after in pages
    )
    return sum(sum(each.histogram()[40:]) for each in differences)


def kind_of(content: bytes) -> str:
    with pytest.raises(Reject) as stop:
        cleaned(content)
    assert stop.value.reasons == (Reason.FAULTY_REPORT,)
    [fault] = stop.value.faults
    assert fault.path == DECLARED
    return fault.kind


@pytest.mark.parametrize("where", PLANTED)
def test_nothing_that_was_planted_is_left_and_the_page_looks_the_same(where: str) -> None:
    before = with_planted(where)
    after = cleaned(before)
    assert SECRET.encode() in everything(before)
    left = everything(after)
    for each in (SECRET.encode(), SECRET.encode("utf-16-be"), SECRET.encode().hex().encode()):
        assert each not in left
    assert SEEN in " ".join(said(after).split())
    # A link and an attached file have no look of their own to the engine that made the plan.
    assert apart(after, before) == 0


def test_a_plan_reads_and_looks_as_it_did() -> None:
    assert said(cleaned(plan())) == said(plan())
    assert apart(cleaned(plan()), plan()) == 0


def test_what_a_field_shows_stays_and_what_it_holds_does_not() -> None:
    after = said(cleaned(with_planted("fields")))
    assert "Getoond" in after
    assert SECRET not in after


def test_a_filled_form_becomes_a_page() -> None:
    after = cleaned(blank())
    assert apart(after, blank()) == 0
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert "/AcroForm" not in pdf.Root
        assert all("/Annots" not in page.obj for page in pdf.pages)


def test_the_new_file_is_the_same_each_time_and_is_clean_already() -> None:
    once = cleaned(with_planted("pictures"))
    assert cleaned(with_planted("pictures")) == once
    assert said(cleaned(once)) == said(once)


def test_only_pages_stand_in_the_new_file() -> None:
    with pikepdf.open(io.BytesIO(cleaned(plan()))) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in pdf.trailer
        assert pdf.docinfo == {}


def test_what_is_on_a_layer_that_is_not_there_is_not_known_to_be_shown() -> None:
    def draw(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"/OC /Gone BDC 60 60 30 30 re f EMC 120 60 30 30 re f")

    before, after = changed(plan(), draw), cleaned(changed(plan(), draw))
    with pikepdf.open(io.BytesIO(after)) as pdf:
        drawn = pdf.pages[0].Contents.read_bytes()
    assert b"60 60 30 30 re\nn" in drawn
    assert b"120 60 30 30 re\nf" in drawn
    assert apart(before, after) > 0


def test_a_note_on_a_layer_that_is_off_does_not_come_into_sight() -> None:
    """Flattened into the page it would: the viewer of who sent the plan never showed it."""
    before = changed(plan(), note_on_a_layer(Name.OFF))
    assert SECRET not in said(before)
    assert SECRET not in said(cleaned(before))
    assert SECRET in said(cleaned(changed(plan(), note_on_a_layer(Name.ON))))


def note_on_a_layer(state: Name) -> Callable[[pikepdf.Pdf], None]:
    def put(pdf: pikepdf.Pdf) -> None:
        layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("laag")))
        default = Dictionary({str(state): Array([layer])})
        pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=default)
        drawn = f"BT /F 12 Tf 10 10 Td ({SECRET}) Tj ET".encode()
        look = Stream(pdf, drawn, Type=Name.XObject, Subtype=Name.Form)
        look.BBox = Array([0, 0, 400, 30])
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        look.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
        note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([50, 50, 450, 80]), F=4)
        note.OC, note.AP = layer, Dictionary(N=pdf.make_indirect(look))
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])

    return put


# --- pages as programs make them ---------------------------------------------------


def turned_above(pdf: pikepdf.Pdf) -> None:
    """Turn and resources come from above the page (7.7.3.4)."""
    page = pdf.pages[0].obj
    pdf.Root.Pages.Rotate = 90
    pdf.Root.Pages.Resources = page.Resources
    del page["/Resources"]


def in_itself(pdf: pikepdf.Pdf) -> None:
    """One dictionary of resources for the page and all that is in it, as some programs do."""
    page = pdf.pages[0]
    shared = pdf.make_indirect(page.obj.Resources)
    page.obj.Resources = shared
    square = Stream(pdf, b"0 0 20 20 re f", Type=Name.XObject, Subtype=Name.Form)
    square.BBox, square.Resources = Array([0, 0, 20, 20]), shared
    shared.XObject = Dictionary(S=pdf.make_indirect(square))
    page.contents_add(b"q /S Do Q")


def shading(pdf: pikepdf.Pdf) -> None:
    """Colours that run, a separation, a pattern and a soft mask."""
    ramp = Dictionary(FunctionType=2, Domain=Array([0, 1]), N=1)
    ramp.C0, ramp.C1 = Array([1, 0, 0]), Array([0, 0, 1])
    run = Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB, Function=pdf.make_indirect(ramp))
    run.Coords, run.Extend = Array([0, 0, 100, 0]), Array([True, True])
    tile = Stream(pdf, b"0 0 2 2 re f", PatternType=1, PaintType=1, TilingType=1)
    tile.BBox, tile.XStep, tile.YStep = Array([0, 0, 4, 4]), 4, 4
    tile.Resources = Dictionary()
    page = pdf.pages[0]
    spot = Array([Name.Separation, Name.Spot, Name.DeviceRGB, pdf.make_indirect(ramp)])
    page.resources.ColorSpace = Dictionary(Sp=spot)
    page.resources.Shading = Dictionary(Sh=run)
    page.resources.Pattern = Dictionary(Ti=pdf.make_indirect(tile))
    page.resources.ExtGState = Dictionary(Ha=Dictionary(Type=Name.ExtGState, ca=0.5))
    page.contents_add(
        b"q /Ha gs 50 50 100 40 re W n 1 0 0 1 50 50 cm /Sh sh Q q /Sp cs 0.5 scn 50 120 30 30 re"
        b" f /Pattern cs /Ti scn 100 120 40 40 re f Q"
    )


def small_picture(pdf: pikepdf.Pdf) -> None:
    """In the stream itself, and one of one bit as a mask."""
    mask = Stream(pdf, bytes([0xAA] * 8), Type=Name.XObject, Subtype=Name.Image, ImageMask=True)
    mask.Width, mask.Height, mask.BitsPerComponent = 8, 8, 1
    pdf.pages[0].resources.XObject = Dictionary(M=pdf.make_indirect(mask))
    pdf.pages[0].contents_add(
        b"q 20 0 0 20 60 60 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x00\x80\xc0\xff EI Q"
        b" q 20 0 0 20 90 60 cm /M Do Q"
    )


def layer_that_is_on(pdf: pikepdf.Pdf) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("aan")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary())
    pdf.pages[0].resources.Properties = Dictionary(L=group)
    pdf.pages[0].contents_add(b"/OC /L BDC 60 60 30 30 re f EMC")


@pytest.mark.parametrize(
    "change", [turned_above, in_itself, shading, small_picture, layer_that_is_on]
)
def test_what_a_page_shows_it_goes_on_showing(change: Callable[[pikepdf.Pdf], None]) -> None:
    before = changed(plan(), change)
    assert before != plan()
    assert apart(cleaned(before), before) == 0


# --- what is refused ----------------------------------------------------------------


def encrypted(*, user: str) -> bytes:
    return changed(plan(), lambda _: None, pikepdf.Encryption(user=user, owner="b"))


def nested_forms(pdf: pikepdf.Pdf) -> None:
    inner: pikepdf.Object | None = None
    for _ in range(60):
        form = Stream(pdf, b"/I Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        within = Dictionary() if inner is None else Dictionary(I=inner)
        form.Resources = Dictionary(XObject=within)
        inner = pdf.make_indirect(form)
    pdf.pages[0].resources.XObject = Dictionary(I=inner)


def forms_that_multiply(pdf: pikepdf.Pdf) -> None:
    """Two kilobytes that a viewer draws for years: ten times ten, twelve times over."""
    inner = Stream(pdf, b"0 0 1 1 re f", Type=Name.XObject, Subtype=Name.Form)
    inner.BBox = Array([0, 0, 9, 9])
    for _ in range(12):
        form = Stream(pdf, b"/I Do " * 10, Type=Name.XObject, Subtype=Name.Form)
        form.BBox = Array([0, 0, 9, 9])
        form.Resources = Dictionary(XObject=Dictionary(I=pdf.make_indirect(inner)))
        inner = form
    pdf.pages[0].resources.XObject = Dictionary(I=pdf.make_indirect(inner))
    pdf.pages[0].contents_add(b"/I Do")


def form_in_itself(pdf: pikepdf.Pdf) -> None:
    form = pdf.make_indirect(Stream(pdf, b"/I Do", Type=Name.XObject, Subtype=Name.Form))
    form.BBox, form.Resources = Array([0, 0, 9, 9]), Dictionary(XObject=Dictionary(I=form))
    pdf.pages[0].resources.XObject = Dictionary(I=form)
    pdf.pages[0].contents_add(b"/I Do")


def page_of_a_mile(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.MediaBox = Array([0, 0, 1e9, 1e9])


def unit_of_a_mile(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.UserUnit = 1e6


def text_in_a_width(pdf: pikepdf.Pdf) -> None:
    """A viewer takes the last operand and passes over the rest (7.8.2)."""
    pdf.pages[0].contents_add(f"({SECRET}) [({SECRET})] 1 w".encode())


def text_in_a_small_picture(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(f"BI /W 1 /H 1 /CS /G /BPC 8 /Note ({SECRET}) ID x EI".encode())


def long_drawing(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"0 0 m\n" * 450_000)


def many_pages(pdf: pikepdf.Pdf) -> None:
    for _ in range(200):
        pdf.add_blank_page()


def torn_stream(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Contents.write(b"not flate at all", filter=Name.FlateDecode)


def torn_photo(pdf: pikepdf.Pdf) -> None:
    photo = Stream(pdf, b"", Type=Name.XObject, Subtype=Name.Image, Width=8, Height=8)
    photo.write(b"GIF89a", filter=Name.DCTDecode)
    pdf.pages[0].resources.XObject = Dictionary(P=pdf.make_indirect(photo))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "plan-niet-te-lezen"),
    "another kind of file": (lambda: b"PK\x03\x04" * 99, "plan-niet-te-lezen"),
    "eleven megabytes": (lambda: plan() + b" " * 11 * 1024 * 1024, "plan-te-groot"),
    "a password": (lambda: encrypted(user="a"), "plan-met-wachtwoord"),
    "an owner's password": (lambda: encrypted(user=""), "plan-met-wachtwoord"),
    "sixty forms in each other": (lambda: changed(plan(), nested_forms), "plan-te-groot"),
    "forms that multiply": (lambda: changed(plan(), forms_that_multiply), "plan-te-groot"),
    "a form in itself": (lambda: changed(plan(), form_in_itself), "plan-te-groot"),
    "a page of a mile": (lambda: changed(plan(), page_of_a_mile), "plan-niet-te-lezen"),
    "a unit of a mile": (lambda: changed(plan(), unit_of_a_mile), "plan-niet-te-lezen"),
    "text in a width": (lambda: changed(plan(), text_in_a_width), "plan-niet-te-lezen"),
    "text in a picture": (lambda: changed(plan(), text_in_a_small_picture), "plan-niet-te-lezen"),
    "a very long drawing": (lambda: changed(plan(), long_drawing), "plan-te-groot"),
    "two hundred pages more": (lambda: changed(plan(), many_pages), "plan-te-groot"),
    "a stream that is torn": (lambda: changed(plan(), torn_stream), "plan-niet-te-lezen"),
    "a photograph that is none": (lambda: changed(plan(), torn_photo), "plan-niet-te-lezen"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_written_anew_is_refused_with_one_fault(case: str) -> None:
    make, kind = REFUSED[case]
    assert kind_of(make()) == kind


def test_a_key_that_nobody_put_there_lets_nothing_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second account: what is written is looked over by another rule than it was made by."""
    monkeypatch.setattr("gateway.adapters.pdf_clean.OWN_KEYS", OWN_KEYS - {"/MediaBox"})
    with pytest.raises(NotCleanError):
        cleaned(plan())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_bytes_are_changed_it_is_clean_or_refused(data: st.DataObject) -> None:
    content = bytearray(with_planted("script"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
    try:
        after = cleaned(bytes(content))
    except Reject as stop:
        kind = stop.faults[0].kind
    else:
        kind = "plan-niet-te-lezen"
        assert b"/JavaScript" not in everything(after)
        assert SECRET.encode() not in everything(after)
    assert kind in KINDS


# --- pictures -------------------------------------------------------------------


def test_a_photograph_keeps_its_points_and_loses_what_is_said_of_it() -> None:
    alone = jpeg_alone(jpeg())
    assert SECRET.encode() in jpeg()
    assert SECRET.encode() not in alone
    assert Image.open(io.BytesIO(alone)).tobytes() == Image.open(io.BytesIO(jpeg())).tobytes()
    assert jpeg_alone(jpeg() + SECRET.encode()) == alone


@given(st.binary(max_size=200))
def test_what_is_no_photograph_is_refused(content: bytes) -> None:
    for each in (content, jpeg()[: len(content) % len(jpeg())], b"\xff\xd8" + content):
        try:
            assert jpeg_alone(each).startswith(b"\xff\xd8")
        except PictureError:
            continue


def test_boxes_of_text_leave_a_jpeg_2000() -> None:
    def box(kind: bytes, inside: bytes) -> bytes:
        return (len(inside) + 8).to_bytes(4) + kind + inside

    drawn = box(b"jP  ", b"\r\n\x87\n") + box(b"jp2c", b"\xff\x4f\xff\x51")
    assert jpx_alone(box(b"xml ", b"<x/>") + drawn + box(b"uuid", bytes(20))) == drawn
    assert jpx_alone(b"\xff\x4f\xff\x51rest") == b"\xff\x4f\xff\x51rest"
    with pytest.raises(PictureError):
        jpx_alone(b"\0\0\0\x09jp")
