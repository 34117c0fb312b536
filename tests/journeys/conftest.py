"""Towns for journeys: one for each module and database, with the same people one after another."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.databases import KINDS, migrated
from tests.journeys.residents import Households
from tests.journeys.town import Town

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.dovecot import Dovecot
    from tests.servers.postfix import Postfix

    NewTown = Callable[..., Town]


@pytest.fixture(scope="session")
def households(dovecot: Dovecot, postfix: Postfix) -> Iterator[Households]:
    """People with keys made by GnuPG; used again and again, because making them takes a while."""
    found = Households(dovecot, postfix)
    yield found
    found.close()


@contextmanager
def a_town(
    kind: str,
    request: pytest.FixtureRequest,
    factory: pytest.TempPathFactory,
    **how: object,
) -> Iterator[Town]:
    """A town whose gateway does not run yet; nothing may be wrong with its record at the end.

    `kind` is one of the databases, which then has its tables, or the URL of an empty one;
    `settings_for` writes further settings for this household and folder.
    """
    folder = factory.mktemp("town")
    settings_for = how.pop("settings_for", None)
    households: Households = request.getfixturevalue("households")
    household = households.take()
    if callable(settings_for):
        how["settings"] = settings_for(household, folder)
    postfix: Postfix = request.getfixturevalue("postfix")
    url, server = kind, None
    if kind == "sqlite":
        url = asyncio.run(migrated(folder / "gateway.db"))
    elif kind == "postgresql":
        server = request.getfixturevalue("postgres")
        url = asyncio.run(migrated(server))
    town = Town(folder, url, household, postfix, **how)  # type: ignore[arg-type]  # passed through by name
    try:
        yield town
        assert town.faults() == []
    finally:
        town.close()
        if server is not None:
            server.drop(url)
        households.give_back(household)


@pytest.fixture(scope="module")
def on_sqlite(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town at work, shared by the tests of one module."""
    with a_town("sqlite", request, tmp_path_factory) as town, at_work(town):
        yield town


@pytest.fixture(scope="module")
def on_postgresql(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """The same on PostgreSQL."""
    with a_town("postgresql", request, tmp_path_factory) as town, at_work(town):
        yield town


@contextmanager
def at_work(town: Town) -> Iterator[Town]:
    """With its gateway running."""
    town.start()
    try:
        yield town
    finally:
        town.gateway.stop()


@pytest.fixture
def town(on_sqlite: Town) -> Iterator[Town]:
    """The module's town at the beginning of a day; at its end nothing is wrong with the record."""
    yield from a_day_in(on_sqlite)


@pytest.fixture(params=KINDS)
def any_town(request: pytest.FixtureRequest) -> Iterator[Town]:
    """The same, once on each database."""
    yield from a_day_in(request.getfixturevalue(f"on_{request.param}"))


def a_day_in(town: Town) -> Iterator[Town]:
    """What came before is past, and afterwards the record is whole."""
    town.new_day()
    yield town
    assert town.faults() == []
