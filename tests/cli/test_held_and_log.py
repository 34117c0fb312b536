"""``gateway held`` and ``gateway log``: decisions by name, references only, a log that verifies."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from gateway.adapters.log_key import LogKey, create_log_key, new_log_key
from gateway.adapters.migrate import migrate
from gateway.adapters.tables_log import log_entries
from gateway.adapters.vault import Vault, create_master_key
from gateway.cli import held, log
from gateway.cli.main import app as gateway
from gateway.config import load
from gateway.ledger.checkpoints import Checkpoint
from gateway.wiring.processing import entered
from tests import corridor
from tests.contracts.flow import (
    HELD_TEXT,
    LATER,
    NOW,
    DatabaseWorld,
    another_gateway,
    fetched,
    handled,
    sealed,
    stopped,
    with_officers,
)
from tests.generators import CASEMANAGER, SENDER, bericht_id
from tests.tampering import unguard

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

ORIGIN = "gemeente.example/taalpoort"
CONFIG = """
[gateway]
address = "poort@gemeente.example"
municipality = "Voorbeeldstad"
contact = "functioneel beheer"
state_dir = "{folder}"

[database]
url = "{url}"

[keys]
secret_key_file = "{folder}/none"
public_key_file = "{folder}/none"
master_key_file = "{folder}/master"
"""


@dataclass
class Office:
    """A configured gateway with one mail of two reports: the first went, the second is held."""

    config: Path
    url: str
    vault: Vault
    trace: str = ""

    def types(self, app: Any, *words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(self.config)])

    def world(self) -> DatabaseWorld:
        return another_gateway(self.url, self.vault)


def done(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    create_master_key(tmp_path / "master")
    create_log_key(tmp_path / "log.key")
    url = f"sqlite:///{tmp_path / 'taalpoort.db'}"
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG.format(url=url, folder=tmp_path), encoding="utf-8")
    made = Office(config=config, url=url, vault=Vault.from_file(tmp_path / "master"))
    done(_fill(made))
    return made


async def _fill(office: Office) -> None:
    world = office.world()
    await migrate(world.database)
    async with world.database.transaction() as connection:
        await with_officers(connection)
    await world.inbox.store([fetched(b"a mail")], NOW)
    (mail,) = await world.inbox.claim(1, NOW)
    reports = (sealed(mail.raw, 0), stopped(HELD_TEXT, 1, report=2))
    await world.ledger.release([(mail, handled(mail, *reports))], LATER)
    await entered(load(office.config), world.database)
    office.trace = mail.raw.trace
    await world.close()


def test_the_list_shows_references_and_reasons_and_nobody(office: Office) -> None:
    shown = office.types(held.app, "list")
    assert shown.exit_code == 0
    assert office.trace in shown.stdout
    assert "art-12.3/free-text-needs-release" in shown.stdout
    whole = office.types(held.app, "list", "--json").stdout + shown.stdout
    for hidden in (SENDER.contact_id, "dossier-1", str(bericht_id(2))):
        assert hidden not in whole


def test_a_look_at_one_says_what_to_do_now(office: Office) -> None:
    shown = office.types(held.app, "show", office.trace).stdout
    assert "what to do: Read the text with gateway held show and --reveal, and a plan with" in shown
    assert "what to do" not in office.types(held.app, "list").stdout


def test_whom_it_is_about_is_shown_when_asked_for_and_that_goes_on_record(office: Office) -> None:
    plain = json.loads(office.types(held.app, "show", office.trace, "--json").stdout)
    assert [report["outcome"] for report in plain["reports"]] == ["forward", "hold"]
    assert "dossier" not in plain["reports"][0]
    nameless = office.types(held.app, "show", office.trace, "--reveal", "--json")
    assert (nameless.exit_code, nameless.stdout) == (2, "")
    revealed = office.types(held.app, "show", office.trace, "--reveal", "--by", "Fien", "--json")
    shown = json.loads(revealed.stdout)
    assert shown["reports"][1]["dossier"] == "dossier-1"
    kinds = [entry["kind"] for entry in logged(office)]
    assert kinds.count("consulted") == 2


def test_free_text_is_released_by_two(office: Office) -> None:
    first = office.types(held.app, "release", office.trace, "--by", "Fien", "--json")
    assert json.loads(first.stdout)["walks"] is False
    again = office.types(held.app, "release", office.trace, "--by", "fien", "--json")
    assert json.loads(again.stdout)["waiting_for_second"] == [str(bericht_id(2))]
    second = office.types(held.app, "release", office.trace, "--by", "Floor", "--json")
    assert json.loads(second.stdout)["walks"] is True
    assert "nothing is held" in office.types(held.app, "list").stdout


def test_who_saw_another_round_looks_again_first(office: Office) -> None:
    shown = json.loads(office.types(held.app, "show", office.trace, "--json").stdout)
    assert shown["round"] == 1
    done(_walk_again(office))
    release = ("release", office.trace, "--by", "Fien")
    answer = office.types(held.app, *release)
    assert answer.exit_code == 1
    assert "--round 2" in answer.stderr
    assert "round 2" in office.types(held.app, "list").stdout
    assert office.types(held.app, *release, "--round", "2").exit_code == 0


async def _walk_again(office: Office) -> None:
    world = office.world()
    (report, *_) = [each for each in await world.outbox.claim(9, LATER) if each.number == 0]
    await world.outbox.walk_again([report], LATER)
    (mail,) = await world.inbox.claim(1, LATER)
    reports = (sealed(mail.raw, 0), stopped(HELD_TEXT, 1, report=2))
    await world.ledger.release([(mail, handled(mail, *reports))], LATER)
    await world.close()


@pytest.mark.parametrize("command", ["show", "release"])
def test_what_is_not_held_is_refused_with_exit_1(office: Office, command: str) -> None:
    by = ["--by", "Fien"] if command == "release" else []
    answer = office.types(held.app, command, "00" * 16, *by)
    assert answer.exit_code == 1
    assert "no mail with this trace is held" in answer.stderr


def test_a_decision_without_a_name_is_wrong_use(office: Office) -> None:
    assert office.types(held.app, "release", office.trace).exit_code == 2


def logged(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        office.types(gateway, "log", "show", office.trace, "--json").stdout
    )
    return found


def test_the_log_of_a_mail_is_shown_in_order(office: Office) -> None:
    assert [entry["kind"] for entry in logged(office)] == ["mail", "report", "report"]
    lines = office.types(gateway, "log", "show", "--last", "2").stdout.splitlines()
    assert len(lines) == 2
    assert "hold art-12.3/free-text-needs-release" in lines[-1]


def test_of_one_mail_the_log_says_who_got_what_when_and_on_which_ground(office: Office) -> None:
    shown = office.types(gateway, "log", "show", office.trace).stdout
    first = next(line for line in shown.splitlines() if "report 1" in line)
    assert f"{LATER:%Y-%m-%d %H:%M}" in first
    told = {line.strip() for line in shown.splitlines()}
    assert {f"sender: {SENDER.contact_id}", f"recipient: {CASEMANAGER.contact_id}"} <= told
    assert {"ground: consent", "articles: 12.4", "categories: identiteit, P3-formele-uren"} <= told
    assert f"policy: {corridor.policy().digest}" in told


def test_of_a_person_and_on_demand_the_log_says_as_much(office: Office) -> None:
    of_mail = office.types(gateway, "log", "show", office.trace).stdout
    assert office.types(gateway, "log", "show", "--details").stdout == of_mail
    listed = office.types(gateway, "log", "show", "--kind", "report").stdout
    assert "ground: " not in listed


def test_a_list_that_may_go_on_says_so(office: Office) -> None:
    cut = office.types(gateway, "log", "show", "--last", "2")
    assert "these are the last 2; there may be more" in cut.stderr
    assert office.types(gateway, "log", "show", "--last", "4").stderr == ""


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("--contact", "nobody"), 1, "unknown-contact"),
        (("--kind", "reports"), 2, "there is no kind 'reports': mail, report, sent"),
        (("--outcome", "refused"), 2, "forward, partly, reject, hold, ignore"),
    ],
)
def test_a_word_that_is_not_known_is_refused_and_not_answered_with_nothing(
    office: Office, words: tuple[str, ...], code: int, named: str
) -> None:
    answer = office.types(gateway, "log", "show", *words)
    assert (answer.exit_code, answer.stdout) == (code, "")
    assert named in answer.stderr


def test_a_report_is_found_by_the_reference_that_it_bears(office: Office) -> None:
    """What a casemanager reads out over the telephone: the beginning of the Message-ID."""
    by_trace = office.types(gateway, "log", "show", office.trace).stdout
    assert office.types(gateway, "log", "show", office.trace[:8]).stdout == by_trace
    assert office.types(gateway, "log", "show", "%").stdout == "nothing on record\n"


def test_what_nobody_signed_yet_is_said_and_no_fault(office: Office) -> None:
    answer = office.types(gateway, "log", "verify", "--json")
    said = json.loads(answer.stdout)
    assert (answer.exit_code, said["ok"], said["size"], said["covered"]) == (0, True, 3, 0)
    told = office.types(gateway, "log", "verify").stdout
    assert "3 entries, whole; 0 under the newest checkpoint, 3 behind it and not covered" in told


def taken(office: Office, folder: Path, *words: str) -> Path:
    """What ``prove`` or ``export`` wrote, unpacked into an empty folder."""
    file = folder / "taken.zip"
    answer = office.types(gateway, "log", *words, "--to", str(file))
    assert answer.exit_code == 0, answer.stderr
    unpacked = folder / "elsewhere"
    with zipfile.ZipFile(file) as bundle:
        bundle.extractall(unpacked)
    return unpacked


def checked(bundle: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """By the program inside: nothing of ours can be imported there."""
    return subprocess.run(
        [sys.executable, "-I", "taalpoort_verify.py", ".", *more],
        cwd=bundle,
        env={},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


def key_of(office: Office) -> str:
    return str(LogKey.from_file(office.config.parent / "log.key", ORIGIN).public)


def test_a_checkpoint_that_somebody_kept_holds_and_a_forged_one_is_refused(
    office: Office, tmp_path: Path
) -> None:
    taken(office, tmp_path, "export", "--bundle")
    note = json.loads(office.types(gateway, "log", "verify", "--json").stdout)["checkpoint"]
    kept = tmp_path / "kept.txt"
    kept.write_text(note, encoding="utf-8")
    answer = office.types(gateway, "log", "verify", "--checkpoint", str(kept), "--json")
    said = json.loads(answer.stdout)
    assert (answer.exit_code, said["witnesses"]) == (0, 1)
    assert said["covered"] == said["size"] > 3  # that it was exported is in it too
    stranger = new_log_key(ORIGIN)
    forged = Checkpoint(origin=ORIGIN, size=3, root=bytes(32))
    kept.write_bytes(bytes(forged.signed(stranger.public, stranger.sign)))
    refused = office.types(gateway, "log", "verify", "--checkpoint", str(kept))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "kept.txt" in refused.stderr


def test_an_altered_log_is_refused_naming_the_entry(office: Office, tmp_path: Path) -> None:
    taken(office, tmp_path, "export", "--bundle")
    done(_alter(office))
    answer = office.types(gateway, "log", "verify")
    assert answer.exit_code == 1
    assert "entry 1: altered" in answer.stdout
    assert "NOT whole" in answer.stdout
    assert office.types(gateway, "log", "verify", "--tree-only").exit_code == 1


async def _alter(office: Office) -> None:
    world = office.world()
    async with world.database.transaction() as connection:
        await unguard(connection, "log_entries")
        await connection.execute(
            update(log_entries).where(log_entries.c.seq == 1).values(entry=b"{}")
        )
    await world.close()


def test_one_entry_is_proven_by_a_program_that_needs_nothing_of_ours(
    office: Office, tmp_path: Path
) -> None:
    bundle = taken(office, tmp_path, "prove", "1")
    found = checked(bundle, "--key", key_of(office))
    assert found.returncode == 0, found.stdout + found.stderr
    assert '"outcome": "forward"' in found.stdout
    (entry,) = (bundle / "proof").glob("*.entry")
    content = entry.read_bytes()
    entry.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert checked(bundle, "--key", key_of(office)).returncode == 1
    entry.write_bytes(content)
    assert checked(bundle, "--key", str(new_log_key(ORIGIN).public)).returncode == 1


def test_a_proof_without_the_key_shows_that_the_entry_is_there_and_not_what_it_says(
    office: Office, tmp_path: Path
) -> None:
    bundle = taken(office, tmp_path, "prove", "1", "--sealed")
    assert not list(bundle.rglob("*.key"))
    found = checked(bundle, "--key", key_of(office))
    assert found.returncode == 0, found.stdout + found.stderr
    assert "outcome" not in found.stdout


def test_what_is_not_there_cannot_be_proven(office: Office, tmp_path: Path) -> None:
    answer = office.types(gateway, "log", "prove", "999", "--to", str(tmp_path / "none.zip"))
    assert answer.exit_code == 1
    assert "entry 999: there is no such entry" in answer.stderr
    assert not (tmp_path / "none.zip").exists()


def test_the_whole_log_is_verified_elsewhere_and_each_change_found(
    office: Office, tmp_path: Path
) -> None:
    bundle = taken(office, tmp_path, "export", "--bundle")
    key = ("--key", key_of(office))
    assert checked(bundle, *key).returncode == 0
    entries, checkpoints = bundle / "entries.jsonl", bundle / "checkpoints.jsonl"
    lines = entries.read_text().splitlines(keepends=True)
    for changed in (
        [lines[0], lines[2]],
        lines[:-1],
        [lines[1], lines[0], lines[2]],
        [*lines[:2], lines[2].replace("A", "B")],
    ):
        entries.write_text("".join(changed))
        assert checked(bundle, *key).returncode == 1
    entries.write_text("".join(lines))
    assert checked(bundle, *key).returncode == 0
    checkpoints.write_text("")
    assert checked(bundle, *key).returncode != 0


def test_an_export_is_one_line_an_entry_and_overwrites_nothing(
    office: Office, tmp_path: Path
) -> None:
    to = tmp_path / "log.jsonl"
    assert office.types(gateway, "log", "export", "--to", str(to)).exit_code == 0
    lines = to.read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["seq"] for each in found] == list(range(len(found)))
    assert [each["kind"] for each in found[:3]] == ["mail", "report", "report"]
    assert office.types(gateway, "log", "export", "--to", str(to)).exit_code == 1
    assert to.read_text(encoding="utf-8").splitlines() == lines
    assert office.types(gateway, "log", "export").stdout.splitlines()[: len(lines)] == lines
    assert office.types(gateway, "log", "export", "--bundle").exit_code == 2


def test_a_database_without_tables_is_named(office: Office) -> None:
    text = office.config.read_text(encoding="utf-8").replace("taalpoort.db", "other.db")
    office.config.write_text(text, encoding="utf-8")
    for app, command in ((held.app, "list"), (log.app, "verify")):
        answer = office.types(app, command)
        assert answer.exit_code == 1
        assert "gateway init" in answer.stderr
