"""``gateway log prune``, ``hold``, ``checkpoint`` and ``cosign``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.adapters.log_key import new_log_key
from gateway.ledger.notes import Algorithm, Note, VerifierKey, cosign

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installations import Installation

SECRET = new_log_key("getuige.example/w1")
WITNESS = VerifierKey(
    name="getuige.example/w1",
    public_key=SECRET.public.public_key,
    algorithm=Algorithm.COSIGNATURE,
)
OPERATOR = "Tess Testpersoon"


def said(installation: Installation, *arguments: str) -> str:
    result = installation.run(*arguments)
    assert result.exit_code == 0, result.stderr
    return str(result.stdout)


def actions(installation: Installation) -> list[str]:
    found = json.loads(said(installation, "log", "audit", "--by", OPERATOR, "--json"))
    return [each["action"] for each in found]


def test_a_hold_is_placed_listed_and_lifted_on_record(installation: Installation) -> None:
    place = ("log", "hold", "place", "--since", "2026-01-31", "--by", OPERATOR, "--json")
    (placed,) = json.loads(said(installation, *place, "--reason", "zaak 2026-17"))
    assert (placed["reason"], placed["lifted_at"]) == ("zaak 2026-17", None)
    assert placed["hold"] in said(installation, "log", "hold", "list")
    said(installation, "log", "hold", "lift", placed["hold"], "--by", OPERATOR)
    assert said(installation, "log", "hold", "list") == "nothing on record\n"
    assert placed["hold"] in said(installation, "log", "hold", "list", "--all")
    found = actions(installation)
    assert "log.hold-placed" in found
    assert "log.hold-lifted" in found


def test_what_cannot_be_held_is_refused_in_words(installation: Installation) -> None:
    place = ("log", "hold", "place", "--by", OPERATOR, "--reason")
    nothing = installation.run(*place, "zaak 1")
    long = installation.run(*place, "x" * 81, "--since", "2026-01-31")
    nobody = installation.run(*place, "zaak 1", "--person", "onbekend")
    no_mail = installation.run(*place, "zaak 1", "--mail", "ab" * 16)
    stranger = installation.run("log", "hold", "place", "--by", "Wie Dan Ook", "--reason", "zaak 1")
    for result, code in (
        (nothing, "hold-on-nothing"),
        (long, "bad-hold-reference"),
        (nobody, "unknown-dossier"),
        (no_mail, "unknown-mail"),
    ):
        assert result.exit_code == 1
        assert code in result.stderr
    assert stranger.exit_code == 1
    unknown = installation.run("log", "hold", "lift", "00000000", "--by", OPERATOR)
    assert "unknown-hold" in unknown.stderr


def test_a_young_log_has_nothing_to_prune(installation: Installation) -> None:
    found = json.loads(said(installation, "log", "prune", "--dry-run", "--json"))
    assert found == {
        "dry_run": True,
        "entries": 0,
        "ranges": [],
        "kept": {"term": 0, "held": 0, "reader": 0},
    }
    told = said(installation, "log", "prune")
    assert told.startswith("0 entries taken away")
    assert "not past their term" in told


def test_who_kept_a_checkpoint_is_told_that_the_log_goes_on_from_it(
    installation: Installation, tmp_path: Path
) -> None:
    file, other = tmp_path / "kept", tmp_path / "other"
    file.write_text(said(installation, "log", "checkpoint"))
    size = file.read_text().splitlines()[1]
    installation.run("log", "show")
    told = said(installation, "log", "verify", "--checkpoint", str(file))
    assert f"goes on from the checkpoint over {size} in {file}" in told
    assert "goes on from" not in said(installation, "log", "verify")
    other.write_text("iets anders")
    refused = installation.run("log", "verify", "--checkpoint", str(other))
    assert refused.exit_code == 1
    assert (
        f"{other}: no checkpoint of this log, nor an opened mail that bears one" in refused.stderr
    )


def test_a_witness_signs_what_the_log_prints(installation: Installation, tmp_path: Path) -> None:
    configuration = installation.file.read_text()
    assert "[log]" not in configuration
    installation.file.write_text(f'{configuration}\n[[log.witness]]\nvkey = "{WITNESS}"\n')
    printed = said(installation, "log", "checkpoint")
    note = Note.parse(printed.encode())
    size = note.text.splitlines()[1]
    file = tmp_path / "checkpoint"
    file.write_bytes(bytes(note))
    refused = installation.run("log", "cosign", "add", str(file))
    assert refused.exit_code == 1
    assert "no known key signed this note" in refused.stderr
    signed = note.signed_also(cosign(note.text, WITNESS, 1_764_000_000, SECRET.sign))
    file.write_bytes(bytes(signed))
    told = said(installation, "log", "cosign", "add", str(file))
    assert told == f"checkpoint over {size} entries: kept: {WITNESS.name}\n"
    assert "nothing new" in said(installation, "log", "cosign", "add", str(file))
    assert said(installation, "log", "checkpoint", "--size", size).encode() == bytes(signed)
    assert f"{WITNESS.name} vouches for the first {size}" in said(installation, "log", "verify")
    assert "log.cosigned" in actions(installation)


def test_a_witness_that_is_no_key_is_named(installation: Installation) -> None:
    configuration = installation.file.read_text()
    installation.file.write_text(f'{configuration}\n[[log.witness]]\nvkey = "{SECRET.public}"\n')
    refused = installation.run("log", "verify")
    assert refused.exit_code == 1
    assert "log.witness[0].vkey: not a key of cosignatures" in refused.stderr
