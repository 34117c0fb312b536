"""What lies in the folder of a school's kit, and how to see that all of it came through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.kit_guide import help_
from gateway.adapters.kit_words import CERTIFICATE, FORMS, GUIDE, SHEET
from gateway.adapters.page import Page, Press, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.kit_words import KitWords


def readme(words: KitWords, names: Sequence[str]) -> str:
    """What lies in the folder, as plain text; `names` are its files."""
    say = words.say
    known = _known(words)
    files = tuple((name, known[name]) for name in names)
    return Press().text(
        Page(
            language=words.words.language.value,
            title=say("Pakket voor {school}"),
            lead=words.lead(),
            sections=(
                Section(heading=say("Wat zit erin"), facts=files),
                Section(
                    heading=say("Zijn alle bestanden heel?"),
                    points=(
                        say("In SHA256SUMS.txt staat een controlegetal van elk bestand."),
                        say("Met Linux en macOS: sha256sum -c SHA256SUMS.txt"),
                        say("Met Windows: certutil -hashfile BESTAND SHA256"),
                        say(
                            "Dat laat zien of een bestand stuk is. Of het pakket van ons komt, "
                            "weet u pas als u de vingerafdruk met ons vergelijkt."
                        ),
                    ),
                ),
                Section(heading=say("Hulp nodig?"), points=help_(words).points),
            ),
        )
    )


def _known(words: KitWords) -> dict[str, str]:
    say = words.say
    return {
        GUIDE: say("begin hier: twee bladzijden uitleg"),
        SHEET: say("de vingerafdruk van onze sleutel, om samen te vergelijken"),
        f"{CERTIFICATE}.asc": say("onze sleutel voor Thunderbird en GnuPG (OpenPGP)"),
        f"{CERTIFICATE}.p7c": say("ons certificaat voor Outlook (S/MIME)"),
        f"{CERTIFICATE}.crt": say("hetzelfde certificaat, voor andere programma's"),
        f"{CERTIFICATE}.pem": say("hetzelfde certificaat met de uitgevers erbij, als tekst"),
        f"{FORMS}/voortgang.xlsx": say("formulier voor Excel: een rij per inburgeraar"),
        f"{FORMS}/voortgang.ods": say("formulier voor LibreOffice: een rij per inburgeraar"),
        f"{FORMS}/voortgang.csv": say("formulier als CSV: een regel per inburgeraar"),
        f"{FORMS}/voortgang.pdf": say("formulier voor één inburgeraar"),
        f"{FORMS}/voorbeeld.json": say(
            "voorbeeld voor uw leverancier, met een verzonnen inburgeraar; elk bericht krijgt "
            "een eigen nummer"
        ),
    }
