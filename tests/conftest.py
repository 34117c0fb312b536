"""The servers that tests share: started once for each test process, ended with it.

Each process of pytest-xdist has servers, folders and ports of its own.  A test
that stops, pauses or reconfigures a server starts its own instead.
"""

from __future__ import annotations

import gc
import shutil
from functools import cache
from typing import TYPE_CHECKING

import pytest
import typer.testing
from hypothesis import HealthCheck, settings

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import server_folder
from tests.servers.tls import Certificates, issue
from tests.statements import share_statements
from tests.temporary import keep_in_memory

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.servers.dovecot import Account

keep_in_memory()
share_statements()

# How long an example takes says what else the machine does.  Which examples are tried is the same
# every time, so that a run fails for what was changed; `make search` looks for others.
settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("tests", settings.get_profile("search"), derandomize=True)
settings.load_profile("tests")

# Building all commands anew was half of what each invocation cost.
typer.testing._get_command = cache(  # type: ignore[attr-defined] # there is no public place for it
    typer.testing._get_command  # type: ignore[attr-defined] # as above
)

# Files that take long, and folders of such files: begun last they would leave the others waiting.
LONG = (
    "tests/journeys/test_crash",
    "tests/journeys/test_days_without_a_server",
    "tests/pipeline/test_never_wider",
    "tests/journeys/test_first_installation",
    "tests/demo",
    "tests/mails/test_faults",
    "tests/bench",
    "tests/cli/test_register_commands",
    "tests/domain/test_consent",
    "tests/journeys",
    "tests/contracts",
    "tests/cli",
    "tests/pipeline",
    "tests/policy",
    "tests/typing",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, else in the order found; each file stays whole."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(name: str) -> int:
    places = (place for place, start in enumerate(LONG) if name.startswith(start))
    return next(places, len(LONG))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """No garbage is looked for among what stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not among what was loaded for good.

    Thousands of tests with all they import are a million objects: looking
    through them again and again took a sixth of the processor's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 20)


@pytest.fixture(scope="session")
def certificates() -> Iterator[Certificates]:
    """An authority and a certificate for localhost and 127.0.0.1."""
    folder = server_folder("tls")
    yield issue(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def dovecot(certificates: Certificates) -> Iterator[Dovecot]:
    """IMAP over TLS, with mailboxes made on demand."""
    with Dovecot(certificates) as server:
        yield server


@pytest.fixture(scope="session")
def postfix(certificates: Certificates, dovecot: Dovecot) -> Iterator[Postfix]:
    """SMTP over TLS, delivering into `dovecot`."""
    with Postfix(certificates, dovecot) as server:
        yield server


@pytest.fixture
def account(dovecot: Dovecot) -> Account:
    """An empty mailbox on `dovecot` that no other test knows."""
    return dovecot.new_account()


@pytest.fixture
def mail_account(postfix: Postfix) -> Account:
    """An empty mailbox that `postfix` delivers into and that may submit."""
    return postfix.new_account()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A new, empty database, as SQLAlchemy's URL for asyncpg; gone afterwards."""
    url = postgres.create_database()
    yield url
    postgres.drop(url)
