"""The servers that tests share: started once for each test process, ended with it.

Each process of pytest-xdist has servers, folders and ports of its own.  A test
that stops, pauses or reconfigures a server starts its own instead.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import server_folder
from tests.servers.tls import Certificates, issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.dovecot import Account


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
def postgres_url(postgres: Postgres) -> str:
    """A new, empty database, as SQLAlchemy's URL for asyncpg."""
    return postgres.create_database()
