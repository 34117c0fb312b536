"""The register's commands as an administrator types them, on a database of their own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway import config as configuration
from gateway.adapters.vault import create_master_key
from gateway.cli.common import run
from gateway.cli.main import app
from gateway.wiring import parts
from gateway.wiring.processing import entered
from tests.databases import ready
from tests.people import person
from tests.world import write_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

OPERATOR = ("--by", "Rens Relatieproef")
ANOTHER = ("--by", "vera")
TERM = ("--term-start", "2020-01-01", "--term-end", "2090-01-01")
PERSON = ("--geslachtsnaam", "Verzonnen", "--geboortedatum", "1980-02-03")
WI2013 = ("--regime", "WI2013", "--doelgroep", "Asielstatushouder")
SECRETS = re.compile(r"Verzonnen|\b1980\b|Casper|Saar|casper@|saar@")  # no figures inside an id


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    """``gateway`` with its arguments; the result has `exit_code` and `output`."""
    return installed(tmp_path)


def installed(folder: Path) -> Gateway:
    """The same, in this folder."""
    create_master_key(folder / "master.key")
    ready(folder / "taalpoort.db")
    config = configured(folder)
    run(_activities(config))
    return Gateway(config)


def configured(folder: Path) -> Path:
    """The configuration of what is in this folder."""
    url = f"sqlite:///{folder / 'taalpoort.db'}"
    config = folder / "gateway.toml"
    config.write_text(
        f"""
        [gateway]
        address = "poort@gemeente.example"
        municipality = "Voorbeeldstad"
        contact = "bel ons"
        [database]
        url = "{url}"
        [keys]
        secret_key_file = "{folder / "none.key"}"
        public_key_file = "{folder / "none.asc"}"
        master_key_file = "{folder / "master.key"}"
        [consent]
        forms = "{write_catalogue(folder)}"
        """
    )
    return config


@dataclass(frozen=True)
class Gateway:
    """The command on this configuration."""

    config: Path

    def __call__(self, *arguments: object) -> Result:
        environment = {"TAALPOORT_CONFIG": str(self.config)}
        return CliRunner().invoke(app, list(map(str, arguments)), env=environment)

    def files(self) -> list[Path]:
        """What is in its folder besides."""
        found = self.config.parent.rglob("*")
        return [each for each in found if each.is_file() and each != self.config]


async def _activities(file: Path) -> None:
    """What is logged has an activity, as ``gateway init`` puts them on record."""
    config = configuration.load(file)
    database = parts.database(config)
    try:
        await entered(config, database)
    finally:
        await database.close()


def done(result: Result) -> Any:
    """What a command printed as JSON; it must have succeeded."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def staffed(gateway: Gateway) -> None:
    """Two operators."""
    done(gateway("operator", "add", "rens", "--name", "Rens Relatieproef", *OPERATOR, J))
    done(gateway("operator", "add", "vera", "--name", "Vera Verzonnen", *OPERATOR, J))


def filled(gateway: Gateway) -> None:
    """Two operators, a municipality, a school, a contact of each, one dossier with everything.

    Typed once in each process of the tests; then what the commands left is copied.
    """
    folder = gateway.config.parent
    if not _left:
        _fill(gateway)
        for each in gateway.files():
            _left[str(each.relative_to(folder))] = each.read_bytes()
    for name, content in _left.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


_left: dict[str, bytes] = {}


def _fill(gateway: Gateway) -> None:
    staffed(gateway)
    for side, name, number in (
        ("municipality", "gemeente", "0000000518"),
        ("provider", "school", "00VB000001"),
    ):
        ids = ("--id", name, "--name", name, "--instellingsnummer", number)
        done(gateway("party", "add", "--side", side, *ids, *TERM, *OPERATOR, J))
    for name, party, role in (
        ("Casper", "gemeente", "casemanager"),
        ("Saar", "school", "contactpersoon"),
    ):
        address = f"{name.lower()}@{party}.example"
        who = ("--name", f"{name} Voorbeeld", "--address", address, "--role", role)
        where = ("--party", party, "--id", name.lower(), "--bound-start", "2020-01-01")
        done(gateway("contact", "add", *who, *where, *OPERATOR, J))
    done(gateway("dossier", "add", "D-1", *PERSON, *WI2013, *OPERATOR, J))
    for contact in ("casper", "saar"):
        done(gateway("designation", "add", "D-1", contact, *OPERATOR, J))
    rows = ("--row", "T1", "--row", "T4", "--extra", "P4", "--partner", "none")
    done(gateway("consent", "record", "D-1", "given", "--provider", "school", *rows, *OPERATOR, J))


J = "--json"


def test_a_register_is_kept_by_commands_alone(gateway: Gateway) -> None:
    """Add, list, show for every noun."""
    filled(gateway)
    assert [each["party"] for each in done(gateway("party", "list", J))] == ["gemeente", "school"]
    assert done(gateway("party", "show", "school", J))["standing"] == "active"
    assert [each["contact"] for each in done(gateway("contact", "list", J))] == ["casper", "saar"]
    assert done(gateway("contact", "show", "saar", J))["key_state"] == "no-key"
    shown = done(gateway("dossier", "show", "d-1", J))
    assert (shown["regime"], shown["provider_contact"], shown["casemanager"]) == (
        "WI2013",
        "saar",
        "casper",
    )
    assert len(done(gateway("designation", "list", J))) == 2
    consent = done(gateway("consent", "show", "D-1", "--provider", "school", J))
    assert (consent["state"], consent["rows"], consent["extra"]) == ("given", ["T1", "T4"], ["P4"])
    assert [each["event"] for each in done(gateway("consent", "list", "D-1", J))] == ["given"]


def test_changes_hold_from_their_moment_on(gateway: Gateway) -> None:
    filled(gateway)
    future = ("--valid-from", "2080-01-01", *OPERATOR)
    assert gateway("party", "change", "school", "--standing", "left", *future).exit_code == 0
    assert gateway("contact", "change", "saar", "--name", "S. Anders", *future).exit_code == 0
    assert gateway("dossier", "change", "D-1", "--duty-end", "2085-01-01", *future).exit_code == 0
    assert gateway("designation", "change", "D-1", "--vacate", *future).exit_code == 0
    at = ("--at", "2080-06-01", J)
    assert done(gateway("party", "show", "school", J))["standing"] == "active"
    assert done(gateway("party", "show", "school", *at))["standing"] == "left"
    assert done(gateway("dossier", "show", "D-1", *at))["casemanager"] is None
    assert done(gateway("dossier", "show", "D-1", J))["casemanager"] == "casper"
    assert "2084-12-31T23:00" in done(gateway("dossier", "show", "D-1", *at))["duty"]


def test_one_bound_of_the_duty_changes_and_the_other_stays(gateway: Gateway) -> None:
    filled(gateway)
    for bound in (("--duty-start", "2021-01-01"), ("--duty-end", "2085-01-01")):
        assert gateway("dossier", "change", "D-1", *bound, *OPERATOR).exit_code == 0
    duty = done(gateway("dossier", "show", "D-1", J))["duty"]
    assert duty.startswith("2020-12-31T23:00")
    assert "2084-12-31T23:00" in duty


def test_consent_as_it_held_and_as_it_was_known(gateway: Gateway) -> None:
    filled(gateway)
    withdrawn = ("withdrawn", "--provider", "school", "--valid-from", "2021-01-01")
    assert gateway("consent", "record", "D-1", *withdrawn, *OPERATOR).exit_code == 0
    show = ("consent", "show", "D-1", "--provider", "school", J)
    assert done(gateway(*show))["state"] == "given"
    assert done(gateway(*show, "--valid-at", "2021-06-01"))["state"] == "withdrawn"
    late = done(gateway(*show, "--valid-at", "2021-06-01", "--known-at", "2021-06-01"))
    assert late["state"] == "none"


def test_a_certificate_is_pinned_revoked_and_free_again(gateway: Gateway, tmp_path: Path) -> None:
    filled(gateway)
    somebody = person("Saar Voorbeeld", "saar@school.example")
    file = tmp_path / "saar.pgp"
    file.write_bytes(somebody.cert)
    pending = done(gateway("contact", "change", "saar", "--key", file, *OPERATOR, J))
    assert pending["fingerprint"] == somebody.fingerprint
    assert done(gateway("contact", "show", "saar", J))["key_state"] == "no-key"
    confirm = ("contact", "confirm-key", "saar", "--channel", "telephone", "--fingerprint")
    alone = gateway(*confirm, somebody.fingerprint, *OPERATOR)
    assert (alone.exit_code, "same-person" in alone.output) == (1, True)
    misread = gateway(*confirm, somebody.fingerprint[:-1] + "0G"[1:], *ANOTHER)
    assert (misread.exit_code, "fingerprint-differs" in misread.output) == (1, True)
    assert done(gateway("contact", "show", "saar", J))["key_state"] == "no-key"
    spoken = " ".join(somebody.fingerprint[at : at + 4] for at in range(0, 40, 4)).lower()
    done(gateway(*confirm, spoken, *ANOTHER, J))
    shown = done(gateway("contact", "show", "saar", J))
    assert (shown["fingerprint"], shown["key_state"]) == (somebody.fingerprint, "ready")
    assert gateway("contact", "change", "saar", "--revoke-key", *OPERATOR).exit_code == 0
    assert done(gateway("contact", "show", "saar", J))["key_state"] == "key-revoked"
    file.write_bytes(somebody.tsk)
    refused = gateway("contact", "change", "saar", "--key", file, *OPERATOR)
    assert refused.exit_code == 1
    assert "secret-key" in refused.output


def test_of_two_proposals_of_one_key_the_others_is_confirmed(
    gateway: Gateway, tmp_path: Path
) -> None:
    """Both sent it in: whoever telephones confirms what the other one proposed."""
    filled(gateway)
    somebody = person("Saar Voorbeeld", "saar@school.example")
    file = tmp_path / "saar.pgp"
    file.write_bytes(somebody.cert)
    for by in (ANOTHER, OPERATOR):
        done(gateway("contact", "change", "saar", "--key", file, *by, J))
    confirm = ("contact", "confirm-key", "saar", "--channel", "telephone", "--fingerprint")
    done(gateway(*confirm, somebody.fingerprint, *OPERATOR, J))
    assert done(gateway("contact", "show", "saar", J))["key_state"] == "ready"


def test_names_and_birth_dates_are_masked_until_somebody_says_who_looks(gateway: Gateway) -> None:
    """And who looked is on record."""
    filled(gateway)
    looking = (
        ("dossier", "list"),
        ("dossier", "show", "D-1"),
        ("contact", "list"),
        ("contact", "show", "saar"),
        ("designation", "list"),
        ("designation", "show", "D-1"),
        ("consent", "list", "D-1"),
        ("party", "list"),
    )
    for command in looking:
        for form in ((), (J,)):
            output = gateway(*command, *form).output
            assert SECRETS.findall(output) == []
    for command in looking[:4]:
        assert gateway(*command, "--reveal").exit_code == 2
        revealed = gateway(*command, "--reveal", *OPERATOR)
        assert revealed.exit_code == 0
        assert SECRETS.search(revealed.output)
        assert gateway(*command, "--reveal", "--by", "Iemand Anders").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("party", "add", "--side", "provider", "--name", "x"), 2, "instellingsnummer"),
        (("party", "change", "school", *OPERATOR), 2, "say what changes"),
        (("party", "show", "niets"), 1, "no such party"),
        (("party", "change", "niets", "--name", "x", *OPERATOR), 1, "Deze organisatie staat niet"),
        (("contact", "show", "niets"), 1, "no such contact"),
        (("dossier", "show", "NIETS"), 1, "unknown-dossier"),
        (("dossier", "add", "D-1", *PERSON, *OPERATOR), 1, "dossierkenmerk-taken"),
        (("dossier", "add", "D-2", *PERSON, "--regime", "WI1900", *OPERATOR), 2, "WI2013"),
        (("designation", "add", "D-1", "niets", *OPERATOR), 1, "unknown-contact"),
        (("consent", "record", "D-1", "given", "--provider", "school", *OPERATOR), 1, "rij"),
        (("party", "list", "--at", "gisteren"), 2, "2026-01-31"),
        (("import", "parties", "nergens.csv", *OPERATOR), 2, "nergens.csv"),
    ],
)
def test_wrong_use_and_refusals_are_told_apart(
    gateway: Gateway, arguments: tuple[str, ...], code: int, said: str
) -> None:
    filled(gateway)
    result = gateway(*arguments)
    assert result.exit_code == code
    assert said in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("scan", "code", "said"),
    [
        ("nergens.pdf", 2, "does not exist"),
        (".", 2, "is a directory"),
        ("/proc/self/mem", 1, "/proc/self/mem: Input/output error"),  # there, and not readable
        ("/dev/zero", 1, "bad-scan"),  # and one that never ends
    ],
)
def test_a_form_whose_scan_cannot_be_read_is_not_recorded(
    gateway: Gateway, scan: str, code: int, said: str
) -> None:
    filled(gateway)
    before = done(gateway("consent", "list", "D-1", J))
    form = ("--provider", "school", "--row", "T1", "--partner", "none", "--scan", scan)
    result = gateway("consent", "record", "D-1", "given", *form, *OPERATOR)
    assert result.exit_code == code
    assert said in " ".join(result.output.replace("│", " ").split())
    assert done(gateway("consent", "list", "D-1", J)) == before


def test_a_form_that_is_signed_tomorrow_is_refused_in_both_languages(gateway: Gateway) -> None:
    filled(gateway)
    form = ("--provider", "school", "--row", "T1", "--partner", "none", "--valid-from")
    said = gateway("consent", "record", "D-1", "given", *form, "2999-01-01", *OPERATOR)
    assert said.exit_code == 1
    assert "signed-in-future" in said.output
    assert "een dag die al is geweest" in said.output


def test_import_tells_every_faulty_row_and_no_value(gateway: Gateway, tmp_path: Path) -> None:
    filled(gateway)
    file = tmp_path / "dossiers.csv"
    head = "dossierkenmerk;geslachtsnaam;geboortedatum;regime;doelgroep"
    file.write_text(f"{head}\nD-8;Geheim;1990;WI2013;Asielstatushouder\nD-9;Geheim;x;;\n")
    refused = gateway("import", "dossiers", file, *OPERATOR)
    assert refused.exit_code == 1
    assert "line 3, geslachtsnaam" in refused.output
    assert "nothing was imported" in refused.output
    assert "Geheim" not in refused.output
    result = gateway("import", "dossiers", file, *OPERATOR, J)
    assert result.exit_code == 1
    assert [fault["line"] for fault in json.loads(result.stdout)["faults"]] == [3]
    file.write_text(f"{head}\nD-8;Geheim;1990;WI2013;Asielstatushouder\n")
    dry = done(gateway("import", "dossiers", file, "--dry-run", *OPERATOR, J))
    assert dry == {"rows": 1, "imported": False, "faults": []}
    assert gateway("dossier", "show", "D-8").exit_code == 1
    assert done(gateway("import", "dossiers", file, *OPERATOR, J))["imported"] is True
    assert gateway("dossier", "show", "D-8").exit_code == 0


def test_a_database_that_was_never_prepared_is_named(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "taalpoort.db").unlink()
    result = gateway("party", "list")
    assert result.exit_code == 1
    assert "gateway init" in result.output
