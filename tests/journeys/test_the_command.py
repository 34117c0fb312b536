"""The real command ``gateway``, as an installation runs it: every part a process of its own."""

from __future__ import annotations

import json
import subprocess
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import psutil

from tests import generators
from tests.journeys.conftest import a_town
from tests.journeys.gateways import COMMAND, GatewayProcess
from tests.journeys.town import Town, report
from tests.servers.process import all_ended, wait_until
from tests.world import CASPER, OFFICER, SAAR, Setting

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def gateway(config: Path, *arguments: str, code: int = 0) -> Any:
    """What the command prints as JSON."""
    done = subprocess.run(
        [str(COMMAND), *arguments, "--config", str(config), "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def school(town: Town, folder: Path) -> Path:
    """The school's own installation: no database, no mailbox; its own account and key."""
    saar = town.resident(SAAR)
    for name, content in (("saar.sec", saar.key.tsk), ("pw", saar.account.password.encode())):
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(content)
    (folder / "poort.asc").write_bytes(town.certificate)
    file = folder / "school.toml"
    file.write_text(
        f"""
[gateway]
address = "{town.household.gateway.address}"
municipality = "Gemeente Voorbeeldstad"
contact = "functioneel-beheer@gemeente.example"
[keys]
public_key_file = "{folder}/poort.asc"
[relay]
host = "127.0.0.1"
port = {town.postfix.submissions}
ca_file = "{town.postfix.certificates.ca}"
user = "{saar.account.address}"
password_file = "{folder}/pw"
[[sender]]
id = "saar"
address = "{saar.account.address}"
name = "Saar Proefdocent"
secret_key_file = "{folder}/saar.sec"
"""
    )
    return file


def test_from_the_school_to_the_casemanager(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> None:
    """Looked at by the doctor, served, sent by the school's own command, recorded and verified."""
    with a_town("postgresql", request, tmp_path_factory) as town:
        assert all(each["good"] for each in gateway(town.file, "doctor"))
        number, held = town.inburgeraar(), town.inburgeraar(Setting(casemanager=None))
        document = tmp_path / "bijsluiter.json"
        document.write_bytes(generators.document_json(report(number), report(held)))
        served = GatewayProcess(town.file, installed=True)
        served.start()
        served.wait_until_started()
        processes = psutil.Process(served.process.pid).children(recursive=True)
        try:
            own = school(town, tmp_path)
            assert gateway(own, "send", str(document), "--as", "saar")["submitted"] is True
            town.settle(1)
        finally:
            code = served.stop()
        assert code == 0
        assert all_ended(processes, seconds=300)
        assert [each["event"] for each in served.events()][-1] == "gateway.stopped"
        assert town.got() == {CASPER: 1, SAAR: 1, OFFICER: 1}
        assert town.read(CASPER).report["betrokkene"]["dossierkenmerk"] == (
            generators.dossierkenmerk(number)
        )
        assert town.became(SAAR) == [
            ("forward", set()),
            ("hold", {"art-12.5/no-designated-contact"}),
        ]
        told = served.log.read_text()
        for value in ("DEMO-", "saar", "Proefdocent", "casper"):
            assert value not in told.lower()
        verified = gateway(town.file, "log", "verify")
        assert verified["ok"] is True
        (waits,) = gateway(town.file, "held", "list")
        assert waits["trace"] == town.records()[0].trace


def test_told_to_end_in_the_middle_of_work(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SIGTERM with mail in hand: ends by itself with 0, and the next start brings the rest."""
    with a_town("sqlite", request, tmp_path_factory) as town:
        number = town.inburgeraar()
        mails = [town.sealed(SAAR, report(number), style="sequoia") for _ in range(12)]
        town.household.dovecot.deliver(town.household.gateway, *mails)
        first = GatewayProcess(town.file, installed=True)
        first.start()
        wait_until(lambda: bool(town.records()))
        assert first.stop() == 0
        second = GatewayProcess(town.file, installed=True)
        second.start()
        town.settle(12)
        assert second.stop() == 0
        assert town.got() == {CASPER: 12, SAAR: 12}
        ids = {message_from_bytes(mail)["Message-ID"] for mail in town.inbox(CASPER)}
        assert len(ids) == 12


def test_told_to_end_before_it_has_begun(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SIGTERM while its parts still start: it ends in order, and leaves no process behind."""
    with a_town("sqlite", request, tmp_path_factory) as town:
        served = GatewayProcess(town.file, installed=True)
        served.start()
        itself = psutil.Process(served.process.pid)
        wait_until(lambda: bool(itself.children()), what="openers")
        openers = itself.children(recursive=True)
        assert served.stop() == 0
        assert all_ended(openers, seconds=300)
        assert [each["event"] for each in served.events()][-1:] == ["gateway.stopped"]
