"""Scans and forms as somebody would hand them in, plainly fictitious."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category
from gateway.domain.consent_forms import AddedRow, Paper, Partner
from tests.people import GpgHome

if TYPE_CHECKING:
    from pathlib import Path

PDF = b"%PDF-1.7\n" + b"een verzonnen scan\n" * 20
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
TIFF = b"II*\x00" + bytes(100)
INTERPRETER = "Tolkje Verzinsel"
WORDS = "Verzonnen: bijzonderheden over mijn rooster"

WHOLE = Paper(
    partner=Partner.SIGNED,
    interpreter=INTERPRETER,
    added=(
        AddedRow(text=WORDS, covers=Category.P4),
        AddedRow(text="Iets dat nergens bij hoort", covers=None),
    ),
    scan=PDF,
)


def gpg_verifies(content: bytes, signature: bytes, certificate: bytes, folder: Path) -> str | None:
    """By whose key plain GnuPG finds this detached signature good; None when it does not."""
    (folder / "content").write_bytes(content)
    (folder / "content.asc").write_bytes(signature)
    with GpgHome() as home:
        home.add(certificate)
        said = home.run(
            "--status-fd=1",
            "--verify",
            str(folder / "content.asc"),
            str(folder / "content"),
            check=False,
        )
    lines = said.stdout.decode("utf-8", "replace").split("\n")
    found = [line.split()[-1] for line in lines if line.startswith("[GNUPG:] VALIDSIG ")]
    return found[0] if said.returncode == 0 and found else None
