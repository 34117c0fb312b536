"""The operational log writes what its catalogue allows; libraries write nothing of their own."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import sys
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.register import RegisterError, check_id
from gateway.domain.reminding import Matter
from gateway.domain.stops import Outcome, Reason
from gateway.events import CATALOGUE, Writer, keep_quiet, kinds, place_of, to_stderr
from tests.house_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.events.catalogue import Level
    from gateway.events.kinds import Kind, Value

PAGE = ROOT / "docs" / "events.md"
TRACE = "0af7651916cd43dd8448eb211c80319c"
KINDS = {each.name: each for each in vars(kinds).values() if isinstance(each, kinds.Kind)}
# One good value of each kind.
GOOD: dict[str, Value] = {
    "trace": TRACE,
    "outgoing": TRACE,
    "digest": TRACE * 2,
    "count": 3,
    "bytes": 0,
    "mailbox": 1,
    "port": 8443,
    "milliseconds": 0.5,
    "seconds": 30.0,
    "outcome": "forward",
    "reasons": "art-12.5/not-signed art-12.4/no-consent",
    "matter": "key",
    "duty": "notification",
    "registered id": "contact-1",
    "instance": "poort-1",
    "version": "0.1.0",
    "database": "sqlite",
    "work": "release",
    "exception": "KeyError",
    "place": "gateway.runner.walking:104",
    "logger": "sqlalchemy.engine",
    "level": "warning",
    "trouble": "certificate",
    "event": "mail.handled",
    "fetching": "unreachable",
}
# What people write in mails, registers and settings; no kind takes any of it.
HOSTILE: tuple[Value, ...] = (
    "Fictief",
    "Bilal Fictief",
    "1971-03-14",
    "19710314",
    "14-03-1971",
    "DEMO-0001",
    "saar@taalschool.example",
    "geheim wachtwoord",
    "Béla",
    "",
    " ",
    "a\nb",
    f"{TRACE}\n",
    TRACE.upper(),
    TRACE[:-1],
    '{"event": "mail.handled"}',
    float("nan"),
    float("inf"),
    -1,
    True,
    2**64,
)
# Where the form cannot tell: these are filled from code or configuration only, in one place each.
_TAKES: dict[str, set[Value]] = {
    "exception": {"Fictief"},
    "logger": {"Fictief"},
    "instance": {
        "Fictief",
        "1971-03-14",
        "19710314",
        "14-03-1971",
        "DEMO-0001",
        TRACE.upper(),
        TRACE[:-1],
    },
    "registered id": {TRACE[:-1]},
    "reasons": {""},
}


class Told:
    """A writer that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Mapping[str, Value]]] = []
        self.writer = Writer(self._write)

    def _write(self, event: str, level: Level, fields: Mapping[str, Value]) -> None:
        self.lines.append((event, fields))

    def of(self, event: str) -> list[Mapping[str, Value]]:
        return [fields for name, fields in self.lines if name == event]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def quiet(told: Told) -> Iterator[Told]:
    with keep_quiet(told.writer):
        yield told


# --- the catalogue ----------------------------------------------------------------


def catalogue_page() -> str:
    """``docs/events.md`` below its introduction."""
    rows = ["| event | level | what it means | fields |", "|---|---|---|---|"]
    for name, event in CATALOGUE.items():
        fields = ", ".join(f"`{field}` ({kind.name})" for field, kind in event.fields.items())
        rows.append(f"| `{name}` | {event.level} | {event.meaning} | {fields} |")
    rows += ["", "## What a field may hold", "", "| kind | holds |", "|---|---|"]
    rows += [f"| {kind.name} | {kind.meaning} |" for kind in KINDS.values()]
    return "\n".join(rows)


def test_the_page_of_events_is_the_catalogue() -> None:
    """Written anew by ``python -m tests.test_events``."""
    assert PAGE.read_text(encoding="utf-8").endswith(f"\n{catalogue_page()}\n")


def test_every_event_that_the_gateway_writes_is_in_the_catalogue_and_the_other_way_round() -> None:
    """By name in the source; those whose name is put together are named here."""
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "gateway").rglob("*.py")
        if path.name != "catalogue.py" or path.parent.name != "events"
    )
    put_together = {"mailbox.unreachable", "database.unreachable", "events.dropped"}
    # The two of the SIEM are written by who reads the log for it.
    ahead = {"siem.unreachable", "siem.delivered"}
    for name in set(CATALOGUE) - put_together - ahead:
        assert f'"{name}"' in source, name


def test_every_kind_is_used_and_takes_its_own_value() -> None:
    used = {kind.name for event in CATALOGUE.values() for kind in event.fields.values()}
    assert used == set(KINDS) == set(GOOD)
    for name, kind in KINDS.items():
        assert kind.clean(GOOD[name]) == GOOD[name], name


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_no_kind_takes_what_people_write(kind: Kind) -> None:
    for value in HOSTILE:
        if value not in _TAKES.get(kind.name, ()):
            assert kind.clean(value) is None, (kind.name, value)


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"exception", "logger", "registered id"}))
@given(text=st.text(max_size=40))
def test_what_a_kind_lets_through_is_a_form_or_a_word_of_ours(name: str, text: str) -> None:
    """Of any text: hexadecimal digits, words of the source, codes, or nothing."""
    clean = KINDS[name].clean(text)
    assert clean is None or clean == text
    if clean is not None and name not in {"instance", "event"}:
        documented = re.findall(r"`([^`]+)`", KINDS[name].meaning)
        ours = {*map(str, Reason), *map(str, Outcome), *map(str, Matter), *documented}
        assert (
            set(text) <= set("0123456789abcdef")
            or not text.strip()
            or text in str(GOOD.values())
            or set(text.split(" ")) <= ours
            or (name == "version" and re.fullmatch(r"[0-9.]+((a|b|rc|post|dev)[0-9.]+)*", text))
        )


def test_a_reason_outside_the_catalogue_is_dropped_and_the_others_stay(told: Told) -> None:
    told.writer("mail.handled", trace=TRACE, reasons="art-12.5/not-signed Fictief mail/empty")
    assert told.of("mail.handled") == [
        {"trace": TRACE, "reasons": "art-12.5/not-signed mail/empty"}
    ]
    assert told.of("events.dropped") == [{"count": 1, "about": "mail.handled"}]
    told.writer("mail.put_back", reasons=" ".join(Reason))
    assert told.of("mail.put_back") == [{"reasons": " ".join(Reason)}]


def test_unknown_events_fields_and_values_are_dropped_and_counted(told: Told) -> None:
    told.writer("Fictief", trace=TRACE)
    told.writer("mail.walks_again", trace="Fictief", name="Fictief")
    assert told.of("mail.walks_again") == [{}]
    assert told.of("events.dropped") == [
        {"count": 1, "about": "unknown"},
        {"count": 3, "about": "mail.walks_again"},
    ]
    assert "Fictief" not in str(told.lines)
    for _ in range(1000):
        told.writer("Fictief")
    assert told.writer.dropped == 1003
    assert len(told.of("events.dropped")) < 12


def test_a_line_is_json_with_moment_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    write = to_stderr()
    write("mail.handled", trace=TRACE, outcome="forward", reports=2)
    write("database.unreachable", seconds=2.0)
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "mail.handled",
        "level": "info",
        "outcome": "forward",
        "reports": 2,
        "trace": TRACE,
    }
    assert second["level"] == "error"


# --- where an exception came from ---------------------------------------------------


def test_a_place_is_the_innermost_line_of_ours() -> None:
    with pytest.raises(RegisterError) as caught:
        check_id("Fictief, B.")
    place = place_of(caught.value)
    assert place.startswith("gateway.domain.register:")
    assert kinds.PLACE.clean(place) == place
    assert place_of(ValueError("Fictief")) == ""


# --- libraries and the interpreter --------------------------------------------------


def test_a_library_says_where_and_how_grave_and_nothing_else(
    quiet: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        raise KeyError("Fictief")
    except KeyError:
        logging.getLogger("some.library").exception(
            "Fictief %s", "1971-03-14", stack_info=True, extra={"value": "Fictief"}
        )
    logging.getLogger("some.library").info("Fictief")
    logging.warning("Fictief")  # noqa: LOG015 - as a careless library does
    assert quiet.lines == [
        ("library", {"logger": "some.library", "severity": "error", "kind": "KeyError"}),
        ("library", {"logger": "root", "severity": "warning"}),
    ]
    assert capsys.readouterr() == ("", "")


def test_a_library_with_a_handler_of_its_own_prints_empty_lines(
    quiet: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    """One made later, as web servers do, whatever its format; and one that cannot format."""
    logger = logging.getLogger("some.server")
    for form in ("%(message)s %(args)s %(exc_text)s", "%(value)s %(nothing)s"):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(form))
        logger.addHandler(handler)
    try:
        try:
            raise KeyError("Fictief")
        except KeyError:
            logger.exception("Fictief %s", "1971-03-14")
    finally:
        logger.handlers.clear()
    printed = "".join(capsys.readouterr())
    assert "Fictief" not in printed
    assert "1971-03-14" not in printed


def test_a_handler_from_before_is_taken_away_and_comes_back(told: Told) -> None:
    logger, seen = logging.getLogger("some.older"), logging.NullHandler()
    logger.addHandler(seen)
    logger.propagate = False
    try:
        with keep_quiet(told.writer):
            logger.error("Fictief")
        assert told.of("library") == [{"logger": "some.older", "severity": "error"}]
        assert logger.handlers == [seen]
        assert not logger.propagate
    finally:
        logger.handlers.clear()
        logger.propagate = True
    assert logging.getLogRecordFactory() is logging.LogRecord


async def test_a_task_that_nobody_asked_for_its_exception(
    quiet: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails(value: str) -> None:
        raise LookupError(value)

    task = asyncio.create_task(fails("Fictief"), name="Fictief")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    assert quiet.lines == [
        ("library", {"logger": "asyncio", "severity": "error", "kind": "LookupError"})
    ]
    assert "Fictief" not in "".join(capsys.readouterr())


@pytest.mark.filterwarnings("default")
def test_threads_finalizers_and_warnings(quiet: Told, capsys: pytest.CaptureFixture[str]) -> None:
    class Bad:
        def __del__(self) -> None:
            raise ArithmeticError("Fictief")

    def fails() -> None:
        raise LookupError("Fictief")

    sys.unraisablehook(  # pytest puts its own in place of whatever there is, so it is called
        type("Found", (), {"exc_type": ArithmeticError, "exc_value": ArithmeticError("Fictief")})()
    )
    hook = threading.excepthook
    try:
        fails()
    except LookupError as error:
        hook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
        sys.excepthook(type(error), error, error.__traceback__)
    warnings.showwarning(UserWarning("Fictief"), UserWarning, "Fictief.py", 1)
    assert quiet.lines == [
        ("bug", {"where": "interpreter", "kind": "ArithmeticError"}),
        ("bug", {"where": "thread", "kind": "LookupError"}),
        ("bug", {"where": "interpreter", "kind": "LookupError"}),
        ("library", {"logger": "warnings", "severity": "warning", "kind": "UserWarning"}),
    ]
    assert capsys.readouterr() == ("", "")
    del Bad


if __name__ == "__main__":
    start = PAGE.read_text(encoding="utf-8").partition("| event |")[0]
    Path(PAGE).write_text(f"{start}{catalogue_page()}\n", encoding="utf-8")
