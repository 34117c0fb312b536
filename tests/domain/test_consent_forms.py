"""The catalogue of consent forms: which texts count, and that they are what they claim to be."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory
from gateway.domain.consent_forms import Forms, FormsError, added_row
from gateway.domain.register import Refusal, RegisterError
from gateway.resources import forms_file
from tests import world

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = forms_file().read_text(encoding="utf-8")


def read(name: str) -> bytes:
    return (forms_file().parent / name).read_bytes()


def test_the_covenants_own_form_is_in_the_catalogue_with_its_text() -> None:
    """Annex 2: four rows, four empty ones, an interpreter, a partner, and how long it lasts."""
    form = world.forms().form("bijlage-2", "nl")
    text = read(form.text).decode()
    assert hashlib.sha256(text.encode()).hexdigest() == form.digest
    assert set(form.rows) == set(ConsentCategory)
    for words in form.rows.values():
        assert words in text
    for said in (
        "gediplomeerde tolk",
        "Handtekening van eventuele partner",
        "U kunt uw toestemming tijdens het traject altijd intrekken",
        "afronding van uw inburgerplicht",
    ):
        assert said in text
    assert text.count("(leeg)") == 4


def test_every_text_in_the_folder_belongs_to_a_form() -> None:
    named = set(re.findall(r'^text = "(.*)"$', TEXT, re.MULTILINE))
    there = {f"forms/{path.name}" for path in (forms_file().parent / "forms").iterdir()}
    assert there == named


BROKEN: list[tuple[str, Callable[[str], str]]] = [
    ("not TOML", lambda text: text + "["),
    ("no form", lambda text: text.replace('current = "bijlage-2"', 'current = "bijlage-9"')),
    ("twice", lambda text: text + text.partition("\n[[form]]")[2].join(("\n[[form]]", ""))),
    ("SHA-256", lambda text: re.sub(r'sha256 = "[0-9a-f]{64}"', f'sha256 = "{"0" * 64}"', text)),
    ("rows", lambda text: re.sub(r"(?m)^T4 = .*$", "", text)),
    ("language", lambda text: text.replace('language = "nl"', 'language = "Nederlands"')),
    ("extra_forbidden", lambda text: text.replace("purpose =", 'porpoise = "x"\npurpose =')),
]


@pytest.mark.parametrize(("said", "bend"), BROKEN)
def test_a_catalogue_that_cannot_be_relied_on_is_refused(
    said: str, bend: Callable[[str], str]
) -> None:
    with pytest.raises(FormsError, match=said):
        Forms(bend(TEXT), read)


def test_a_text_that_was_changed_afterwards_is_noticed() -> None:
    with pytest.raises(FormsError, match="not the text"):
        Forms(TEXT, lambda name: read(name) + b" ")


@pytest.mark.parametrize(
    ("given", "text", "covers"),
    [
        ("Bijzonderheden=P4", "Bijzonderheden", Category.P4),
        ("a = b=P3-verzuim", "a = b", Category.P3_VERZUIM),
        ("Iets anders", "Iets anders", None),
    ],
)
def test_an_added_row_names_what_it_covers(given: str, text: str, covers: Category | None) -> None:
    row = added_row(given)
    assert (row.text, row.covers) == (text, covers)
    assert text not in f"{row} {row!r}"


def test_an_added_row_that_covers_what_does_not_exist_is_refused() -> None:
    with pytest.raises(RegisterError) as refusal:
        added_row("alles=P9")
    assert refusal.value.code is Refusal.BAD_ADDED_ROW
