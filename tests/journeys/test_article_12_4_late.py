"""Article 12.4, when it becomes known too late: no consent, nothing shared; and article 19 AVG.

> Als de inburgeraar uit de ondertussengroep geen toestemming verleent voor de uitwisseling van
> gegevens worden de gegevens zoals benoemd in de bijlage 3 niet gedeeld.

A report leaves over the real servers; later somebody records that consent had ended
before.  What left in between is found, and those who got it are told.
"""

from __future__ import annotations

import json
import re
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.consent import ConsentCategory
from tests import generators, world
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.town import report
from tests.servers.postfix import Postfix
from tests.servers.process import wait_until
from tests.world import BY, BY_ANOTHER, CASPER, SAAR, SCHOOL_1, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.town import Town
    from tests.servers.dovecot import Dovecot
    from tests.servers.tls import Certificates

VERSION = "bijlage-2-proef"


@pytest.fixture(scope="module")
def relay(certificates: Certificates, dovecot: Dovecot) -> Iterator[Postfix]:
    """A Postfix of this module's own, to be stopped."""
    with Postfix(certificates, dovecot) as server:
        yield server


@pytest.fixture(scope="module", params=KINDS)
def working(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, relay: Postfix
) -> Iterator[Town]:
    """A town whose gateway sends through that Postfix, on each database."""
    forms = world.write_catalogue(tmp_path_factory.mktemp("forms"))
    settings = f'[consent]\nforms = "{forms}"\n'
    how = {"relay": relay, "settings": settings}
    with a_town(request.param, request, tmp_path_factory, **how) as town, at_work(town):
        yield town


@pytest.fixture
def town(working: Town) -> Iterator[Town]:
    """The same at the beginning of a day, when Postfix has delivered what went before."""
    working.got()
    working.new_day()
    yield working
    if not working.relay.processes():
        working.relay.start()
    assert working.faults() == []


def types(town: Town, *words: object, by: str = BY, fails: bool = False) -> Any:
    """The command as an operator types it; what it prints as JSON."""
    arguments = [*map(str, words), "--json"]
    environment = {"TAALPOORT_CONFIG": str(town.file), "TAALPOORT_OPERATOR": by}
    result = CliRunner().invoke(app, arguments, env=environment)
    assert (result.exit_code != 0) is fails, result.output
    return result.output if fails else json.loads(result.stdout)


def kenmerk(number: int) -> str:
    return generators.dossierkenmerk(number)


def withdraw(town: Town, number: int, since: datetime, *rows: str) -> Any:
    """Put a withdrawal on record now, valid since then."""
    ticked = [word for row in rows for word in ("--row", row)]
    return types(
        town, "consent", "record", kenmerk(number), "withdrawn", "--provider", SCHOOL_1,
        "--valid-from", since.isoformat(), *ticked,
    )  # fmt: skip


def test_wat_na_de_intrekking_nog_is_gedeeld_wordt_gevonden(town: Town, tmp_path: Path) -> None:
    """Exactly that report, in both directions; the notices hold references and no values."""
    number, other = town.inburgeraar(), town.inburgeraar()
    town.send(SAAR, report(number))
    since = datetime.now(UTC)
    town.send(SAAR, report(number))
    town.send(CASPER, report(number))
    town.send(SAAR, report(other))
    sent = town.posted()[-4:]
    assert {state for _, state in sent} == {"sent"}
    said = withdraw(town, number, since)
    assert said["disclosures"] == 2
    show = ("consent", "show", kenmerk(number), "--provider", SCHOOL_1, "--valid-at", since)
    assert types(town, *show, "--known-at", since)["state"] == "given"
    assert types(town, *show)["state"] == "withdrawn"
    shown = types(town, "breach", "show", said["incident"])
    references = {each["reference"] for each in shown["disclosed"]}
    assert references == {message_id[1:9] for message_id, _ in sent[1:3]}
    assert {each["recipient"] for each in shown["disclosed"]} == {CASPER, SAAR}
    assert {each["dossier"] for each in shown["disclosed"]} == {f"dossier-{number}"}
    assert said["incident"] in {each["incident"] for each in types(town, "breach", "list")}
    folder = tmp_path / "kennisgevingen"
    files = types(town, "breach", "notices", said["incident"], "--to", folder)["files"]
    assert len(files) == 3
    assert types(town, "breach", "show", said["incident"])["state"] == "accepted"
    tell_no_values(folder, number, other, references)


def tell_no_values(folder: Path, number: int, other: int, references: set[str]) -> None:
    """Each draft is the owner's alone, names its reports, and nothing that stood in them."""
    texts = []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in sorted(folder.iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        texts.append(file.read_text(encoding="utf-8"))
    person = generators.betrokkene(number)
    for text in texts:
        assert kenmerk(number) in text
        assert kenmerk(other) not in text
        for field in ("geslachtsnaam", "geboortedatum", "email", "telefoonnummer"):
            assert not re.search(rf"\b{re.escape(str(person[field]))}\b", text), field
        for word in ("ingetrokken", "intrekking", "Voortgangstoets"):
            assert word not in text
        # As a number of its own: a reference such as 340a53c8 may hold the same figures.
        assert not re.search(r"\b(1234|340)\b", text)
    (to_person,) = [text for text in texts if "Wie gegevens over u heeft gekregen" in text]
    assert all(reference in to_person for reference in references)
    assert "Autoriteit Persoonsgegevens" in to_person
    for text in texts:
        if text is not to_person:
            assert "artikel 19 AVG" in text
            assert sum(reference in text for reference in references) == 1


def test_een_intrekking_voor_een_rij_noemt_alleen_wat_die_rij_nodig_had(town: Town) -> None:
    """Without T2 only the plan had no ground; a report without a plan is not named."""
    number = town.inburgeraar()
    since = datetime.now(UTC)
    town.send(SAAR, report(number))
    town.send(SAAR, report(number, persoonlijkPlan=None))
    said = withdraw(town, number, since, ConsentCategory.T2)
    (disclosed,) = types(town, "breach", "show", said["incident"])["disclosed"]
    assert disclosed["categories"] == "P1"


def test_een_intrekking_op_tijd_is_geen_incident(town: Town) -> None:
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    said = withdraw(town, number, datetime.now(UTC))
    assert said == {"done": True, "incident": None, "disclosures": 0}


def test_ook_een_bestand_en_een_gewijzigd_dossier_zeggen_wat_al_weg_was(
    town: Town, tmp_path: Path
) -> None:
    """Whatever way it came in: the number of the incident, and how many reports it is about."""
    by_file, by_duty = town.inburgeraar(), town.inburgeraar()
    since = datetime.now(UTC)
    town.send(SAAR, report(by_file))
    town.send(SAAR, report(by_duty))
    file = tmp_path / "toestemmingen.csv"
    row = (kenmerk(by_file), generators.INSTELLINGSNUMMER, "withdrawn", "", VERSION, since)
    file.write_text(
        "dossierkenmerk;provider;event;categories;form_version;valid_from\n"
        + ";".join(map(str, row))
    )
    dry = types(town, "import", "consents", file, "--dry-run")
    assert "incident" not in dry
    imported = types(town, "import", "consents", file)
    ended = ("--duty-end", since.isoformat(), "--valid-from", since.isoformat())
    changed = types(town, "dossier", "change", kenmerk(by_duty), *ended)
    for said, number in ((imported, by_file), (changed, by_duty)):
        assert said["disclosures"] == 1
        (disclosed,) = types(town, "breach", "show", said["incident"])["disclosed"]
        assert disclosed["dossier"] == f"dossier-{number}"


def test_wie_het_geen_incident_vindt_zegt_waarom(town: Town, tmp_path: Path) -> None:
    """And then no notices are drafted."""
    number = town.inburgeraar()
    since = datetime.now(UTC)
    town.send(SAAR, report(number))
    said = withdraw(town, number, since)
    types(town, "breach", "dismiss", said["incident"], "--reason", "datum verkeerd ingevoerd")
    shown = types(town, "breach", "show", said["incident"])
    assert (shown["state"], shown["decided_by"]) == ("dismissed", BY)
    assert shown["reason"] == "datum verkeerd ingevoerd"
    folder = tmp_path / "niet"
    refused = types(town, "breach", "notices", said["incident"], "--to", folder, fails=True)
    assert "already-decided" in refused
    assert not folder.exists()


def test_een_hele_formulierversie_stopt_ook_wat_al_was_vrijgegeven(town: Town) -> None:
    """Counted, proposed, approved by somebody else, and then at once."""
    number = town.inburgeraar(Setting(consent=()))
    types(
        town, "consent", "record", kenmerk(number), "given", "--provider", SCHOOL_1,
        "--form-version", VERSION, "--row", "T1", "--row", "T4", "--partner", "none",
    )  # fmt: skip
    town.relay.stop()
    before = len(town.gateway.told("report.postponed"))
    town.post(SAAR, town.sealed(SAAR, report(number)))
    town.gateway.wait_until_told("report.postponed", count=before + 1)
    command = ("consent", "invalidate", "--form-version", VERSION)
    counted = types(town, *command)
    assert (counted["persons"], counted["released_and_unsent"]) == (1, 1)
    proposal = types(
        town, *command, "--propose", "--expect", counted["token"], "--reason", "niet vrij gegeven"
    )["proposal"]
    assert types(town, "proposal", "show", proposal)["now"] == counted
    assert "same-person" in types(town, "proposal", "approve", proposal, fails=True)
    # Its relay is away: at any moment it may be tried once more.
    wait_until(lambda: town.posted()[-1][1] == "waiting", what="a letter that waits")
    approved = types(town, "proposal", "approve", proposal, by=BY_ANOTHER)
    assert approved["incident"] is None
    town.relay.start()
    town.settle(1)
    assert town.posted()[-1][1] == "withdrawn"
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.4/consent-invalidated"})]
    (asked,) = types(town, "consent", "to-ask", "--form-version", VERSION)
    assert (asked["dossierkenmerk"], asked["asked_at"]) == (kenmerk(number), None)
    again = ("consent", "ask-again", "--form-version", VERSION, "--with-version", "bijlage-2-nieuw")
    types(town, *again, "--expect", types(town, *again)["token"])
    (asked,) = types(town, "consent", "to-ask", "--form-version", VERSION)
    assert asked["asked_at"] is not None
    given = (
        "consent", "record", kenmerk(number), "given", "--provider", SCHOOL_1,
        "--row", "T1", "--partner", "none", "--form-version",
    )  # fmt: skip
    refused = types(town, *given, VERSION, fails=True)
    assert "form-invalidated" in refused
    assert "bijlage-2-nieuw" in refused
    types(town, *given, "bijlage-2-nieuw")
    assert types(town, "consent", "to-ask", "--form-version", VERSION) == []
