"""``gateway doctor`` names the part that is wrong; ``gateway policy`` shows the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.origin import account
from gateway.resources import policy_text
from tests.deeds import deeds_of
from tests.installations import Installation, secret
from tests.world import BY, BY_ANOTHER

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = {
    "policy",
    "gateway key",
    "mail that came back",
    "S/MIME key",
    "revocation proxy",
    "revocation",
    "master key",
    "database",
    "processing activities",
    "operators",
    "older keys",
    "opening processes",
    "log",
    "mailboxes",
    "relay",
    "read interface",
    "collector",
}


def looked_at(installation: Installation, *more: str) -> dict[str, tuple[bool, str]]:
    result = installation.run("doctor", "--json", *more)
    found = {each["part"]: (each["good"], each["text"]) for each in json.loads(result.stdout)}
    assert result.exit_code == (0 if all(good for good, _ in found.values()) else 1)
    return found


def test_all_is_well(installation: Installation) -> None:
    """Every part, the mail server over TLS with its password included; and who looked."""
    before = deeds_of(installation.config())
    found = looked_at(installation)
    assert found.keys() == PARTS
    assert {good for good, _ in found.values()} == {True}, found
    assert installation.run("log", "verify").exit_code == 0
    (look,) = deeds_of(installation.config())[len(before) :]
    assert (look.actor, look.action) == (f"account {account()}", "gateway.examined")
    assert (look.result, look.about, look.detail) == ("done", "poort-1", "")


def test_what_is_not_in_order_is_on_record_too(installation: Installation) -> None:
    forget_relay_password(installation)
    looked_at(installation)
    look = deeds_of(installation.config())[-1]
    assert (look.action, look.result, look.detail) == ("gateway.examined", "failed", "relay")


def test_quick_leaves_out_what_costs_something(installation: Installation) -> None:
    before = (installation.state / "gateway.db").read_bytes()
    found = looked_at(installation, "--quick")
    assert (installation.state / "gateway.db").read_bytes() == before
    assert found.keys() == PARTS - {
        "older keys",
        "opening processes",
        "log",
        "mailboxes",
        "relay",
        "collector",
        "revocation proxy",
    }


def forget_relay_password(installation: Installation) -> None:
    secret(installation.folder / "password", b"verkeerd")


@pytest.mark.parametrize(
    ("spoil", "parts"),
    [
        (lambda i: (i.state / "gateway.asc").unlink(), {"gateway key", "older keys"}),
        (
            lambda i: (i.state / "gateway.sec").unlink(),
            {"gateway key", "older keys", "opening processes"},
        ),
        (
            lambda i: (i.state / "gateway.db").unlink(),
            {"policy", "database", "older keys", "processing activities", "operators", "log"}
            | {"mail that came back"},
        ),
        (lambda i: i.change("[relay]", '[policy]\nfile = "x"\n[relay]'), {"policy"}),
        (lambda i: i.change('/box"', '/nergens"'), {"mailboxes"}),
        (forget_relay_password, {"relay"}),
        (lambda i: i.change("127.0.0.1", "localhost.test"), {"relay"}),
    ],
    ids=["certificate", "secret", "tables", "policy", "mailbox", "password", "host"],
)
def test_what_is_wrong_is_named_and_the_rest_is_looked_at(
    installation: Installation, spoil: Callable[[Installation], object], parts: set[str]
) -> None:
    spoil(installation)
    found = looked_at(installation)
    assert found.keys() == PARTS
    assert {part for part, (good, _) in found.items() if not good} == parts, found


def test_who_has_no_account_of_their_own_is_named(installation: Installation) -> None:
    """One person could act as all of these, and no check would see it."""
    added = installation.run(
        "operator", "add", "bo", "--name", "Bo Proef", "--login", "bo", "--by", BY, "--json"
    )
    proposal = json.loads(added.stdout)["proposal"]
    installation.run("proposal", "approve", proposal, "--by", BY_ANOTHER)
    good, said = looked_at(installation, "--quick")["operators"]
    assert good
    assert said.startswith("3 active; without an account of their own")
    assert said.endswith(f": {BY_ANOTHER}, {BY}")


def test_as_text_for_people(installation: Installation) -> None:
    (installation.state / "gateway.asc").unlink()
    result = installation.run("doctor")
    assert result.exit_code == 1
    assert "NOT  gateway key: keys.public_key_file" in result.stdout
    assert "ok   policy" in result.stdout


def test_doctor_creates_nothing(installation: Installation) -> None:
    """A missing database stays missing: making it is for `init`."""
    (installation.state / "gateway.db").unlink()
    looked_at(installation)
    assert not (installation.state / "gateway.db").exists()


# --- the table ---------------------------------------------------------------


def test_every_row_with_its_article(installation: Installation) -> None:
    rows = installation.run("policy", "show").stdout
    assert "switch non_formal_hours_under_consent: off" in rows.splitlines()
    assert "art. 12.4" in rows
    assert "Ondertussengroep (Wi2013) met toestemming." in rows
    english = installation.run("policy", "show", "--language", "en").stdout
    assert "Interim group (Wi2013) with consent." in english


def test_the_digest_is_the_one_in_the_log(installation: Installation) -> None:
    shown = json.loads(installation.run("policy", "show", "--json").stdout)
    checked = json.loads(installation.run("policy", "check", "--json").stdout)
    assert shown["digest"] == checked["digest"]
    assert checked["ok"] is True
    assert checked["rows"] > 40


def test_a_table_that_is_not_sound_is_refused_by_row(installation: Installation) -> None:
    spoiled = policy_text().replace('effect = "withhold"', 'effect = "withold"', 1)
    (installation.folder / "eigen.toml").write_text(spoiled)
    refused = installation.run("policy", "check", installation.folder / "eigen.toml")
    assert refused.exit_code == 1
    assert "category.1.effect (identiteit-zonder-T1)" in refused.stdout


def test_serving_without_a_part_ends_with_its_name(installation: Installation) -> None:
    """``gateway serve`` does not begin, says why on one line, and ends with 1."""
    (installation.state / "gateway.sec").chmod(0o644)
    refused = installation.run("serve")
    assert refused.exit_code == 1
    assert refused.stderr.strip().count("\n") == 0
    assert "keys.secret_key_file" in refused.stderr
    assert "chmod 600" in refused.stderr
