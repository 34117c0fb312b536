"""The demonstration's reader of PDFs misses nothing that another program copies from the page."""

from __future__ import annotations

import re

import pytest
from pypdfium2 import PdfDocument

from gateway.demo.paper_user import read_paper
from tests.pictures import PICTURES, Kind

PAPERS = [name for name, each in PICTURES.items() if each.kind is Kind.PDF]


def squeezed(text: str) -> str:
    """Without spaces and hyphens, of which programs make more or fewer."""
    return re.sub(r"[\s\ufffe-]", "", text)


@pytest.mark.parametrize("name", PAPERS)
def test_every_word_on_the_pages_is_read(name: str) -> None:
    content = PICTURES[name].make()
    read = squeezed(read_paper(content))
    copied = " ".join(page.get_textpage().get_text_range() for page in PdfDocument(content))
    words = [squeezed(word) for word in copied.split()]
    assert len(words) > 50
    assert [word for word in words if word not in read] == []
