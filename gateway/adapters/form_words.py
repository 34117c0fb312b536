"""What stands in the forms besides what people fill in: Dutch at B1, as the forms are.

And how that looks, in every kind of workbook.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway.adapters.words import Words
from gateway.domain.form_columns import COLUMNS, EXAMPLE, MOST_ROWS, Holds
from gateway.domain.texts import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.form_columns import Column

TITLE = "Bijsluiter inburgering en taal"
# A form is the same file whenever it is made: it says nothing but what is in it.
MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - workbooks know no time zone
FAULTY, GREY = "#FFD9D9", "#595959"  # behind a cell to be mended; the letters of the example
CHOOSE = "Kies uit de lijst"
NOT_IN_LIST = "Deze waarde staat niet in de lijst. Kies een waarde uit de lijst."
GUIDE = (
    "Zo vult u dit formulier in",
    "Vul op het blad Inburgeraars voor elke inburgeraar één rij in.",
    f"De rij met {EXAMPLE} is een voorbeeld. Die rij lezen wij niet.",
    f"Er passen hoogstens {MOST_ROWS} inburgeraars in één formulier.",
    "Vul alleen in wat u wilt delen. Een lege cel zegt niets.",
    "U mag kolommen verplaatsen of weghalen. Verander de koppen niet.",
    "Eigen kolommen mogen. Wij geven die niet door.",
    "Gebruik geen formules. Plak alleen waarden.",
    "Rijen, kolommen en bladen die u verbergt, lezen wij niet.",
    "Schrijf nooit een BSN, een ziekte of een reden van verzuim op.",
    "Stuur het formulier als bijlage bij een versleutelde en ondertekende mail.",
)
GUIDE_HEADINGS = ("Kolom", "Gaat over", "Wat u invult", "Waaruit u kiest")
_HOW = {
    Holds.DATE: "Schrijf een datum zo: 31-01-2026.",
    Holds.WHOLE: "Schrijf een heel getal.",
    Holds.AMOUNT: "Schrijf een bedrag zo: 1234,56.",
    Holds.YES_NO: "Kies ja of nee.",
    Holds.CODE: "Kies uit de lijst.",
}


def help_for(column: Column) -> str:
    """What to fill in, in two or three short sentences."""
    parts = (column.about, _HOW.get(column.holds, ""), "Verplicht." if column.needed else "")
    return " ".join(part for part in parts if part)


# What the codes of a column mean, by the list of the letters' catalogue.
_MEANINGS = {
    "berichttype": "berichttype",
    "persoonlijkPlan.soort": "plan",
    "persoonlijkPlan.leerroute": "leerroute",
    "persoonlijkPlan.indicatorAlfabetiseringsonderwijs": "alfabetisering",
    "bijzonderheden[1].soort": "bijzonderheid",
}


def choices(column: Column) -> str:
    """What there is to choose, with what a code means where it does not say so itself."""
    kind = _MEANINGS.get(column.path)
    if kind is None:
        return ", ".join(column.codes)
    words = Words(Language.NL)
    return "; ".join(f"{code}: {words.code(kind, code)}" for code in column.codes)


def guide_rows() -> Iterator[tuple[str, str, str, str]]:
    """Each column: its heading, its group, what to fill in, and what there is to choose."""
    for column in COLUMNS:
        yield column.heading, column.group, help_for(column), choices(column)


def groups() -> list[str]:
    """What stands above the headings: each group once, above its first column."""
    found = [column.group for column in COLUMNS]
    return [
        name if at == 0 or name != before else ""
        for at, (before, name) in enumerate(zip(["", *found], found, strict=False))
    ]


def width_of(column: Column) -> int:
    """In characters."""
    longest = max((len(code) for code in column.codes), default=0)
    return max(18, min(36, longest + 3), min(30, len(column.heading) + 3))
