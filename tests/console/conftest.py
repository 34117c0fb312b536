"""Installations with a log in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.console.reading import Api, filled, started
from tests.installations import Installation, copied, prepared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.postfix import Postfix
    from tests.servers.tls import Certificates


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, postfix: Postfix) -> Installation:
    """Four mails about the same three people; never changed."""
    made = prepared(tmp_path_factory.mktemp("original"), postfix)
    filled(made)
    return made


@pytest.fixture
def installation(original: Installation, tmp_path: Path) -> Installation:
    """To be spoiled."""
    return copied(original, tmp_path)


@pytest.fixture(scope="session")
def api(
    original: Installation, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """Over TLS; starting one takes a while, so it is shared by all who only ask."""
    running = started(copied(original, tmp_path_factory.mktemp("api")), certificates)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def own(installation: Installation, certificates: Certificates) -> Iterator[Api]:
    """One whose log may be spoiled."""
    running = started(installation, certificates)
    try:
        yield running
    finally:
        running.stop()
