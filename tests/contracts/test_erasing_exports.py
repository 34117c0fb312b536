"""What was taken out of the log is read before anything is locked, and nothing of it is missed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters import erasing_exports
from gateway.adapters.audit_reading import AuditLog, Sought
from gateway.adapters.erasing_exports import Exports
from gateway.adapters.log_reading import LogOpener
from gateway.domain.audit import Action, Deed
from tests.contracts.erasing import ANNA, BADR, LATER, City, a_city
from tests.contracts.test_erasing_remains import a_deed, record, remains

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.adapters.database import Database

OPENED = a_deed(Action.LOG_EXPORTED, about="log", detail="opened")
SEALED = a_deed(Action.LOG_EXPORTED, about="log", detail="bundle")


@pytest.fixture(params=("sqlite", "postgresql"))
async def city(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[City]:
    """In pages so small that each test has several."""
    monkeypatch.setattr(erasing_exports, "PAGE", 3)
    async with a_city(request.param, tmp_path, request) as made:
        yield made


async def found(exports: Exports, database: Database) -> list[Deed]:
    return await database.look(exports.made_of_everyone)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[list[int]]:
    """The numbers of the entries that are opened inside of a writing transaction."""
    inside: list[int] = []
    writing: list[bool] = []
    opens, writes = LogOpener.open, database.write

    def watch(opener: LogOpener, row: Any) -> Any:
        inside.extend([row.seq] * len(writing))
        return opens(opener, row)

    async def write(body: Any) -> Any:
        def timed(connection: Connection) -> Any:
            writing.append(True)
            try:
                return body(connection)
            finally:
                writing.pop()

        return await writes(timed)

    with monkeypatch.context() as patched:
        patched.setattr(LogOpener, "open", watch)
        patched.setattr(database, "write", write)
        yield inside


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
async def test_each_is_found_once_wherever_a_page_ends(city: City, count: int) -> None:
    looks = a_deed(Action.DOSSIER_LOOKED, subject=BADR)
    await record(city, *[OPENED, SEALED, looks] * count)
    exports = Exports(city.flow.vault)
    await exports.read(city.database)
    assert [each.detail for each in await found(exports, city.database)] == ["opened"] * count


async def test_certifying_opens_nothing_that_was_there_before(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log of years takes minutes to read: nobody waits for the lock that long."""
    await record(city, *[OPENED, SEALED] * 5)
    await city.erase()
    with watched(monkeypatch, city.database) as opened:
        assert len(await city.end.run(LATER)) == 1
    assert opened == []
    assert [each.everyone for each in (await remains(city)).files] == [True] * 5
    with watched(monkeypatch, city.database) as opened:
        assert await city.end.run(LATER) == ()
    assert opened == []


async def test_what_is_taken_out_meanwhile_is_read_inside_and_only_that(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(city, *[OPENED] * 4)
    exports = Exports(city.flow.vault)
    await exports.read(city.database)
    await record(city, OPENED, SEALED)
    with watched(monkeypatch, city.database) as opened:
        made = await city.database.write(exports.made_of_everyone)
    assert (len(made), len(opened)) == (5, 2)


async def test_one_entry_counts_for_everybody_once_whom_it_was_about_is_gone(city: City) -> None:
    """Even when that happens between the reading and the certificate."""
    await record(city, a_deed(Action.CASE_LETTER, subject=ANNA))
    entries = await AuditLog(city.database, city.flow.vault).deeds(Sought(), 999)
    number = next(seq for seq, each in entries if each.subject == ANNA)
    await record(city, a_deed(Action.LOG_EXPORTED, about=f"entry/{number}", detail="proof"))
    exports = Exports(city.flow.vault)
    await exports.read(city.database)
    assert await found(exports, city.database) == []
    await city.erase()
    assert [each.detail for each in await found(exports, city.database)] == ["proof"]
