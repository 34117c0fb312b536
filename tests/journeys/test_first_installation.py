"""The README's first installation, followed to the letter on real servers with real GnuPG.

Every block of the section is run in order, in one shell, in an empty home.
What is put in its place, and nothing else:

* installing (the first block): the command of this environment is taken, since
  tests use no network; `tests/test_packaging.py` builds the wheel it names;
* the two port numbers: others may be taken on this machine;
* how long the mail server stays if nobody ends it, and that it is set up already.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.house_files import ROOT
from tests.servers.process import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
SECTION = "## First installation, in ten minutes\n"


def blocks() -> list[tuple[str, str]]:
    """Kind and text of each fenced block of the section."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition(SECTION)[2]
    text = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def script() -> str:
    """All blocks as one script, with the substitutions of this file's docstring."""
    (_, install), *others = blocks()
    assert install.count("pip install") == 2
    text = "\n".join(block for _, block in others)
    imaps, submissions = free_port(), free_port()
    ours = f"--imaps={imaps}\\ --submissions={submissions}\\ --hours=1\\ "
    for there, here in (
        ("9993", str(imaps)),
        ("9465", str(submissions)),
        ("make mailserver ARGS=", f"make -o setup BIN={BIN} mailserver ARGS={ours}"),
    ):
        assert there in text, there
        text = text.replace(there, here)
    return f"set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n{text}"


class Followed:
    """What the section left behind: its output, and the folder it worked in."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "taalpoort"
        self.folder.mkdir()
        path = f"{BIN}:{os.environ['PATH']}"
        keep = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
        self.done = subprocess.run(
            ["bash", "-c", script()],
            check=False,
            cwd=ROOT,
            env={"HOME": str(home), "PATH": path, **keep},
            capture_output=True,
            text=True,
            timeout=1800,  # forty commands, one after another, each started anew
        )

    def gpg(self, who: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """GnuPG of one of the two."""
        home = ("--homedir", str(self.folder / who), "--batch", "--status-fd", "1")
        return subprocess.run(
            ["gpg", *home, *arguments], check=False, capture_output=True, timeout=60
        )

    def read(self, who: str) -> EmailMessage:
        """The mail that this person decrypted last."""
        content = (self.folder / f"{who}.txt").read_bytes()
        found = message_from_bytes(content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def clean_up(self) -> None:
        """Whatever a script that failed left running."""
        for who in ("karin", "omar"):
            if (self.folder / who).exists():
                subprocess.run(
                    ["gpgconf", "--homedir", str(self.folder / who), "--kill", "all"], check=True
                )
        pid = self.folder / "mail" / "pid"
        if pid.exists():
            psutil.Process(int(pid.read_text())).terminate()


@pytest.fixture(scope="module")
def followed() -> Iterator[Followed]:
    """The section, followed once.  The home is short: sockets of gpg-agent lie below it."""
    home = Path(tempfile.mkdtemp(prefix="home-"))
    followed = Followed(home)
    try:
        yield followed
    finally:
        followed.clean_up()
        shutil.rmtree(home, ignore_errors=True)


def attached(mail: EmailMessage) -> dict[str, Any]:
    found = mail.iter_attachments()
    (only,) = [each for each in found if each.get_content_type() == "application/json"]
    return dict(json.loads(only.get_content()))


def test_every_block_is_run_by_a_shell() -> None:
    """So that none is left out here because it is of another kind."""
    assert len(blocks()) > 8
    assert {kind for kind, _ in blocks()} == {"sh"}


def test_it_comes_to_its_end(followed: Followed) -> None:
    assert followed.done.returncode == 0, followed.done.stderr[-3000:]


def test_all_parts_were_in_order_and_the_log_is_whole(followed: Followed) -> None:
    said = followed.done.stdout.splitlines()
    assert sum(line.startswith("ok ") for line in said) == 17
    assert not [line for line in said if line.startswith("NOT")]
    assert any(
        re.match(r"\d+ entries, whole; \d+ under the newest checkpoint", line) for line in said
    )


@pytest.mark.parametrize("who", ["karin", "omar"])
def test_whoever_pins_a_key_is_shown_the_fingerprint_that_gnupg_shows(
    followed: Followed, who: str
) -> None:
    keys = followed.gpg(who, "--with-colons", "--list-secret-keys").stdout.decode()
    fingerprint = re.search(r"^fpr:+([0-9A-F]{40}):", keys, re.MULTILINE)
    assert fingerprint is not None
    assert f"\n{who}\nkey pending: {fingerprint[1]}\n" in followed.done.stdout
    assert f"\nthis key counts from now on: {fingerprint[1]}\n" in followed.done.stdout


def test_what_inspect_foretold_is_what_happened(followed: Followed) -> None:
    said = followed.done.stdout
    assert "outcome: forward  sender: omar" in said
    receipt = attached(followed.read("omar"))["berichten"][0]
    assert receipt["uitkomst"] == "forward"
    for path in receipt["doorgegeven"]:
        assert f"  + {path}\n" in said
    for each in receipt["nietDoorgegeven"]:
        assert f"  - {each['pad']}  ({each['reden']})\n" in said


def test_the_receipt_names_what_was_withheld(followed: Followed) -> None:
    receipt = attached(followed.read("omar"))["berichten"][0]
    assert {each["pad"]: each["reden"] for each in receipt["nietDoorgegeven"]} == {
        "voortgang.gevolgdeUren.nonFormeel": "art-12.2/not-in-consent-form",
        "voortgang.verzuim.reden": "art-12.3/not-in-bijsluiter",
    }


@pytest.mark.parametrize("file", ["voortgang.json", "voortgang-eerder.json"])
def test_the_casemanager_got_each_report(followed: Followed, file: str) -> None:
    """The first was made by hand with GnuPG, the second by `gateway send`; both were shown."""
    sent = json.loads((ROOT / "docs" / "examples" / file).read_text(encoding="utf-8"))
    assert f"Berichtnummer: {sent['berichten'][0]['berichtId']}" in followed.done.stdout


def test_the_casemanager_reads_what_may_be_shared_and_nothing_else(followed: Followed) -> None:
    (report,) = attached(followed.read("karin"))["berichten"]
    sent = json.loads((ROOT / "docs" / "examples" / "voortgang-eerder.json").read_text("utf-8"))
    expected = sent["berichten"][0]
    del expected["voortgang"]["verzuim"]["reden"]
    del expected["voortgang"]["gevolgdeUren"]["nonFormeel"]
    assert report == expected


def test_only_the_casemanager_can_decrypt_it_and_the_gateway_signed(followed: Followed) -> None:
    mail = str(followed.folder / "karin.eml")
    done = followed.gpg("karin", "--decrypt", mail)
    fingerprint = re.search(r"gateway key: made, ([0-9A-F]{40})", followed.done.stdout)
    assert fingerprint is not None
    assert re.search(rb"^\[GNUPG:\] VALIDSIG .*" + fingerprint[1].encode(), done.stdout, re.M)
    assert done.returncode == 0
    refused = followed.gpg("omar", "--decrypt", mail)
    assert refused.returncode != 0
    assert b"DECRYPTION_OKAY" not in refused.stdout


def test_the_gateway_and_the_mail_server_have_ended(followed: Followed) -> None:
    log = (followed.folder / "serve.log").read_text(encoding="utf-8")
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events[0] == "gateway.started"
    assert events[-1] == "gateway.stopped"
    assert events.count("report.sent") == 4
    pid = followed.folder / "mail" / "pid"
    wait_until(lambda: not pid.exists(), what="mail server has ended")
