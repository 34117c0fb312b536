"""What reads frames of openers, notes and proofs of the log, and files of an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.checkpoint_files import kept_checkpoint
from gateway.adapters.csv_cells import Cells, read_cells
from gateway.adapters.csv_import import LAYOUTS
from gateway.adapters.frames import (
    LENGTHS,
    MalformedFrameError,
    frame,
    lengths,
    letter_from,
    parsed_header,
    stop_from,
    unsealed_from,
)
from gateway.console.tokens import Tokens
from gateway.domain.importing import CsvFaultsError
from gateway.domain.policy import Policy, PolicyError
from gateway.ledger import envelope
from gateway.ledger.checkpoints import Checkpoint
from gateway.ledger.merkle import ProofError
from gateway.ledger.notes import Note, NoteError, VerifierKey
from gateway.ledger.proofs import Proof
from gateway.resources import policy_text
from tests.fuzzing.registry import target
from tests.ledger.trees import LOG, check, checkpoint, some_leaves

if TYPE_CHECKING:
    from collections.abc import Callable

HEADERS = {
    "from": ["a@x.example"],
    "date": None,
    "message_id": "",
    "subject": "",
    "automatic": False,
}
UNSEALED = {
    "protection": "openpgp",
    "outer": HEADERS,
    "protected": None,
    "signatures": [{"state": "valid", "fingerprint": "AB", "created": "2026-11-23T12:00:00+00:00"}],
    "attachments": [{"name": "a.json", "media_type": "application/json"}],
}


def frames() -> list[bytes]:
    """Answers of an opener."""
    return [
        b"".join(frame(UNSEALED, [b"{}"])),
        b"".join(frame({"stop": "reject", "reasons": ["mail/malformed"]})),
        b"".join(frame({"started": True, "resident": 1})),
    ]


@target("frame", frames)
def opener_frame(data: bytes) -> None:
    """An opener that was taken over says what it likes: a value of ours, or a malformed frame."""
    if len(data) < LENGTHS.size:
        return
    try:
        header_length, blobs_length = lengths(data[: LENGTHS.size])
        body = data[LENGTHS.size :]
        header, sizes = parsed_header(body[:header_length], blobs_length)
    except MalformedFrameError:
        return
    blobs = [body[header_length:][:size] for size in sizes]
    readings: list[Callable[[], object]] = [
        lambda: unsealed_from(header, blobs),
        lambda: stop_from(header),
        lambda: letter_from(header, blobs),
    ]
    for reading in readings:
        try:
            reading()
        except MalformedFrameError:
            continue


def notes() -> list[bytes]:
    """A checkpoint, a proof and a key."""
    note = bytes(checkpoint(some_leaves(3)))
    proof = b"c2sp.org/tlog-proof@v1\nindex 1\n" + b"A" * 43 + b"=\n\n" + note
    return [note, proof, str(LOG).encode()]


@target("note", notes)
def note(data: bytes) -> None:
    """What is read is written again byte for byte, and nothing is believed without its key."""
    exact(data)
    try:
        kept_checkpoint(data, LOG, check)
    except NoteError:
        return
    assert b"\xe2\x80\x94 " in data or b":" in data


def exact(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    strict: list[tuple[Callable[[], object], object]] = [
        (lambda: bytes(Note.parse(data)), data),
        (lambda: bytes(Proof.parse(data)), data),
        (lambda: str(Checkpoint.parse(text)), text),
        (lambda: str(VerifierKey.parse(text)), text),
    ]
    for again, given in strict:
        try:
            assert again() == given
        except (NoteError, ProofError):
            continue


def entries() -> list[bytes]:
    """An entry of the log as it is stored."""
    head = envelope.Head(
        kind="disclosure",
        at=1795440000000,
        trace_id="a" * 32,
        span_id="b" * 16,
        activity_id="3f6e8b",
        commitment="c" * 64,
    )
    return [head.written() + bytes(64)]


@target("log-entry", entries)
def log_entry(data: bytes) -> None:
    """Taken apart and put together, it is the same."""
    try:
        found = envelope.parse(data)
    except envelope.EnvelopeError:
        return
    assert found.bound + found.nonce + found.sealed == data
    assert found.head.written() == found.bound


def tables() -> list[bytes]:
    """A row of each kind of file."""
    return [
        ",".join(sorted(layout.needed | layout.optional)).encode() + b'\na,b\n"c""d";e\r\n'
        for layout in LAYOUTS.values()
    ]


@target("csv", tables)
def csv_file(data: bytes) -> None:
    """Rows with all their cells, and faults that repeat nothing of the file."""
    for layout in LAYOUTS.values():
        try:
            for row in read_cells(data, layout.needed, layout.optional):
                assert not isinstance(row, Cells) or row.line >= 1
        except CsvFaultsError:
            continue


@target("policy", lambda: [policy_text().encode()])
def policy(data: bytes) -> None:
    """A table, or what is wrong with it."""
    try:
        Policy(data.decode("utf-8", "replace"))
    except PolicyError:
        return


@target("token", lambda: [b"Bearer taalpoort_abc", b"bearer x="])
def token(data: bytes) -> None:
    """Nobody, where no token is known."""
    assert Tokens(()).caller(data.decode("latin-1")) is None
