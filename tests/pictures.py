"""What the guides in docs/nl show: the gateway's own papers and mails, of made-up people.

``scripts/render_guides.py`` draws them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters import typeset
from gateway.adapters.key_sheet import KeySheet, Whose
from gateway.adapters.kit_guide import guide
from gateway.adapters.kit_words import FORMS, KitFacts, KitWords
from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.adapters.words import Words
from gateway.domain.earlier import EarlierReport
from gateway.domain.kits import Reach
from gateway.domain.own_keys import OwnKey
from gateway.domain.stops import Fault, Reason, Reject
from gateway.domain.texts import Language, Texts
from gateway.resources import texts_text
from gateway.wiring.kit_forms import blank_forms
from tests import corridor, generators, world

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.stages import Addressed

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FINGERPRINT = "0123456789ABCDEF" * 2 + "01234567"
SETTINGS = LetterSettings(
    address="poort@gemeente.example",
    name="Uitwisselpunt inburgering",
    municipality="Gemeente Voorbeeldstad",
    contact="functioneel beheer, 070 000 00 00",
)
KIT = KitFacts(
    school="Taalschool De Proef",
    number=generators.INSTELLINGSNUMMER,
    gateway=SETTINGS.name,
    address=SETTINGS.address,
    municipality=SETTINGS.municipality,
    contact=SETTINGS.contact,
    fingerprint=FINGERPRINT,
    smime=True,
    version="0.1.0, bijsluiter 1",
    made=generators.INSTANT,
    until=generators.INSTANT + timedelta(days=300),
    begins=None,
    aspirant=False,
    reach=Reach.READY,
)


class Kind(Enum):
    """What a picture is drawn from, by the ending of its file."""

    HTML = "html"
    PDF = "pdf"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Picture:
    """`height` is how much is seen, in pixels of the picture; the whole page where it is 0."""

    name: str
    kind: Kind
    make: Callable[[], bytes]
    height: int = 0
    page: int = 1


def _letters() -> LetterWriter:
    return LetterWriter(SETTINGS, texts=Texts(texts_text()), report_name=world.vault().report_name)


def _addressed() -> Addressed:
    """A report to whom had two earlier ones, of the quarters before."""
    now = corridor.addressed(generators.bericht(1), generators.facts(1))
    return replace(
        now,
        earlier=(
            _earlier(now, 1, ("2025-04-01", "2025-06-30"), ("A1", "A0"), hours=72),
            _earlier(now, 2, ("2025-07-01", "2025-09-30"), ("A1", "A1"), hours=88),
        ),
    )


def _earlier(
    now: Addressed, number: int, period: tuple[str, str], levels: tuple[str, str], *, hours: int
) -> EarlierReport:
    bericht = generators.bericht(1)
    progress = copy.deepcopy(bericht["voortgang"])
    assert isinstance(progress, dict)
    progress["periode"] = dict(zip(("van", "totEnMet"), period, strict=True))
    progress["gevolgdeUren"] = {"formeel": hours}
    del progress["verwachteEinddatumOpleiding"]
    progress["taalniveaus"] = [
        {"vaardigheid": skill, "begin": "A0", "huidig": level, "doel": "B1"}
        for skill, level in zip(("LE", "SP"), levels, strict=True)
    ]
    told = corridor.checked({**bericht, "voortgang": progress}).bericht
    assert told.voortgang is not None
    return EarlierReport(
        whom=now.whom,
        trace=corridor.TRACE,
        number=number,
        bericht_id=generators.bericht_id(number),
        replaces=None,
        voortgang=told.voortgang,
    )


def report_mail() -> bytes:
    """What a casemanager reads on a phone."""
    return _letters().report(_addressed()).html.encode()


def report_paper() -> bytes:
    """The same on paper."""
    paper = _letters().report(_addressed()).paper
    assert paper is not None
    return typeset.printed(paper)


def receipt() -> bytes:
    """What a school reads of its workbook: a report passed on in part, one with a fault."""
    fault = Fault(path="berichten[1].voortgang.taalniveaus[1].huidig", kind="leeg")
    outcomes = (
        corridor.sealed(generators.bericht(1), generators.facts(1)),
        corridor.ended(
            Reject(Reason.FAULTY_REPORT, faults=(fault,)), number=1, dossierkenmerk="DEMO-0002"
        ),
    )
    places = {
        "berichten[0].voortgang.gevolgdeUren.nonFormeel": "Blad 'Inburgeraars', cel AH6",
        fault.path: "Blad 'Inburgeraars', cel S7",
    }
    handled = replace(corridor.handled(*outcomes), places=places)
    return _letters().receipt(handled, generators.SENDER, "<a@school.example>").html.encode()


def key_sheet() -> bytes:
    """The sheet of fingerprints."""
    key = replace(
        OwnKey(fingerprint=FINGERPRINT, certificate=b"", made=KIT.made),
        current=True,
        current_from=KIT.made,
    )
    whose = Whose(
        name=SETTINGS.name,
        address=SETTINGS.address,
        municipality=SETTINGS.municipality,
        contact=SETTINGS.contact,
    )
    sheet = KeySheet(Words(Language.NL, "keys"), whose, AMSTERDAM)
    page = sheet.page([(key, KIT.until)], ["FEDCBA9876543210" * 4], KIT.made)
    return typeset.pdf(page, author=SETTINGS.name, at=KIT.made)


def school_guide() -> bytes:
    """The guide in a school's kit."""
    return guide(KitWords(words=Words(Language.NL, "kit"), facts=KIT, zone=AMSTERDAM))


def _form(name: str) -> bytes:
    """Blank but for the school."""
    return blank_forms(generators.provider(), Language.NL, KIT.made)[f"{FORMS}/voortgang.{name}"]


def pdf_form() -> bytes:
    """The form for one inburgeraar."""
    return _form("pdf")


def workbook() -> bytes:
    """The form with a row for each inburgeraar."""
    return _form("xlsx")


PICTURES = {
    each.name: each
    for each in (
        Picture("verslag-mail", Kind.HTML, report_mail, height=1500),
        Picture("verslag-pdf", Kind.PDF, report_paper),
        Picture("verslag-pdf-verloop", Kind.PDF, report_paper, height=395, page=2),
        Picture("ontvangstbevestiging", Kind.HTML, receipt, height=1500),
        Picture("sleutelblad", Kind.PDF, key_sheet, height=400),
        Picture("handleiding-school", Kind.PDF, school_guide),
        Picture("formulier-pdf", Kind.PDF, pdf_form),
        Picture("werkmap", Kind.XLSX, workbook, height=160),
    )
}
