"""What keeps a gateway from starting, each named; and that a whole one starts."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from gateway import wiring
from gateway.adapters.database import Database
from gateway.adapters.erased_list import ErasedList, mark_of
from gateway.config import ConfigError
from gateway.events import CATALOGUE, silent
from gateway.wiring.parts import vault
from tests import people
from tests.installations import Installation, secret

if TYPE_CHECKING:
    from collections.abc import Callable


async def started(installation: Installation) -> None:
    async with wiring.serving(installation.config(), silent):
        return


async def refusal(installation: Installation) -> str:
    """Why it does not start."""
    with pytest.raises((ConfigError, wiring.NotReadyError)) as refused:
        await started(installation)
    return str(refused.value)


async def test_a_whole_gateway_starts_and_ends(installation: Installation) -> None:
    told: list[str] = []

    def emit(event: str, **fields: str | int | float) -> None:
        assert fields.keys() <= CATALOGUE[event].fields.keys()
        told.append(event)

    async with wiring.serving(installation.config(), emit) as parts:
        assert len(parts.mailboxes) == 1
    assert told == ["gateway.started", "gateway.stopped"]


async def test_who_was_erased_and_came_back_is_gone_before_anything_leaves(
    installation: Installation,
) -> None:
    """The list beside the database says so; the database is an older one that knows nothing of it.

    Nothing runs here yet: mail is taken and sent by what is handed out.
    """
    config = installation.config()
    mark = mark_of(vault(config), "dossier-1")
    ErasedList(config.gateway.state_dir).add({mark: "e1"})
    async with wiring.serving(config, silent), wiring.register(config) as register:
        gone = await register.dossier_by_id("dossier-1")
        assert gone is None or gone.identity is None
        other = await register.dossier_by_id("dossier-2")
        assert other is not None
        assert other.identity is not None


def without_a_table(installation: Installation) -> None:
    """As a database would be that somebody filled by hand; the triggers would refuse otherwise."""
    with closing(sqlite3.connect(installation.state / "gateway.db")) as connection:
        connection.execute("DROP TRIGGER tr_policy_activation_no_delete")
        connection.execute("DELETE FROM policy_activation")
        connection.commit()


SPOILED: list[tuple[str, Callable[[Installation], object], str]] = [
    ("no-secret", lambda i: (i.state / "gateway.sec").unlink(), "keys.secret_key_file"),
    ("readable", lambda i: (i.state / "gateway.sec").chmod(0o644), "keys.secret_key_file"),
    ("group", lambda i: (i.state / "gateway.sec").chmod(0o640), "keys.secret_key_file"),
    ("empty", lambda i: (i.state / "gateway.sec").write_bytes(b" \n"), "keys.secret_key_file"),
    ("junk", lambda i: (i.state / "gateway.sec").write_bytes(b"junk"), "keys.secret_key_file"),
    ("no-public", lambda i: (i.state / "gateway.asc").unlink(), "keys.public_key_file"),
    ("public-junk", lambda i: (i.state / "gateway.asc").write_text("x"), "keys.public_key_file"),
    ("no-master", lambda i: (i.state / "master.key").unlink(), "keys.master_key_file"),
    ("master-open", lambda i: (i.state / "master.key").chmod(0o604), "keys.master_key_file"),
    ("master-short", lambda i: (i.state / "master.key").write_bytes(b"1"), "keys.master_key_file"),
    ("no-tables", lambda i: (i.state / "gateway.db").unlink(), "database"),
    ("no-password", lambda i: (i.folder / "password").unlink(), "relay.password_file"),
    ("password-open", lambda i: (i.folder / "password").chmod(0o644), "relay.password_file"),
    ("unknown", lambda i: i.change("workers = 1", "werkers = 1"), "keys.werkers"),
    ("address", lambda i: i.change('address = "poort@', 'address = "@'), "gateway.address"),
    ("url", lambda i: i.change("sqlite:///", "mysql://"), "database.url"),
    ("not-a-url", lambda i: i.change("sqlite:///", "::"), "database.url"),
    ("no-relay", lambda i: i.change("[relay]", "[log]"), "log."),
    ("policy", without_a_table, "policy: no decision table is in force"),
    ("credential", lambda i: i.change(f'"{i.state}/gateway.sec"', '"credential:x"'), "credential"),
    ("not-toml", lambda i: i.change("[keys]", "[keys"), "gateway.toml"),
]


@pytest.mark.parametrize(
    ("spoil", "named"), [each[1:] for each in SPOILED], ids=[each[0] for each in SPOILED]
)
async def test_what_is_missing_or_unfit_is_named(
    installation: Installation, spoil: Callable[[Installation], object], named: str
) -> None:
    spoil(installation)
    assert named in await refusal(installation)


async def test_a_mailbox_is_needed(installation: Installation) -> None:
    text_ = installation.file.read_text()
    start, end = text_.index("[[mailbox]]"), text_.index("[relay]")
    installation.file.write_text(text_[:start] + text_[end:])
    assert "[[mailbox]]" in await refusal(installation)


def gateway_key(installation: Installation, key: people.Person, *, cert: bytes = b"") -> None:
    (installation.state / "gateway.asc").write_bytes(cert or key.cert)
    secret(installation.state / "gateway.sec", key.tsk)


async def test_a_weak_key_is_refused(installation: Installation) -> None:
    """RSA of 1024 bits, as gpg still makes it when asked."""
    address = "poort@gemeente.example"
    with people.GpgHome() as home:
        home.run("--quick-generate-key", address, "rsa1024", "default", "0")
        weak = people.Person(
            "Poort",
            address,
            home.run("--export-secret-keys").stdout,
            home.run("--export").stdout,
        )
    gateway_key(installation, weak)
    assert "keys.public_key_file" in await refusal(installation)
    assert "weak-key" in await refusal(installation)


async def test_a_key_for_another_address_is_refused(installation: Installation) -> None:
    gateway_key(installation, people.person("Ander", "ander@gemeente.example"))
    assert "not for poort@gemeente.example" in await refusal(installation)


async def test_a_revoked_key_is_refused(installation: Installation) -> None:
    key = people.person("Poort", "poort@gemeente.example")
    gateway_key(installation, key, cert=people.revoked(key))
    assert "expired or revoked" in await refusal(installation)


async def test_two_halves_of_different_keys_are_refused(installation: Installation) -> None:
    """Partners would encrypt to a key that this gateway cannot open."""
    key = people.person("Poort", "poort@gemeente.example")
    secret(installation.state / "gateway.sec", key.tsk)
    assert "keys.secret_key_file" in await refusal(installation)


async def test_the_master_key_of_another_register_is_refused(installation: Installation) -> None:
    """With it no name could be read, and mail would be lost in a register of strangers."""
    secret(installation.state / "master.key", os.urandom(32))
    assert "keys.master_key_file" in await refusal(installation)


async def test_tables_of_a_newer_gateway_are_refused(installation: Installation) -> None:
    database = Database(f"sqlite:///{installation.state / 'gateway.db'}")
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    assert "9999" in await refusal(installation)


@pytest.mark.parametrize("content", [b"\ngeheim\n", b"\xff\xfe", "gehéim".encode()])
async def test_a_password_that_cannot_be_used_is_named(
    installation: Installation, content: bytes
) -> None:
    """Empty first line, no text, or letters that IMAP's LOGIN cannot carry."""
    imap = '[[mailbox]]\nkind = "imap"\nhost = "127.0.0.1"\nuser = "u"\n'
    installation.change("[[mailbox]]", f'{imap}password_file = "{installation.folder}/p"\n[[x]]')
    installation.change('[[x]]\nkind = "maildir"\n', "[[mailbox]]\nkind = 'maildir'\n")
    secret(installation.folder / "p", content)
    assert "mailbox[0].password_file" in await refusal(installation)


async def test_no_refusal_shows_a_secret(installation: Installation) -> None:
    """A password in the URL, wrongly put there, is not repeated."""
    installation.change("sqlite:///", "postgresql://u:zeergeheim@127.0.0.1:1/")
    assert "zeergeheim" not in await refusal(installation)


async def test_what_a_failed_start_began_has_ended(installation: Installation) -> None:
    """No opener process stays behind when a later part is missing."""
    before = set(children())
    without_a_table(installation)
    await refusal(installation)
    assert set(children()) == before


def children() -> list[str]:
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
