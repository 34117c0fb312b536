"""A school's kit as a clerk uses it: the guide's commands typed, the forms filled."""

from __future__ import annotations

import re
import subprocess
import tempfile
from typing import TYPE_CHECKING

from pypdfium2 import PdfDocument

from gateway.adapters.kit_words import OWN_NAME
from gateway.demo.sheet_user import filled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from tests.people import GpgHome

# The passphrase that a person would type is empty here.
_QUIET = 'gpg() { command gpg --batch --pinentry-mode loopback --passphrase "" "$@"; }'


def text_of(file: Path) -> str:
    """What a PDF says, page after page."""
    pages = PdfDocument(file.read_bytes())
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def commands_of(guide: Path) -> list[str]:
    """The commands for GnuPG, as they stand in the guide."""
    return [line.rstrip() for line in re.findall(r"^gpg .+$", text_of(guide), re.MULTILINE)]


def set_up_gnupg(kit: Path, home: GpgHome, user_id: str = OWN_NAME) -> str:
    """Type the guide's commands in the unpacked kit, under one's own name; what gpg printed."""
    own, address = user_id, user_id.partition("<")[2].rstrip(">")
    placeholder = OWN_NAME.partition("<")[2].rstrip(">")
    typed = [
        line.replace(OWN_NAME, own).replace(placeholder, address)
        for line in commands_of(kit / "handleiding.pdf")
    ]
    assert len(typed) == 4, typed
    ran = subprocess.run(
        ["bash", "-euc", "\n".join([_QUIET, *typed])],
        cwd=kit,
        env={"GNUPGHOME": str(home.path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def fill(form: Path, rows: Sequence[Mapping[str, str | int | date]]) -> None:
    """Write rows by heading below what is in the ODS form."""
    form.write_bytes(filled(form.read_bytes(), rows))


def saved_as_excel(form: Path) -> Path:
    """Opened by LibreOffice and saved as an Excel workbook beside it."""
    with tempfile.TemporaryDirectory(prefix="lo-") as home:
        subprocess.run(
            [
                *("soffice", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"),
                *("--outdir", str(form.parent), str(form)),
            ],
            env={"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            check=True,
            capture_output=True,
            timeout=300,
        )
    return form.with_suffix(".xlsx")
