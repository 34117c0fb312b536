"""An entry has one spelling, and a record the names that the standard gives."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.records import Activity, Plain, Record, Status, canonical, entry

ACTIVITY = Activity(
    activity_id="https://register.gemeente.example/verwerkingen/uitwisseling/1", version="1.0"
)
RECORD = Record(
    trace_id="ab" * 16,
    span_id="cd" * 8,
    parent_span_id="ef" * 8,
    name="bericht beoordelen",
    status=Status.OK,
    start_time=1,
    end_time=2,
    data_subject_id="pseudo",
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)


@given(plain)
def test_canonical_bytes_read_back_as_the_same_and_write_as_the_same(value: Plain) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


def test_names_are_sorted_without_spaces_in_utf_8() -> None:
    assert canonical({"b": [1, True, None], "a": "ë"}) == '{"a":"ë","b":[1,true,null]}'.encode()


@pytest.mark.parametrize("value", [1.5, {"a": 0.0}, [float("nan")], {"é": 1}, {1: 2}, {"a": {3}}])
def test_what_has_more_than_one_spelling_is_refused(value: Plain) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_record_has_the_fields_of_ldv_1_0_and_no_others() -> None:
    assert RECORD.fields(ACTIVITY) == {
        "trace_id": "ab" * 16,
        "span_id": "cd" * 8,
        "parent_span_id": "ef" * 8,
        "status": "Ok",
        "name": "bericht beoordelen",
        "start_time": 1,
        "end_time": 2,
        "resource": {"name": "taalpoort", "version": "1.0"},
        "attributes": {
            "dpl.core.processing_activity_id": ACTIVITY.activity_id,
            "dpl.core.data_subject_id": "pseudo",
            "dpl.core.data_subject_id_type": "pseudoniem",
        },
    }


def test_without_a_data_subject_or_a_parent_neither_is_named() -> None:
    record = Record(
        trace_id="ab" * 16, span_id="cd" * 8, name="x", status=Status.OK, start_time=1, end_time=1
    )
    written = canonical(record.fields(ACTIVITY)).decode()
    assert "data_subject" not in written
    assert "parent" not in written


def test_evidence_stands_outside_the_record_and_what_is_none_is_left_out() -> None:
    made = entry("report", RECORD, ACTIVITY, {"ground": "consent", "recipient": None})
    whole = json.loads(made.content(RECORD.data_subject_id))
    assert whole["evidence"] == {"ground": "consent"}
    assert whole["record"] == RECORD.fields(ACTIVITY)
    assert (made.trace_id, made.span_id, made.kind) == ("ab" * 16, "cd" * 8, "report")
