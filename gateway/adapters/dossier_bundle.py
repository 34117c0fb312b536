"""A dossier as files, and as a bundle that proves itself: files, proofs, and what checks them.

The manifest names every file by its SHA-256; an entry of the log names that of the manifest;
and the bundle holds the proof of that entry.  So the log vouches for every byte.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gateway.adapters.log_bundles import (
    DOSSIER_VERIFIER,
    KEY,
    PLAIN,
    VERIFIER,
    program,
    proof_files,
    zipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.adapters.log_proving import Proven

BUNDLE, MANIFEST, README = "bewijs.zip", "manifest.txt", "LEESMIJ.txt"
_FIRST_LINE = "taalpoort-dossier/v1"
_README = """\
Dit is het bewijs bij een overzicht van uw gegevens.

Wat zit erin?
- dossier.pdf, dossier.txt en dossier.json: het overzicht, drie keer hetzelfde.
- Bestanden met een naam als toestemming-1.pdf: uw formulieren en plannen.
- De map proof: van elke regel in ons logboek het bewijs dat die daar staat.
- manifest.txt: een lijst van alle bestanden. Het logboek noemt deze lijst.
- Drie programma's die dit nakijken. U mag ze lezen; ze sturen niets weg.
  Zeker weten? Neem dezelfde drie van de plek waar taalpoort is uitgegeven.

Zo kijkt u het na, of laat u het nakijken:
1. Zorg voor een computer met Python 3.11 of nieuwer. Meer is niet nodig.
2. Pak bewijs.zip uit in een lege map.
3. Vraag de gemeente om de sleutel van het logboek, per telefoon of per post.
4. Open in die map een opdrachtvenster en geef deze opdracht:

   python3 taalpoort_dossier.py --key SLEUTEL

Staat er "Alles klopt."? Dan is niets veranderd sinds het overzicht is gemaakt.
Staat er "FOUT"? Dan is een bestand veranderd, of hoort het niet bij dit overzicht.

De sleutel van het logboek is:
{key}

Wat het bewijs niet zegt: of het logboek alles noemt wat is gebeurd.
Namen van medewerkers staan er niet in. Wanneer zij keken, wel.
"""


def bundled_files(
    files: Mapping[str, bytes], proofs: Iterable[Proven], public: str
) -> dict[str, bytes]:
    """Everything that the manifest names."""
    found = dict(files)
    found |= {name: program(name) for name in (DOSSIER_VERIFIER, VERIFIER, PLAIN)}
    found[KEY] = f"{public}\n".encode()
    found[README] = _README.format(key=public).encode()
    for each in proofs:
        found |= proof_files(each, f"proof/{each.seq}")
    return found


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """The SHA-256 of each file, in the order of their names."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in sorted(files)]
    return "\n".join((_FIRST_LINE, *lines, "")).encode()


def bundle(files: Mapping[str, bytes], manifest: bytes, of_manifest: Proven) -> bytes:
    """The zip file, with the entry that vouches for its manifest."""
    return zipped({**files, MANIFEST: manifest, **proof_files(of_manifest, "proof/manifest")})
