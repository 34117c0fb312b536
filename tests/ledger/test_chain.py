"""Whoever alters, takes out, moves, replaces or cuts off entries is found, at the place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.chain import (
    EMPTY,
    GENESIS,
    Finding,
    Flaw,
    Head,
    Link,
    chain_hash,
    extend,
    leaf_hash,
    verify,
)

Log = list[tuple[Link, bytes]]


def log_of(count: int, salt: bytes = b"") -> tuple[Log, Head]:
    contents = [b"entry %d " % number + salt for number in range(count)]
    links, head = extend(EMPTY, contents)
    return list(zip(links, contents, strict=True)), head


def flaws(log: Log, head: Head, witness: Head | None = None) -> list[tuple[int, Flaw]]:
    return [(found.seq, found.flaw) for found in verify(log, head, witness)]


def test_a_leaf_is_hashed_as_rfc_6962_says() -> None:
    """RFC 6962, 2.1: the empty entry's leaf is SHA-256 of one zero byte."""
    assert leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


def test_a_chain_hash_never_passes_for_a_leaf_or_a_node() -> None:
    left, right = bytes(32), bytes(range(32))
    node = hashlib.sha256(b"\x01" + left + right).digest()
    assert chain_hash(left, right) not in {node, leaf_hash(left + right)}


def test_the_whole_log_verifies_and_so_does_the_empty_one() -> None:
    log, head = log_of(100)
    assert verify(log, head) == ()
    assert verify([], EMPTY) == ()


def test_extending_in_batches_gives_the_same_chain() -> None:
    contents = [b"%d" % number for number in range(10)]
    _, at_once = extend(EMPTY, contents)
    _, first = extend(EMPTY, contents[:3])
    links, both = extend(first, contents[3:])
    assert both == at_once
    assert [link.seq for link in links] == list(range(3, 10))


@pytest.mark.parametrize("place", [0, 7, 19])
def test_an_altered_entry_is_named(place: int) -> None:
    log, head = log_of(20)
    log[place] = (log[place][0], b"something else")
    assert flaws(log, head) == [(place, Flaw.ALTERED)]


@pytest.mark.parametrize("place", [0, 7, 19])
def test_an_entry_replaced_with_its_hash_is_named(place: int) -> None:
    log, head = log_of(20)
    link = log[place][0]
    log[place] = (
        Link(seq=link.seq, leaf_hash=leaf_hash(b"new"), chain_hash=link.chain_hash),
        b"new",
    )
    assert flaws(log, head) == [(place, Flaw.OUT_OF_ORDER)]


@pytest.mark.parametrize("place", [0, 7])
def test_a_deleted_entry_is_named(place: int) -> None:
    log, head = log_of(20)
    del log[place]
    assert flaws(log, head) == [(place, Flaw.MISSING)]


def test_a_deleted_entry_behind_which_all_were_renumbered_is_named() -> None:
    log, head = log_of(20)
    del log[7]
    closed = [
        (Link(seq=n, leaf_hash=link.leaf_hash, chain_hash=link.chain_hash), content)
        for n, (link, content) in enumerate(log)
    ]
    assert flaws(closed, head) == [(7, Flaw.OUT_OF_ORDER), (19, Flaw.TRUNCATED)]


def test_two_swapped_entries_are_named() -> None:
    log, head = log_of(20)
    five, six = log[5], log[6]
    log[5] = (_at(5, six[0]), six[1])
    log[6] = (_at(6, five[0]), five[1])
    assert {seq for seq, _ in flaws(log, head)} >= {5, 6}
    assert {flaw for _, flaw in flaws(log, head)} == {Flaw.OUT_OF_ORDER}


def _at(seq: int, link: Link) -> Link:
    return Link(seq=seq, leaf_hash=link.leaf_hash, chain_hash=link.chain_hash)


def test_a_log_cut_off_at_its_end_is_named() -> None:
    log, head = log_of(20)
    assert flaws(log[:15], head) == [(15, Flaw.TRUNCATED)]
    assert flaws([], head) == [(0, Flaw.TRUNCATED)]


def test_entries_that_the_head_does_not_know_are_named() -> None:
    log, _ = log_of(20)
    _, earlier = log_of(15)
    assert flaws(log, earlier) == [(15, Flaw.UNWITNESSED)]


def test_a_rewritten_log_with_all_its_hashes_is_found_by_a_witness_only() -> None:
    _, witnessed = log_of(10)
    forged, head = log_of(20, salt=b"forged")
    assert verify(forged, head) == ()
    assert flaws(forged, head, witnessed) == [(9, Flaw.UNWITNESSED)]


def test_a_log_cut_off_with_its_head_is_found_by_a_witness_only() -> None:
    _, witnessed = log_of(20)
    log, head = log_of(15)
    assert verify(log, head) == ()
    assert flaws(log, head, witnessed) == [(15, Flaw.TRUNCATED)]


def test_a_log_that_grew_since_still_fits_its_witness() -> None:
    _, witnessed = log_of(10)
    log, head = log_of(20)
    assert verify(log, head, witnessed) == ()


def test_a_head_is_written_and_read_back() -> None:
    _, head = log_of(3)
    assert Head.parse(str(head)) == head
    assert str(EMPTY) == f"0:{GENESIS.hex()}"


@pytest.mark.parametrize(
    "text", ["", "3", "3:", "x:" + "0" * 64, "3:" + "g" * 64, "-1:" + "0" * 64]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Head.parse(text)


def test_a_finding_says_what_and_where() -> None:
    assert str(Finding(seq=4, flaw=Flaw.ALTERED)) == "entry 4: altered"


@dataclass(frozen=True)
class Tampered:
    log: Log
    head: Head
    first: int


@st.composite
def tampered(draw: st.DrawFn) -> Tampered:
    size = draw(st.integers(1, 30))
    log, head = log_of(size)
    place = draw(st.integers(0, size - 1))
    link, content = log[place]
    match draw(st.sampled_from(("content", "leaf", "chain", "delete", "double"))):
        case "content":
            log[place] = (link, content + b"!")
        case "leaf":
            log[place] = (Link(seq=place, leaf_hash=bytes(32), chain_hash=link.chain_hash), content)
        case "chain":
            log[place] = (Link(seq=place, leaf_hash=link.leaf_hash, chain_hash=bytes(32)), content)
        case "delete":
            del log[place]
        case _:
            log.insert(place, log[place])
    return Tampered(log, head, place)


@given(tampered())
def test_whatever_is_done_is_found_no_later_than_where_it_was_done(case: Tampered) -> None:
    found = verify(case.log, case.head)
    assert found != ()
    assert min(finding.seq for finding in found) == case.first
