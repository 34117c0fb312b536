#!/usr/bin/env python3
"""Nakijken of een inzagedossier klopt met het logboek, zonder de gemeente en zonder internet.

    python3 taalpoort_dossier.py [BUNDLE] [--key VKEY] [--checkpoint FILE]

Needs Python 3.11; taalpoort_verify.py and taalpoort_plain.py lie beside it.  BUNDLE is a
folder or a zip file, by default the folder that this program is in.

WHAT IS CHECKED, beside what taalpoort_verify.py checks of every proof
 1. The log has an entry that names the SHA-256 of manifest.txt: this very dossier was made
    then, and nobody can have changed a byte of it since.
 2. Every file has the SHA-256 that the manifest has, none is missing and none is extra.
 3. Each entry that dossier.json tells of has a proof, each proof is told of, and what
    dossier.json says of an entry is what the entry itself says.
 4. What somebody at the municipality did is proven by time and kind; who it was stays sealed.

WHAT IS NOT CHECKED
 - This program itself: who makes up a dossier can make up a program.  Take it from where
   taalpoort is published.
 - Whose key it is: get it from the municipality over another way, and give it with --key.
 - Whether the log tells everything that happened.

Exit code: 0 klopt, 1 er klopt iets niet, 2 verkeerd gebruikt.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True  # nothing may come to lie among what is checked
sys.path.append(str(Path(__file__).resolve().parent))
import taalpoort_verify as verify  # type: ignore[import-not-found] # noqa: E402 - handed out beside it

MANIFEST, ITSELF, DOSSIER, DEED = "manifest.txt", "manifest", "dossier.json", "audit"
FIRST_LINE = "taalpoort-dossier/v1"
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


class Wrong(Exception):  # noqa: N818 - what is wrong is its text
    """Something that does not fit, in Dutch."""


def entry_parts(data: bytes) -> tuple[list[str], bytes, bytes]:
    """The lines of an entry's head, the head as it was bound, and what is sealed."""
    top, gap, sealed = data.partition(b"\n\n")
    lines = top.decode("ascii", "replace").split("\n")
    if not gap or len(lines) != 7:
        raise Wrong("een regel van het logboek heeft niet de goede vorm")
    return lines, top + gap, sealed


def opened(folder: Any, name: str) -> dict[str, Any] | None:
    """What an entry says, None where its key was not handed out; the proof is checked apart."""
    key_file = folder / f"{name}.key"
    if not key_file.is_file():
        return None
    _, bound, sealed = entry_parts((folder / f"{name}.entry").read_bytes())
    key = bytes.fromhex(key_file.read_text().strip())
    try:
        said = json.loads(verify.AESGCM(key).decrypt(sealed[:12], sealed[12:], bound))
    except (verify.InvalidTag, ValueError):
        raise Wrong(f"regel {name} gaat niet open met zijn sleutel") from None
    return said if isinstance(said, dict) else None


def files_of(manifest: str) -> dict[str, str]:
    """SHA-256 by name."""
    head, *lines = manifest.splitlines()
    if head != FIRST_LINE:
        raise Wrong(f"{MANIFEST} is geen lijst van een dossier")
    found = [LINE.fullmatch(line) for line in lines if line and not line.startswith("# ")]
    if not all(found):
        raise Wrong(f"in {MANIFEST} staat een regel die er niet hoort")
    return {each[2]: each[1] for each in found if each}


def check_files(bundle: Any, named: dict[str, str]) -> None:
    """2: every file is there, as it was, and no other."""
    for name, digest in named.items():
        file = bundle / name
        if not file.is_file():
            raise Wrong(f"{name} ontbreekt")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise Wrong(f"{name} is veranderd")
    own = {f"proof/{ITSELF}.{end}" for end in ("tlog-proof", "entry", "key")}
    extra = set(all_files(bundle)) - set(named) - own - {MANIFEST}
    if extra:
        raise Wrong(f"{min(extra)} hoort er niet bij")


def all_files(place: Any, before: str = "") -> list[str]:
    """The names of everything in it, also in folders."""
    found = []
    for each in place.iterdir():
        name = f"{before}{each.name}"
        found += all_files(each, f"{name}/") if each.is_dir() else [name]
    return found


def check_manifest(bundle: Any) -> tuple[str, int]:
    """1 and 2: the log vouches for the list, and the list for the files."""
    manifest = (bundle / MANIFEST).read_bytes()
    said = opened(bundle / "proof", ITSELF)
    evidence = said.get("evidence", {}) if said else {}
    if evidence.get("manifest") != hashlib.sha256(manifest).hexdigest():
        raise Wrong(f"het logboek noemt een ander dossier dan {MANIFEST}")
    named = files_of(manifest.decode())
    check_files(bundle, named)
    return f"zaak {evidence.get('reference')}, uitgave {evidence.get('edition')}", len(named)


def check_told(bundle: Any) -> tuple[int, int]:
    """3 and 4: dossier.json tells of these entries, and says of them what they say."""
    dossier = json.loads((bundle / DOSSIER).read_bytes())
    proofs = bundle / "proof"
    steps = {str(each["number"]): each for each in dossier["processing"] if each["entry"]}
    deeds = {str(each["number"]): each for each in dossier["consultations"]}
    there = {each.name.rpartition(".")[0] for each in proofs.iterdir()} - {ITSELF}
    if there != steps.keys() | deeds.keys():
        differ = min(there ^ (steps.keys() | deeds.keys()), key=int)
        raise Wrong(f"over regel {differ} zeggen dossier en bewijs niet hetzelfde")
    for name, told in steps.items():
        if opened(proofs, name) != told["entry"]:
            raise Wrong(f"{DOSSIER} zegt over regel {name} iets anders dan het logboek")
    for name in deeds:
        lines, _, _ = entry_parts((proofs / f"{name}.entry").read_bytes())
        if lines[1] != DEED or (proofs / f"{name}.key").is_file():
            raise Wrong(f"regel {name} hoort dicht te blijven")
    return len(steps), len(deeds)


def check_proofs(bundle: Any, given: argparse.Namespace) -> list[str]:
    """Every proof, as taalpoort_verify.py does it; what it found."""
    audit, out = verify.Audit(), io.StringIO()
    witness = given.checkpoint.read_bytes() if given.checkpoint else None
    with contextlib.redirect_stdout(out):
        verify.check_bundle(audit, bundle, verify.key_of(audit, bundle, given.key), witness)
    lines: list[str] = out.getvalue().splitlines()
    return [line[8:] for line in lines if line.startswith("FOUND")]


def told(bundle: Any, given: argparse.Namespace) -> int:
    wrong = check_proofs(bundle, given)
    try:
        which, files = check_manifest(bundle)
        steps, deeds = check_told(bundle)
        print(f"Dossier: {which}.")
        print(f"{files} bestanden zijn zoals ze zijn gemaakt.")
        print(f"{steps} stappen en {deeds} handelingen staan zo in het logboek.")
    except (Wrong, KeyError, OSError, ValueError, *verify.DAMAGED_ZIP) as error:
        wrong.append(str(error) if isinstance(error, Wrong) else "het bewijs is niet te lezen")
    for each in wrong:
        print(f"FOUT: {verify.printable(each)}")
    if given.key is None:
        print("Let op: vraag de sleutel van het logboek ook op een andere manier (--key).")
    print("Er klopt iets niet." if wrong else "Alles klopt.")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Kijk een inzagedossier na.")
    here = Path(__file__).resolve().parent
    parser.add_argument("bundle", type=Path, nargs="?", default=here, help="map of zip-bestand")
    parser.add_argument("--key", type=verify.parse_key, help="sleutel van het logboek")
    parser.add_argument("--checkpoint", type=Path, help="een eerder ontvangen checkpoint")
    given = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # it is a TextIOWrapper
    try:
        bundle = given.bundle if given.bundle.is_dir() else zipfile.Path(given.bundle)
        return told(bundle, given)
    except (OSError, zipfile.BadZipFile) as error:
        print(f"taalpoort_dossier: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
