"""LibreOffice opens each form, takes in what is typed, saves it as it does, and it is read."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from gateway.domain.form_reading import FormKind
from tests import forms, generators
from tests.forms import HEADINGS, csv_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

XLSX, ODS, CSV = FormKind.XLSX, FormKind.ODS, FormKind.CSV
SEMICOLONS = "59,34,76,1"  # of UTF-8, from the first row
DUTCH = 1043
AS_SHOWN = f"csv:Text - txt - csv (StarCalc):{SEMICOLONS},,{DUTCH},false,true"
# "Detect special numbers": every cell is taken as if somebody had typed it.
TYPED = f"--infilter=Text - txt - csv (StarCalc):{SEMICOLONS},,{DUTCH},false,true"
SENT = [generators.full_bericht(number, regime="WI2021") for number in (1, 2)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the filled forms."""
    folder = tmp_path_factory.mktemp("forms")
    for kind in forms.TABLES:
        (folder / f"{kind}.{kind}").write_bytes(forms.filled(kind, *SENT))
    return folder


def saved(desk: Path, to: str, files: Sequence[str], *options: str) -> list[bytes]:
    """What LibreOffice makes of these files when it saves them."""
    program = shutil.which("soffice")
    assert program is not None, "scripts/bootstrap installs LibreOffice"
    out = desk / f"saved-{'-'.join(files)}-{to.partition(':')[0]}"
    subprocess.run(
        [program, "--headless", f"-env:UserInstallation={(desk / 'profile').as_uri()}",
         *options, "--convert-to", to, "--outdir", str(out), *(str(desk / each) for each in files)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    ending = to.partition(":")[0]
    return [(out / each).with_suffix(f".{ending}").read_bytes() for each in files]


def test_what_it_saves_is_what_was_filled_in(desk: Path) -> None:
    wanted = forms.reports(forms.read(XLSX, forms.filled(XLSX, *SENT)))
    [as_ods] = saved(desk, "ods:calc8", ["xlsx.xlsx"])
    [as_xlsx] = saved(desk, "xlsx:Calc MS Excel 2007 XML", ["ods.ods"])
    [as_csv] = saved(desk, AS_SHOWN, ["ods.ods"])
    for kind, content in ((ODS, as_ods), (XLSX, as_xlsx), (CSV, as_csv)):
        read = forms.read(kind, content)
        assert (read.faults, read.withheld) == ((), ())
        assert forms.reports(read) == wanted


def test_what_is_typed_in_it_is_understood(desk: Path) -> None:
    """Dates and amounts become numbers of its own, telephone numbers lose their zero."""
    typed = dict.fromkeys(HEADINGS, "") | {
        "Dossierkenmerk": "DH-2026-1",
        "Achternaam": "Çelik",
        "Geboortedatum": "7-6-1990",
        "Telefoonnummer": "0612345678",
        "Soort bericht": "Voortgang",
        "Wet": "wi2021",
        "Doelgroep": "Gezinsmigrant en overige migrant",
        "Periode van": "1-1-26",
        "Periode tot en met": "31 maart 2026",
        "Aangeboden uren": "120",
        "DUO-lening rest": "1.234,50",
        "DUO-lening peildatum": "1-3-2026",
        "Mag opleiding afmaken": "ja",
        "Soort plan": "pip",
    }
    (desk / "typed.csv").write_bytes(csv_of(HEADINGS, list(typed.values())))
    for kind, to in ((XLSX, "xlsx:Calc MS Excel 2007 XML"), (ODS, "ods:calc8")):
        [content] = saved(desk, to, ["typed.csv"], TYPED)
        read = forms.read(kind, content)
        assert [(each.path, each.kind) for each in read.faults] == [
            ("berichten[0].betrokkene.telefoonnummer", "cel-geen-tekst")
        ]
        [report] = forms.reports(read)
        assert report["betrokkene"] == {
            "dossierkenmerk": "DH-2026-1",
            "geslachtsnaam": "Çelik",
            "geboortedatum": "1990-06-07",
        }
        assert report["voortgang"] == {
            "periode": {"van": "2026-01-01", "totEnMet": "2026-03-31"},
            "aangebodenUren": 120,
        }
        assert report["inburgeringstraject"] == {
            "duoLening": {"resterendBedrag": "1234.50", "peildatum": "2026-03-01"}
        }
