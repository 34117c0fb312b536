"""``gateway key``: what an operator does to the gateway's own keys, and what stands on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.certificates import describe_certificate
from gateway.adapters.own_key_file import keys_in
from gateway.adapters.web_key_directory import hashed_name
from tests import world
from tests.installations import ADDRESS

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.installations import Installation

BY = ("--by", world.BY)
J = "--json"


def done(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def here(installation: Installation) -> set[str]:
    return set(keys_in((installation.state / "gateway.sec").read_bytes()))


def published(installation: Installation) -> str:
    return describe_certificate((installation.state / "gateway.asc").read_bytes()).fingerprint


def deeds(installation: Installation) -> list[tuple[str, str]]:
    found = done(installation.run("log", "audit", "--last", "100", *BY, J))
    names = [(each["action"], each["about"]) for each in found]
    return [each for each in names if each[0].startswith("gateway.key")]


def test_a_key_from_its_making_to_its_end(installation: Installation, tmp_path: Path) -> None:
    old = published(installation)
    assert (installation.state / "revocations" / f"{old}.rev").stat().st_mode & 0o777 == 0o600
    made = done(installation.run("key", "make", "--post-quantum", *BY, J))
    new = made["fingerprint"]
    assert made["state"] == "next"
    assert here(installation) == {old, new}
    assert published(installation) == old

    rotated = done(installation.run("key", "rotate", "--overlap-days", "7", *BY, J))
    assert (rotated["current"]["fingerprint"], rotated["before"]["fingerprint"]) == (new, old)
    left = datetime.fromisoformat(rotated["before"]["opens_until"]) - datetime.now(UTC)
    assert timedelta(days=6) < left < timedelta(days=8)
    assert published(installation) == new
    assert done(installation.run("key", "show", J))["post_quantum"] is True
    good = {each["part"]: each for each in done(installation.run("doctor", "--quick", J))}
    assert good["gateway key"]["good"]

    until = (datetime.now(UTC) + timedelta(days=2000)).date()
    done(installation.run("key", "expire", "--until", str(until), *BY, J))
    shown = done(installation.run("key", "show", J))
    assert shown["fingerprint"] == new
    assert shown["expires"][:10] in {str(until), str(until - timedelta(days=1))}
    assert shown["post_quantum"] is True

    closed = done(installation.run("key", "close", old[-16:], *BY, J))
    assert closed["state"] == "closed"
    kept = installation.state / "revocations" / f"{old}.rev"
    revoked = done(
        installation.run("key", "revoke", old, "--reason", "retired", "--with", kept, *BY, J)
    )
    assert (revoked["state"], revoked["why_revoked"]) == ("revoked", "retired")
    assert done(installation.run("key", "prune", *BY, J)) == [old]
    assert here(installation) == {new}
    assert done(installation.run("key", "prune", *BY, J)) == []
    listed = done(installation.run("key", "list", J))
    assert [each["fingerprint"] for each in listed] == [new, old]
    assert installation.run("key", "list").stdout.splitlines()[0].split() == [new, "current"]

    older = installation.run("key", "export", "--older").stdout
    assert older.count("-----BEGIN PGP PUBLIC KEY BLOCK-----") == 2
    assert [name for name, _ in deeds(installation)] == [
        "gateway.key-made",
        "gateway.key-made",
        "gateway.key-made",
        "gateway.key-entered",
        "gateway.key-made",
        "gateway.key-rotated",
        "gateway.key-expiry-set",
        "gateway.key-closed",
        "gateway.key-revoked",
        "gateway.key-destroyed",
    ]


def test_what_partners_get(installation: Installation, tmp_path: Path) -> None:
    old = published(installation)
    done(installation.run("key", "rotate", *BY, J))
    sheet, statement = tmp_path / "blad.pdf", tmp_path / "overgang.txt"
    assert installation.run("key", "sheet", "--to", sheet).exit_code == 0
    assert sheet.read_bytes().startswith(b"%PDF-")
    text = installation.run("key", "sheet", "--language", "en").stdout
    assert "Check our key" in text
    assert installation.run("key", "statement", "--to", statement).exit_code == 0
    assert statement.read_text().startswith("-----BEGIN PGP SIGNED MESSAGE-----")
    written = done(installation.run("key", "wkd", tmp_path / "www", J))
    name = hashed_name(ADDRESS.partition("@")[0])
    handed = (tmp_path / "www" / ".well-known/openpgpkey/hu" / name).read_bytes()
    assert describe_certificate(handed).fingerprint == published(installation) != old
    assert (tmp_path / "www").stat().st_mode & 0o555 != 0
    assert all((tmp_path / "www" / each).stat().st_mode & 0o044 == 0o044 for each in written)


@pytest.mark.parametrize(
    "command",
    [
        ("make",),
        ("rotate",),
        ("close", "AAAAAAAA"),
        ("expire", "--until", "2099-01-01"),
        ("revoke", "AAAAAAAA", "--reason", "retired"),
        ("prune",),
    ],
)
def test_nobody_but_an_operator_changes_a_key(
    installation: Installation, command: tuple[str, ...]
) -> None:
    before = here(installation)
    refused = installation.run("key", *command, "--by", "Iemand Anders")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "unknown-operator" in refused.stderr
    assert here(installation) == before
    assert len(done(installation.run("key", "list", J))) == 1


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("close", "{old}"), "own-key-is-current"),
        (("revoke", "{old}", "--reason", "compromised"), "own-key-is-current"),
        (("rotate", "--to", "{old}"), "own-key-stands-so-already"),
        (("close", "0123456789ABCDEF"), "unknown-own-key"),
        (("expire", "--until", "2020-01-01"), "own-key-period"),
        (("statement",), "unknown-own-key"),
    ],
)
def test_what_may_not_happen_to_a_key(
    installation: Installation, command: tuple[str, ...], code: str
) -> None:
    old = published(installation)
    words = [each.replace("{old}", old) for each in command]
    refused = installation.run("key", *words, *(BY if words[0] != "statement" else ()))
    assert refused.exit_code == 1
    assert code in refused.stderr


def test_a_rotation_cut_off_after_it_is_on_record_is_tidied_by_the_next_change(
    installation: Installation,
) -> None:
    """The certificate for partners lags behind; the doctor says so, and the gateway still works."""
    old = (installation.state / "gateway.asc").read_bytes()
    new = done(installation.run("key", "rotate", *BY, J))["current"]["fingerprint"]
    (installation.state / "gateway.asc").write_bytes(old)
    found = {each["part"]: each for each in json.loads(installation.run("doctor", J).stdout)}
    assert "not the key in use" in found["older keys"]["text"]
    assert found["opening processes"]["good"]
    done(installation.run("key", "prune", *BY, J))
    done(installation.run("key", "make", *BY, J))
    assert published(installation) == new


def test_a_gateway_without_the_key_in_use_says_what_to_do(installation: Installation) -> None:
    secret = installation.state / "gateway.sec"
    old = secret.read_bytes()
    done(installation.run("key", "rotate", *BY, J))
    secret.write_bytes(old)
    found = {each["part"]: each for each in json.loads(installation.run("doctor", J).stdout)}
    assert "copy the file from the gateway where it was made" in found["opening processes"]["text"]
