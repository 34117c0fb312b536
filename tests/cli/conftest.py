"""Installations for commands: one made for the session, a copy for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.installations import Installation, copied, prepared

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postfix import Postfix


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, postfix: Postfix) -> Installation:
    """Never changed."""
    return prepared(tmp_path_factory.mktemp("original"), postfix)


@pytest.fixture
def installation(original: Installation, tmp_path: Path) -> Installation:
    """To be spoiled."""
    return copied(original, tmp_path)
