"""The blank forms of a kit, each with the school's own name and number filled in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from gateway import resources
from gateway.adapters.kit_words import FORMS

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.parties import Party

_EXAMPLE = ("examples", "good", "voortgang-wi2013.json")


def blank_forms(party: Party, at: datetime) -> dict[str, bytes]:
    """Every form by its name in the kit, and an example document with a made-up inburgeraar."""
    return {f"{FORMS}/voorbeeld.json": _example(party, at)}


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
