"""JSON that can be read in one way is read; anything else is not (12.3, RFC 8259)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain import wire
from tests import generators

GOOD = generators.document_json()
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**16), 10**16)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD,
        GOOD + b"\n",
        b"\r\n\t " + GOOD + b" \r\n\r\n",
        json.dumps(generators.document(), indent=4).encode(),
        json.dumps(generators.document(), ensure_ascii=True, sort_keys=True).encode(),
    ],
    ids=["byte order mark", "line feed at the end", "white space around", "indented", "escaped"],
)
def test_what_programs_add_by_themselves_is_forgiven(content: bytes) -> None:
    assert wire.read(content) == generators.document()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  ",
        b"null",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1234567890123456789}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'{"a": 1} {"a": 2}',
        b'{"a": 1}x',
        b'{"a": 1,}',
        b'{"a": 1 // c\n}',
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": "\n"}',
        b'{"a": "b"\x00}',
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        GOOD.decode().encode("utf-16"),
        GOOD.decode().encode("utf-16-le"),
        GOOD.decode().encode("utf-32"),
        GOOD[:-1],
        b"[" * 13 + b"]" * 13,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"<xml/>",
    ],
)
def test_what_two_readers_might_read_differently_is_not_read(content: bytes) -> None:
    with pytest.raises(wire.NotJsonError) as caught:
        wire.read(content)
    assert str(caught.value) == ""
    assert caught.value.__context__ is None


@settings(deadline=None)
@given(json_values.filter(lambda value: value is not None and not wire.too_deep(value)))
def test_what_is_written_is_read_back(value: wire.Json) -> None:
    assert wire.read(json.dumps(value).encode()) == value


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        wire.read(content)
    except wire.NotJsonError:
        return
    json.loads(content.decode("utf-8-sig"))


def test_leaves_are_paths_in_document_order() -> None:
    value: wire.Json = {"a": 1, "b": {"c": [1, {"d": 2}], "e": {}, "f": []}, "g": None}
    assert list(wire.leaves(value)) == ["a", "b.c[0]", "b.c[1].d", "b.e", "b.f", "g"]


@pytest.mark.parametrize("key", ["", "Jan is ziek", "a.b", "a[0]", "é", "x" * 61, "1a", "a\nb"])
def test_a_name_that_could_be_a_sentence_or_a_path_is_not_shown(key: str) -> None:
    assert list(wire.leaves({key: 1})) == ["?"]


def test_members_that_are_null_or_empty_say_nothing() -> None:
    value: wire.Json = {"a": None, "b": [None, {"c": None}, 0], "d": {"e": {}}, "f": [], "g": ""}
    assert wire.without_empties(value) == {"b": [None, {}, 0], "g": ""}


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_the_count_from_the_bytes_is_never_below_the_values_that_are_there(
    value: wire.Json,
) -> None:
    def count(of: wire.Json) -> int:
        inside = of.values() if isinstance(of, dict) else of if isinstance(of, list) else ()
        return 1 + sum(count(each) for each in inside)

    assert wire.values_at_most(json.dumps(value).encode()) >= count(value)


@pytest.mark.parametrize("key", ["naam\n", "a" * 41, "Jan heeft", "\u200bnaam", "1naam", ""])
def test_a_name_that_is_not_a_plain_one_is_not_repeated(key: str) -> None:
    assert wire.leaves({key: 1}) == ["?"]
