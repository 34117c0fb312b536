"""``gateway demo`` as somebody runs it: the story, its promises, its failures and its traces."""

from __future__ import annotations

import imaplib
import json
import os
import pty
import re
import signal
import ssl
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway import resources
from tests import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = (sys.executable, "-c", "from gateway.cli.main import app; app()", "demo")
PATIENCE = 600  # seconds, with a machine that has far too much to do
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
WITHHELD = re.compile(r'effect = "withhold"\nreason = "[^"]+"')


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the demonstration may put its private folder; short, for GnuPG's sockets."""
    with tempfile.TemporaryDirectory(prefix="d-") as path:
        yield Path(path)


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), **more}


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(folder, **more),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def run_ahead(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same, with its code loaded beforehand: for what is about the story, not the start."""
    return ahead.run("demo", *arguments, timeout=PATIENCE, environment=environment(folder))


def agents(folder: Path) -> list[str]:
    """GnuPG agents whose home is in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if "gpg-agent" in command and str(folder) in command:
            found.append(command)
    return found


def test_the_story_is_told_in_plain_lines_and_leaves_nothing_behind(folder: Path) -> None:
    # Settings of a real gateway, which the demonstration must not touch.
    done = run(
        folder,
        TAALPOORT_CONFIG="/nowhere/gateway.toml",
        TAALPOORT_DATABASE__URL="postgresql://somebody@127.0.0.1:1/real",
    )

    assert done.returncode == 0, done.stderr.decode()
    assert not CONTROL.search(done.stdout)
    assert done.stderr == b""
    assert list(folder.iterdir()) == []
    assert agents(folder) == []
    told = done.stdout.decode()
    for promised in (
        "Casper krijgt precies: DEMO-0001, DEMO-0002.",
        "Carla krijgt precies: DEMO-0004.",
        "Over DEMO-0003 krijgt geen casemanager iets.",
        "Ontvangstbevestiging: 3 van 4 berichten doorgegeven",
        "betrokkene.nationaliteit",
        "art-12.4/consent-withdrawn",
        "altered: not the bytes that were sealed",
        "signature: the checkpoint over",
        "De mail die Saar bewaarde, verraadt het: ",
        "zonder de poort",
        "Uw mail was niet versleuteld.",
        "Het logboek is heel",
        "formulieren/voortgang.xlsx",
        "Een fout in een rij kost alleen die rij.",
        "Blad 'Inburgeraars', cel ",
    ):
        assert promised in told


def test_the_facts_are_what_was_read_back_and_the_folder_is_kept_on_request(folder: Path) -> None:
    done = run_ahead(folder, "--json", "--keep")

    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    got = {(each["to"].split("@")[0], each["dossierkenmerk"]) for each in facts["delivered"]}
    assert got == {("casper", "DEMO-0001"), ("casper", "DEMO-0002"), ("carla", "DEMO-0004")}
    second = next(each for each in facts["delivered"] if each["dossierkenmerk"] == "DEMO-0002")
    assert "voortgang.gevolgdeUren.formeel" in second["disclosed"]
    assert not [path for path in second["disclosed"] if "verzuim" in path or "taalniv" in path]
    outcomes = [each["uitkomst"] for each in facts["receipt"]["berichten"]]
    assert outcomes == ["forward", "forward", "reject", "forward"]
    assert facts["log"]["kinds"].count("report") == 4
    assert facts["log"]["tampering"].keys() == {"altered", "forged", "rewritten"}
    assert all(facts["log"]["tampering"].values())
    assert f"entry {facts['log']['proven']}: altered" in facts["log"]["tampering"]["altered"][0]
    assert facts["unencrypted"]["reasons"] == ["art-12.5/not-encrypted"]
    rows = facts["workbook"]["receipt"]["berichten"]
    assert [each["uitkomst"] for each in rows] == ["forward", "reject"]
    assert facts["seconds"] > 0
    assert len(facts["promises"]) > 20
    (kept,) = folder.iterdir()
    assert facts["folder"] == str(kept)
    assert (kept / "gateway.toml").is_file()
    assert kept.stat().st_mode & 0o077 == 0


def test_the_same_story_with_smime(folder: Path) -> None:
    """Certificates of an authority, OpenSSL at the other side, and not one promise less."""
    done = run_ahead(folder, "--smime", "--json")

    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    got = {(each["to"].split("@")[0], each["dossierkenmerk"]) for each in facts["delivered"]}
    assert got == {("casper", "DEMO-0001"), ("casper", "DEMO-0002"), ("carla", "DEMO-0004")}
    assert {len(each["signedBy"]) for each in facts["delivered"]} == {64}
    outside = facts["onTheWire"]["toCasemanager"]
    assert outside["Content-Type"].startswith("application/pkcs7-mime;")
    assert facts["unencrypted"]["reasons"] == ["art-12.5/not-encrypted"]
    assert len(facts["promises"]) > 20
    assert list(folder.iterdir()) == []


def everything_shared(table: str) -> str:
    return WITHHELD.sub('effect = "share"', table)


def withdrawal_ignored(table: str) -> str:
    """As if whoever once gave consent could not take it back."""
    gate = table.index('[[gate]]\nid = "toestemming-ingetrokken"')
    end = table.index("[[", gate + 2)
    return (table[:gate] + table[end:]).replace(
        'consent = ["given"]', 'consent = ["given", "withdrawn"]'
    )


def nothing_shared(table: str) -> str:
    return table.replace('t4 = ["yes"] }\neffect = "share"', 't4 = ["no"] }\neffect = "share"')


def officer_switched_on(table: str) -> str:
    return table.replace(
        "non_formal_hours_under_consent = false", "non_formal_hours_under_consent = true"
    )


@pytest.mark.parametrize(
    ("sabotage", "complaint"),
    [
        (everything_shared, "staat niets wat niet mag"),
        (officer_switched_on, "voortgang.gevolgdeUren.nonFormeel"),
        (nothing_shared, "staat alles wat mag"),
        (withdrawal_ignored, "DEMO-0003: redenen"),
    ],
)
def test_another_policy_breaks_a_promise_and_is_named(
    folder: Path, tmp_path: Path, sabotage: Any, complaint: str
) -> None:
    table = resources.policy_text()
    other = tmp_path / "policy.toml"
    other.write_text(sabotage(table), encoding="utf-8")
    assert other.read_text(encoding="utf-8") != table

    done = run_ahead(folder, "--policy", str(other))

    assert done.returncode == 1
    assert "niet zoals beloofd" in done.stderr
    assert complaint in done.stderr
    assert list(folder.iterdir()) == []


def test_on_a_terminal_it_shows_its_progress(folder: Path) -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        COMMAND,
        env=environment(folder, TERM="xterm-256color", COLUMNS="100", LINES="40"),
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(follower)
        shown = _all_of(leader)
        complaint = process.stderr.read() if process.stderr else b""

    assert process.returncode == 0, complaint
    assert b"\x1b[" in shown
    assert re.search(rb"[1-9]/12", shown)
    assert "Over DEMO-0003 krijgt geen casemanager iets." in shown.decode()


def _all_of(descriptor: int) -> bytes:
    found = b""
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # Linux says EIO when the other side has closed
            part = b""
        if not part:
            os.close(descriptor)
            return found
        found += part


@contextmanager
def staying(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demonstration that stays, and everything it told."""
    process = subprocess.Popen(
        [*COMMAND, "--stay"],
        env=environment(folder, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        told = ""
        assert process.stdout is not None
        for line in process.stdout:
            told += line
            if "Ctrl-C" in line:
                break
        yield process, told
    finally:
        process.kill()
        process.wait(300)


def assert_commands_work(told: str) -> None:
    """What is printed for the command line does what it says."""
    home = re.search(r"gpg --homedir (\S+) --decrypt", told)
    settings = re.search(r"--config (\S+)", told)
    assert home, told
    assert settings, told
    keys = subprocess.run(
        ["gpg", "--homedir", home[1], "--list-secret-keys"],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    verified = subprocess.run(
        [*COMMAND[:3], "log", "verify", "--config", settings[1]],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert b"casper@" in keys.stdout
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stays_for_another_mail_program_until_told_to_stop(
    folder: Path, number: signal.Signals
) -> None:
    with staying(folder) as (process, told):
        port = re.search(r"IMAP +127\.0\.0\.1 poort (\d+)", told)
        login = re.search(r"(casper@\S+) +(\S+) +(\S+)", told.split("Zelf proberen")[1])
        authority = re.search(r"^CA +(\S+)", told, re.MULTILINE)
        assert port, told
        assert login, told
        assert authority, told
        context = ssl.create_default_context(cafile=authority[1])
        with imaplib.IMAP4_SSL("127.0.0.1", int(port[1]), ssl_context=context) as imap:
            imap.login(login[1], login[2])
            assert imap.select("INBOX") == ("OK", [b"3"])
        assert Path(login[3]).read_text().startswith("-----BEGIN PGP " + "PRIVATE KEY BLOCK-----")

        assert_commands_work(told)

        process.send_signal(number)

        assert process.wait(300) == 0
        assert list(folder.iterdir()) == []
        assert agents(folder) == []


def test_interrupted_half_way_it_cleans_up(folder: Path) -> None:
    process = subprocess.Popen(
        COMMAND,
        env=environment(folder, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "gateway init" in line:
            break

    process.send_signal(signal.SIGTERM)

    process.communicate(timeout=300)
    assert process.returncode == 130
    assert list(folder.iterdir()) == []
    assert agents(folder) == []


def test_without_the_extra_it_says_which_to_install(folder: Path) -> None:
    code = (
        "import sys; sys.modules['pymap'] = None; from gateway.cli.main import app; app(['demo'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(folder),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 1
    assert b"taalpoort[demo]" in done.stderr


def test_a_folder_too_deep_for_gnupg_is_named(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()

    done = run(deep)

    assert done.returncode == 1
    assert "TMPDIR" in done.stderr.decode()
    assert list(deep.iterdir()) == []
