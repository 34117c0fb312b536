"""Fixtures of the contract suites that more than one file uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.erasing import a_city
from tests.contracts.sealers import engine, house, kept
from tests.databases import KINDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.contracts.erasing import City

__all__ = ["engine", "house", "kept"]


@pytest.fixture(params=KINDS)
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[City]:
    """Everybody of `tests.world`, to be erased from; once on each database."""
    async with a_city(request.param, tmp_path, request) as made:
        yield made


@pytest.fixture
async def small(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[City]:
    """The same on SQLite alone."""
    async with a_city("sqlite", tmp_path, request) as made:
        yield made
