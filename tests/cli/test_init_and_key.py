"""``gateway init`` and ``gateway key``: what is made, what is kept, and what is never shown."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests import people
from tests.installations import ADDRESS, Installation, written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postfix import Postfix


@pytest.fixture
def bare(tmp_path: Path, postfix: Postfix) -> Installation:
    """A configuration, and nothing that it names."""
    return written(tmp_path, postfix)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_what_is_missing(bare: Installation) -> None:
    """Keys that only their owner can read, a certificate for the gateway's address, tables."""
    made = bare.run("init", "--json")
    assert made.exit_code == 0, made.stderr
    said = json.loads(made.stdout)
    assert said["gateway key"].startswith("made, ")
    assert said["database"].startswith("made, version")
    assert mode(bare.state) == 0o700
    assert {mode(bare.state / name) for name in ("gateway.sec", "master.key")} == {0o600}
    shown = json.loads(bare.run("key", "show", "--json").stdout)
    assert shown["fingerprint"] in said["gateway key"]
    assert shown["address"] == ADDRESS


def test_init_again_keeps_everything(bare: Installation) -> None:
    """Safe to run again: the same keys, the same tables, byte for byte."""
    assert bare.run("init").exit_code == 0
    made = [each for each in bare.state.rglob("*") if each.is_file() and each.suffix != ".db"]
    before = {each: each.read_bytes() for each in made}
    again = bare.run("init", "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["gateway key"].startswith("kept, ")
    assert json.loads(again.stdout)["database"].startswith("kept, ")
    assert before == {each: each.read_bytes() for each in before}


def test_init_does_not_replace_half_a_key(bare: Installation) -> None:
    """A lost certificate is a matter for a person: mail to the old key may be under way."""
    assert bare.run("init").exit_code == 0
    (bare.state / "gateway.asc").unlink()
    refused = bare.run("init")
    assert refused.exit_code == 1
    assert "only one of" in refused.stderr
    assert not (bare.state / "gateway.asc").exists()


def test_init_with_a_wrong_configuration_names_the_setting(bare: Installation) -> None:
    bare.change("workers = 1", 'workers = "veel"')
    refused = bare.run("init")
    assert refused.exit_code == 1
    assert "keys.workers" in refused.stderr
    assert "veel" not in refused.stderr
    assert not bare.state.exists()


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    refused = Installation(tmp_path).run("init")
    assert refused.exit_code == 1
    assert str(tmp_path / "gateway.toml") in refused.stderr


def test_the_certificate_is_what_gnupg_imports(installation: Installation) -> None:
    """On the screen or in a file; never anything secret."""
    shown = installation.run("key", "export")
    file = installation.folder / "poort.asc"
    assert installation.run("key", "export", "--to", file).exit_code == 0
    assert file.read_text() == shown.stdout
    assert "PRIVATE" not in shown.stdout
    fingerprint = json.loads(installation.run("key", "show", "--json").stdout)["fingerprint"]
    with people.GpgHome() as home:
        home.add(file.read_bytes())
        listing = home.run("--with-colons", "--list-keys").stdout.decode()
    assert fingerprint in listing
    assert ADDRESS in listing


def test_a_new_key_for_a_partner(installation: Installation) -> None:
    """Readable by its owner only, usable by GnuPG, and never written over."""
    secret = installation.folder / "school.key"
    made = installation.run("key", "new", "Taalschool <post@school.example>", "--to", secret)
    assert made.exit_code == 0, made.stderr
    assert mode(secret) == 0o600
    with people.GpgHome() as home:
        home.add(secret.read_bytes())
        assert "post@school.example" in home.run("--list-secret-keys").stdout.decode()
    before = secret.read_bytes()
    again = installation.run("key", "new", "Taalschool <post@school.example>", "--to", secret)
    assert again.exit_code == 1
    assert secret.read_bytes() == before


def test_a_user_id_that_no_mail_program_understands_is_refused(installation: Installation) -> None:
    secret = installation.folder / "x.key"
    refused = installation.run("key", "new", "zonder adres\n", "--to", secret)
    assert refused.exit_code == 1
    assert not secret.exists()


def test_what_a_command_writes_is_its_owners_alone_and_its_caller_keeps_its_own_mask(
    bare: Installation,
) -> None:
    """The database too; whoever runs a command inside another program finds it as it was."""
    before = os.umask(0o022)
    try:
        assert bare.run("init").exit_code == 0
        after = os.umask(0o022)
    finally:
        os.umask(before)
    assert after == 0o022
    assert mode(bare.state / "gateway.db") == 0o600
