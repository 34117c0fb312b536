"""Annex 2: the consent form as it is filled in, signed, kept, confirmed and taken back.

> Persoonsgegevens die niet zijn opgenomen in de vertaling van dit formulier, zijn door een
> gediplomeerde tolk aan u vertaald. (...) U kunt uw toestemming tijdens het traject altijd
> intrekken. (...) Handtekening van eventuele partner:
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gateway.cli.main import app
from tests import generators, papers
from tests.journeys.town import report
from tests.world import BY, CASPER, SAAR, SCHOOL_1, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.journeys.town import Town

NOBODY_ASKED = Setting(consent=())
SCHOOL = ("--provider", SCHOOL_1)


def gateway(town: Town, *arguments: str | Path) -> Result:
    """What an officer types on this town's gateway."""
    environment = {"TAALPOORT_CONFIG": str(town.file), "TAALPOORT_OPERATOR": BY}
    return CliRunner().invoke(app, list(map(str, arguments)), env=environment)


def give(town: Town, number: int, *what: str | Path) -> Result:
    """All four rows, for the first school."""
    rows = [word for row in ("T1", "T2", "T3", "T4") for word in ("--row", row)]
    kenmerk = generators.dossierkenmerk(number)
    return gateway(town, "consent", "record", kenmerk, "given", *SCHOOL, *rows, *what)


def test_een_partner_die_niet_tekent_geeft_geen_toestemming(town: Town) -> None:
    """The form is refused with the reason, nothing is on record, and nothing is shared."""
    number = town.inburgeraar(NOBODY_ASKED)
    refused = give(town, number, "--partner", "missing")
    assert refused.exit_code == 1
    assert "Er is een partner die niet heeft getekend" in refused.output
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.4/no-consent"})]
    town.new_day()
    assert give(town, number, "--partner", "signed").exit_code == 0
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}


def test_een_bijgeschreven_rij_zoals_hij_er_staat(town: Town, tmp_path: Path) -> None:
    """It opens what it covers; no mail repeats its words or the interpreter's name."""
    number = town.inburgeraar(NOBODY_ASKED)
    scan = tmp_path / "formulier.pdf"
    scan.write_bytes(papers.PDF)
    written = ("--added", f"{papers.WORDS}=P4", "--interpreter", papers.INTERPRETER)
    assert give(town, number, "--partner", "none", *written, "--scan", scan).exit_code == 0
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    mail, receipt = town.read(CASPER), town.read(SAAR)
    assert "bijzonderheden" in mail.report
    for secret in (papers.WORDS, papers.INTERPRETER):
        assert not mail.tells(secret)
        assert not receipt.tells(secret)


def test_de_inburgeraar_krijgt_een_bewijs_en_trekt_in_zonder_formulier(
    town: Town, tmp_path: Path
) -> None:
    """A receipt that GnuPG verifies; then one command, and nothing more is shared."""
    number = town.inburgeraar(NOBODY_ASKED)
    kenmerk = generators.dossierkenmerk(number)
    assert give(town, number, "--partner", "none").exit_code == 0
    made = gateway(town, "consent", "receipt", kenmerk, *SCHOOL, "--to", tmp_path)
    assert made.exit_code == 0, made.output
    document = next(tmp_path.glob("*.jsonld")).read_bytes()
    signature = next(tmp_path.glob("*.jsonld.asc")).read_bytes()
    signer = papers.gpg_verifies(document, signature, town.certificate, tmp_path)
    assert signer == town.fingerprint
    record = json.loads(document)["dpv:hasRecordOfActivity"]
    assert record["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentGiven"}
    letter = next(tmp_path.glob("*.txt")).read_text(encoding="utf-8")
    assert str(generators.betrokkene(number)["geslachtsnaam"]) in letter
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    town.new_day()
    assert gateway(town, "consent", "withdraw", kenmerk, *SCHOOL).exit_code == 0
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.4/consent-withdrawn"})]
