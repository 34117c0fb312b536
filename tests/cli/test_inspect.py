"""``gateway inspect``: says what would happen and why, as the design has it; does nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests import generators, people, world
from tests.installations import Installation, people_of_the_world

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.domain.wire import Json

AT = ("--at", "2026-01-12T09:30:00")


def mail_of(
    installation: Installation, *berichten: dict[str, Json], who: str = world.SAAR, **how: Any
) -> Path:
    """A mail in a file, as Saar's own program wrote it."""
    certificate = (installation.state / "gateway.asc").read_bytes()
    document = generators.document_json(*berichten)
    mail = people.encrypt_mail(people_of_the_world()[who], certificate, document, **how)
    file = installation.folder / "mail.eml"
    file.write_bytes(mail)
    return file


def said(installation: Installation, file: Path, *more: str) -> dict[str, Any]:
    result = installation.run("inspect", file, "--json", *more)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_what_would_be_passed_on_and_to_whom(installation: Installation) -> None:
    """The object that guides and checks rely on, with every field of it."""
    file = mail_of(installation, generators.bericht(1, bsn="123456782"))
    found = said(installation, file)
    assert found.pop("faults") == []
    (report,) = found.pop("reports")
    assert found == {
        "sender": world.SAAR,
        "protection": "openpgp",
        "outcome": "forward",
        "reasons": [],
    }
    assert report["dossierkenmerk"] == "DEMO-0001"
    assert (report["outcome"], report["reasons"]) == ("forward", [])
    assert report["recipient"] == world.CASPER
    assert "voortgang.verzuim.urenGeoorloofd" in report["disclosed"]
    assert {"path": "bsn", "reason": "art-12.3/not-in-bijsluiter"} in report["withheld"]
    assert "123456782" not in json.dumps(found) + json.dumps(report)


def test_each_report_for_itself(installation: Installation) -> None:
    """One goes, one may not; the mail's outcome is that something goes."""
    file = mail_of(installation, generators.bericht(1), generators.bericht(3))
    found = said(installation, file)
    assert [each["outcome"] for each in found["reports"]] == ["forward", "reject"]
    assert found["reports"][1]["reasons"] == ["art-12.4/consent-withdrawn"]
    assert found["reports"][1]["recipient"] is None
    assert found["outcome"] == "forward"


@pytest.mark.parametrize(
    ("number", "regime", "outcome", "reason"),
    [
        (5, "WI2021", "reject", "art-2.3/out-of-scope"),
        (8, "WI2013", "reject", "art-12.4/consent-refused"),
        (10, "WI2013", "reject", "art-12.1/duty-ended"),
        (12, "WI2013", "hold", "art-12.5/no-designated-contact"),
        (99, "WI2013", "hold", "art-12.5/person-unknown"),
    ],
)
def test_why_not(
    installation: Installation, number: int, regime: str, outcome: str, reason: str
) -> None:
    claim = generators.bericht(number, regime=regime, doelgroep=generators.ASIEL)
    found = said(installation, mail_of(installation, claim))
    assert found["outcome"] == outcome
    assert reason in found["reasons"]
    assert found["reports"][0]["disclosed"] == []


def test_a_mail_of_a_stranger_has_no_sender(installation: Installation) -> None:
    certificate = (installation.state / "gateway.asc").read_bytes()
    stranger = people.person("Vreemdeling", "vreemd@elders.example")
    file = installation.folder / "mail.eml"
    file.write_bytes(people.encrypt_mail(stranger, certificate, generators.document_json()))
    found = said(installation, file)
    assert (found["sender"], found["protection"], found["reports"]) == (None, None, [])
    assert found["reasons"] == ["art-12.5/unknown-signer"]


def test_faults_by_path_and_kind(installation: Installation) -> None:
    file = mail_of(installation, generators.bericht(1, berichttype="ROMAN"))
    found = said(installation, file)
    assert found["outcome"] == "reject"
    assert [fault["path"] for fault in found["faults"]] == ["berichten[0].berichttype"]
    assert "ROMAN" not in json.dumps(found)


def test_as_of_another_time(installation: Installation) -> None:
    """Two years on the covenant has ended; the signature is then long past as well."""
    file = mail_of(installation, generators.bericht(1))
    now = datetime.fromisoformat(said(installation, file)["reports"] and "2026-01-12T09:30:00")
    assert said(installation, file, "--at", (now + timedelta(days=900)).isoformat())["reasons"] == [
        "art-12.5/signature-date"
    ]


def test_without_json_it_reads_as_text(installation: Installation) -> None:
    """Codes with what they mean, paths with a plus or minus; no value."""
    file = mail_of(installation, generators.bericht(2))
    result = installation.run("inspect", file)
    assert result.exit_code == 0
    assert "outcome: forward" in result.stdout
    assert f"to: {world.CASPER}" in result.stdout
    assert "- voortgang.verzuim" in result.stdout
    for value in ("Proefman", "inburgeraar2@", "1234.5"):
        assert value not in result.stdout


def test_nothing_is_stored_logged_or_sent(installation: Installation) -> None:
    """Not a byte of the database changes, however often one looks."""
    file = mail_of(installation, generators.bericht(1))
    before = (installation.state / "gateway.db").read_bytes()
    for _ in range(2):
        assert said(installation, file)["outcome"] == "forward"
    assert (installation.state / "gateway.db").read_bytes() == before
    assert list((installation.folder / "box" / "new").iterdir()) == []


def test_a_file_that_is_not_there_is_wrong_use(installation: Installation) -> None:
    assert installation.run("inspect", installation.folder / "nergens.eml").exit_code == 2


def test_what_is_missing_is_named(installation: Installation) -> None:
    file = mail_of(installation, generators.bericht(1))
    (installation.state / "master.key").unlink()
    refused = installation.run("inspect", file)
    assert refused.exit_code == 1
    assert "keys.master_key_file" in refused.stderr
