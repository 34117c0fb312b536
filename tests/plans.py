"""Plans as PDF, for tests: an ordinary one, and everything that may be hidden in one."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from gateway.adapters.page import Page, Section
from gateway.adapters.typeset import pdf as typeset
from tests.pdf_forms import changed

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 26, tzinfo=UTC)
SEEN = "Leerroute B1, gemiddeld twaalf uur per week."
SECRET = "GEHEIM-4711"


@cache
def plan() -> bytes:
    """A PIP of two paragraphs, tagged and with metadata, as an office program makes it."""
    page = Page(
        language="nl",
        title="Persoonlijk plan Inburgering en Participatie",
        lead=(SEEN,),
        sections=(Section(heading="Afspraken", points=("Lezen: A2", "Spreken: B1")),),
    )
    return typeset(page, author=f"Auteur {SECRET}", at=AT)


def secret(pdf: pikepdf.Pdf) -> Stream:
    return Stream(pdf, SECRET.encode())


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String(SECRET))
    pdf.Root.AA = Dictionary(WC=Dictionary(S=Name.JavaScript, JS=secret(pdf)))
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F=String(SECRET)))
    named = Array([String("a"), Dictionary(S=Name.JavaScript, JS=String(SECRET))])
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=named))


def embedded(pdf: pikepdf.Pdf) -> None:
    pdf.attachments[f"{SECRET}.txt"] = SECRET.encode()
    file = Dictionary(Type=Name.Filespec, F=String(SECRET), EF=Dictionary(F=secret(pdf)))
    pdf.Root.AF = Array([file])
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=file
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def metadata(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo.Title = String(SECRET)
    pdf.docinfo.Custom = String(SECRET)
    with pdf.open_metadata() as said:
        said["dc:description"] = SECRET
    pdf.pages[0].obj.Metadata = secret(pdf)
    pdf.pages[0].obj.PieceInfo = Dictionary(App=Dictionary(Private=String(SECRET)))
    pdf.pages[0].obj.Thumb = secret(pdf)
    for font in pdf.pages[0].resources.Font.values():
        font.Note = String(SECRET)
        font.Metadata = secret(pdf)


def notes(pdf: pikepdf.Pdf) -> None:
    """A sticky note that hides, a link, and a comment's text."""
    box = Array([10, 10, 90, 30])
    hidden = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=box, F=2, Contents=String(SECRET))
    link = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=box,
        A=Dictionary(S=Name.URI, URI=String(f"https://{SECRET}.example/")),
    )  # fmt: skip
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(hidden), pdf.make_indirect(link)])


def structure(pdf: pikepdf.Pdf) -> None:
    pdf.Root.StructTreeRoot.Alt = String(SECRET)
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(Title=String(SECRET)))
    pdf.Root.Dests = Dictionary({f"/{SECRET}": Array([])})
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(SECRET))]))
    pdf.Root.Perms = Dictionary(DocMDP=Dictionary(Contents=String(SECRET)))
    pdf.Root.DSS = Dictionary(Certs=Array([secret(pdf)]))


def drawn_beside(pdf: pikepdf.Pdf) -> None:
    """Said in the stream of the page and not drawn: comments, alternative text, properties."""
    text = SECRET.encode()
    pdf.pages[0].contents_add(
        b"%% %s\n/Span <</ActualText (%s)>> BDC EMC /P <</MCID 99 /E (%s)>> DP unknown-%s\n"
        % (text, text, text, text)
    )


def layer(pdf: pikepdf.Pdf) -> None:
    """Text on a layer that is off, in the page, in a form and under a name of its own."""
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(SECRET)))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))
    page = pdf.pages[0]
    page.resources.Properties = Dictionary(L=group)
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.resources.Font.F = pdf.make_indirect(font)
    draw = b"BT /F 9 Tf 50 50 Td (%s) Tj T* (%s) ' ET" % (SECRET.encode(), SECRET.encode())
    page.resources.XObject = Dictionary(
        H=Stream(
            pdf, draw, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]), OC=group
        )
    )
    page.contents_add(b"/OC /L BDC " + draw + b" EMC /H Do")


def invisible(pdf: pikepdf.Pdf) -> None:
    text = SECRET.encode()
    pdf.pages[0].contents_add(b"q BT 3 Tr (%s) Tj [(%s)] TJ ET Q" % (text, text))


def fields(pdf: pikepdf.Pdf) -> None:
    """A field that shows one thing and holds another."""
    look = Stream(
        pdf, b"/Tx BMC BT /Helv 9 Tf 2 2 Td (Getoond) Tj ET EMC", Type=Name.XObject,
        Subtype=Name.Form, BBox=Array([0, 0, 90, 20]),
    )  # fmt: skip
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    widget = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(SECRET), V=String(SECRET),
            TU=String(SECRET), Rect=Array([50, 50, 140, 70]), F=4, AP=Dictionary(N=look),
        )
    )  # fmt: skip
    pdf.pages[0].obj.Annots = Array([widget])
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([widget]), DR=Dictionary(Font=Dictionary(Helv=font)), XFA=secret(pdf)
    )


def pictures(pdf: pikepdf.Pdf) -> None:
    """A photograph with Exif, a comment, another version of itself and a file outside."""
    photo = Stream(pdf, b"", Type=Name.XObject, Subtype=Name.Image)
    photo.write(jpeg(), filter=Name.DCTDecode)
    photo.Width, photo.Height, photo.BitsPerComponent = 8, 8, 8
    photo.ColorSpace = Name.DeviceGray
    photo.Metadata, photo.OPI = secret(pdf), Dictionary(F=String(SECRET))
    photo.Alternates = Array([Dictionary(Image=secret(pdf))])
    pdf.pages[0].resources.XObject = Dictionary(P=pdf.make_indirect(photo))
    pdf.pages[0].contents_add(b"q 40 0 0 40 50 50 cm /P Do Q")


def outside(pdf: pikepdf.Pdf) -> None:
    """A form that stands for a page of another file, and a picture in PostScript."""
    box = Array([0, 0, 9, 9])
    reference = Dictionary(F=Dictionary(UF=String(SECRET)), Page=0)
    pdf.pages[0].resources.XObject = Dictionary(
        R=Stream(pdf, b"", Type=Name.XObject, Subtype=Name.Form, BBox=box, Ref=reference),
        S=Stream(pdf, SECRET.encode(), Type=Name.XObject, Subtype=Name.PS),
    )
    pdf.pages[0].contents_add(b"/R Do /S Do")


PLANTED: dict[str, Callable[[pikepdf.Pdf], None]] = {
    each.__name__: each
    for each in (
        script, embedded, metadata, notes, structure, drawn_beside, layer, invisible, fields,
        pictures, outside,
    )
}  # fmt: skip


def with_planted(name: str) -> bytes:
    """The plan with a secret in a place where nobody looks."""
    return changed(plan(), PLANTED[name])


def jpeg() -> bytes:
    """A grey square as a camera would leave it: with what it knows about the day."""
    from PIL import Image

    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = SECRET
    Image.new("L", (8, 8), 128).save(written, "JPEG", exif=exif, comment=SECRET.encode())
    return written.getvalue()


def everything(content: bytes) -> bytes:
    """All bytes of a file, with every stream unpacked beside them, and every text."""
    found = [content]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for each in pdf.objects:
            if isinstance(each, Stream):
                found.append(each.read_raw_bytes())
                if each.get("/Filter") not in {Name.DCTDecode, Name.JPXDecode}:
                    found.append(each.read_bytes())
            found.append(each.unparse(resolved=True))
    return b"\n".join(found)
