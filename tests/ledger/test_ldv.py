"""Logboek Dataverwerkingen 1.0, rule by rule, on the logs of worlds that nobody chose.

Which test shows which rule stands in ``docs/ldv.md``.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from gateway import resources
from gateway.adapters.audit_writing import DeedLog
from gateway.adapters.database_held import DatabaseHeld
from gateway.adapters.database_ledger import DatabaseLedger
from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.evidence import TECHNICAL, Scribe
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.processing_reads import ProcessingReads
from gateway.adapters.tables_log import log_entries
from gateway.adapters.tables_register import dossier, dossier_secret
from gateway.cli.log import app
from gateway.domain.articles import Articles
from gateway.domain.processing import Activities, activity_for
from gateway.domain.stops import Hold, Reason, Retry
from gateway.ledger.reading import EVERYTHING, Shown
from gateway.ledger.records import Activity
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NO_CONSENT,
    NOW,
    RETURN_PATH,
    DatabaseWorld,
    database_url,
    database_world,
    handled,
    received,
    sealed,
    stopped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.outcomes import Settled
    from gateway.domain.stages import RawMail

BASE = "https://register.gemeente.example/verwerkingen"
FAULT = Hold(Reason.SEALING_FAILED)
PEOPLE = ("dossier-1", "dossier-2", "dossier-3")
OPERATORS = ("fien", "floor", "Fien Functionaris", "Floor Tweede", "account-van-fien")
_numbers = itertools.count(1)

# One report: what becomes of it, and about whom it is.
reports = st.tuples(
    st.sampled_from(("forward", "reject", "hold", "fault")), st.sampled_from(PEOPLE)
)
# One mail: its reports (none: it is refused whole), what becomes of what leaves, who decides.
mails = st.tuples(
    st.lists(reports, max_size=4),
    st.sampled_from(("sent", "undeliverable", "waiting")),
    st.sampled_from(("look", "release", "refuse", "leave")),
)
worlds = st.lists(mails, min_size=1, max_size=3)


@dataclass
class Town:
    """A world whose records name the activities of the register, and what was done in it."""

    world: DatabaseWorld
    scribe: Scribe
    expected: Counter[str] = field(default_factory=Counter)
    log: tuple[Shown, ...] = ()

    @property
    def contents(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and content of every entry of the log that is a record."""
        return [
            (each.head.kind, each.content)
            for each in self.log
            if each.content is not None and each.head.kind != "audit"
        ]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The LDV records."""
        return [content["record"] for _, content in self.contents]


def activities() -> Activities:
    return Activities(
        resources.activities_text(),
        articles=Articles(resources.articles_text()),
        base=BASE,
        keep_days=14,
    )


async def town(url: str) -> Town:
    world = await database_world(url)
    made = {each.key: Activity(activity_id=each.activity_id) for each in activities()}
    scribe = Scribe(lambda kind, letter: made[activity_for(kind, letter)])
    writer = LogWriter(world.vault)
    async with world.database.transaction() as connection:
        for person in PEOPLE[1:]:
            row = {"dossier_id": person, "revision": 1, "recorded_at": 0, "recorded_by": "x"}
            await connection.execute(insert(dossier).values(row))
            key = world.vault.new_person(person)
            secret = {"dossier_id": person, "wrapped_key": key}
            await connection.execute(insert(dossier_secret).values(secret))
    deeds = DeedLog(lambda kind, action: made[activity_for(kind, action)], writer)
    world.ledger = DatabaseLedger(world.database, world.vault, scribe, writer, deeds)
    world.held = DatabaseHeld(
        world.database,
        world.vault,
        scribe,
        writer,
        deeds=deeds,
        origin="account-van-fien",
    )
    world.outbox = DatabaseOutbox(
        world.database,
        world.vault,
        scribe,
        writer,
        instance="poort-1",
        return_path=RETURN_PATH,
        revision=world.register.current,
        facts_for=world.register.facts_for,
    )
    return Town(world=world, scribe=scribe)


async def lived(made: Town, shape: list[Any]) -> Town:
    """Everything that `shape` says has happened; what should be on record is counted."""
    for wanted, leaving, deciding in shape:
        (mail,) = await received(made.world)
        outcomes = [
            outcome(mail.raw, number, what, person) for number, (what, person) in enumerate(wanted)
        ] or [stopped(NO_CONSENT, None)]
        await made.world.ledger.release([(mail, handled(mail, *outcomes))], LATER)
        made.expected["mail"] += 1
        made.expected["report"] += len(wanted)
        await leave(made, leaving)
        if any(what in {"hold", "fault"} for what, _ in wanted):
            await decide(made, mail.raw.trace, deciding)
    made.log = tuple(await made.world.log.show(EVERYTHING, None))
    return made


def outcome(raw: RawMail, number: int, what: str, person: str) -> Settled:
    report = next(_numbers)
    if what == "forward":
        made = sealed(raw, number, report=report)
        disclosure = replace(made.addressed.disclosure, dossier_id=person)
        return replace(made, addressed=replace(made.addressed, disclosure=disclosure))
    stop = {"reject": NO_CONSENT, "hold": HELD_TEXT, "fault": FAULT}[what]
    return replace(stopped(stop, number, report=report), dossier_id=person)


async def leave(made: Town, how: str) -> None:
    claimed = await made.world.outbox.claim(50, LATER)
    reports = [each for each in claimed if each.standing is not None]
    if how == "waiting" or not reports:
        await made.world.outbox.hand_back(claimed)
        return
    going = claimed if how == "sent" else [each for each in claimed if each is not reports[0]]
    await made.world.outbox.sent(going, LATER)
    made.expected["sent"] += len(going)
    if how == "undeliverable":
        await made.world.outbox.undeliverable(reports[0], (), LATER)
        made.expected["undeliverable"] += 1


async def decide(made: Town, trace: str, how: str) -> None:
    held = await made.world.held.show(trace)
    if how == "look":
        await made.world.held.reveal(trace, "Fien Functionaris", LATER)
        made.expected["consulted"] += len(held.reports) or 1
    elif how == "release":
        await made.world.held.release(trace, "Fien Functionaris", LATER)
        made.expected["released"] += len(held.to_decide) or 1
    elif how == "refuse":
        await made.world.held.refuse(trace, "Floor Tweede", LATER)
        made.expected["refused"] += len(held.to_decide) or 1


@pytest.fixture(scope="module", params=range(6))
def any_town(request: pytest.FixtureRequest) -> Town:
    """Six worlds, each of another shape; the same ones each time."""
    return made_from(SHAPES[request.param])


def made_from(shape: list[Any]) -> Town:
    async def make() -> Town:
        with tempfile.TemporaryDirectory() as folder:
            made = await town(f"sqlite:///{Path(folder) / 'log.db'}")
            try:
                return await lived(made, shape)
            finally:
                await made.world.close()

    return asyncio.run(make())


def shapes() -> Iterator[list[Any]]:
    """Every kind of report, of leaving and of deciding occurs, in ever other company."""
    kinds = itertools.cycle(("forward", "hold", "reject", "fault", "forward"))
    people = itertools.cycle(PEOPLE)
    leaving = itertools.cycle(("sent", "undeliverable", "waiting"))
    deciding = itertools.cycle(("look", "release", "refuse", "leave"))
    for number in range(6):
        yield [
            (
                [(next(kinds), next(people)) for _ in range((number + each) % 5)],
                next(leaving),
                next(deciding),
            )
            for each in range(3)
        ]


SHAPES = list(shapes())


# --- which records there are ------------------------------------------------------------


@given(worlds)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_action_is_on_record_and_nothing_is_sampled(shape: list[Any]) -> None:
    made = made_from(shape)
    found = Counter(kind for kind, _ in made.contents)
    # What had not left when another report came back is taken back, and that is on record too.
    withdrawn = found.pop("withdrawn", 0)
    assert withdrawn == 0 or found["undeliverable"]
    assert found == +made.expected


def test_the_worlds_hold_everything_that_these_rules_are_about() -> None:
    """Else a rule would hold because nothing in the log is of its kind."""
    found: Counter[str] = Counter()
    for shape in SHAPES:
        for wanted, leaving, deciding in shape:
            found.update(what for what, _ in wanted)
            found.update((leaving, deciding, "whole" if not wanted else ""))
    wanted_here = "forward reject hold fault sent undeliverable look release refuse whole"
    assert [each for each in wanted_here.split() if not found[each]] == []


def test_one_record_per_data_subject_and_each_names_one_at_most(any_town: Town) -> None:
    """As many about each person as were judged about them, and none about two."""
    told = Counter(
        record["attributes"].get("dpl.core.data_subject_id")
        for (kind, _), record in zip(any_town.contents, any_town.records, strict=True)
        if kind == "report"
    )
    names = {type(name) for name in told}
    assert names <= {str}
    assert sum(told.values()) == any_town.expected["report"]
    assert len(told) <= len(PEOPLE)


def test_children_share_the_trace_of_their_parent_and_name_it(any_town: Town) -> None:
    spans = {
        (record["trace_id"], record["span_id"]): kind
        for (kind, _), record in zip(any_town.contents, any_town.records, strict=True)
    }
    assert len(spans) == len(any_town.records)
    for (kind, _), record in zip(any_town.contents, any_town.records, strict=True):
        parent = record.get("parent_span_id")
        if parent is not None:
            assert (record["trace_id"], parent) in spans
        if kind == "report":
            assert spans[record["trace_id"], parent] == "mail"
        if kind == "mail":
            assert parent is None


# --- the fields of a record ------------------------------------------------------------

FIELDS = {"trace_id", "span_id", "status", "name", "start_time", "end_time", "resource"}
OBSOLETE = re.compile(r"operation_id|foreign_operation\.(trace|span)_id")


def test_a_record_has_every_field_and_no_other(any_town: Town) -> None:
    for record in any_town.records:
        assert set(record) - {"parent_span_id"} == FIELDS | {"attributes"}
        assert set(record["resource"]) == {"name", "version"}
        assert record["resource"]["name"] == "taalpoort"
        assert record["name"]


def test_only_the_attributes_of_the_standard_stand_under_dpl(any_town: Town) -> None:
    known = {
        "dpl.core.processing_activity_id",
        "dpl.core.data_subject_id",
        "dpl.core.data_subject_id_type",
    }
    for record in any_town.records:
        assert set(record["attributes"]) <= known
        assert "dpl.core.processing_activity_id" in record["attributes"]


def test_obsolete_attributes_are_nowhere(any_town: Town) -> None:
    for _, content in any_town.contents:
        assert not OBSOLETE.search(json.dumps(content))


def test_ids_have_the_sizes_of_the_standard(any_town: Town) -> None:
    """16 and 8 bytes in hex, none of them zero (W3C Trace Context, 3.2.2)."""
    for record in any_town.records:
        assert re.fullmatch(r"[0-9a-f]{32}", record["trace_id"])
        for name in ("span_id", "parent_span_id"):
            assert re.fullmatch(r"[0-9a-f]{16}", record.get(name, record["span_id"]))
        assert int(record["trace_id"], 16)
        assert int(record["span_id"], 16)


def test_times_are_whole_milliseconds_and_end_after_they_begin(any_town: Town) -> None:
    first, last = (int(each.timestamp() * 1000) for each in (NOW, LATER))
    for record in any_town.records:
        assert type(record["start_time"]) is type(record["end_time"]) is int
        assert first <= record["start_time"] <= record["end_time"] <= last


def test_an_activity_is_a_uri_that_stands_in_the_register(any_town: Town) -> None:
    known = {each.activity_id for each in activities()}
    for (kind, _), record in zip(any_town.contents, any_town.records, strict=True):
        named = record["attributes"]["dpl.core.processing_activity_id"]
        assert re.fullmatch(r"https?://[!-~]+", named), kind
        assert named in known, kind


def test_a_data_subject_is_a_pseudonym_with_its_type(any_town: Town) -> None:
    for _, content in any_town.contents:
        attributes = content["record"]["attributes"]
        assert ("dpl.core.data_subject_id" in attributes) == (
            "dpl.core.data_subject_id_type" in attributes
        )
        if "dpl.core.data_subject_id" in attributes:
            assert attributes["dpl.core.data_subject_id_type"] == "pseudoniem"
            assert re.fullmatch(r"[0-9a-f]{64}", attributes["dpl.core.data_subject_id"])
        assert [person for person in PEOPLE if person in json.dumps(content)] == []


def test_the_same_person_has_one_pseudonym_in_one_gateway_and_another_in_the_next() -> None:
    shape = [([("forward", PEOPLE[0]), ("reject", PEOPLE[0])], "waiting", "leave")]
    told = [
        {
            record["attributes"]["dpl.core.data_subject_id"]
            for record in made_from(shape).records
            if "dpl.core.data_subject_id" in record["attributes"]
        }
        for _ in range(2)
    ]
    assert [len(each) for each in told] == [1, 1]
    assert told[0].isdisjoint(told[1])


# --- the status ----------------------------------------------------------------------


def test_error_is_for_technical_faults_only(any_town: Town) -> None:
    """Of the action itself: looking at what was held for a fault is no fault."""
    technical = {reason.value for reason in TECHNICAL}
    for kind, content in any_town.contents:
        reasons = set(content["evidence"].get("reasons", ()))
        judged = kind in {"mail", "report"}
        expected = kind == "undeliverable" or (judged and bool(reasons & technical))
        assert (content["record"]["status"] == "Error") == expected, (kind, reasons)


def test_a_refusal_is_ok_or_unset(any_town: Town) -> None:
    technical = {reason.value for reason in TECHNICAL}
    for kind, content in any_town.contents:
        evidence = content["evidence"]
        said_no = evidence.get("outcome") in {"reject", "hold"} or kind == "refused"
        if said_no and not technical & set(evidence.get("reasons", ())):
            assert content["record"]["status"] in {"Ok", "Unset"}


def test_a_status_is_one_of_three(any_town: Town) -> None:
    assert {record["status"] for record in any_town.records} <= {"Unset", "Ok", "Error"}


# --- what stands elsewhere, and what stands nowhere -------------------------------------


def test_no_user_stands_in_a_record(any_town: Town) -> None:
    """Not the operators who looked, released and refused, nor the account they used."""
    for kind, content in any_town.contents:
        assert [who for who in OPERATORS if who in json.dumps(content)] == [], kind


def test_own_evidence_stands_beside_the_record_under_its_trace_and_span(any_town: Town) -> None:
    for each in any_town.log:
        if each.content is None or each.head.kind == "audit":
            continue
        assert set(each.content) == {"record", "evidence"}
        assert "dpl." not in json.dumps(each.content["evidence"])
        record = each.content["record"]
        assert (record["trace_id"], record["span_id"]) == (each.head.trace_id, each.head.span_id)


# --- acknowledged, and not to be deleted -------------------------------------------------


@pytest.fixture(params=("sqlite", "postgresql"))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """One mail with a report on record."""
    made = await database_world(database_url(request, tmp_path))
    (mail,) = await received(made)
    await made.ledger.release([(mail, handled(mail, sealed(mail.raw)))], LATER)
    yield made
    await made.close()


async def test_the_database_refuses_to_delete_or_change_a_record(world: DatabaseWorld) -> None:
    before = await entries(world)
    for statement in (
        delete(log_entries),
        update(log_entries).values(entry=b""),
        update(log_entries).values(seq=log_entries.c.seq + 100),
    ):
        with pytest.raises(DBAPIError):
            async with world.database.engine.begin() as connection:
                await connection.execute(statement)
    assert await entries(world) == before


def test_nothing_that_reads_or_writes_the_log_can_delete() -> None:

    verbs = {
        each.name or each.callback.__name__ for each in app.registered_commands if each.callback
    }
    offered = [*verbs, *vars(DatabaseLog), *vars(LogWriter), *vars(ProcessingReads)]
    assert [name for name in offered if re.search("delete|remove|drop|erase|purge", name)] == []


async def test_what_could_not_be_put_on_record_does_not_leave(world: DatabaseWorld) -> None:
    """The record is acknowledged before anything goes: in one transaction with the outbox."""

    class Full(LogWriter):
        def append(self, connection: Any, entries: Any, now: Any) -> None:
            super().append(connection, entries, now)
            raise OSError

    scribe = Scribe(lambda _kind, _letter: Activity(activity_id=f"{BASE}/uitwisseling/1"))
    full = Full(world.vault)
    deeds = DeedLog(lambda _kind, _action: Activity(activity_id=f"{BASE}/uitwisseling/1"), full)
    failing = DatabaseLedger(world.database, world.vault, scribe, full, deeds)
    before = await entries(world)
    (mail,) = await received(world)
    report = sealed(mail.raw, report=next(_numbers))
    with pytest.raises(Retry):
        await failing.release([(mail, handled(mail, report))], LATER)
    assert await entries(world) == before
    assert await world.posted(mail.raw.trace) == []


async def entries(world: DatabaseWorld) -> list[bytes]:
    async with world.database.reading() as connection:
        found = await connection.execute(select(log_entries.c.entry).order_by(log_entries.c.seq))
        return [row.entry for row in found]
