"""What the gateway writes is read by a program that people use: neomutt, with GnuPG."""

from __future__ import annotations

import os
import pty
import select
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.openpgp import SequoiaEngine
from gateway.domain.mail import Attachment, Letter
from tests import people
from tests.mails.openpgp import person
from tests.mails.scene import GATEWAY, Who

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
set crypt_use_gpgme=yes pipe_decode=yes move=no wait_key=no mail_check=600
set folder="{home}" spoolfile="{home}/box" record="" header_cache=""
set crypt_protected_headers_read={reads}
"""
SECONDS = 300.0


def letter(reader: people.Person) -> Letter:
    """With a subject that only its reader is to see."""
    return Letter(
        message_id="<1@gemeente.example>",
        date=datetime.now(UTC),
        sender=GATEWAY,
        sender_name="Uitwisselpunt",
        recipient=reader.address,
        certificate=reader.cert,
        subject="Voortgang van DEMO-0001",
        outer_subject="Beveiligd bericht",
        text="Dag Sam, zie de bijlage.",
        html='<html><body class="x">\n<p>Dag Sam</p></body></html>',
        attachments=(Attachment(name="a.json", media_type="application/json", content=b"{}"),),
    )


def shown(home: Path, mail: bytes, reads: str) -> str:
    """The first mail of a mailbox, as neomutt decodes it for a pipe."""
    (home / "box").write_bytes(b"From x Thu Nov 26 00:00:00 2026\n" + mail.replace(b"\r\n", b"\n"))
    (home / "rc").write_text(SETTINGS.format(home=home, reads=reads))
    keys = f"push '<pipe-message>cat > {home}/out<enter><exit>'"
    command = ["neomutt", "-n", "-F", f"{home}/rc", "-f", f"{home}/box", "-e", keys]
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(GNUPGHOME=str(home), TERM="xterm", HOME=str(home))
        os.execvp(command[0], command)
    try:
        _until_it_ends(terminal, time.monotonic() + SECONDS)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return (home / "out").read_text()


def _until_it_ends(terminal: int, deadline: float) -> None:
    """Read what it draws; a terminal whose program is gone gives an error or nothing."""
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 1.0)[0]:
            try:
                drawn = os.read(terminal, 65536)
            except OSError:
                return
            if not drawn:
                return


@pytest.mark.parametrize("reads", ["yes", "no"])
def test_neomutt_shows_text_and_subject_whether_it_knows_protected_headers_or_not(
    reads: str,
) -> None:
    reader, own = person(Who.COLLEAGUE), person(Who.GATEWAY)
    mail = SequoiaEngine((own.tsk,)).seal(letter(reader))
    assert b"DEMO-0001" not in mail
    with people.GpgHome() as home:
        home.add(reader.tsk, own.cert)
        text = shown(home.path, mail, reads)
    assert "Dag Sam, zie de bijlage." in text
    assert "Subject: Voortgang van DEMO-0001" in text
    assert not text.rstrip(" \n").endswith("  ")
