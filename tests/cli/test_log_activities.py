"""``gateway log activities`` and ``register``; and that a changed activity stops what logs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway import resources, wiring
from gateway.domain.processing import Key
from gateway.events import silent

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installations import Installation

BASE = "https://register.gemeente.example/verwerkingen"
NAME = 'name = "Beslissen over vastgehouden mail"'


def own_file(installation: Installation, *, version: int = 1, name: str = NAME) -> Path:
    """The municipality's own activities, named by the configuration."""
    file = installation.folder / "verwerkingen.toml"
    old = f'key = "held"\nversion = 1\n{NAME}'
    text = resources.activities_text()
    assert old in text
    file.write_text(text.replace(old, f'key = "held"\nversion = {version}\n{name}'))
    configuration = installation.file.read_text()
    if "[log]" not in configuration:
        installation.file.write_text(f'{configuration}\n[log]\nactivities = "{file}"\n')
    return file


def listed(installation: Installation, *more: str) -> list[dict[str, str | None]]:
    result = installation.run("log", "activities", "--json", *more)
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, str | None]] = json.loads(result.stdout)
    return found


def test_the_list_has_every_activity_with_its_date(installation: Installation) -> None:
    found = listed(installation)
    second = {Key.INCIDENTS}
    assert {each["id"] for each in found} == {
        f"{BASE}/{key.value}/{2 if key in second else 1}" for key in Key
    }
    assert {each["until"] for each in found} == {None}
    lines = installation.run("log", "activities").stdout.splitlines()
    assert len(lines) == len(Key)
    assert f"{BASE}/held/1  since {found[0]['since']}  Beslissen over vastgehouden mail" in lines


def test_before_they_came_in_there_were_none(installation: Installation) -> None:
    assert listed(installation, "--at", "2020-01-31") == []


async def serves(installation: Installation) -> None:
    async with wiring.serving(installation.config(), silent):
        return


@pytest.mark.parametrize("command", [["init"], ["held", "list"], ["doctor", "--quick"]])
def test_a_changed_activity_is_refused_and_the_field_is_named(
    installation: Installation, command: list[str]
) -> None:
    own_file(installation, name='name = "Iets anders"')
    refused = installation.run(*command)
    assert refused.exit_code == 1
    said = refused.stdout + refused.stderr
    assert f"{BASE}/held/1 is on record with other content (name)" in said
    assert "needs a new id" in said


async def test_the_gateway_does_not_serve_on_a_changed_activity(installation: Installation) -> None:
    own_file(installation, name='name = "Iets anders"')
    with pytest.raises(wiring.NotReadyError, match=r"held/1 is on record .*\(name\)"):
        await serves(installation)


async def test_who_serves_puts_a_new_id_on_record(installation: Installation) -> None:
    own_file(installation, version=2, name='name = "Iets anders"')
    await serves(installation)
    async with wiring.serving(installation.config(), silent) as parts:
        assert parts.ledger is not None


def test_a_new_id_is_dated_and_ends_the_former(installation: Installation) -> None:
    before = datetime.now(UTC).isoformat(timespec="microseconds")
    own_file(installation, version=2, name='name = "Iets anders"')
    waiting = installation.run("held", "list")
    assert waiting.exit_code == 1
    assert f"not on record yet: {BASE}/held/2; run gateway init" in waiting.stderr
    made = json.loads(installation.run("init", "--json").stdout)
    assert made["processing activities"] == f"{len(Key) - 1} kept, 1 new"
    assert installation.run("held", "list").exit_code == 0
    (now,) = [each for each in listed(installation) if each["key"] == "held"]
    assert (now["id"], now["name"]) == (f"{BASE}/held/2", "Iets anders")
    (then,) = [each for each in listed(installation, "--at", before) if each["key"] == "held"]
    assert then["id"] == f"{BASE}/held/1"
    assert then["until"] == now["since"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "missing at note"),
        ("[", "the file is not TOML"),
        (resources.activities_text().replace('"AVG 24"', '"AVG 99"', 1), "unknown article"),
    ],
)
def test_a_faulty_file_is_named_with_its_place(
    installation: Installation, text: str, named: str
) -> None:
    file = own_file(installation)
    file.write_text(text.replace('"AVG 24" = ', '"AVG 25" = ', 1) if "unknown" in named else text)
    refused = installation.run("init")
    assert refused.exit_code == 1
    assert f"log.activities: {file}" in refused.stderr
    assert named in refused.stderr
    file.unlink()
    assert "No such file" in installation.run("init").stderr


@pytest.mark.parametrize("ending", ["json", "pdf", "md", "txt"])
def test_the_register_is_written_once(installation: Installation, ending: str) -> None:
    installation.change(
        "[database]", 'data_protection_officer = "Fem Fictief, fg@gemeente.example"\n[database]'
    )
    file = installation.folder / f"register.{ending}"
    made = installation.run("log", "register", "--to", file)
    assert made.exit_code == 0, made.stderr
    content = file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    if ending == "json":
        assert len(json.loads(content)["dpv:hasProcess"]) == len(Key)
    if ending == "pdf":
        assert content.startswith(b"%PDF-")
    else:
        assert b"Fem Fictief" in content
        assert b"Gemeente Voorbeeldstad" in content
    again = installation.run("log", "register", "--to", file)
    assert again.exit_code == 1
    assert file.read_bytes() == content


def test_another_ending_is_wrong_use(installation: Installation) -> None:
    refused = installation.run("log", "register", "--to", installation.folder / "register.docx")
    assert refused.exit_code == 2
    assert not (installation.folder / "register.docx").exists()


@pytest.mark.parametrize("base", ["register", "https://x.example/", "https://x.example/a#b", ""])
def test_a_base_that_is_no_uri_to_build_on_is_refused(
    installation: Installation, base: str
) -> None:
    with installation.file.open("a") as file:
        file.write(f'\n[log]\nregister = "{base}"\n')
    refused = installation.run("log", "activities")
    assert refused.exit_code == 1
    assert "log.register" in refused.stderr
