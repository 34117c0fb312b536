"""Every deed is a line that a strict reader of RFC 5424 takes, and a document of ECS; no values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.siem import ECS_VERSION, Source, ecs, rfc5424
from gateway.domain.actions import NATURES, severity_of
from gateway.domain.audit import Action, Deed, DeedResult
from tests.syslog_grammar import NotSyslogError, frames, read

TRACE = "0af7651916cd43dd8448eb211c80319c"
SOURCE = Source(instance="poort-1", version="0.1.0", sd_id="taalpoort@32473")
SOURCES = st.builds(
    Source,
    instance=st.text(min_size=1, max_size=60),
    version=st.sampled_from(["0.1.0", "1.0rc1"]),
    sd_id=st.sampled_from(["taalpoort@32473", "gemeente-x@1.3.6"]),
)
MIN, MAX = (datetime.fromisoformat(day) for day in ("1970-01-02", "9999-12-30"))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=9.5))])
DEEDS = st.builds(
    Deed,
    at=st.datetimes(MIN, MAX, timezones=ZONES),
    actor=st.text(max_size=200) | st.sampled_from(["gateway", "tess", "pim-2"]),
    action=st.sampled_from(Action),
    about=st.text(max_size=300) | st.just(TRACE) | st.from_regex(r"[a-z0-9-]{1,200}"),
    result=st.sampled_from(DeedResult),
    origin=st.text(max_size=100) | st.sampled_from(["beheer", "GEMEENTE\\tess", "1000"]),
    trace=st.text(max_size=40) | st.just(TRACE),
    detail=st.text(max_size=100) | st.sampled_from(["art-12.5/replayed", "bad-id", ""]),
)
NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)
PERSONAL = (
    "Fictief",
    "Bilal Fictief",
    "1971-03-14",
    "19710314",
    "DEMO-0001",
    "saar@taalschool.example",
    "geheim wachtwoord",
    'x" about="Fictief',
    "a]b",
    "regel\nFictief",
)


def deed(**how: Any) -> Deed:
    facts: dict[str, Any] = {
        "at": datetime(2026, 11, 25, 9, 30, 0, 1200, tzinfo=UTC),
        "actor": "tess",
        "action": Action.HELD_RELEASE,
        "about": TRACE,
        "result": DeedResult.DONE,
        "origin": "GEMEENTE\\tess",
        "trace": TRACE,
        "detail": "art-12.3/free-text-needs-release",
    }
    return Deed(**(facts | how))


def test_a_line_as_it_is_sent() -> None:
    assert rfc5424(SOURCE)(41, deed()).decode() == (
        "<109>1 2026-11-25T09:30:00.001200Z poort-1 taalpoort - held.release "
        f'[taalpoort@32473 seq="41" action="held.release" class="release" result="done" '
        f'actor="tess" about="{TRACE}" origin="GEMEENTE\\\\tess" trace="{TRACE}" '
        'detail="art-12.3/free-text-needs-release"]'
        '[origin software="taalpoort" swVersion="0.1.0"] held mail released: done'
    )


@given(source=SOURCES, seq=NUMBERS, given=DEEDS)
def test_any_deed_is_a_line_of_the_grammar(source: Source, seq: int, given: Deed) -> None:
    line = rfc5424(source)(seq, given)
    assert len(line) <= 2048
    assert b"\n" not in line
    message = read(line)
    assert message.timestamp == given.at
    assert (message.facility, message.severity) == (13, severity_of(given))
    assert (message.app_name, message.msgid) == ("taalpoort", given.action)
    told = message.data[source.sd_id]
    assert told["seq"] == str(seq)
    assert told["result"] == given.result
    withheld = told.get("withheld", "").split(",")
    for name in ("actor", "about", "origin", "trace", "detail"):
        value = getattr(given, name)
        assert told.get(name, "") == ("" if name in withheld else value)


@given(source=SOURCES, seq=NUMBERS, given=DEEDS)
def test_any_deed_is_a_document_of_the_schema(source: Source, seq: int, given: Deed) -> None:
    line = ecs(source)(seq, given)
    assert b"\n" not in line
    document = json.loads(line)
    nature = NATURES[given.action]
    assert datetime.fromisoformat(document["@timestamp"]) == given.at
    assert document["ecs"] == {"version": ECS_VERSION}
    event = document["event"]
    assert event["kind"] in {"event", "alert"}
    assert event["category"] == [nature.category]
    assert event["type"] == list(nature.types)
    assert event["outcome"] == ("success" if given.result is DeedResult.DONE else "failure")
    assert (event["action"], event["sequence"]) == (given.action, seq)
    assert document["service"]["node"]["name"] == source.instance
    assert all(isinstance(value, str) for value in document["labels"].values())


def test_a_document_as_it_is_sent() -> None:
    document = json.loads(ecs(SOURCE)(7, deed(action=Action.REPLAY_REFUSED, actor="gateway")))
    assert document["user"] == {"id": "gateway"}
    assert document["trace"] == {"id": TRACE}
    assert document["event"]["kind"] == "alert"
    assert document["event"]["reason"] == "art-12.3/free-text-needs-release"
    assert document["labels"]["about"] == TRACE


@pytest.mark.parametrize("value", PERSONAL)
@pytest.mark.parametrize("name", ["actor", "about", "trace", "detail"])
def test_what_is_no_id_or_code_is_withheld_and_named(name: str, value: str) -> None:
    for form in (rfc5424, ecs):
        line = form(SOURCE)(1, deed(**{name: value})).decode()
        assert value not in line
        assert "Fictief" not in line
        assert json.dumps(value)[1:-1] not in line
    told = read(rfc5424(SOURCE)(1, deed(**{name: value}))).data[SOURCE.sd_id]
    assert told["withheld"] == name


def test_what_is_empty_is_left_out_and_not_withheld() -> None:
    told = read(rfc5424(SOURCE)(1, deed(trace="", detail=""))).data[SOURCE.sd_id]
    assert told.keys().isdisjoint({"trace", "detail", "withheld"})


@pytest.mark.parametrize(
    "wrong",
    [
        b"<192>1 2026-11-25T09:30:00Z h a - m - x",
        b"<09>1 2026-11-25T09:30:00Z h a - m - x",
        b"<13>2 2026-11-25T09:30:00Z h a - m - x",
        b"<13>1 2026-11-25t09:30:00Z h a - m - x",
        b"<13>1 2026-13-25T09:30:00Z h a - m - x",
        b"<13>1 2026-11-25T09:30:00.1234567Z h a - m - x",
        b"<13>1 2026-11-25T09:30:00Z  a - m - x",
        b"<13>1 2026-11-25T09:30:00Z h a - " + b"m" * 33 + b" - x",
        b'<13>1 2026-11-25T09:30:00Z h a - m [x@1 a="b]"] x',
        b'<13>1 2026-11-25T09:30:00Z h a - m [x@y a="b"] x',
        b'<13>1 2026-11-25T09:30:00Z h a - m [x@1 a="b"][x@1 a="b"] x',
        b'<13>1 2026-11-25T09:30:00Z h a - m [x@1 a="b] x',
        b'<13>1 2026-11-25T09:30:00Z h a - m [x@1 a b="c"] x',
        b"<13>1 2026-11-25T09:30:00Z h a - m -x",
    ],
)
def test_the_reader_is_strict(wrong: bytes) -> None:
    with pytest.raises(NotSyslogError):
        read(wrong)


def test_the_reader_takes_the_examples_of_the_standard() -> None:
    """RFC 5424, 6.5, examples 1, 3 and 4."""
    first = read(
        b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - "
        b"\xef\xbb\xbf'su root' failed for lonvick on /dev/pts/8"
    )
    assert (first.facility, first.severity) == (4, 2)
    assert first.msg.startswith("'su root'")
    element = b'[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]'
    head = b"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
    third = read(head + element + b" \xef\xbb\xbfAn application event log entry...")
    assert third.data["exampleSDID@32473"]["eventID"] == "1011"
    fourth = read(head + element + b'[examplePriority@32473 class="high"]')
    assert (fourth.data["examplePriority@32473"], fourth.msg) == ({"class": "high"}, "")


@pytest.mark.parametrize("wrong", [b"0 ", b"5 abc", b"05 abcde", b"5abcde", b"5 abcdeX"])
def test_the_reader_of_frames_is_strict(wrong: bytes) -> None:
    with pytest.raises(NotSyslogError):
        frames(wrong)
