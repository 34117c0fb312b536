"""An auditor with one file and a bundle finds whatever was done to either, and opens what they may.

The program runs as a process of its own, in a folder from which the gateway cannot be imported.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ledger import tiles
from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.merkle import EMPTY_ROOT, leaf_hash
from gateway.ledger.notes import Algorithm, Note, cosign
from gateway.ledger.proofs import Proof
from gateway.ledger.standalone import taalpoort_verify
from tests.ledger.trees import LOG, LOG_SIGNS, a_key, checkpoint, tiles_of

PROGRAM = Path(taalpoort_verify.__file__)
COUNT = 20


def own_key(number: int) -> bytes:
    return hashlib.sha256(b"own key %d" % number).digest()


def an_entry(number: int, text: str = "") -> bytes:
    key = own_key(number)
    commitment = hashlib.sha256(b"taalpoort log key\0" + key).hexdigest()
    lines = (
        "taalpoort-log/v1",
        "disclosure",
        str(1764000000000 + number),
        f"{number:032x}",
        f"{number:016x}",
        "https://register.gemeente.example/doorgifte",
        commitment,
    )
    header = "".join(f"{line}\n" for line in lines).encode() + b"\n"
    content = json.dumps({"what": f"secret {number}", "text": text}).encode()
    nonce = number.to_bytes(12, "big")
    return header + nonce + AESGCM(key).encrypt(nonce, content, header)


ENTRIES = [an_entry(number) for number in range(COUNT)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


@dataclass
class Bundle:
    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "proof").mkdir(parents=True)
        self.write("log.vkey", f"{LOG}\n")
        self.checkpoints(*(checkpoint(LEAVES[:size]) for size in (0, 5, 12, COUNT)))
        self.entries([{"seq": at, "entry": b64(entry)} for at, entry in enumerate(ENTRIES)])
        self.prove("three", 3)

    def write(self, name: str, text: str | bytes) -> None:
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)

    def lines(self, name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    def entries(self, lines: list[dict[str, object]]) -> None:
        self.write("entries.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines))

    def checkpoints(self, *notes: Note) -> None:
        lines = (
            json.dumps({"size": Checkpoint.parse(note.text).size, "note": b64(bytes(note))})
            for note in notes
        )
        self.write("checkpoints.jsonl", "".join(f"{line}\n" for line in lines))

    def prove(self, name: str, index: int, size: int = COUNT) -> None:
        hashes = tiles.inclusion(index, size, tiles_of(LEAVES[:size]))
        proof = Proof(index=index, hashes=hashes, checkpoint=checkpoint(LEAVES[:size]))
        self.write(f"proof/{name}.tlog-proof", bytes(proof))
        self.write(f"proof/{name}.entry", ENTRIES[index])
        self.write(f"proof/{name}.key", f"{own_key(index).hex()}\n")

    def remove(self, name: str) -> None:
        path = self.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def zipped(self) -> Path:
        path = self.folder.with_suffix(".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(self.folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(self.folder))
        return path


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle(tmp_path / "bundle")


def run(*words: object) -> tuple[int, str]:
    """Exit code, and everything that was printed."""
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *map(str, words)],
        capture_output=True,
        check=False,
        cwd=PROGRAM.parent,
        timeout=300,
    )
    text = (done.stdout + done.stderr).decode()
    assert "Traceback" not in text, text
    return done.returncode, text


def found(*words: object) -> str:
    """What it printed as a finding; there has to be one."""
    code, text = run(*words)
    assert code == 1, text
    lines = [line for line in text.splitlines() if line.startswith("FOUND")]
    assert lines, text
    return "\n".join(lines)


def test_it_imports_nothing_of_the_gateway() -> None:
    assert "gateway" not in PROGRAM.read_text()


def test_a_whole_bundle_is_whole_as_a_folder_and_as_a_zip(bundle: Bundle) -> None:
    for place in (bundle.folder, bundle.zipped()):
        code, text = run(place, "--key", LOG)
        assert code == 0, text
        assert "whole: nothing was found" in text
        fit = f"the first {COUNT} entries have the root of their checkpoint; 4 checkpoints fit"
        assert text.count("have the root of their checkpoint") == text.count(fit) == 1
        assert "proof three: entry 3 of the log" in text
        assert '"what": "secret 3"' in text
        assert "proves nothing by itself" not in text


def test_a_key_inside_the_bundle_is_said_to_prove_nothing(bundle: Bundle) -> None:
    code, text = run(bundle.folder)
    assert code == 0
    assert "the key is the bundle's own and proves nothing by itself" in text


def test_a_bundle_made_up_with_another_key_is_found_by_the_key_given(bundle: Bundle) -> None:
    stranger, _ = a_key(LOG.name, 9)
    assert "signed 0 times by the log's key" in found(bundle.folder, "--key", stranger)


def test_hashes_in_place_of_entries_do(bundle: Bundle) -> None:
    bundle.entries(
        [
            {"seq": at, "leaf": b64(leaf)} if at % 2 else {"seq": at, "entry": b64(ENTRIES[at])}
            for at, leaf in enumerate(LEAVES)
        ]
    )
    code, text = run(bundle.folder)
    assert code == 0
    assert f"{COUNT} entries, {COUNT // 2} of them as hashes only" in text


def test_entries_that_no_checkpoint_covers_are_counted_and_no_finding(bundle: Bundle) -> None:
    bundle.remove("proof")
    bundle.checkpoints(checkpoint(LEAVES[:5]), checkpoint(LEAVES[:12]))
    code, text = run(bundle.folder)
    assert code == 0
    assert f"{COUNT - 12} entries are not covered by a checkpoint yet" in text


@pytest.mark.parametrize("place", [0, 4, 5, 11, 12, COUNT - 1])
def test_an_altered_entry_is_found_since_which_checkpoint(bundle: Bundle, place: int) -> None:
    lines = bundle.lines("entries.jsonl")
    lines[place]["entry"] = b64(an_entry(place, "other"))
    bundle.entries(lines)
    agreed = max(size for size in (0, 5, 12) if size <= place)
    assert f"another root; changed behind the first {agreed} entries" in found(bundle.folder)


def test_entries_taken_out_inserted_swapped_or_cut_off_are_found(bundle: Bundle) -> None:
    whole = bundle.lines("entries.jsonl")

    def stored(*contents: object, renumbered: bool) -> str:
        lines = [dict(line) for line in contents if isinstance(line, dict)]
        if renumbered:
            lines = [{**line, "seq": at} for at, line in enumerate(lines)]
        bundle.entries(lines)
        return found(bundle.folder)

    forged = {"seq": 7, "entry": b64(b"forged")}
    assert "numbered 8, and should be 7" in stored(*whole[:7], *whole[8:], renumbered=False)
    assert "behind the first 5 entries" in stored(*whole[:7], *whole[8:], renumbered=True)
    assert "behind the first 5 entries" in stored(*whole[:7], forged, *whole[7:], renumbered=True)
    swapped = [*whole[:7], whole[8], whole[7], *whole[9:]]
    assert "behind the first 5 entries" in stored(*swapped, renumbered=True)
    assert "numbered 8, and should be 7" in stored(*swapped, renumbered=False)
    assert f"the entries end at {COUNT - 1}: cut off" in stored(*whole[:-1], renumbered=False)
    assert "the entries end at 0: cut off" in stored(renumbered=False)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"seq": 2}',
        b'{"seq": 2, "entry": 5}',
        b'{"seq": 2, "entry": null}',
        b'{"seq": 2, "entry": "?"}',
        b'{"seq": 2, "entry": "AB=="}',
        b'{"seq": 2, "leaf": "AA=="}',
        b'{"seq": 2, "entry": "", "leaf": ""}',
        b'{"seq": "2", "entry": ""}',
        b'{"seq": 2.0, "entry": ""}',
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_entry_is_found(bundle: Bundle, line: bytes) -> None:
    lines = (bundle.folder / "entries.jsonl").read_bytes().split(b"\n")
    lines[2] = line
    bundle.write("entries.jsonl", b"\n".join(lines))
    found(bundle.folder)


def test_a_checkpoint_that_was_changed_or_signed_by_others_is_found(bundle: Bundle) -> None:
    good = bundle.lines("checkpoints.jsonl")
    note = bytes(checkpoint(LEAVES))
    cosigner, cosigns = a_key(LOG.name, 1, Algorithm.COSIGNATURE)
    text = checkpoint(LEAVES).text
    alone = bytes(Note(text=text, signatures=(cosign(text, cosigner, 5, cosigns),)))
    other, other_signs = a_key("other.example", 1)
    elsewhere = Checkpoint(origin="other.example", size=COUNT, root=bytes(32))
    twice = checkpoint(LEAVES).signed_also(checkpoint(LEAVES).signatures[0])
    for bad, said in (
        (note.replace(b"\n20\n", b"\n21\n"), "signature by the log's key is bad"),
        (note[:-1], "not a signed note"),
        (b"", "not a signed note"),
        (b"\xff", "decode"),
        (alone, "signed 0 times"),
        (bytes(elsewhere.signed(other, other_signs)), "signed 0 times"),
        (bytes(twice), "signed 2 times"),
    ):
        lines = [*good, {"size": COUNT, "note": b64(bad)}]
        bundle.write("checkpoints.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines))
        assert said in found(bundle.folder)
    lines = [{**good[-1], "size": 5}]
    bundle.write("checkpoints.jsonl", json.dumps(lines[0]))
    assert "is said to have 5 entries, and has 20" in found(bundle.folder)


def test_a_bundle_in_which_nothing_is_signed_is_not_whole(bundle: Bundle) -> None:
    bundle.remove("checkpoints.jsonl")
    bundle.remove("proof")
    assert "nothing vouches" in found(bundle.folder)


def test_two_signed_histories_are_found_without_entries(bundle: Bundle) -> None:
    bundle.remove("entries.jsonl")
    bundle.remove("proof")
    assert run(bundle.folder)[0] == 0
    other = Checkpoint(origin=LOG.name, size=12, root=bytes(32)).signed(LOG, LOG_SIGNS)
    bundle.checkpoints(checkpoint(LEAVES[:12]), other)
    assert "different roots" in found(bundle.folder)


# --- what was received earlier ------------------------------------------------


def a_mail(note: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "taalpoort@gemeente.example", "auditor@audit.example"
    mail["Subject"] = "Dagelijks bericht"
    mail["Taalpoort-Log-Checkpoint"] = " ".join(
        b64(note)[at : at + 60] for at in range(0, len(b64(note)), 60)
    )
    mail.set_content("Niets bijzonders.")
    return mail.as_bytes()


@pytest.mark.parametrize("mailed", [False, True])
def test_a_checkpoint_received_earlier_is_a_beginning_of_the_log(
    bundle: Bundle, tmp_path: Path, mailed: bool
) -> None:
    file = tmp_path / "earlier"

    def received(note: bytes) -> Path:
        file.write_bytes(a_mail(note) if mailed else note)
        return file

    code, text = run(bundle.folder, "--checkpoint", received(bytes(checkpoint(LEAVES[:9]))))
    assert code == 0, text
    assert "your checkpoint, over 9 entries, is signed" in text
    assert "YOUR checkpoint over 9 entries: the log goes on from it" in text
    if mailed:  # saved opened, as a part of what came
        whole = b'Subject: ...\nContent-Type: multipart/mixed; boundary="-"\n\n---\n'
        file.write_bytes(whole + a_mail(bytes(checkpoint(LEAVES[:9]))) + b"\n-----\n")
        assert run(bundle.folder, "--checkpoint", file) == (0, text)
    other = Checkpoint(origin=LOG.name, size=9, root=bytes(32)).signed(LOG, LOG_SIGNS)
    assert "YOUR checkpoint over 9 entries: another root" in found(
        bundle.folder, "--checkpoint", received(bytes(other))
    )
    longer = checkpoint([*LEAVES, bytes(32)])
    assert "rolled back" in found(bundle.folder, "--checkpoint", received(bytes(longer)))
    forged = bytes(checkpoint(LEAVES[:9])).replace(b"\n9\n", b"\n8\n")
    assert "your checkpoint: the signature" in found(
        bundle.folder, "--checkpoint", received(forged)
    )
    if mailed:
        assert b"\n " in a_mail(forged)  # the header is folded


def test_a_checkpoint_received_earlier_cannot_be_compared_with_nothing(
    bundle: Bundle, tmp_path: Path
) -> None:
    bundle.remove("entries.jsonl")
    file = tmp_path / "earlier"
    file.write_bytes(bytes(checkpoint(LEAVES[:9])))
    assert "nothing to compare" in found(bundle.folder, "--checkpoint", file)
    file.write_bytes(bytes(checkpoint(LEAVES[:12])))
    assert run(bundle.folder, "--checkpoint", file)[0] == 0


# --- proofs -------------------------------------------------------------------


def test_a_proof_stands_alone_with_the_key(bundle: Bundle) -> None:
    for name in ("entries.jsonl", "checkpoints.jsonl", "log.vkey"):
        bundle.remove(name)
    bundle.remove("proof/three.key")
    code, text = run(bundle.folder, "--key", LOG)
    assert code == 0, text
    assert "secret" not in text


def test_a_proof_that_was_tampered_with_is_found(bundle: Bundle) -> None:
    good = (bundle.folder / "proof/three.tlog-proof").read_bytes()
    for old, new, said in (
        (b"index 3\n", b"index 4\n", "does not lead"),
        (b"index 3\n", b"index 30\n", "none at 30"),
        (b"index 3\n", b"index 03\n", "decimal"),
        (b"index 3\n", b"", "not a tlog-proof"),
        (b"tlog-proof@v1", b"tlog-proof@v2", "not a tlog-proof"),
        (b"index 3\n", b"index 3\nAAAA\n", "32 bytes"),
        (b"index 3\n", b"index 3\n" + b64(LEAVES[0]).encode() + b"\n", "too long"),
        (b"\n20\n", b"\n21\n", "bad"),
    ):
        assert old in good
        bundle.write("proof/three.tlog-proof", good.replace(old, new, 1))
        assert said in found(bundle.folder), (old, new)
    head, _, note = good.partition(b"\n\n")
    bundle.write("proof/three.tlog-proof", head.rpartition(b"\n")[0] + b"\n\n" + note)
    assert "too short" in found(bundle.folder)
    bundle.write("proof/three.tlog-proof", good.replace(b"index", b"extra bW9yZQ==\nindex"))
    assert run(bundle.folder)[0] == 0


def test_an_entry_that_is_not_the_proofs_is_found(bundle: Bundle) -> None:
    bundle.write("proof/three.entry", ENTRIES[4])
    assert "does not lead" in found(bundle.folder)
    bundle.remove("proof/three.entry")
    assert "one is missing" in found(bundle.folder)
    bundle.remove("proof/three.tlog-proof")
    assert "one is missing" in found(bundle.folder)  # a key alone


def test_a_proof_in_another_log_than_the_entries_is_found(bundle: Bundle) -> None:
    lines = bundle.lines("entries.jsonl")
    lines[3]["entry"] = b64(b"other")
    bundle.entries(lines)
    assert "checkpoint of proof three over 20 entries: another root" in found(bundle.folder)


def test_only_the_entrys_own_key_opens_it(bundle: Bundle) -> None:
    for key, said in (
        (own_key(4).hex(), "not the one that the entry names"),
        (own_key(3).hex()[:-2], "not the one"),
        ("zz", "hexadecimal"),
        ("", "not the one"),
    ):
        bundle.write("proof/three.key", key)
        assert said in found(bundle.folder)


def proven(bundle: Bundle, entry: bytes) -> str:
    """A log of this one entry, whose key is that of entry 3."""
    for name in ("entries.jsonl", "checkpoints.jsonl"):
        (bundle.folder / name).unlink(missing_ok=True)
    proof = Proof(index=0, hashes=(), checkpoint=checkpoint([leaf_hash(entry)]))
    bundle.write("proof/three.tlog-proof", bytes(proof))
    bundle.write("proof/three.entry", entry)
    return run(bundle.folder)[1]


def test_an_entry_that_was_never_sealed_as_it_says_does_not_open(bundle: Bundle) -> None:
    whole = ENTRIES[3]
    assert "secret 3" in proven(bundle, whole)
    assert "does not open" in proven(bundle, whole.replace(b"disclosure", b"disclosurf"))
    assert "does not open" in proven(bundle, whole[:-1])
    assert "does not open" in proven(bundle, whole.partition(b"\n\n")[0] + b"\n\nshort")
    assert "not an entry of the format" in proven(bundle, whole.replace(b"log/v1", b"log/v2"))
    assert "not an entry of the format" in proven(bundle, b"\xff")


def test_an_entry_cannot_move_the_cursor(bundle: Bundle) -> None:
    text = proven(bundle, an_entry(3, "\x9b2J\x1b[2Jé\u202e"))
    assert "secret 3" in text
    assert "é" in text
    assert not any(character in text for character in "\x9b\x1b\u202e")


# --- wrong use ----------------------------------------------------------------


def test_wrong_use_is_told_apart_from_findings(bundle: Bundle, tmp_path: Path) -> None:
    assert run()[0] == 2
    assert run(tmp_path / "nowhere")[0] == 2
    assert run(bundle.folder, "--key", "nonsense")[0] == 2
    assert run(bundle.folder, "--key", str(LOG)[:-1])[0] == 2
    assert run(bundle.folder, "--checkpoint", tmp_path / "nowhere")[0] == 2
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--key", LOG)[0] == 2
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert run(tmp_path / "no.zip")[0] == 2
    bundle.remove("log.vkey")
    code, text = run(bundle.folder)
    assert code == 2
    assert "give the log's key with --key" in text


def test_a_key_in_the_bundle_that_is_none_is_a_finding(bundle: Bundle) -> None:
    bundle.write("log.vkey", "nonsense")
    found(bundle.folder)
    bundle.write("log.vkey", b"\xff")
    found(bundle.folder)


def test_a_damaged_zip_is_a_finding(bundle: Bundle) -> None:
    whole = bundle.zipped()
    data = bytearray(whole.read_bytes())
    at = data.index(b"entries.jsonl") + 400
    data[at : at + 40] = bytes(40)
    whole.write_bytes(data)
    found(whole)


def test_the_empty_log_is_whole(bundle: Bundle) -> None:
    bundle.remove("proof")
    empty = Checkpoint(origin=LOG.name, size=0, root=EMPTY_ROOT)
    bundle.checkpoints(empty.signed(LOG, LOG_SIGNS))
    bundle.entries([])
    assert run(bundle.folder, "--key", LOG)[0] == 0
