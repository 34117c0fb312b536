"""Two people for what one must not decide alone, as they type it on a real installation.

A switch of the table, a key, an invalid form, free text: one proposes, another
approves, nobody is both, and both stand in the audit trail.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from pysequoia import Cert
from typer.testing import CliRunner

from gateway.cli.main import app
from tests import people
from tests.journeys.town import report
from tests.world import BY, BY_ANOTHER, CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town

SWITCH = "non_formal_hours_under_consent"


def types(town: Town, *words: object, by: str = BY) -> Any:
    """The command as an operator types it; what it prints as JSON."""
    result = invoked(town, *words, "--json", by=by)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(town: Town, *words: object, by: str = BY) -> str:
    """Why it is not done."""
    result = invoked(town, *words, by=by)
    assert result.exit_code == 1, result.output
    return str(result.output)


def invoked(town: Town, *words: object, by: str) -> Any:
    environment = {"TAALPOORT_CONFIG": str(town.file), "TAALPOORT_OPERATOR": by}
    return CliRunner().invoke(app, list(map(str, words)), env=environment)


@pytest.fixture
def switched_back(town: Town) -> Iterator[Town]:
    """The switch is off again after the test."""
    yield town
    turned(town, "off")


def turned(town: Town, to: str) -> str:
    """The switch is turned by both; the proposal."""
    proposal = str(types(town, "policy", "switch", SWITCH, to)["proposal"])
    types(town, "proposal", "approve", proposal, by=BY_ANOTHER)
    return proposal


def test_wie_het_register_bijhoudt_staat_er_met_de_eigen_naam_in(town: Town) -> None:
    """Group accounts are refused, one person is not there twice, and a third needs a second."""
    for group in ("Team Inburgering", "Functioneel Beheer", "Beheerder"):
        assert "not-one-person" in refused(town, "operator", "add", "groep", "--name", group)
    twice = ("operator", "add", "tess-2", "--name", "tess  TESTPERSOON")
    assert "operator-taken" in refused(town, *twice)
    said = types(town, "operator", "add", "vera", "--name", "Vera Verzonnen")
    assert "vera" not in {each["operator"] for each in types(town, "operator", "list")}
    types(town, "proposal", "approve", said["proposal"], by=BY_ANOTHER)
    assert "vera" in {each["operator"] for each in types(town, "operator", "list")}
    assert "unknown-operator" in refused(town, "policy", "switch", SWITCH, "on", by="Iemand Anders")


def test_de_schakelaar_voor_non_formele_uren(switched_back: Town) -> None:
    """Off until both said so; then the next report shares them, and the history names both."""
    town = switched_back
    number = town.inburgeraar()
    proposal = str(types(town, "policy", "switch", SWITCH, "on")["proposal"])
    assert "same-person" in refused(town, "proposal", "approve", proposal)
    town.send(SAAR, report(number))
    assert "nonFormeel" not in str(town.read(CASPER).report)
    town.new_day()
    types(town, "proposal", "approve", proposal, by=BY_ANOTHER)
    town.send(SAAR, report(number))
    assert "nonFormeel" in str(town.read(CASPER).report)
    latest = types(town, "policy", "history")[-1]
    assert (latest["proposed_by"], latest["approved_by"]) == (BY, BY_ANOTHER)
    assert re.fullmatch("[0-9a-f]{64}", latest["digest"])
    assert re.fullmatch("[0-9a-f]{64}", latest["replaces"])
    assert types(town, "policy", "check")["ok"]


def test_een_nieuwe_sleutel_telt_pas_na_de_vingerafdruk(town: Town) -> None:
    """Proposed by one; the other types what was read out over the telephone."""
    casper = town.resident(CASPER)
    new = people.by_gnupg(casper.somebody.name, casper.account.address, "cv25519")
    file = town.folder / "casper.pgp"
    file.write_bytes(new.cert)
    types(town, "contact", "change", CASPER, "--key", file)
    confirm = ("contact", "confirm-key", CASPER, "--channel", "telephone", "--fingerprint")
    wrong = new.fingerprint[:-1] + ("0" if new.fingerprint[-1] != "0" else "1")
    assert "fingerprint-differs" in refused(town, *confirm, wrong, by=BY_ANOTHER)
    assert "same-person" in refused(town, *confirm, new.fingerprint)
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    assert town.read(CASPER).report
    types(town, *confirm, new.fingerprint, by=BY_ANOTHER)
    town.new_day()
    town.send(SAAR, report(number))
    (mail,) = town.inbox(CASPER)
    gateway = bytes(Cert.from_bytes(town.certificate))
    assert people.read_with_gpg(new, mail, gateway).signers == (town.fingerprint,)
    town.pin(CASPER, casper.key.cert)


def test_beiden_staan_in_het_overzicht(town: Town) -> None:
    """Who proposed, who approved, from which account; and who looked at that."""
    proposal = turned(town, "on")
    turned(town, "off")
    lines = types(town, "log", "audit", "--last", 200)
    deeds = [(each["actor"], each["action"], each["detail"]) for each in lines]
    assert (BY, "policy.proposed", f"proposal/{proposal}") in deeds
    (decided,) = [each for each in lines if each["about"] == f"proposal/{proposal}"]
    assert (decided["actor"], decided["action"]) == (BY_ANOTHER, "proposal.approved")
    assert decided["result"] == "done"
    assert all(each["origin"] for each in lines)
    assert lines[-1]["action"] == "log.audit-looked"
