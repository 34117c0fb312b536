"""From the kit to the casemanager: what a clerk does with what the municipality hands over.

The clerk unpacks the kit, types the guide's commands for GnuPG, fills the workbook, has
LibreOffice save it as Excel, mails it, and reads the answer; the casemanager reads the
report in NeoMutt.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.adapters.kit_words import OWN_CERTIFICATE
from gateway.cli.main import app
from gateway.domain.stages import Addressed
from tests import generators, people, world
from tests.adapters.test_old_clients import shown
from tests.journeys.conftest import a_town, at_work
from tests.journeys.residents import plain_words
from tests.kits import fill, saved_as_excel, set_up_gnupg
from tests.world import CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.town import Town

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PROGRESS: dict[str, Any] = {
    "Soort bericht": "VOORTGANG",
    "Wet": "WI2013",
    "Doelgroep": "Asielstatushouder",
    "Periode van": date(2026, 1, 1),
    "Periode tot en met": date(2026, 3, 31),
    "Lezen begin": "A1",
    "Lezen nu": "A2",
    "Lezen doel": "B1",
    "Gevolgde uren formeel": 96,
    "Aangeboden uren": 120,
    "Verzuim geoorloofd": 18,
}


def row(number: int, **changes: object) -> dict[str, Any]:
    """One inburgeraar as the clerk writes them."""
    who = generators.betrokkene(number)
    return {
        "Dossierkenmerk": who["dossierkenmerk"],
        "Voornamen": who["voornamen"],
        "Achternaam": who["geslachtsnaam"],
        "Geboortedatum": date.fromisoformat(str(who["geboortedatum"])),
        **PROGRESS,
        **changes,
    }


@pytest.fixture(scope="module")
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with a_town("sqlite", request, tmp_path_factory) as town, at_work(town):
        yield town


@pytest.fixture(scope="module")
def kit(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the functional administrator makes it and hands it over."""
    folder = tmp_path_factory.mktemp("school") / "pakket"
    made = CliRunner().invoke(
        app,
        ["kit", "--for", world.SCHOOL_1, "--out", str(folder), "--by", world.BY],
        env={"TAALPOORT_CONFIG": str(town.file)},
    )
    assert made.exit_code == 0, made.output
    return folder


@pytest.fixture(scope="module")
def clerk(town: Town, kit: Path) -> Iterator[people.GpgHome]:
    """Saar's GnuPG, set up as the guide says; the municipality compared her fingerprint."""
    saar = town.resident(SAAR)
    with people.GpgHome() as home:
        printed = set_up_gnupg(kit, home, f"{saar.somebody.name} <{saar.account.address}>")
        assert town.fingerprint in "".join(printed.split())
        town.pin(SAAR, (kit / OWN_CERTIFICATE).read_bytes())
        yield home


def mailed(town: Town, clerk: people.GpgHome, form: Path, media_type: str = XLSX) -> bytes:
    """A mail with this form, signed and encrypted as a mail program with GnuPG does."""
    saar, ours = town.resident(SAAR), town.household.gateway.address
    inner = people.entity([(form.name, media_type, form.read_bytes())], text="")
    sealed = clerk.run(
        *("--trust-model", "pgp", "--armor", "--sign", "--encrypt", "--recipient", ours),
        given=inner,
    ).stdout
    headers = {
        "From": f"{saar.somebody.name} <{saar.account.address}>",
        "To": ours,
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": people.new_message_id(),
        "Subject": "Voortgang",
    }
    return people.pgp_mime(headers, sealed)


def test_from_the_kit_to_the_casemanager(town: Town, kit: Path, clerk: people.GpgHome) -> None:
    good, faulty = town.inburgeraar(), town.inburgeraar()
    form = kit / "formulieren" / "voortgang.ods"
    fill(form, [row(good), row(faulty, **{"Lezen nu": "gevorderd"})])
    mail = mailed(town, clerk, saved_as_excel(form))
    assert plain_words([mail], generators.dossierkenmerk(good), "Lezen") == []
    town.post(SAAR, mail)
    town.settle(1)

    saar = town.resident(SAAR)
    saar.home, own = clerk, saar.home  # what she reads now, she reads with the new key
    try:
        receipt = town.receipt(SAAR)
    finally:
        saar.home = own
    outcomes = [each["uitkomst"] for each in receipt.proof["berichten"]]
    assert outcomes == ["forward", "reject"]
    assert "Blad 'Inburgeraars'" in receipt.text
    assert "gevorderd" not in receipt.text
    casper = town.resident(CASPER)
    (report,) = town.inbox(CASPER)
    read = shown(casper.home.path, report, "yes")
    assert generators.dossierkenmerk(good) in read
    assert "A2" in read
    assert generators.dossierkenmerk(faulty) not in read


def test_the_form_that_an_administration_exports(
    town: Town, kit: Path, clerk: people.GpgHome, tmp_path: Path
) -> None:
    """The kit's CSV with a line added, as a Dutch Excel writes it: in Windows-1252."""
    number = town.inburgeraar()
    blank = (kit / "formulieren" / "voortgang.csv").read_text(encoding="utf-8-sig")
    heading = next(csv.reader(io.StringIO(blank), delimiter=";"))
    line = io.StringIO(newline="")
    said = {
        name: f"{cell:%d-%m-%Y}" if isinstance(cell, date) else str(cell)
        for name, cell in row(number).items()
    }
    csv.DictWriter(line, heading, delimiter=";").writerow(said)
    form = tmp_path / "export.csv"
    form.write_bytes((blank + line.getvalue()).encode("cp1252"))
    (carried,) = town.look(mailed(town, clerk, form, "text/csv"))
    assert isinstance(carried, Addressed), carried
