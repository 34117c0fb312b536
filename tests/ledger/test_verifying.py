"""Whatever is done to a log is found in one reading, and named for what it is and where."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.findings import Finding, Kind
from gateway.ledger.merkle import Edge, leaf_hash, leaf_hashes
from gateway.ledger.verifying import MOST_FINDINGS, Report, Seal, Verification, verify
from tests.ledger.trees import tiles_of

Found = tuple[Kind, int, int]


@dataclass
class Log:
    """A log as it lies in a database, for somebody to lay hands on."""

    contents: dict[int, bytes]
    leaves: list[bytes]
    seals: list[Seal]
    pruned: list[range] = field(default_factory=list)

    @classmethod
    def of(cls, count: int, *sizes: int, salt: str = "") -> Log:
        """`count` entries, with a signed checkpoint at each of `sizes`, or over all."""
        contents = {number: f"entry {number} {salt}".encode() for number in range(count)}
        leaves = leaf_hashes(contents.values())
        log = cls(contents, leaves, [])
        log.seals = [log.seal(size) for size in sizes or (count,)]
        return log

    def seal(self, size: int, *, outside: bool = False) -> Seal:
        return Seal(size=size, root=Edge().append(self.leaves[:size]).root, outside=outside)

    def put(self, at: int, *more: bytes) -> None:
        """Insert, and renumber the rest."""
        rest = self.in_order()
        self.contents = dict(enumerate([*rest[:at], *more, *rest[at:]]))

    def take(self, at: int, count: int = 1) -> list[bytes]:
        """Take out, and renumber the rest."""
        rest = self.in_order()
        self.contents = dict(enumerate([*rest[:at], *rest[at + count :]]))
        return rest[at : at + count]

    def swap(self, one: int, other: int) -> None:
        both = self.contents[one], self.contents[other]
        self.contents[other], self.contents[one] = both

    def in_order(self) -> list[bytes]:
        return [content for _, content in sorted(self.contents.items())]

    def tiles(self) -> list[bytes]:
        return [b"".join(self.leaves[at : at + 256]) for at in range(0, len(self.leaves), 256)]

    def read(self, *outside: Seal) -> Report:
        entries = sorted(self.contents.items())
        return verify(entries, self.tiles(), [*self.seals, *outside], self.pruned)

    def found(self, *outside: Seal) -> list[Found]:
        return [(each.kind, each.first, each.after) for each in self.read(*outside).findings]


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 511, 512, 513, 1000])
def test_a_whole_log_has_no_findings(count: int) -> None:
    log = Log.of(count, *range(0, count + 1, max(1, count // 7)), count)
    report = log.read(log.seal(count // 2, outside=True))
    assert report.findings == ()
    assert (report.whole, report.size, report.covered, report.beyond) == (True, count, count, 0)
    assert report.root == log.seal(count).root


@pytest.mark.parametrize("place", [0, 1, 254, 255, 256, 298, 299])
def test_an_altered_entry_is_named(place: int) -> None:
    log = Log.of(300)
    log.contents[place] += b"!"
    assert log.found() == [(Kind.ALTERED, place, place + 1)]


@pytest.mark.parametrize("place", [0, 1, 254, 255, 256, 298])
def test_an_entry_that_was_taken_out_is_named_and_the_rest_fits(place: int) -> None:
    log = Log.of(300)
    del log.contents[place]
    assert log.found() == [(Kind.DELETED, place, place + 1)]
    assert log.read().findings[0].detail == "taken out"


@pytest.mark.parametrize("place", [0, 1, 254, 255, 256, 298])
@pytest.mark.parametrize("count", [1, 2])
def test_entries_taken_out_with_the_rest_renumbered_are_named(place: int, count: int) -> None:
    log = Log.of(600)
    log.take(place, count)
    assert log.found() == [(Kind.DELETED, place, place + count)]
    assert log.read().findings[0].detail == "taken out, and the rest renumbered"


@pytest.mark.parametrize("place", [0, 1, 255, 256, 257, 299])
@pytest.mark.parametrize("count", [1, 3])
def test_inserted_entries_with_the_rest_renumbered_are_named(place: int, count: int) -> None:
    log = Log.of(300)
    log.put(place, *[b"forged %d" % number for number in range(count)])
    assert log.found() == [(Kind.INSERTED, place, place + count)]
    assert log.read().findings[0].detail == "never sealed, and the rest renumbered"


@pytest.mark.parametrize(("one", "other"), [(0, 1), (3, 200), (255, 256), (10, 299), (298, 299)])
def test_two_entries_that_changed_places_are_named_each_with_the_other(
    one: int, other: int
) -> None:
    log = Log.of(300)
    log.swap(one, other)
    report = log.read()
    assert log.found() == [(Kind.MOVED, one, one + 1), (Kind.MOVED, other, other + 1)]
    assert [each.detail for each in report.findings] == [
        f"holds the content of entry {other}",
        f"holds the content of entry {one}",
    ]


@pytest.mark.parametrize(("origin", "place"), [(5, 500), (500, 5), (255, 256), (100, 102)])
def test_an_entry_that_was_put_elsewhere_is_named(origin: int, place: int) -> None:
    log = Log.of(600)
    log.put(place, *log.take(origin))
    report = log.read()
    assert all(each.kind is Kind.MOVED for each in report.findings)
    assert f"entry {place}: moved: holds the content of entry {origin}" in map(str, report.findings)


def test_entries_that_were_only_renumbered_are_found() -> None:
    log = Log.of(600)
    log.contents = {number + (number >= 300): each for number, each in log.contents.items()}
    report = log.read()
    assert log.found() == [(Kind.MOVED, 301, 302)]
    assert "holds the content of entry 300, and the rest is renumbered" in str(report.findings[0])
    log = Log.of(600)
    log.put(100, b"forged")
    del log.contents[100]  # the hole stays
    assert log.found() == [(Kind.MOVED, 101, 102)]


def test_a_log_turned_round_is_moved_entry_by_entry() -> None:
    log = Log.of(300)
    log.contents = dict(enumerate(reversed(log.in_order())))
    assert {kind for kind, _, _ in log.found()} == {Kind.MOVED}
    assert len(log.found()) == 300


@pytest.mark.parametrize(("count", "left"), [(300, 299), (300, 256), (300, 10), (300, 0)])
def test_a_log_cut_off_is_shorter_than_its_newest_checkpoint(count: int, left: int) -> None:
    log = Log.of(count, 5, count)
    for number in range(left, count):
        del log.contents[number]
    assert log.found() == [(Kind.TRUNCATED, left, count)]
    log.leaves = log.leaves[:left]  # the tree too
    assert log.found() == [(Kind.TRUNCATED, left, count)]


def test_a_log_rolled_back_with_its_checkpoints_is_found_by_somebodys_copy() -> None:
    whole = Log.of(300)
    back = Log.of(200)
    assert back.found() == []
    report = back.read(whole.seal(300, outside=True))
    assert [(each.kind, each.first, each.after) for each in report.findings] == [
        (Kind.TRUNCATED, 200, 300)
    ]
    assert "somebody's copy" in report.findings[0].detail


def test_a_log_written_anew_is_found_by_somebodys_copy() -> None:
    anew = Log.of(300, 50, 100, 300, salt="other")
    witnessed = Log.of(300)
    assert anew.found() == []
    assert anew.found(witnessed.seal(100, outside=True)) == [(Kind.SPLIT, 0, 100)]


def test_history_rewritten_between_two_checkpoints_names_the_range() -> None:
    log = Log.of(600, 100, 300, 500, 600)
    log.contents[350] = b"rewritten"
    log.leaves[350] = leaf_hash(b"rewritten")
    assert log.found() == [(Kind.SPLIT, 300, 500)]


def test_a_checkpoint_of_another_history_among_others_names_the_range() -> None:
    log = Log.of(600, 100, 300, 600)
    log.seals[1] = Seal(size=300, root=bytes(32))
    assert log.found() == [(Kind.SPLIT, 100, 300)]


def test_a_checkpoint_that_the_log_did_not_sign_vouches_for_nothing() -> None:
    log = Log.of(300, 100, 200)
    log.seals.append(Seal(size=300, root=bytes(32), signed=False))
    assert log.found() == [(Kind.BEYOND, 200, 300), (Kind.SIGNATURE, 200, 300)][::-1]
    assert not log.read().whole


def test_what_no_checkpoint_covers_yet_is_counted_and_no_fault() -> None:
    log = Log.of(300, 200)
    report = log.read()
    assert log.found() == [(Kind.BEYOND, 200, 300)]
    assert report.findings[0].detail == "not yet covered by a checkpoint"
    assert (report.whole, report.covered, report.beyond) == (True, 200, 100)
    assert report.unsealed == 0
    log.leaves = log.leaves[:250]  # nor in the tree yet
    assert log.read().unsealed == 50
    assert log.found() == [(Kind.BEYOND, 200, 300)]
    assert Log.of(5, 0).read().beyond == 5


def test_an_altered_entry_that_nothing_covers_yet_is_still_found() -> None:
    log = Log.of(300, 200)
    log.contents[250] = b"other"
    assert log.found() == [(Kind.BEYOND, 200, 300), (Kind.ALTERED, 250, 251)][::-1]


def test_a_changed_tile_is_told_from_a_changed_entry_by_the_checkpoint() -> None:
    log = Log.of(600, 200, 600)
    log.leaves[300] = bytes(32)
    assert log.found() == [(Kind.TILE, 300, 301)]
    log.leaves[300], log.leaves[301] = leaf_hash(log.contents[301]), leaf_hash(log.contents[300])
    assert log.found() == [(Kind.TILE, 300, 302)]
    log = Log.of(20, 5, 10, 20)  # several checkpoints in one block
    log.leaves[7] = bytes(32)
    assert log.found() == [(Kind.TILE, 7, 8)]


def test_a_tile_that_is_missing_or_cut_is_named() -> None:
    log = Log.of(600)
    reading = Verification(log.seals)
    for number, tile in enumerate(log.tiles()):
        inside = [
            (at, log.contents[at]) for at in range(256 * number, min(600, 256 * number + 256))
        ]
        reading.see({0: tile, 1: b"", 2: tile[:-40]}[number], inside)
    assert [(each.kind, each.first, each.after) for each in reading.end().findings] == [
        (Kind.TILE, 256, 512),
        (Kind.TILE, 512, 768),
        (Kind.TILE, 598, 600),
    ]


def test_the_higher_levels_are_held_against_the_lowest() -> None:
    log = Log.of(70_000, 300, 69_000)
    stored = tiles_of(log.leaves)
    upper = {at: tile for at, tile in stored.items() if at[0]}
    assert set(upper) == {(1, 0), (1, 1), (2, 0)}

    def found(**changed: bytes) -> list[str]:
        entries, tiles = sorted(log.contents.items()), log.tiles()
        tampered = {at: changed.get(f"t{at[0]}{at[1]}", tile) for at, tile in upper.items()}
        report = verify(entries, tiles, log.seals, upper=tampered)
        return [str(each) for each in report.findings if each.kind is not Kind.BEYOND]

    assert found() == []
    said = "is not that of the tiles below it"
    assert found(t10=bytes(32) + upper[1, 0][32:]) == [f"entries 0 to 65535: tile: tile 1/0 {said}"]
    assert found(t11=upper[1, 1][:-32]) == [f"entries 65536 to 69999: tile: tile 1/1 {said}"]
    assert found(t20=b"") == [f"entries 0 to 69999: tile: tile 2/0 {said}"]


def test_a_block_gone_from_entries_and_tree_is_found() -> None:
    log = Log.of(768)
    for number in range(256, 512):
        del log.contents[number]
    tiles = log.tiles()
    report = verify(sorted(log.contents.items()), [tiles[0], b"", tiles[2]], log.seals)
    assert {each.kind for each in report.findings} == {Kind.TILE, Kind.DELETED, Kind.SPLIT}
    assert Finding(first=256, after=512, kind=Kind.DELETED, detail="taken out") in report.findings


def test_pruned_entries_may_be_absent_and_everything_else_may_not() -> None:
    log = Log.of(1000, 300, 1000)
    log.pruned = [range(10, 20), range(200, 800)]
    for pruned in log.pruned:
        for number in pruned:
            del log.contents[number]
    assert log.found() == []
    log.contents[15] = b"put back"
    del log.contents[20], log.contents[900]
    assert log.found() == [
        (Kind.ALTERED, 15, 16),
        (Kind.DELETED, 20, 21),
        (Kind.DELETED, 900, 901),
    ]
    log = Log.of(1000, 300, 1000)
    log.pruned = [range(256, 512)]
    log.leaves[400] = bytes(32)
    for number in range(256, 512):
        del log.contents[number]
    assert log.found() == [(Kind.SPLIT, 300, 1000)]


def test_several_at_once_are_each_named() -> None:
    log = Log.of(3000, *range(500, 2501, 500))
    log.contents[7] = b"altered"
    log.contents[8] = b"altered too"
    log.swap(100, 1900)
    del log.contents[300]
    log.contents[2990] = b"altered, and not covered"
    log.contents = {
        (number if number < 1000 else number + 1 if number < 2000 else number): content
        for number, content in log.contents.items()
        if number != 2000
    }
    log.contents[1000] = b"inserted"
    log.seals.append(Seal(size=2800, root=bytes(32), signed=False))
    assert log.found() == [
        (Kind.ALTERED, 7, 9),
        (Kind.MOVED, 100, 101),
        (Kind.DELETED, 300, 301),
        (Kind.INSERTED, 1000, 1001),
        (Kind.MOVED, 1901, 1902),
        (Kind.DELETED, 2000, 2001),
        (Kind.SIGNATURE, 2500, 2800),
        (Kind.ALTERED, 2990, 2991),
        (Kind.BEYOND, 2500, 3000),
    ]


def test_a_large_piece_taken_out_and_renumbered_is_one_finding() -> None:
    log = Log.of(9000)
    log.take(1000, 3000)
    assert log.found() == [(Kind.DELETED, 1000, 4000)]
    log = Log.of(9000)
    log.put(1000, *[b"%d" % number for number in range(3000)])
    assert log.found() == [(Kind.INSERTED, 1000, 4000)]


def test_every_second_entry_altered_is_every_second_entry_altered() -> None:
    log = Log.of(900)
    for number in range(0, 900, 2):
        log.contents[number] = b"other %d" % number
    assert log.found() == [(Kind.ALTERED, number, number + 1) for number in range(0, 900, 2)]


def test_no_more_than_a_thousand_findings_are_told_and_the_rest_counted() -> None:
    log = Log.of(4000)
    for number in range(0, 4000, 2):
        log.contents[number] = b"other %d" % number
    report = log.read()
    assert (len(report.findings), report.omitted) == (MOST_FINDINGS, 1000)


def test_a_log_that_is_altogether_other_is_one_finding() -> None:
    log = Log.of(2000)
    log.contents = {number: b"other %d" % number for number in log.contents}
    assert log.found() == [(Kind.ALTERED, 0, 2000)]


def test_what_no_longer_fits_in_memory_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.ledger.alignment.MOST_KEPT", 1000)
    log = Log.of(3000, 100, 3000)
    log.contents = {number: b"other %d" % number for number in log.contents}
    assert log.found()[0][:2] == (Kind.ALTERED, 0)
    assert log.found()[-1][0::2] == (Kind.ALTERED, 3000)
    assert "too much to tell apart" in log.read().findings[-1].detail


def test_entries_out_of_order_are_a_mistake_of_the_reader() -> None:
    with pytest.raises(ValueError, match="order"):
        verify([(300, b"a"), (1, b"b")], [], [])


def test_a_finding_reads_as_a_sentence() -> None:
    one = Finding(first=7, after=8, kind=Kind.ALTERED, detail="not the bytes that were sealed")
    assert str(one) == "entry 7: altered: not the bytes that were sealed"
    many = Finding(first=7, after=9, kind=Kind.DELETED, detail="taken out")
    assert str(many) == "entries 7 to 8: deleted: taken out"


places = st.integers(0, 699)
hands = st.one_of(
    st.tuples(st.just("alter"), places, places),
    st.tuples(st.just("remove"), places, places),
    st.tuples(st.just("put"), places, places),
    st.tuples(st.just("take"), places, places),
    st.tuples(st.just("swap"), places, places),
    st.tuples(st.just("copy"), places, places),
    st.tuples(st.just("leaf"), places, places),
)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from([1, 2, 5, 257, 700]), st.lists(hands, min_size=1, max_size=5))
def test_no_handful_of_changes_goes_unseen(size: int, done: list[tuple[str, int, int]]) -> None:
    log = Log.of(size, size // 5, size // 2, size)
    before, leaves = dict(log.contents), list(log.leaves)
    for what, one, other in done:
        if not log.contents:
            break
        there = sorted(log.contents)
        at, to = there[one % len(there)], there[other % len(there)]
        if what == "alter":
            log.contents[at] = b"other %d" % other
        elif what == "remove":
            del log.contents[at]
        elif what == "put":
            log.put(one % len(there), b"put %d" % other)
        elif what == "take":
            log.take(one % len(there))
        elif what == "swap":
            log.swap(at, to)
        elif what == "copy":
            log.contents[at] = log.contents[to]
        else:
            log.leaves[one % size] = leaf_hash(b"leaf %d" % other)
    same = (log.contents, log.leaves) == (before, leaves)
    report = log.read()
    assert (report.whole and report.unsealed == 0) is same
