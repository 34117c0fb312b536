"""``gateway log audit``: who did what, as an officer reads it; and every command is in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.adapters.origin import account
from gateway.config import ConfigError
from tests.deeds import deeds_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.installations import Installation

TESS, PIM = ("--by", "Tess Testpersoon"), ("--by", "Pim Proefpersoon")
MINE = f"account {account()}"


def audit(installation: Installation, *more: str) -> list[dict[str, Any]]:
    found = installation.run("log", "audit", "--json", *more)
    assert found.exit_code == 0, found.stderr
    deeds: list[dict[str, Any]] = json.loads(found.stdout)
    return deeds


def last(installation: Installation) -> tuple[str, str, str, str]:
    deed = deeds_of(installation.config())[-1]
    return deed.actor, deed.action.value, deed.subject or deed.about, deed.detail


def test_the_trail_is_told_and_tells_who_looked(installation: Installation) -> None:
    told = installation.run("log", "audit", *TESS).stdout
    assert "another  proposal.approved" in told
    found = audit(installation, *PIM)
    assert [(each["actor"], each["action"]) for each in found][-2:] == [
        ("test", "log.audit-looked"),
        ("another", "log.audit-looked"),
    ]
    fields = {"seq", "at", "actor", "action", "about", "result", "origin", "detail", "trace"}
    assert fields == set(found[0])
    # Without a name it is by account.
    assert audit(installation)[-1]["actor"] == MINE


def test_who_is_no_operator_does_not_see_it_and_that_is_in_it(installation: Installation) -> None:
    refused = installation.run("log", "audit", "--by", "Iemand Anders")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    (tried,) = audit(installation, "--action", "operator.refused")
    assert (tried["actor"], tried["result"]) == (MINE, "refused")
    assert tried["detail"] == "unknown-operator"


def test_it_is_asked_by_actor_action_and_person(installation: Installation) -> None:
    installation.run("dossier", "show", "DEMO-0004", "--reveal", *PIM)
    (look,) = audit(installation, "--person", "DEMO-0004", "--action", "register.dossier-looked")
    assert (look["actor"], look["about"]) == ("another", "dossier-4")
    by_name = audit(installation, "--actor", "pim proefpersoon")
    assert {each["actor"] for each in by_name} == {"another"}
    assert by_name == audit(installation, "--actor", "another")
    assert audit(installation, "--until", "2020-01-01") == []
    assert len(audit(installation, "--last", "2")) == 2
    assert "these are the last 2" in installation.run("log", "audit", "--last", "2").stderr
    none = installation.run("log", "audit", "--until", "2020-01-01")
    assert (none.stdout, none.stderr) == ("nothing on record\n", "")
    unknown = installation.run("log", "audit", "--action", "register.dossier-seen")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "register." in unknown.stderr
    # The question itself was about that person.
    asked = audit(installation, "--person", "DEMO-0004", "--action", "log.")
    assert [each["about"] for each in asked] == ["dossier-4"] * 2
    assert installation.run("log", "audit", "--person", "GEEN-1").exit_code == 1


def test_each_way_to_take_something_of_the_log_is_in_it(
    installation: Installation, tmp_path: Path
) -> None:
    installation.run("log", "show")
    assert last(installation) == (MINE, "log.looked", "log", "")
    installation.run("log", "show", "--person", "DEMO-0001", *TESS)
    assert last(installation) == ("test", "log.looked", "dossier-1", "")
    installation.run("log", "show", "ab" * 16, *TESS)
    assert last(installation) == ("test", "log.looked", "ab" * 16, "")
    assert deeds_of(installation.config())[-1].trace == "ab" * 16
    assert installation.run("log", "prove", "0", "--to", tmp_path / "a.zip").exit_code == 0
    assert last(installation) == (MINE, "log.exported", "entry/0", "proof")
    installation.run("log", "export", "--to", tmp_path / "log.jsonl", *PIM)
    assert last(installation) == ("another", "log.exported", "log", "opened")
    installation.run("log", "export", "--bundle", "--to", tmp_path / "log.zip", *PIM)
    assert last(installation) == ("another", "log.exported", "log", "bundle")
    # What was handed over holds the handing over.
    assert '"log.exported"' in (tmp_path / "log.jsonl").read_text()
    before = deeds_of(installation.config())
    assert installation.run("log", "verify").exit_code == 0
    assert deeds_of(installation.config()) == before


def test_keys_and_certificates_are_in_it(installation: Installation, tmp_path: Path) -> None:
    made = [each.about for each in deeds_of(installation.config()) if each.action == KEY_MADE]
    assert made == ["master-key", "gateway-key", "log-key"]
    fingerprint = json.loads(installation.run("key", "show", "--json").stdout)["fingerprint"]
    assert installation.run("key", "export").exit_code == 0
    exported = (MINE, "gateway.certificate-exported", fingerprint.lower(), "")
    assert last(installation) == exported
    new = installation.run(
        "key", "new", "School <a@school.example>", "--to", tmp_path / "a.sec",
        "--config", installation.file,
    )  # fmt: skip
    assert new.exit_code == 0, new.stderr
    assert last(installation)[:2] == (MINE, KEY_MADE)
    assert installation.run("init").exit_code == 0
    assert last(installation) == (MINE, "gateway.prepared", "poort-1", "")


KEY_MADE = "gateway.key-made"


def test_what_a_command_did_is_under_a_checkpoint_without_a_gateway(
    installation: Installation,
) -> None:
    installation.run("contact", "show", "contact-1", "--reveal", *PIM)
    verdict = json.loads(installation.run("log", "verify", "--json").stdout)
    assert verdict["covered"] == verdict["size"] > 0
    assert verdict["findings"] == []


def test_where_the_key_of_the_log_cannot_be_read_the_deed_stands_and_waits(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_config: object) -> None:
        raise ConfigError("not for this account")

    before = deeds_of(installation.config())
    with monkeypatch.context() as patched:
        patched.setattr("gateway.wiring.deeds.log_key", unreadable)
        shown = installation.run("contact", "show", "contact-1", "--reveal", *PIM)
    assert shown.exit_code == 0
    assert len(deeds_of(installation.config())) == len(before) + 1
    waiting = json.loads(installation.run("log", "verify", "--json").stdout)
    assert waiting["covered"] == waiting["size"] - 1
    installation.run("log", "show")
    covered = json.loads(installation.run("log", "verify", "--json").stdout)
    assert covered["covered"] == covered["size"]
