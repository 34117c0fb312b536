"""A page on paper: PDF/UA-1 and PDF/A-2a by what those standards ask for, object by object.

No validator of the standards is at hand everywhere; what ISO 14289-1 and ISO 19005-2 ask of
a file like ours is looked up in the file itself.
"""

from __future__ import annotations

import dataclasses
import io
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest

from gateway.adapters.page import Chart, Line, Page, Press, Section, Table
from gateway.adapters.theme import PLAIN, Theme, read_theme
from gateway.adapters.typeset import UnprintableError, pdf, printed, settable, to_print

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "theme" / "theme.toml"
AT = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
CHART = Chart(
    caption="Verloop van het taalniveau",
    alt="Lezen ging van A0 naar A1.",
    moments=("tot en met maart", "tot en met juni"),
    steps=(("A0", 0.0), ("A1", 1.0)),
    lines=(Line(name="Lezen", heights=(0.0, 1.0)), Line(name="Luisteren", heights=(None, 1.0))),
)
PAGE = Page(
    language="nl",
    title="Voortgang: Amina Verzinsel",
    lead=("Een eerste regel.",),
    sections=(
        Section(
            heading="Over wie gaat het",
            lead=("Een regel vooraf.",),
            facts=(("Naam", "Amina Verzinsel"), ("Vrij veld", "#strong[niet vet] $x$ \\ @a <b>")),
            tables=(
                Table(
                    caption="Taalniveau",
                    headings=("Vaardigheid", "Nu"),
                    rows=(("Lezen", "A1"), ("Luisteren", "A1")),
                ),
            ),
            charts=(CHART,),
            points=("Een punt.", "Nog een punt."),
            closing=("Tot slot.",),
        ),
    ),
)


@cache
def made(theme: Theme = PLAIN) -> bytes:
    """The page in a look."""
    return pdf(PAGE, author="Taalschool De Proef", at=AT, theme=theme)


@pytest.fixture(params=["plain", "own look"])
def file(request: pytest.FixtureRequest) -> Iterator[pikepdf.Pdf]:
    """The page as a file, in each look."""
    theme = PLAIN if request.param == "plain" else read_theme(EXAMPLE)
    with pikepdf.open(io.BytesIO(made(theme))) as opened:
        yield opened


def text_of(content: bytes) -> str:
    """What a reader's program would copy, without line ends."""
    document = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return re.sub(r"\s+", " ", " ".join(pages).replace("\u200b", ""))


def objects(file: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary in the file."""
    for each in file.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            yield each


def elements(node: Any) -> Iterator[Any]:
    """Every structure element below this one."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def test_it_says_which_standards_it_keeps_to(file: pikepdf.Pdf) -> None:
    with file.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "2"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == PAGE.title
    assert file.Root.ViewerPreferences.DisplayDocTitle
    assert str(file.Root.Lang) == "nl"
    assert file.Root.MarkInfo.Marked


def test_its_colours_mean_the_same_everywhere(file: pikepdf.Pdf) -> None:
    """ISO 19005-2, 6.2.3: an output intent with its profile."""
    intents = [each.S for each in file.Root.OutputIntents]
    assert intents == ["/GTS_PDFA1"]
    assert file.Root.OutputIntents[0].DestOutputProfile.read_bytes()[36:40] == b"acsp"


def test_its_fonts_are_inside_and_can_be_read_as_text(file: pikepdf.Pdf) -> None:
    """ISO 19005-2, 6.2.11; ISO 14289-1, 7.21."""
    fonts = [each for each in objects(file) if each.get("/Type") == "/Font"]
    descriptors = [each for each in objects(file) if each.get("/Type") == "/FontDescriptor"]
    assert fonts
    for font in fonts:
        assert font.Subtype == "/Type3" or "/ToUnicode" in font or "/CIDSystemInfo" in font
    for descriptor in descriptors:
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys())


def test_nothing_in_it_runs_or_leads_elsewhere(file: pikepdf.Pdf) -> None:
    forbidden = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/EmbeddedFiles", "/AcroForm", "/URI"}
    assert not file.is_encrypted
    for each in objects(file):
        assert not forbidden & set(each.keys())


def test_everything_on_a_page_is_tagged_or_decoration(file: pikepdf.Pdf) -> None:
    """ISO 14289-1, 7.1: no content outside marked content."""
    for page in file.pages:
        depth = 0
        for each in pikepdf.parse_content_stream(page):
            operator = str(each.operator)
            if operator in {"BDC", "BMC"}:
                depth += 1
            elif operator == "EMC":
                depth -= 1
            elif operator in {"Tj", "TJ", "S", "f", "B", "Do", "sh"}:
                assert depth, operator
        assert depth == 0
        assert page.Tabs == "/S" or "/Annots" not in page


def test_its_structure_is_that_of_the_page(file: pikepdf.Pdf) -> None:
    found = [str(each.S) for each in elements(file.Root.StructTreeRoot)]
    assert [found.count(tag) for tag in ("/H1", "/H2", "/Table", "/TH", "/L")] == [1, 1, 1, 2, 2]
    assert found.index("/H1") < found.index("/H2") < found.index("/Table")


def test_every_picture_says_what_it_shows(file: pikepdf.Pdf) -> None:
    """ISO 14289-1, 7.3."""
    figures = [each for each in elements(file.Root.StructTreeRoot) if each.S == "/Figure"]
    told = [str(each.get("/Alt", "")) for each in figures]
    assert CHART.alt in told
    assert "" not in told


@pytest.mark.parametrize("theme", [PLAIN, read_theme(EXAMPLE)], ids=["plain", "own look"])
def test_paper_text_and_html_say_the_same(theme: Theme) -> None:
    """No rendering says what the others do not, but for the chart, whose table is in all."""
    press = Press(theme)
    text, html = press.text(PAGE), press.html(PAGE)
    paper = text_of(made(theme))
    for words in said(PAGE):
        assert words in re.sub(r"\s+", " ", text), words
        assert words in paper, words
        assert words.replace("<", "&lt;").replace(">", "&gt;") in html, words
    left = paper
    for words in sorted(
        {*said(PAGE), theme.name, "1 / 1", "•", ":", *drawn(CHART)}, key=len, reverse=True
    ):
        left = left.replace(words, " ") if words else left
    assert left.split() == []


def said(page: Page) -> Iterator[str]:
    """Every text that a page holds; charts apart."""
    yield page.title
    yield from page.lead
    for section in page.sections:
        yield section.heading
        yield from (*section.lead, *section.points, *section.closing)
        for fact in section.facts:
            yield from fact
        for table in section.tables:
            yield from (table.caption, *table.headings)
            for row in table.rows:
                yield from row


def drawn(chart: Chart) -> set[str]:
    """The words in a chart."""
    return {
        chart.caption,
        *chart.moments,
        *(name for name, _ in chart.steps),
        *(line.name for line in chart.lines),
    }


def test_it_is_the_same_each_time() -> None:
    paper = to_print(PAGE, name="a.pdf", author="Taalschool De Proef", at=AT)
    assert printed(paper) == printed(paper) == made()


def test_what_a_person_wrote_is_never_read_as_markup() -> None:
    assert "#strong[niet vet] $x$ \\ @a <b>" in text_of(made())


def test_a_word_wider_than_the_paper_is_broken_and_not_lost() -> None:
    word = "W" * 500
    page = dataclasses.replace(PAGE, lead=(word,), sections=())
    content = pdf(page, author="X", at=AT)
    assert text_of(content).replace(" ", "").count("W") == 500
    shown = pypdfium2.PdfDocument(content)[0]
    width, _ = shown.get_size()
    assert max(box.right for box in boxes(shown)) <= width


@dataclasses.dataclass
class Box:
    """Where a letter stands, in points from the left."""

    left: float
    right: float


def boxes(page: pypdfium2.PdfPage) -> Iterator[Box]:
    """Of every letter on a page."""
    text = page.get_textpage()
    for at in range(text.count_chars()):
        left, _bottom, right, _top = text.get_charbox(at)
        yield Box(left, right)


def test_a_letter_in_a_script_that_is_not_surely_there_is_known_beforehand() -> None:
    """Whoever asks `settable` first is never stopped by a name."""
    ranges = [(0x20, 0x7F), (0xA0, 0x500), (0x1E00, 0x1F00), (0x2010, 0x2028), (0x2030, 0x203B)]
    letters = [chr(code) for start, end in ranges for code in range(start, end)]
    known = "".join(each for each in letters if each.isprintable() and each.isalnum())
    paper = to_print(dataclasses.replace(PAGE, lead=(known,)), name="", author="", at=AT)
    assert settable(paper)
    assert printed(paper)
    for other in ("漢字", "አማርኛ", "\U0001f600"):
        assert not settable(
            to_print(dataclasses.replace(PAGE, title=other), name="", author="", at=AT)
        )
    with pytest.raises(UnprintableError):
        pdf(dataclasses.replace(PAGE, title="አማርኛ"), author="", at=AT)
