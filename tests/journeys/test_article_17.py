"""AVG 17: somebody asks to be erased, two people see to it, and nothing of them is left.

With the real command beside a gateway that goes on working, on either database.
"""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.cases import Step
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.consent_forms import Paper
from gateway.domain.histories import Circumstance, Identity
from gateway.domain.parties import Interval
from gateway.wiring.log import log_key
from tests import ahead, generators
from tests.journeys.canaries import KENMERK, PERSON, sightings
from tests.journeys.conftest import at_work
from tests.journeys.gateways import gateway
from tests.journeys.residents import Household, text_of
from tests.journeys.town import Town, later, report
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.world import BY, BY_ANOTHER, CASPER, SAAR, SCHOOL_1, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tests.servers.postgres import Postgres
    from tests.servers.tls import Certificates

SCAN = b"%PDF-1.7 Kanarie" + bytes(range(256)) * 4
ASKED = "Kwikstaart vraagt om alles te wissen."
_SECRETS = (
    "SELECT wrapped_key FROM dossier_secret WHERE dossier_id = :whose",
    "SELECT sealed FROM dossier_identity WHERE dossier_id = :whose",
    (
        "SELECT sealed FROM consent_scan WHERE event_id IN"
        " (SELECT event_id FROM consent_form WHERE dossier_id = :whose)"
    ),
    "SELECT sealed FROM case_step WHERE sealed IS NOT NULL AND dossier_id = :whose",
    (
        "SELECT sealed FROM inbound_raw WHERE trace IN"
        " (SELECT trace FROM outcomes WHERE dossier_id = :whose)"
    ),
)


def registered(town: Town) -> str:
    """Somebody whose every value is a canary, with a scanned form; the dossier's id."""
    number = town.inburgeraar(Setting(extra=frozenset({Category.P4})))
    identity = Identity(**{name: str(value) for name, value in PERSON.items()})
    dossier_id = f"dossier-{number}"

    town.change(
        lambda change: change.dossiers.identify(dossier_id, identity),
        lambda change: change.consents.record(
            dossier_id,
            SCHOOL_1,
            ConsentKind.RENEWED,
            categories=list(ConsentCategory),
            paper=Paper(scan=SCAN, interpreter="Kwikstaart Tolk"),
        ),
    )
    return dossier_id


def about(town: Town, dossier_id: str) -> dict[str, Any]:
    """A report about them, as the school writes it."""
    number = int(dossier_id.rpartition("-")[2])
    person = generators.betrokkene(number) | PERSON
    return report(number, betrokkene=person)


def asked(town: Town) -> str:
    """A request to erase, on record as somebody at the desk types it."""
    words = ("--reference", "Z-2026-77", "--channel", "desk", "--person", KENMERK)
    made = gateway(town.file, "request", "open", "erasure", *words, "--words", ASKED, "--by", BY)
    case_id = str(made["case"])
    town.change(lambda change: change.cases.step(case_id, Step.IDENTIFIED, detail={"how": "digid"}))
    return case_id


def secrets(town: Town, dossier_id: str) -> list[bytes]:
    """What of them lies in the database, as it lies there."""

    async def read() -> list[bytes]:
        async with town.database.reading() as connection:
            return [
                bytes(row[0])
                for statement in _SECRETS
                for row in await connection.execute(text(statement), {"whose": dossier_id})
            ]

    return town.run(read())


def found(files: list[Path], wanted: list[bytes]) -> set[tuple[str, str]]:
    """In which files any of it lies, or a canary."""
    seen: set[tuple[str, str]] = set()
    for file in files:
        content = subprocess.run(
            ["cat", file], check=False, capture_output=True, timeout=300
        ).stdout
        pieces = [each[at : at + 32] for each in wanted for at in range(0, len(each), 1000)]
        if any(piece in content for piece in pieces):
            seen.add((file.name, "sealed"))
        if re.search(rb"(?i)kanari|kwikstaart|773177317731", content):
            seen.add((file.name, "plain"))
    return seen


def files(town: Town, request: pytest.FixtureRequest) -> list[Path]:
    """Of the database, all that the gateway keeps beside it, its mailbox, and the relay's spool."""
    beside = [each for each in town.folder.iterdir() if each.is_file()]
    mailbox = town.household.dovecot.maildir(town.household.gateway)
    for outside in (mailbox, town.relay.folder / "spool"):
        beside += [each for each in outside.rglob("*") if each.is_file()]
    url = town.database.engine.url
    if url.get_backend_name() == "sqlite":
        return beside
    postgres: Postgres = request.getfixturevalue("postgres")
    postgres.sql("CHECKPOINT")
    return [*beside, *postgres.files(str(url.database))]


def test_who_asks_is_erased_by_two_and_nothing_is_left(
    any_town: Town, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    town = any_town
    dossier_id, other = registered(town), town.inburgeraar()
    town.send(SAAR, report(other))
    (his,) = originals(town)
    town.send(SAAR, about(town, dossier_id))
    (hers,) = set(originals(town)) - {his}
    assert KENMERK in town.all_read(CASPER)[-1].everything()
    case_id = asked(town)
    wanted = secrets(town, dossier_id)
    assert len(wanted) >= 5
    assert "sealed" in {what for _, what in found(files(town, request), wanted)}
    wanted += known_by(hers)
    assert {what for _, what in found(files(town, request), wanted[-2:])} == {"sealed"}

    ground = ("--ground", "avg-17-1-a")
    weighed = gateway(town.file, "request", "grounds", case_id, *ground, code=1)
    assert [(each["bar"], each["article"]) for each in weighed["obstacles"]] == [
        ("retention", "17(3)(b)")
    ]
    letters, papers = tmp_path / "brief", tmp_path / "verklaring"
    asking = ("--letter-to", str(letters), "--by", BY, "--config", str(town.file))
    refused = ahead.run(*("request", "erase", case_id, *ground, *asking))
    assert (refused.returncode, "retention" in refused.stderr) == (1, True)

    made = gateway(
        *(town.file, "request", "erase", case_id, "--ground", "avg-17-1-d", "--by", BY),
        *("--letter-to", str(letters)),
    )
    letter = (letters / f"brief-{case_id}.txt").read_text()
    assert ("Kwikstaart Kanariëvogel" in letter, KENMERK in letter) == (True, True)
    assert "Kanariëvogel" in text_of((letters / f"brief-{case_id}.pdf").read_bytes())
    for said in (
        "Beste ",
        "binnen zes weken",
        "college van burgemeester",
        "Is uw bezwaar afgewezen?",
    ):
        assert said in letter
    gateway(town.file, "proposal", "approve", made["proposal"], "--by", BY_ANOTHER)

    assert originals(town) == [his]
    assert found(files(town, request), wanted) == set()
    (line,) = gateway(town.file, "request", "certificate")
    assert (line["case"], line["reason"], line["waiting"]) == (case_id, "avg-17-1-d", 0)
    assert (line["originals"], line["files"]) == (0, 1)
    letter_gone(town, str(line["erasure"]))
    certified(town, str(line["erasure"]), papers)
    assert gateway(town.file, "log", "verify")["findings"] == []

    town.new_day()
    town.send(SAAR, report(other))
    assert town.read(CASPER).is_receipt is False
    town.new_day()
    town.send(SAAR, about(town, dossier_id))
    assert town.records()[0].standing[0][1] == "hold"


def originals(town: Town) -> list[bytes]:
    """The mails as they came, in the processed folder of the gateway's mailbox."""
    return town.household.dovecot.read(town.household.gateway, "Verwerkt")


def known_by(mail: bytes) -> list[bytes]:
    """Its Message-ID, and a line of its ciphertext: what no other mail has."""
    middle = len(mail) // 2
    return [str(message_from_bytes(mail)["Message-ID"]).encode(), mail[middle : middle + 64]]


def letter_gone(town: Town, erasure: str) -> None:
    """The letter was made by somebody, who is asked; another certificate says that it is gone."""
    (left,) = gateway(town.file, "request", "remains", erasure)
    assert (left["what"], left["number"], left["by"]) == ("request.letter-made", 1, BY)
    gateway(town.file, "request", "gone", erasure, "1", "--by", BY)
    assert gateway(town.file, "request", "remains", erasure) == []
    assert gateway(town.file, "request", "certificate", erasure)["files"] == 0


def certified(town: Town, erasure: str, papers: Path) -> None:
    """On paper, for machines, and signed; whoever has the public key alone checks it."""
    gateway(town.file, "request", "certificate", erasure, "--to", str(papers))
    made = {each.suffix: each for each in papers.iterdir()}
    assert set(made) == {".note", ".json", ".txt", ".pdf"}
    for each in made.values():
        assert sightings(each.read_bytes()) == set()
    key = str(log_key(town.config).public)
    done = ahead.run(
        *("request", "certificate", "--check", str(made[".note"]), "--key", key, "--json")
    )
    assert json.loads(done.stdout) == json.loads(made[".json"].read_text())
    spoilt = papers / "spoilt.note"
    spoilt.write_bytes(made[".note"].read_bytes().replace(b'"whole": true', b'"whole": false'))
    refused = ahead.run("request", "certificate", "--check", str(spoilt), "--key", key)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Verklaring van wissen" in text_of(made[".pdf"].read_bytes())


def test_the_original_goes_when_the_mail_server_is_back(
    certificates: Certificates, tmp_path: Path
) -> None:
    """Away while somebody is erased: certified as still there, and gone by itself afterwards."""
    with (
        Dovecot(certificates) as dovecot,
        Postfix(certificates, dovecot) as postfix,
        at_home(dovecot, postfix, tmp_path) as town,
    ):
        dossier_id, other = registered(town), town.inburgeraar()
        town.send(SAAR, report(other))
        (his,) = originals(town)
        town.send(SAAR, about(town, dossier_id))
        case_id = asked(town)
        made = gateway(
            *(town.file, "request", "erase", case_id, "--ground", "avg-17-1-d", "--by", BY),
            *("--letter-to", str(tmp_path / "brief")),
        )
        dovecot.stop()
        gateway(town.file, "proposal", "approve", made["proposal"], "--by", BY_ANOTHER)
        (first,) = gateway(town.file, "request", "certificate")
        assert (first["certificate"], first["originals"]) == (1, 1)
        mail, letter = gateway(town.file, "request", "remains")
        assert (mail["what"], mail["state"]) == ("mail", "unreachable")
        assert letter["what"] == "request.letter-made"

        dovecot.start()
        town.gateway.wait_until_told("originals.removed")
        assert originals(town) == [his]
        *_, last = gateway(town.file, "request", "certificate")
        assert (last["certificate"], last["originals"], last["erasure"]) == (
            2, 0, first["erasure"],
        )  # fmt: skip
        whole = gateway(town.file, "request", "certificate", first["erasure"])
        assert whole["gone"]["originals_removed"] == 1
        assert gateway(town.file, "log", "verify")["findings"] == []


@contextmanager
def at_home(dovecot: Dovecot, postfix: Postfix, folder: Path) -> Iterator[Town]:
    """A town at work whose mailboxes are on servers that only this test stops."""
    household = Household(dovecot, postfix)
    town = Town(folder, f"sqlite:///{folder / 'gateway.db'}", household, postfix)
    try:
        with at_work(town):
            yield town
        assert town.faults() == []
    finally:
        town.close()
        household.close()


def test_who_is_past_the_term_of_retention_goes_by_themselves(town: Town) -> None:
    """Shown first; a legal hold keeps them, and so does having been heard of lately."""
    number = town.inburgeraar()
    over = Circumstance(
        regime=Regime.WI2021,
        doelgroep=Doelgroep.GEZIN_OVERIG,
        duty=Interval(start=later(days=-9 * 365), end=later(days=-6 * 365)),
    )
    start = later(days=-9 * 365)
    town.change(
        lambda change: change.dossiers.change(
            f"dossier-{number}", circumstance=over, valid_from=start
        ),
        lambda change: change.dossiers.change(f"dossier-{number}", circumstance=over),
    )
    kenmerk = generators.dossierkenmerk(number)
    (held,) = gateway(
        *(town.file, "log", "hold", "place", "--person", kenmerk, "--reason", "zaak 2026-5"),
        *("--by", BY),
    )
    assert gateway(town.file, "request", "due") == []
    gateway(town.file, "log", "hold", "lift", held["hold"], "--by", BY)
    (coming,) = gateway(town.file, "request", "due")
    assert coming["dossier"] == f"dossier-{number}"
    assert datetime.fromisoformat(coming["goes_at"]) > later(days=89)
    # Whoever was heard of today is not erased by a date: it may have been mistyped.
    assert gateway(town.file, "request", "again", "--due")["due"] == 0
    settings = town.file.read_text()
    town.file.write_text(f"{settings}\n[erasure]\nquiet_days = 0\n")
    done = gateway(town.file, "request", "again", "--due")
    town.file.write_text(settings)
    assert (done["again"], done["due"], len(done["certified"])) == (0, 1, 1)
    assert gateway(town.file, "request", "due") == []
    (line,) = [
        each
        for each in gateway(town.file, "request", "certificate")
        if each["erasure"] in done["certified"]
    ]
    assert (line["reason"], line["case"], line["whole"]) == ("avg-5-1-e", None, True)
    assert gateway(town.file, "log", "verify")["findings"] == []
