"""2,000 good and bad forms: each ends in one clear outcome, and nothing of it is lost."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from gateway.domain.faults import KINDS
from gateway.domain.form_reading import FormKind
from gateway.domain.outcomes import Ended
from gateway.domain.stops import Reject
from tests import forms, generators
from tests.forms import HEADINGS, NEEDED, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

GARBAGE = (
    "", " ", "\u00a0", "=1+1", "-", "ja", "31-13-2026", "2026", "1.234,56", "1e9", "NaN", "A1",
    "WI2021", "x" * 600, "é\u202eé", "\u0000", "'", '"', ";", ",", "\t", "\n", "<b>", "&amp;",
    "0", "-1", "9" * 30, "VOORBEELD", "Dossierkenmerk", "🙂", "01/02/2026", "true",
)  # fmt: skip


def csv_form(dice: random.Random) -> tuple[FormKind, bytes, int | None]:
    """A table of people, good ones and whatever chance makes of them; how many it is about."""
    extra = dice.sample([each for each in HEADINGS if each not in NEEDED], dice.randrange(8))
    order = [*NEEDED, *extra]
    dice.shuffle(order)
    good = dice.random() < 0.3
    rows = []
    for number in range(1, dice.randrange(2, 8)):
        person = dict(zip(NEEDED, [f"DH-{number}", *PERSON[1:]], strict=True))
        if not good:
            for _ in range(dice.randrange(4)):
                person[dice.choice(order)] = dice.choice(GARBAGE)
        rows.append([person.get(heading, "") for heading in order])
    separator = dice.choice(";,\t")
    if good:
        return FormKind.CSV, forms.csv_of(order, *rows, separator=separator), len(rows)
    if dice.random() < 0.2:
        order[dice.randrange(len(order))] = dice.choice([*GARBAGE, *HEADINGS])
    encoding = dice.choice(["utf-8", "utf-8-sig", "utf-16"])
    text = forms.csv_of(order, *rows, separator=separator).decode()
    return FormKind.CSV, text.encode(encoding), None


BASES = [
    (kind, forms.filled(kind, *(generators.full_bericht(n) for n in range(1, 4))))
    for kind in (FormKind.XLSX, FormKind.ODS)
]
PARTS = {
    FormKind.XLSX: ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"),
    FormKind.ODS: ("content.xml", "meta.xml", "styles.xml"),
}


def workbook_form(dice: random.Random) -> tuple[FormKind, bytes, int | None]:
    """A workbook with something changed in its XML, or in its bytes, or nothing."""
    kind, base = dice.choice(BASES)
    kick = dice.randrange(6)
    if kick == 0:
        return kind, base, 3
    if kick == 1:
        at, to = dice.randrange(len(base)), dice.randrange(256)
        return kind, base[:at] + bytes([to]) + base[at + 1 :], None
    if kick == 2:
        return kind, base[: dice.randrange(len(base))], None
    return kind, forms.changed(base, dice.choice(PARTS[kind]), _disturbed(dice, kick)), None


def _disturbed(dice: random.Random, kick: int) -> Callable[[bytes], bytes]:
    def cells(xml: bytes) -> bytes:
        words = [b"1971-02-11", b"A1", b"Fictief", b"WI2013", b"VOORTGANG", b"2025-10-01", b"Bilal"]
        word = dice.choice(GARBAGE).replace("&", "&amp;").replace("<", "&lt;").replace("\0", "")
        return xml.replace(dice.choice(words), word.encode(), dice.randrange(1, 3))

    def marks(xml: bytes) -> bytes:
        at = dice.randrange(len(xml))
        return xml[:at] + dice.choice([b"<", b">", b'"', b"<f/>", b"\xff", b"9"]) + xml[at:]

    def numbers(xml: bytes) -> bytes:
        digits = [at for at in range(0, len(xml), 7) if xml[at : at + 1].isdigit()]
        at = dice.choice(digits) if digits else 0
        return xml[:at] + str(dice.randrange(10**6)).encode() + xml[at + 1 :]

    return {3: cells, 4: marks, 5: numbers}[kick]


@pytest.mark.parametrize("seed", range(20))
def test_every_form_ends_in_one_clear_outcome(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        make = workbook_form if dice.random() < 0.3 else csv_form
        kind, content, people = make(dice)
        found = forms.outcome(kind, content)
        if isinstance(found, Reject):
            assert people is None
            assert found.faults
            assert set(forms.kinds_of(found)) <= KINDS
            continue
        assert [_number(each) for each in found] == list(range(len(found)))
        for ended in found:
            if isinstance(ended, Ended):
                assert ended.stop.faults
                assert set(forms.kinds_of(ended.stop)) <= KINDS
        if people is not None:
            assert len(found) == people
            assert not any(isinstance(each, Ended) for each in found)


def _number(report: object) -> int | None:
    number = getattr(report, "number", None)
    return number if isinstance(number, int) else None
