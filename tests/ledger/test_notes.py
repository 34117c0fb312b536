"""Notes, checkpoints and proofs are read strictly, written back exactly, and believed by key."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger import tiles
from gateway.ledger.checkpoints import Checkpoint, open_checkpoint
from gateway.ledger.merkle import EMPTY_ROOT, ProofError
from gateway.ledger.notes import (
    Algorithm,
    Note,
    NoteError,
    Signature,
    Signed,
    VerifierKey,
    cosign,
    cosigned,
    sign,
    to_base64,
    unbase64,
    verify,
)
from gateway.ledger.proofs import Proof
from tests.ledger.trees import (
    LOG,
    LOG_SIGNS,
    a_key,
    check,
    checkpoint,
    mth,
    path,
    some_leaves,
    tiles_of,
)

# golang.org/x/mod/sumdb/note, note_test.go: two public keys and a note that both signed.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLo"
    "x33WWd1RvMc+QQ=\n"
)
PETER_KEY, ENOCH_KEY = VerifierKey.parse(PETER), VerifierKey.parse(ENOCH)
GO_NOTE = f"{TEXT}\n{BY_PETER}{BY_ENOCH}".encode()

WITNESS, WITNESS_SIGNS = a_key("witness.example/w1", 2, Algorithm.COSIGNATURE)


def read(data: bytes | str, *keys: VerifierKey) -> tuple[Signed, ...]:
    return verify(Note.parse(data.encode() if isinstance(data, str) else data), keys, check)


# --- keys ---------------------------------------------------------------------


def test_the_keys_of_gos_tests_are_read_and_written_back() -> None:
    assert str(PETER_KEY) == PETER
    assert str(ENOCH_KEY) == ENOCH
    assert PETER_KEY.key_id.hex() == "c74f20a3"
    assert (str(WITNESS), VerifierKey.parse(str(WITNESS))) == (str(WITNESS), WITNESS)


def test_no_part_of_a_key_and_no_changed_key_is_a_key() -> None:
    mangled = [PETER[start:end] for start in range(len(PETER)) for end in range(start, len(PETER))]
    mangled += [PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :] for at in range(len(PETER))]
    mangled += [PETER + "\n", PETER.replace("c74f", "C74F"), PETER + "=", f" {PETER}"]
    mangled += [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ]
    for text in mangled:
        with pytest.raises(NoteError):
            VerifierKey.parse(text)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\x01b", "\ud800"]
)
def test_a_name_has_neither_spaces_nor_plus_nor_control_characters(name: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey(name=name, public_key=bytes(32))
    with pytest.raises(NoteError):
        Signature(name=name, key_id=bytes(4), value=b"x")


# --- notes --------------------------------------------------------------------


def test_the_note_of_gos_tests_is_read_and_verified() -> None:
    assert bytes(Note.parse(GO_NOTE)) == GO_NOTE
    assert Note.parse(GO_NOTE).text == TEXT
    assert [each.key for each in read(GO_NOTE, PETER_KEY, ENOCH_KEY)] == [PETER_KEY, ENOCH_KEY]
    assert [each.key for each in read(GO_NOTE, ENOCH_KEY)] == [ENOCH_KEY]


def test_the_example_of_the_specification_is_a_note() -> None:
    text = (
        "Ognuno sta solo sul cuor della terra\n"
        "trafitto da un raggio di sole:\n\ned è subito sera.\n"
    )
    line = (
        "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKON"
        "rMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
    )
    note = Note.parse(f"{text}\n{line}".encode())
    assert note.text == text
    assert note.signatures[0].key_id == bytes.fromhex("367ba04b")
    assert bytes(note) == f"{text}\n{line}".encode()


def test_signatures_of_nobody_known_do_not_count() -> None:
    with pytest.raises(NoteError, match="no known key"):
        read(GO_NOTE)
    namesake = VerifierKey(name=PETER_KEY.name, public_key=ENOCH_KEY.public_key)
    with pytest.raises(NoteError, match="no known key"):
        read(GO_NOTE, namesake)


def test_a_bad_signature_by_a_known_key_refuses_the_note() -> None:
    with pytest.raises(NoteError, match="bad"):
        read(GO_NOTE.replace(b"answer", b"Answer"), PETER_KEY)
    bad = f"{TEXT}\n{BY_PETER[:60]}ABCD{BY_PETER[60:]}{BY_ENOCH}"
    with pytest.raises(NoteError, match="bad"):
        read(bad, PETER_KEY, ENOCH_KEY)
    assert read(bad, ENOCH_KEY) == (Signed(key=ENOCH_KEY),)


def test_one_key_signs_once_and_others_as_often_as_they_like() -> None:
    with pytest.raises(NoteError, match="twice"):
        read(f"{TEXT}\n{BY_PETER}{BY_PETER}", PETER_KEY)
    assert read(f"{TEXT}\n{BY_PETER}{BY_ENOCH}{BY_ENOCH}", PETER_KEY) == (Signed(key=PETER_KEY),)
    assert read(GO_NOTE, PETER_KEY, PETER_KEY) == (Signed(key=PETER_KEY),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        TEXT + BY_PETER,
        f"{TEXT}\n{BY_PETER[:-1]}",
        f"{TEXT}\n{BY_PETER}\n",
        f"\x01{TEXT}\n{BY_PETER}",
        f"{TEXT}\t\n\n{BY_PETER}",
        f"{TEXT}\r\n\n{BY_PETER}",
        f"{TEXT}\n{BY_PETER}Unexpected line.\n",
        f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad+Name')}",
        f"{TEXT}\n{BY_PETER}".replace("PeterNeumann", "Bad\u00a0Name"),
        f"{TEXT}\n{BY_PETER.replace('—', '-')}",
        f"{TEXT}\n{BY_PETER.replace('AM=', 'AN=')}",  # the same bytes, spelled otherwise
        f"{TEXT}\n{BY_PETER.replace('AM=', 'AM')}",
        f"{TEXT}\n{BY_PETER.replace('AM=', 'A-=')}",
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        f"{TEXT}\n{BY_PETER * 101}",
        f"{'x' * 1_000_000}\n\n{BY_PETER}",
    ],
)
def test_what_is_not_a_note_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Note.parse(text.encode())


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(NoteError, match="UTF-8"):
        Note.parse(b"\xff" + GO_NOTE)


names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1
)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@settings(deadline=None)
@given(
    st.lists(lines, min_size=1, max_size=5),
    st.lists(
        st.tuples(names, st.binary(min_size=4, max_size=4), st.binary(min_size=1)), min_size=1
    ),
)
def test_every_note_reads_back_as_it_was_written(
    text: list[str], signed: list[tuple[str, bytes, bytes]]
) -> None:
    signatures = tuple(Signature(name=a, key_id=b, value=c) for a, b, c in signed)
    note = Note(text="".join(f"{line}\n" for line in text), signatures=signatures)
    assert Note.parse(bytes(note)) == note


@settings(deadline=None)
@given(st.integers(0, len(GO_NOTE) - 1), st.integers(1, 255))
def test_no_byte_of_a_signed_note_can_be_changed(at: int, change: int) -> None:
    changed = bytearray(GO_NOTE)
    changed[at] ^= change
    try:
        signed = read(bytes(changed), PETER_KEY, ENOCH_KEY)
    except NoteError:
        return
    assert len(signed) == 1  # the name or id of the other changed: a stranger's now


def test_a_cosignature_signs_a_time_and_the_whole_text() -> None:
    note = checkpoint(some_leaves(5))
    signature = cosign(note.text, WITNESS, 1679315147, WITNESS_SIGNS)
    assert (
        cosigned(note.text, 1679315147) == f"cosignature/v1\ntime 1679315147\n{note.text}".encode()
    )
    both = note.signed_also(signature)
    opened = open_checkpoint(bytes(both), LOG, check, [WITNESS])
    assert opened.signed == (Signed(key=LOG), Signed(key=WITNESS, time=1679315147))
    later = Signature(
        name=signature.name,
        key_id=signature.key_id,
        value=(1679315148).to_bytes(8, "big") + signature.value[8:],
    )
    with pytest.raises(NoteError, match="bad"):
        open_checkpoint(bytes(note.signed_also(later)), LOG, check, [WITNESS])


def test_the_key_id_of_a_cosignature_is_that_of_its_type() -> None:
    """So that a cosignature never passes for the log's own signature by the same key."""
    whole = WITNESS.name.encode() + b"\n\x04" + WITNESS.public_key
    assert WITNESS.key_id == hashlib.sha256(whole).digest()[:4]
    with pytest.raises(NoteError):
        sign("text\n", WITNESS, WITNESS_SIGNS)
    with pytest.raises(NoteError):
        cosign("text\n", LOG, 1, LOG_SIGNS)
    with pytest.raises(NoteError, match="range"):
        cosign("text\n", WITNESS, 1 << 63, WITNESS_SIGNS)


def test_the_signer_of_gos_tests_signs_as_go_does() -> None:
    """Ed25519 gives one signature only: whoever signs this text with this key writes this line."""
    value = unbase64(BY_PETER.split()[2])
    made = sign(TEXT, PETER_KEY, lambda message: value[4:] if message == TEXT.encode() else b"")
    assert f"{made}\n" == BY_PETER


# --- checkpoints --------------------------------------------------------------

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
SPECIFIED = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n"


def test_the_checkpoint_of_the_specification_is_read() -> None:
    read_back = Checkpoint.parse(SPECIFIED)
    assert (read_back.origin, read_back.size) == ("example.com/behind-the-sofa", 20852163)
    assert str(read_back) == SPECIFIED
    assert Checkpoint.parse(SPECIFIED + "kept as it is\n").extensions == ("kept as it is",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SPECIFIED[:-1],
        SPECIFIED + "\n",
        SPECIFIED + "one\n\ntwo\n",
        f"\n20852163\n{ROOT}\n",
        f"log\n020852163\n{ROOT}\n",
        f"log\n+1\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n1_0\n{ROOT}\n",
        f"log\n١\n{ROOT}\n",
        f"log\n 1\n{ROOT}\n",
        f"log\n9223372036854775808\n{ROOT}\n",
        f"log\n0\n{ROOT}\n",
        f"log\n1\n{ROOT[:-1]}\n",
        f"log\n1\n{ROOT[:-4]}\n",
        f"log\n1\n{ROOT.replace('2I=', '2J=')}\n",
        f"log\n1\n{ROOT} \n",
        "log\n1\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_the_checkpoint_of_the_empty_log_is_one() -> None:
    empty = Checkpoint(origin=LOG.name, size=0, root=EMPTY_ROOT)
    assert open_checkpoint(bytes(empty.signed(LOG, LOG_SIGNS)), LOG, check).checkpoint == empty


def test_only_the_logs_own_key_vouches_for_a_checkpoint() -> None:
    text = checkpoint(some_leaves(5)).text
    alone = Note(text=text, signatures=(cosign(text, WITNESS, 5, WITNESS_SIGNS),))
    with pytest.raises(NoteError, match="itself did not sign"):
        open_checkpoint(bytes(alone), LOG, check, [WITNESS])


def test_a_checkpoint_of_another_log_is_refused() -> None:
    other = Checkpoint(origin="other.example", size=1, root=bytes(32))
    with pytest.raises(NoteError, match="own name"):
        other.signed(LOG, LOG_SIGNS)
    forced = Note(text=str(other), signatures=(sign(str(other), LOG, LOG_SIGNS),))
    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(bytes(forced), LOG, check)


# --- proofs -------------------------------------------------------------------

LEAVES = some_leaves(300)


def a_proof(index: int, size: int = 300, extra: bytes = b"") -> Proof:
    hashes = tiles.inclusion(index, size, tiles_of(LEAVES[:size]))
    return Proof(index=index, hashes=hashes, checkpoint=checkpoint(LEAVES[:size]), extra=extra)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 300), (255, 300), (256, 300), (299, 300)])
def test_a_proof_is_written_read_and_verified(index: int, size: int) -> None:
    proof = a_proof(index, size, b"more")
    again = Proof.parse(bytes(proof))
    assert again == proof
    assert bytes(again) == bytes(proof)
    assert list(again.hashes) == path(index, LEAVES[:size])
    opened = again.verify(LEAVES[index], LOG, check)
    assert (opened.checkpoint.size, opened.checkpoint.root) == (size, mth(LEAVES[:size]))


def test_a_proof_looks_as_the_specification_says() -> None:
    proof = a_proof(1, 3, b"more")
    first = "c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 1\n"
    hashes = "".join(f"{to_base64(each)}\n" for each in path(1, LEAVES[:3]))
    assert bytes(proof) == (first + hashes + "\n").encode() + bytes(proof.checkpoint)


def test_a_proof_shows_nothing_about_another_entry_or_log() -> None:
    proof = a_proof(7)
    with pytest.raises(ProofError, match="another root"):
        proof.verify(LEAVES[8], LOG, check)
    stranger, _ = a_key(LOG.name, 9)
    with pytest.raises(NoteError, match="no known key"):
        proof.verify(LEAVES[7], stranger, check)
    moved = Proof(index=8, hashes=proof.hashes, checkpoint=proof.checkpoint)
    with pytest.raises(ProofError, match="another root"):
        moved.verify(LEAVES[7], LOG, check)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(bytes(a_proof(7))) - 1), st.integers(1, 255))
def test_no_byte_of_a_proof_can_be_changed(at: int, change: int) -> None:
    changed = bytearray(bytes(a_proof(7)))
    changed[at] ^= change
    with pytest.raises((NoteError, ProofError)):
        Proof.parse(bytes(changed)).verify(LEAVES[7], LOG, check)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 7\n", "index 07\n"),
        ("index 7\n", "index -7\n"),
        ("index 7\n", "index  7\n"),
        ("index 7\n", ""),
        ("index 7\n", "index 7\n\n"),
        ("index 7\n", "index 7\nindex 7\n"),
        ("index 7\n", "extra \nindex 7\n"),
        ("index 7\n", "extra bW9yZR==\nindex 7\n"),
        ("index 7\n", "extra bW9yZQ==\nextra bW9yZQ==\nindex 7\n"),
        ("index 7\n", "index 7\nAAAA\n"),
        ("index 7\n", "index 7\r\n"),
        ("\n\n", "\n"),
    ],
)
def test_what_is_not_a_proof_is_refused(old: str, new: str) -> None:
    text = bytes(a_proof(7)).decode()
    assert old in text
    with pytest.raises(NoteError):
        Proof.parse(text.replace(old, new, 1).encode())
