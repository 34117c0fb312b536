"""Nothing of a mail, a person or a secret gets where it may not be, on good days and on bad ones.

One day in a town is lived once, with the real command as a process of its own on real
servers, and everything it left behind is looked through for canaries: what it wrote to
its log, what commands printed, what left by mail, which files there were, and how its
processes were called.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import traceback
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import TYPE_CHECKING

import psutil
import pytest
from pydantic import ValidationError

from gateway.domain.bijsluiter import Category, Document
from gateway.domain.faults import faults_of
from gateway.domain.histories import Identity
from gateway.domain.stops import Reason
from tests import corridor, crafted, generators, people
from tests.journeys import canaries
from tests.journeys.canaries import FREE_TEXT, KENMERK, PERSON, Watch, sightings
from tests.journeys.conftest import a_town
from tests.journeys.gateways import GatewayProcess
from tests.journeys.test_bad_input import flat, headers
from tests.journeys.town import Town, report
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import wait_until
from tests.world import SAAR, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.dovecot import Dovecot
    from tests.servers.tls import Certificates

LAUNCHER = ("-m", "tests.journeys.breaking")
TYPED = (sys.executable, "-m", "tests.journeys.typed")
SECRET_FILES = {"gateway.sec", "master.key", "password"}


@dataclass
class Day:
    """What the day left behind."""

    log: bytes = b""
    events: list[dict[str, object]] = field(default_factory=list)
    printed: dict[str, subprocess.CompletedProcess[bytes]] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    secrets: tuple[bytes, ...] = ()
    traces: set[str] = field(default_factory=set)

    def told(self, event: str) -> list[dict[str, object]]:
        return [each for each in self.events if each["event"] == event]


# --- what is planted ------------------------------------------------------------------


def canary(number: int, **sections: object) -> bytes:
    """A document about the inburgeraar whose every value is a canary."""
    made = report(number, betrokkene=PERSON, **sections)  # type: ignore[arg-type]  # hostile on purpose
    return generators.document_json(made)


def good(town: Town, number: int) -> bytes:
    """What goes through; file names, display name, subject and a header say what they like."""
    mail = town.sealed(
        SAAR,
        document=canary(number),
        from_=f'"Kanarie Afzender" <{town.resident(SAAR).account.address}>',
        subject="Kanariëvogel, 1973-08-29",
        extra_attachments=(("kanarie-Kwikstaart.pdf", "application/pdf", FREE_TEXT.encode()),),
    )
    return b"X-Kanarie: Kwikstaart 773177317731\r\n" + mail


def faulty(town: Town, number: int) -> list[bytes]:
    """What is refused, held or not understood, each for another reason."""
    unknown = {"kanarieVeld": FREE_TEXT, "bsn": "773177317731"}
    text = [{"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": FREE_TEXT}]
    documents = (
        canary(number, **unknown),
        canary(number, voortgang=generators.voortgang() | unknown),
        canary(number, bijzonderheden=text),
        canary(number, doelgroep=FREE_TEXT, berichttype="KANARIE"),
        canary(number, inburgeringstraject={"inburgeringstermijn": "1973-08-29"}),
        canary(number)[:-40] + FREE_TEXT.encode(),  # broken JSON
        canary(number).replace(b'"1"', b'"Kanarie"', 1),  # an unknown version
        canary(number).replace(b"1973-08-29", b"1973-08-28"),  # not this person
        canary(number).replace(KENMERK.encode(), b"KANARIE-1"),
        b'{"kanarie": ' * 50_000,
        b"\xff\xfe" + FREE_TEXT.encode("utf-16-le"),
    )
    inner = people.entity((("Kwikstaart.json", "application/json", canary(number)),))
    unsigned = people.gnupg_message(None, town.certificate, inner)
    strange = headers(town, Subject="=?kanarie?q?Kwikstaart?=") | {
        "Content-Type": 'multipart/Kanarie; charset=kwikstaart; boundary="Kanarie"',
        "MIME-Version": "1.0",
    }
    return [
        *(town.sealed(SAAR, document=each, style="sequoia") for each in documents),
        people.pgp_mime(headers(town, Subject=FREE_TEXT), unsigned),
        people.encrypt_mail(
            people.person("Kanarie Onbekend", "kanarie@vogels.example"),
            town.certificate,
            canary(number),
            to=town.household.gateway.address,
        ),
        flat(headers(town) | {"MIME-Version": "1.0"}, b"\r\n" + canary(number)),  # in plain
        flat(strange, b"\r\n--Kanarie\r\n\r\n" + FREE_TEXT.encode()),
        crafted.tampered(town.sealed(SAAR, document=canary(number), subject=FREE_TEXT)),
    ]


def settings_with_values(town: Town, folder: Path) -> dict[str, Path]:
    """Configurations that are wrong, with secrets where none belong."""
    text, made = town.file.read_text(), {}
    for name, line in {
        "unknown": '[relay]\npassword = "Kanarie-geheim"\nhost',
        "kind": '[relay]\nport = "Kanarie-geheim"\nhost',
        "broken": '[relay]\npassword = "Kanarie-geheim\nhost',
    }.items():
        made[name] = folder / f"{name}.toml"
        made[name].write_text(text.replace("[relay]\nhost", line, 1))
    return made


def commands(town: Town, folder: Path, mail: bytes, trace: str) -> dict[str, list[str]]:
    """What people type, right and wrong, with values of people where they belong."""
    csv = "dossierkenmerk;geslachtsnaam;geboortedatum;regime;doelgroep;duty_end\n"
    csv += f"{KENMERK};Kanariëvogel;1973-08-29;KANARIE;Kwikstaart;1973-08-29\n"
    csv += f"{KENMERK};;29-08-1973 Kwikstaart;WI2013;Asielstatushouder;Kanarie;773177317731\n"
    (folder / "dossiers.csv").write_text(csv)
    (folder / "mail.eml").write_bytes(mail)
    person = ["--geslachtsnaam", "Kanariëvogel", "--geboortedatum"]
    typed = {
        "add twice": ["dossier", "add", KENMERK, *person, "1973-08-29", "--by", "test"],
        "add badly": ["dossier", "add", "KANARIE 2", *person, "Kwikstaart", "--by", "test"],
        "import": ["import", "dossiers", str(folder / "dossiers.csv"), "--by", "test"],
        "show nobody": ["dossier", "show", "KANARIE-404"],
        "held list": ["held", "list"],
        "held show": ["held", "show", trace],
        "held reveal": ["held", "show", trace, "--reveal", "--by", "test"],
        "log show": ["log", "show", "--last", "1000", "--json"],
        "log mail": ["log", "show", trace],
        "log export": ["log", "export"],
        "log audit": ["log", "audit", "--by", "test"],
        "log verify": ["log", "verify"],
        "inspect": ["inspect", str(folder / "mail.eml")],
        "bug": ["held", "list"],
    }
    found = {name: [*words, "--config", str(town.file)] for name, words in typed.items()}
    for name, file in settings_with_values(town, folder).items():
        found[f"settings, {name}"] = ["serve", "--config", str(file)]
    return found


# --- the day ----------------------------------------------------------------------------


def register_it(town: Town) -> int:
    number = town.inburgeraar(Setting(extra=frozenset({Category.P4})))
    identity = Identity(**{name: str(value) for name, value in PERSON.items()})
    town.change(lambda change: change.dossiers.identify(f"dossier-{number}", identity))
    return number


def live(town: Town, day: Day, database: Postgres, relay: Postfix, folder: Path) -> None:
    number = register_it(town)
    gateway = town.household.gateway
    served = GatewayProcess(
        town.file,
        launcher=LAUNCHER,
        installed=True,  # how it is called is looked at too
        environment={"TMPDIR": str(folder / "tmp"), "KANARIE": FREE_TEXT, "PYTHONDEVMODE": "1"},
    )
    served.start()
    try:
        served.wait_until_started()
        day.watch.process = psutil.Process(served.process.pid)
        deliver = town.household.dovecot.deliver
        deliver(gateway, town.sealed(SAAR, document=canary(number)))  # meets the bugs
        town.settle(1)
        relay.stop()
        deliver(gateway, good(town, number))
        wait_until(lambda: bool(served.told("report.postponed")), what="postponed")
        for opener in psutil.Process(served.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                opener.kill()
        database.stop()
        several = faulty(town, number)
        deliver(gateway, *several)
        wait_until(lambda: bool(served.told("database.unreachable")), what="no database")
        database.start()
        relay.start()
        town.settle(2 + len(several))
    finally:
        served.stop()
        day.log = served.log.read_bytes()
        day.events = [json.loads(line) for line in day.log.splitlines() if line[:1] == b"{"]


def type_commands(town: Town, day: Day, folder: Path) -> None:
    held = next(
        each.trace
        for each in town.records()
        if any(Reason.FREE_TEXT in reasons for _, _, reasons in each.standing)
    )
    typed = commands(town, folder, good(town, 1), held)
    (folder / "lines.json").write_text(json.dumps(typed))
    (folder / "printed").mkdir()
    done = subprocess.run(
        [*TYPED, str(folder / "lines.json"), str(folder / "printed")],
        stdout=subprocess.PIPE,
        env={**os.environ, "KANARIE": FREE_TEXT, "TMPDIR": str(folder / "tmp")},
        timeout=300,
        check=True,
    )
    for name, code in json.loads(done.stdout).items():
        out, err = ((folder / "printed" / f"{name}.{end}").read_bytes() for end in ("out", "err"))
        day.printed[name] = subprocess.CompletedProcess(typed[name], code, out, err)


@pytest.fixture(scope="module")
def day(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    dovecot: Dovecot,
) -> Iterator[Day]:
    """Lived once for all tests of this module."""
    folder = tmp_path_factory.mktemp("canary")
    (folder / "tmp").mkdir()
    with ExitStack() as stack:
        database = stack.enter_context(Postgres())
        relay = stack.enter_context(Postfix(certificates, dovecot))
        url = database.create_database()
        town = stack.enter_context(a_town(url, request, tmp_path_factory, relay=relay))
        lived = Day(watch=Watch(folder / "tmp", town.folder))
        armored = (town.folder / "gateway.sec").read_bytes()
        lived.secrets = (
            town.household.gateway.password.encode(),
            (town.folder / "master.key").read_bytes().strip(),
            *(line for line in armored.splitlines() if len(line) == 64),
        )
        with lived.watch:
            live(town, lived, database, relay, folder)
            type_commands(town, lived, folder)
        town.got()  # everything that left has arrived
        people_ = town.household.residents
        lived.mails = [mail for who in people_ for mail in town.inbox(who)]
        lived.traces = {each.trace for each in town.records()}
        yield lived


# --- where nothing may be -----------------------------------------------------------------


def test_the_day_was_lived(day: Day) -> None:
    """Everything that was to happen did happen, or the other tests would say nothing."""
    outcomes = Counter(str(each["outcome"]) for each in day.told("mail.handled"))
    assert outcomes["forward"] >= 1
    assert outcomes["reject"] >= 5
    assert outcomes["hold"] >= 3
    for event in ("report.postponed", "report.sent", "database.unreachable", "gateway.stopped"):
        assert day.told(event), event
    bugs = {(each["where"], each["kind"]) for each in day.told("bug")}
    assert bugs >= {
        ("database", "StatementError"),
        ("thread", "LookupError"),
        ("interpreter", "ArithmeticError"),
    }
    said = {each.get("kind") for each in day.told("library")}
    assert said >= {"LookupError", "UserWarning"}
    assert len(day.mails) >= 8
    codes = {name: done.returncode for name, done in day.printed.items()}
    refused = {"add twice", "add badly", "import", "show nobody", "bug"}
    refused |= {name for name in codes if name.startswith("settings")}
    assert {name: code for name, code in codes.items() if code} == dict.fromkeys(refused, 1)


def test_not_in_the_log(day: Day) -> None:
    assert sightings(day.log, day.secrets) == set()
    # All that is left of the record that went to a handler of a library's own.
    plain = {line for line in day.log.splitlines() if line[:1] != b"{"}
    assert plain <= {b" () None"}


def test_every_event_about_a_mail_says_which(day: Day) -> None:
    about = [each for each in day.events if str(each["event"]).startswith(("mail.", "report."))]
    assert {each["trace"] for each in about} <= day.traces
    entries = json.loads(day.printed["log show"].stdout)
    recorded = {each["record"]["trace_id"] for each in entries}
    assert {each["trace"] for each in day.told("mail.handled")} <= recorded
    assert {each["trace"] for each in day.told("report.sent")} <= recorded
    assert day.told("events.dropped") == []


def test_not_on_the_screen(day: Day) -> None:
    """What people typed themselves is not said back; nothing else is said at all."""
    asked_for = {"inspect", "held reveal"}
    for name, done in day.printed.items():
        shown = done.stderr if name in asked_for else done.stdout + done.stderr
        assert sightings(shown, day.secrets) == set(), (name, done.args)
        assert b"Traceback" not in shown
    # Whom a mail is about is what somebody asks who has it; nothing more is shown.
    inspected = day.printed["inspect"].stdout.replace(KENMERK.encode(), b"")
    assert sightings(inspected, day.secrets) == set()
    assert FREE_TEXT.encode() in day.printed["held reveal"].stdout


def test_a_bug_in_a_command_says_where_and_which(day: Day) -> None:
    (line,) = day.printed["bug"].stderr.splitlines()
    told = json.loads(line)
    assert (told["event"], told["where"], told["kind"]) == ("bug", "command", "RuntimeError")
    assert re.fullmatch(r"gateway\.cli\.held:\d+", told["at"])


def test_not_outside_the_encryption_of_any_mail_that_left(day: Day) -> None:
    for mail in day.mails:
        assert message_from_bytes(mail)["Subject"]
        assert sightings(mail, day.secrets) == set()


def test_not_in_a_file_or_its_name(day: Day) -> None:
    """Temporary ones and the gateway's own; secrets lie where the configuration says only."""
    seen = {name.rpartition("/")[2] for name, _, _ in day.watch.files}
    assert seen >= {"gateway.asc", "gateway.toml", *SECRET_FILES}
    for name in day.watch.names:
        assert sightings(name.rpartition("/")[2].encode()) == set()
    for (path, _, _), content in day.watch.files.items():
        secrets = () if path.rpartition("/")[2] in SECRET_FILES else day.secrets
        assert sightings(content, secrets) == set(), path


def test_not_in_the_arguments_of_any_process(day: Day) -> None:
    assert any("worker_main" in call for call in day.watch.calls)
    for call in day.watch.calls:
        assert sightings(call.encode(), day.secrets) == set(), call


# --- inside -------------------------------------------------------------------------------


def test_not_in_what_objects_say_of_themselves(day: Day) -> None:
    made = report(1, betrokkene=PERSON)
    facts = generators.facts(1)
    document = generators.document_json(made)
    for holder in (
        Document.model_validate_json(document),
        corridor.opened(document),
        corridor.checked(made),
        Identity(**{name: str(value) for name, value in PERSON.items()}),
        facts,
    ):
        for shown in (repr(holder), str(holder), f"{holder}", repr([holder, {"a": holder}])):
            assert sightings(shown.encode()) == set()


def test_not_in_an_exception(day: Day) -> None:
    """Neither in its text nor in those behind it."""
    with pytest.raises(ValidationError) as caught:
        Document.model_validate_json(canary(1, doelgroep=FREE_TEXT))
    assert sightings(str(caught.value).encode()) == set()
    assert sightings(repr(faults_of(caught.value)).encode()) == set()
    ended = corridor.checks(report(1, betrokkene=PERSON, doelgroep=FREE_TEXT))[0]
    stop = getattr(ended, "stop")  # noqa: B009 - a Checked has none, and then this test fails
    assert sightings("".join(traceback.format_exception(stop)).encode()) == set()


# --- the looking itself ---------------------------------------------------------------------


@pytest.mark.parametrize("value", [*map(str, PERSON.values()), FREE_TEXT])
def test_a_canary_is_seen_through_every_disguise(value: str) -> None:
    for name, disguised in canaries.disguises(value).items():
        assert sightings(disguised), name


def test_where_there_is_no_canary_none_is_seen() -> None:
    assert sightings(generators.document_json(number=1)) == set()
    assert sightings(b"", (b"geheim",)) == set()
    assert sightings(b"een geheim", (b"geheim",)) == {"a secret"}
