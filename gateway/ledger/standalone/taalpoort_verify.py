#!/usr/bin/env python3
"""Verify what was handed over from a taalpoort log, without taalpoort and without its database.

    python3 taalpoort_verify.py BUNDLE [--key VKEY] [--checkpoint FILE]

Needs Python 3.11 and `cryptography`, or taalpoort_plain.py beside it.  BUNDLE, folder or zip:

    log.vkey            the log's public key, NAME+ID+BASE64 on one line
    checkpoints.jsonl   {"size": N, "note": base64 of a signed note}, one a line
    entries.jsonl       {"seq": N, "entry": base64} or {"seq": N, "leaf": base64 of a hash}
    proof/NAME.tlog-proof, NAME.entry (its bytes), NAME.key (optional: its own key in hex)

WHAT IS CHECKED
 1. Each checkpoint is signed by the log's key (Ed25519, C2SP signed-note and tlog-checkpoint).
 2. The entries are numbered from 0 without a gap, and the root of the tree over the first N of
    them (RFC 6962) is that of each checkpoint over N entries: none of them was altered, taken
    out, inserted or moved since that checkpoint was signed.
 3. FILE, a checkpoint that you received earlier, is signed by the log's key and has the same
    root over the same number of entries: the log was not rewritten or rolled back since.
    It is a signed note, or a saved mail with a header `Taalpoort-Log-Checkpoint`, in a part too.
 4. Each proof shows its entry in a signed checkpoint (C2SP tlog-proof, RFC 9162, 2.1.3.2).
 5. A NAME.key is the one that its entry was sealed with, and the entry opens with it (AES-GCM).

WHAT IS NOT CHECKED
 - Whose key it is.  A key inside the bundle proves nothing by itself: whoever made up the bundle
   could make up the key.  Get it over another way, and give it with --key.
 - Entries given as "leaf", of which only the hash is here: that something was recorded at that
   place is shown, what it was is not.
 - Whether everything that happened was recorded, and whether what was recorded is true.
 - Entries behind the newest checkpoint: nothing vouches for them yet.
 - Without FILE: whether others were shown another log.

Exit code: 0 whole, 1 there are findings, 2 wrong use.
"""

from __future__ import annotations

import argparse
import base64
import email
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn

try:
    from cryptography.exceptions import InvalidSignature, InvalidTag
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError:
    sys.path.append(str(Path(__file__).resolve().parent))
    from taalpoort_plain import AESGCM, Ed25519PublicKey, InvalidSignature, InvalidTag  # type: ignore[no-redef,import-not-found]  # handed out beside it

MAIL_HEADER = "Taalpoort-Log-Checkpoint"
Place = Path | zipfile.Path
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error)
# Whatever does not fit raises a ValueError that says what; it is caught where the next can go on.


@dataclass
class Audit:
    """What was found; `roots` that the tree over N entries must have, `fitting` sizes it does."""

    findings: int = 0
    fitting: int = 0
    roots: dict[int, list[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(list))

    def say(self, mark: str, text: str) -> None:
        self.findings += mark == "FOUND"
        print(f"{mark:8}{printable(text)}")


def printable(text: str) -> str:
    """Nothing from a bundle may move the cursor or colour the screen."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def unbase64(text: object) -> bytes:
    value = base64.b64decode(str(text), validate=True)
    if base64.b64encode(value).decode() != text:
        raise ValueError("not canonical base64")
    return value


def number(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text):
        raise ValueError("not a decimal number")
    return int(text)


# --- signatures ---------------------------------------------------------------


class LogKey(NamedTuple):
    """The log's Ed25519 key, C2SP signed-note."""

    name: str
    key_id: bytes
    public: bytes


def parse_key(text: str) -> LogKey:
    """NAME+ID+base64(0x01 || public key), the id being the beginning of a hash over the rest."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    key = unbase64(encoded)
    expected = hashlib.sha256(name.encode(errors="replace") + b"\n" + key).digest()[:4]
    if not name or len(key) != 33 or key[0] != 1 or expected.hex() != key_id:
        raise ValueError("not an Ed25519 verifier key")
    return LogKey(name, expected, key[1:])


def open_checkpoint(note: bytes, key: LogKey) -> tuple[int, bytes]:
    """Size and root of a checkpoint that this log signed."""
    whole = note.decode()
    text, gap, signatures = whole.rpartition("\n\n")
    if not gap or not whole.endswith("\n") or any(c < " " and c != "\n" for c in whole):
        raise ValueError("not a signed note")
    text += "\n"
    ours = []
    for line in signatures[:-1].split("\n"):
        if not (parts := re.fullmatch(r"— (\S+) (\S+)", line)):
            raise ValueError("not a signature line")
        value = unbase64(parts[2])
        if (parts[1], value[:4]) == (key.name, key.key_id):
            ours.append(value[4:])
    if len(ours) != 1:
        raise ValueError(f"signed {len(ours)} times by the log's key")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(ours[0], text.encode())
    except InvalidSignature:
        raise ValueError("the signature by the log's key is bad") from None
    origin, size, root = [*text.split("\n"), "", ""][:3]
    if origin != key.name or len(unbase64(root)) != 32:
        raise ValueError("signed, but not a checkpoint of this log")
    return number(size), unbase64(root)


# --- the tree of RFC 6962 -----------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(perfect: list[bytes], size: int, leaf: bytes) -> None:
    """One more leaf on a tree of `size`, held as the roots of its perfect parts, left to right."""
    while size & 1:
        leaf = node_hash(perfect.pop(), leaf)
        size >>= 1
    perfect.append(leaf)


def root_of(perfect: list[bytes]) -> bytes:
    if not perfect:
        return hashlib.sha256(b"").digest()
    *rest, root = perfect
    for left in reversed(rest):
        root = node_hash(left, root)
    return root


def root_by_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2: the root that the tree must have if the leaf is in it at `index`."""
    if index >= size:
        raise ValueError(f"the checkpoint has {size} entries, none at {index}")
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return node


# --- the parts of a bundle ----------------------------------------------------


def check_checkpoints(audit: Audit, file: Place, key: LogKey) -> None:
    """1: every checkpoint is signed."""
    for at, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            stated = json_object(line)
            size, root = open_checkpoint(unbase64(stated.get("note")), key)
            if stated.get("size") != size:
                raise ValueError(f"is said to have {stated.get('size')} entries, and has {size}")
            audit.roots[size].append((f"checkpoint over {size} entries", root))
        except ValueError as error:
            audit.say("FOUND", f"checkpoint in line {at}: {error}")
    audit.say("ok", f"{len(audit.roots)} checkpoints are signed by {key.name}")


def check_witness(audit: Audit, data: bytes, key: LogKey) -> None:
    """3: what was received earlier is signed; its root is compared with the others'."""
    try:
        heads = [part.get(MAIL_HEADER) for part in email.message_from_bytes(data).walk()]
        note = next((unbase64("".join(str(each).split())) for each in heads if each), data)
        size, root = open_checkpoint(note, key)
        audit.roots[size].append((f"YOUR checkpoint over {size} entries", root))
        audit.say("ok", f"your checkpoint, over {size} entries, is signed by {key.name}")
    except ValueError as error:
        audit.say("FOUND", f"your checkpoint: {error}")


def check_entries(audit: Audit, file: Place) -> None:
    """2 and 3: the root over the first N entries is that of every checkpoint over N."""
    perfect: list[bytes] = []
    size, hashes_only = 0, 0
    agreed = compare(audit, 0, perfect, 0)
    with file.open("rb") as lines:
        for line in lines:
            try:
                entry = json_object(line)
                if entry.get("seq") != size or type(entry.get("seq")) is not int:
                    raise ValueError(f"numbered {entry.get('seq')}, and should be {size}")
                grow(perfect, size, leaf_of(entry))
            except ValueError as error:
                audit.say("FOUND", f"entries.jsonl, line {size + 1}: {error}; read no further")
                break
            size += 1
            hashes_only += "leaf" in entry
            agreed = compare(audit, size, perfect, agreed)
    for larger in sorted(each for each in audit.roots if each > size):
        for name, _ in audit.roots[larger]:
            audit.say("FOUND", f"{name}: the entries end at {size}: cut off or rolled back")
    fit = f"the root of their checkpoint; {audit.fitting} checkpoints fit"
    audit.say("ok" if audit.fitting else "note", f"the first {agreed} entries have {fit}")
    told = f"{size} entries, {hashes_only} of them as hashes only"
    audit.say("note", f"{told}; {size - agreed} entries are not covered by a checkpoint yet")


def compare(audit: Audit, size: int, perfect: list[bytes], agreed: int) -> int:
    """Every checkpoint over this many entries; up to where all agreed last."""
    if size not in audit.roots:
        return agreed
    root, wrong = root_of(perfect), 0
    for name, other in audit.roots[size]:
        if other != root:
            wrong += 1
            audit.say("FOUND", f"{name}: another root; changed behind the first {agreed} entries")
        elif name.startswith("YOUR"):
            audit.say("ok", f"{name}: the log goes on from it")
    audit.fitting += wrong < len(audit.roots[size])
    return agreed if wrong else size


def leaf_of(entry: dict[str, object]) -> bytes:
    if ("entry" in entry) == ("leaf" in entry):
        raise ValueError("an entry has either its bytes or its hash")
    leaf = leaf_hash(unbase64(entry["entry"])) if "entry" in entry else unbase64(entry["leaf"])
    if len(leaf) != 32:
        raise ValueError("a hash has 32 bytes")
    return leaf


def check_roots_alone(audit: Audit) -> None:
    """3, without entries: no two checkpoints over one size differ, and yours is among them."""
    for size, named in audit.roots.items():
        if len({root for _, root in named}) > 1:
            audit.say("FOUND", f"{' and '.join(name for name, _ in named)}: different roots")
        elif len(named) == 1 and named[0][0].startswith("YOUR"):
            audit.say("FOUND", f"nothing to compare your checkpoint with, over {size} entries")
    audit.say("note", "no entries were handed over: their number and order are not checked")


def check_proof(audit: Audit, folder: Place, name: str, key: LogKey) -> None:
    """4 and 5: the entry is in a signed checkpoint; with its key, what it says."""
    parts = {end: folder / f"{name}.{end}" for end in ("tlog-proof", "entry", "key")}
    try:
        if not (parts["tlog-proof"].is_file() and parts["entry"].is_file()):
            raise ValueError("a proof and its entry belong together, and one is missing")
        entry = parts["entry"].read_bytes()
        index, proof, note = parse_proof(parts["tlog-proof"].read_bytes())
        size, root = open_checkpoint(note, key)
        if root_by_proof(leaf_hash(entry), index, size, proof) != root:
            raise ValueError("the proof does not lead to the checkpoint's root")
        audit.roots[size].append((f"checkpoint of proof {name} over {size} entries", root))
        audit.say("ok", f"proof {name}: entry {index} of the log, in its checkpoint over {size}")
        if parts["key"].is_file():
            show(audit, entry, parts["key"].read_bytes().decode(errors="replace"))
    except ValueError as error:
        audit.say("FOUND", f"proof {name}: {error}")


def parse_proof(data: bytes) -> tuple[int, list[bytes], bytes]:
    """Index, hashes and checkpoint of a C2SP tlog-proof; nothing vouches for `extra`."""
    head, _, note = data.partition(b"\n\n")
    lines = [each for each in head.decode(errors="replace").split("\n") if each[:6] != "extra "]
    if lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1:] or lines[1][:6] != "index ":
        raise ValueError("not a tlog-proof")
    proof = [unbase64(line) for line in lines[2:]]
    if any(len(each) != 32 for each in proof):
        raise ValueError("a hash has 32 bytes")
    return number(lines[1][6:]), proof, note


def show(audit: Audit, entry: bytes, key_text: str) -> None:
    """An entry: seven lines and an empty one, a nonce of 12 bytes, and what its key seals."""
    top, gap, sealed = entry.partition(b"\n\n")
    lines = top.decode("ascii", "replace").split("\n")
    if not gap or len(lines) != 7 or lines[0] != "taalpoort-log/v1":
        raise ValueError("not an entry of the format taalpoort-log/v1")
    _, kind, milliseconds, trace, _, activity, commitment = lines
    key = bytes.fromhex(key_text.strip())
    if len(key) != 32 or hashlib.sha256(b"taalpoort log key\0" + key).hexdigest() != commitment:
        raise ValueError("the key is not the one that the entry names")
    try:
        opened = json_object(AESGCM(key).decrypt(sealed[:12], sealed[12:], top + gap))
    except (InvalidTag, ValueError):
        raise ValueError("the entry does not open with its key") from None
    audit.say("ok", f"it opens with its own key: {kind}, trace {trace}, activity {activity}")
    print(printable(f"        at {milliseconds} milliseconds since 1970"))
    print(printable(json.dumps(opened, indent=2, ensure_ascii=False)))


def json_object(line: bytes) -> dict[str, object]:
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


# --- the whole ----------------------------------------------------------------


def key_of(audit: Audit, bundle: Place, given: LogKey | None) -> LogKey:
    """The key on the command line; else the bundle's, with a warning."""
    if given is not None:
        return given
    if not (bundle / "log.vkey").is_file():
        wrong_use("the bundle holds no log.vkey: give the log's key with --key")
    audit.say("note", "the key is the bundle's own and proves nothing by itself: better give --key")
    return parse_key((bundle / "log.vkey").read_bytes().decode(errors="replace").strip())


def wrong_use(text: str) -> NoReturn:
    print(f"taalpoort_verify: {text}", file=sys.stderr)
    raise SystemExit(2)


def check_bundle(audit: Audit, bundle: Place, key: LogKey, witness: bytes | None) -> None:
    names = ("entries.jsonl", "checkpoints.jsonl", "proof")
    entries, checkpoints, proofs = (bundle / name for name in names)
    if not (entries.is_file() or checkpoints.is_file() or proofs.is_dir()):
        wrong_use("the bundle holds neither entries, checkpoints nor proofs")
    if checkpoints.is_file():
        check_checkpoints(audit, checkpoints, key)
    if witness is not None:
        check_witness(audit, witness, key)
    found = proofs.iterdir() if proofs.is_dir() else ()
    for name in sorted({file.name.rpartition(".")[0] for file in found}):
        check_proof(audit, proofs, name, key)
    if not audit.roots:
        audit.say("FOUND", "no signed checkpoint is left: nothing vouches for anything here")
    if entries.is_file():
        check_entries(audit, entries)
    else:
        check_roots_alone(audit)


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify a bundle from a taalpoort log.")
    parser.add_argument("bundle", type=Path, help="a folder or a zip file")
    parser.add_argument("--key", type=parse_key, help="the log's key, received over another way")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint that you received earlier")
    given = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # it is a TextIOWrapper
    audit = Audit()
    try:
        bundle = given.bundle if given.bundle.is_dir() else zipfile.Path(given.bundle)
        witness = given.checkpoint.read_bytes() if given.checkpoint else None
    except (OSError, zipfile.BadZipFile) as error:
        wrong_use(str(error))
    try:
        check_bundle(audit, bundle, key_of(audit, bundle, given.key), witness)
    except (ValueError, OSError, EOFError, RuntimeError, *DAMAGED_ZIP) as error:
        audit.say("FOUND", f"the bundle cannot be read to its end: {error}")
    print(f"{audit.findings} findings" if audit.findings else "whole: nothing was found")
    return 1 if audit.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
