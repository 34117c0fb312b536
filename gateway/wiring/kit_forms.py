"""The blank forms of a kit, each with the school's own name and number filled in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from gateway import resources
from gateway.adapters import pdf_form_write
from gateway.adapters.form_writing import blank_form
from gateway.adapters.kit_words import FORMS
from gateway.adapters.words import Words
from gateway.domain.form_reading import FormKind

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.parties import Party
    from gateway.domain.texts import Language

_EXAMPLE = ("examples", "good", "voortgang-wi2013.json")


def blank_forms(party: Party, language: Language, at: datetime) -> dict[str, bytes]:
    """Every form by its name in the kit, and an example document with a made-up inburgeraar."""
    tables = (FormKind.XLSX, FormKind.ODS, FormKind.CSV)
    return {
        **{f"{FORMS}/voortgang.{kind.value}": blank_form(kind, party) for kind in tables},
        f"{FORMS}/voortgang.pdf": _pdf(party, language, at),
        f"{FORMS}/voorbeeld.json": _example(party, at),
    }


def _pdf(party: Party, language: Language, at: datetime) -> bytes:
    return pdf_form_write.blank_form(
        Words(language, "pdf_form"),
        Words(language),
        author=party.name,
        at=at,
        filled={"aanbieder/instellingsnummer": party.instellingsnummer},
    )


def _example(party: Party, at: datetime) -> bytes:
    """The shipped example as this school would send it, with numbers that no other kit has."""
    text = resources.data_folder("schemas").joinpath(*_EXAMPLE).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    seed = f"urn:taalpoort:kit:{party.instellingsnummer}:{at.isoformat()}"
    document["documentId"] = str(uuid5(NAMESPACE_URL, seed))
    document["verzonden"] = at.replace(microsecond=0).isoformat()
    document["aanbieder"] = {"instellingsnummer": party.instellingsnummer}
    for number, report in enumerate(document["berichten"]):
        report["berichtId"] = str(uuid5(NAMESPACE_URL, f"{seed}:{number}"))
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
