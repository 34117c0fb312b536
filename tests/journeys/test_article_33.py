"""Articles 33 and 34 AVG, and 12.6 and 12.7 of the covenant: a breach from beginning to end.

> Elke Partij is zelf verantwoordelijk voor afhandeling van 'eigen' datalekken en verzoeken.

A report leaves over the real servers, consent turns out to have ended before, and an officer
makes a breach of it: seventy-two hours, papers, letters, and a partner who is told.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests import generators
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, about, have_been_reminded, reminders
from tests.world import BY, BY_ANOTHER, OFFICER, SAAR, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.town import Town


@pytest.fixture(scope="module", params=KINDS)
def working(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town that looks at its dates often, on each database."""
    with (
        a_town(request.param, request, tmp_path_factory, settings=OFTEN) as town,
        at_work(town),
    ):
        yield town


@pytest.fixture
def town(working: Town) -> Town:
    """The same at the beginning of a day."""
    working.got()
    working.new_day()
    return working


def types(town: Town, *words: object, by: str = BY, fails: bool = False) -> Any:
    """The command as an operator types it; what it prints as JSON."""
    arguments = [*map(str, words), "--json"]
    environment = {"TAALPOORT_CONFIG": str(town.file), "TAALPOORT_OPERATOR": by}
    result = CliRunner().invoke(app, arguments, env=environment)
    assert (result.exit_code != 0) is fails, result.output
    return result.output if fails else json.loads(result.stdout)


def withdrawn_late(town: Town) -> tuple[int, str]:
    """Somebody about whom two reports left although consent had ended; the proposal."""
    number = town.inburgeraar()
    since = datetime.now(UTC)
    town.send(SAAR, report(number))
    town.send(SAAR, report(number))
    said = types(
        town, "consent", "record", generators.dossierkenmerk(number), "withdrawn",
        "--provider", SCHOOL_1, "--valid-from", since.isoformat(),
    )  # fmt: skip
    assert said["disclosures"] == 2
    return number, said["incident"]


def test_van_voorstel_tot_brief(town: Town, tmp_path: Path) -> None:
    """Opened from a proposal, reported, one person told by letter, the school by sealed mail."""
    number, proposal = withdrawn_late(town)
    bystander = town.inburgeraar()
    facts = f"Te laat ingetrokken door {generators.betrokkene(number)['geslachtsnaam']}."
    opened = types(
        town, "breach", "open", proposal, "--aware", datetime.now(UTC).isoformat(),
        "--text", facts,
    )["breach"]  # fmt: skip
    listed = types(town, "breach", "list")
    assert proposal not in {each["incident"] for each in listed if each["what"] == "proposal"}
    shown = types(town, "breach", "show", opened)
    assert (shown["cause"], shown["clock"]) == ("no-ground", "71 of 72 hours left")
    assert shown["scope"]["people"] == 1
    assert shown["scope"]["reports"] == 2
    holds = [e for e in types(town, "log", "hold", "list") if f"breach/{opened}" in str(e)]
    assert len(holds) == 2
    for words in (
        ("assess", opened, "--risk", "high", "--text", "taalniveau en naam"),
        ("effect", opened, "--kind", "loss-of-control", "--text", "de school weet te veel"),
        ("measure", opened, "--kind", "recipient-asked", "--text", "gevraagd om te wissen"),
        ("decide", opened, "--tell"),
        ("report", opened, "--version", "initial", "--reference", "AP-2026-1"),
    ):
        types(town, "breach", *words)
    assert types(town, "breach", "partner", opened) == {
        "breach": opened, "told": [SCHOOL_1], "untold": [],
    }  # fmt: skip
    town.settle(0)
    town.got()
    notice = about(town, SAAR, "Een datalek dat ook u raakt")
    assert "Berichten van of aan u" in notice.text
    # As a word: the municipality's own name begins as somebody's does.
    surname = str(generators.betrokkene(number)["geslachtsnaam"])
    assert re.search(rf"\b{re.escape(surname)}\b", notice.text) is None
    on_paper(town, opened, tmp_path / "papieren", number, bystander)
    types(town, "breach", "close", opened)
    assert opened not in {each.get("breach") for each in types(town, "breach", "list")}
    audit = types(town, "log", "audit", "--action", "breach.", "--last", "40")
    actions = {each["action"] for each in audit}
    assert {"breach.registered", "breach.reported", "breach.papers-made", "breach.letter-made",
            "breach.closed"} <= actions  # fmt: skip


def on_paper(town: Town, opened: str, folder: Path, number: int, bystander: int) -> None:
    """The form names nobody, the letter one person; what was frozen is of this very log."""
    made = types(town, "breach", "papers", opened, "--to", folder)
    assert (made["letters"], made["erased"], made["unprinted"]) == (1, 0, 0)
    person, other = generators.betrokkene(number), generators.betrokkene(bystander)
    form = (folder / "ap-formulier.txt").read_text(encoding="utf-8")
    assert "[naam]" in form
    for value in (person["geslachtsnaam"], person["dossierkenmerk"]):
        # As a word: the municipality's own name begins as somebody's does.
        assert re.search(rf"\b{re.escape(str(value))}\b", form) is None
    letter = (folder / "brieven" / "brief-00001.txt").read_text(encoding="utf-8")
    assert generators.dossierkenmerk(number) in letter
    assert str(person["geslachtsnaam"]) in letter
    assert str(other["dossierkenmerk"]) not in letter
    assert "Gegevens over u" in letter or "gegevens over u" in letter
    assert "Fien Functionaris" in letter
    assert "Het gaat om deze gegevens" in letter
    assert "versleuteld voor één ontvanger" in form
    assert (folder / "brieven" / "brief-00001.pdf").read_bytes().startswith(b"%PDF")
    (kept,) = folder.glob("bewijs-opened-*.checkpoint")
    verdict = types(town, "log", "verify", "--checkpoint", kept)
    assert verdict["findings"] == []


def of_one_person(town: Town, folder: Path) -> None:
    """By hand, about all that left of one person: a scope says what."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    types(town, "breach", "scope", "--person", generators.dossierkenmerk(number), "--to", folder)
    scoped = types(
        town, "breach", "open", "--aware", datetime.now(UTC).isoformat(), "--text", "brief kwijt",
        "--scope", folder / "scope.json",
    )["breach"]  # fmt: skip
    shown = types(town, "breach", "show", scoped)
    assert (shown["scope"]["people"], shown["scope"]["reports"]) == (1, 1)
    done = ("breach", "report", scoped, "--version", "initial", "--reference", "AP-2")
    types(town, *done)
    of_both(town, folder / "scope.json")


def of_both(town: Town, scope: Path) -> None:
    """Whoever the scope does not have is in it all the same: the proposal is accepted by it."""
    _, proposal = withdrawn_late(town)
    both = types(
        town, "breach", "open", proposal, "--aware", datetime.now(UTC).isoformat(), "--text", "x",
        "--scope", scope,
    )["breach"]  # fmt: skip
    shown = types(town, "breach", "show", both)
    assert (shown["scope"]["people"], shown["scope"]["reports"]) == (2, 3)
    types(town, "breach", "report", both, "--version", "initial", "--reference", "AP-3")


def test_een_datalek_met_de_hand_en_de_klok(town: Town, tmp_path: Path) -> None:
    """Sixty hours after awareness the officer has a mail; two people end the clock."""
    count = reminders(town)
    aware = datetime.now(UTC) - timedelta(hours=60, minutes=1)
    opened = types(
        town, "breach", "open", "--aware", aware.isoformat(), "--cause", "lost-key",
        "--text", "laptop van een casemanager gestolen",
    )["breach"]  # fmt: skip
    have_been_reminded(town, count)
    town.got()
    warned = about(town, OFFICER, "nog 12 uur")
    assert f"gateway breach show {opened}" in warned.text
    assert "laptop" not in warned.text
    types(town, "breach", "assess", opened, "--risk", "unlikely", "--text", "schijf versleuteld")
    proposal = types(town, "breach", "decide", opened, "--no-report", "--text", "geen risico")
    assert "same-person" in types(town, "proposal", "approve", proposal["proposal"], fails=True)
    types(town, "proposal", "approve", proposal["proposal"], by=BY_ANOTHER)
    found = types(town, "breach", "show", opened)
    assert (found["state"], found["clock"]) == ("not-reported", "stopped")
    of_one_person(town, tmp_path / "reikwijdte")
    revealed = types(town, "breach", "show", opened, "--reveal", "--by", BY)
    assert "laptop" in revealed["steps"][0]["words"]
    person = withdrawn_late(town)[1]
    wrong = types(
        town, "breach", "open", person, "--aware", aware.isoformat(), "--text", "x", fails=True
    )
    assert "moments-out-of-order" in wrong
    accepted_waits(town, person, tmp_path / "kennisgevingen")


LEFT, OVER = "Een datalek is nog niet gemeld: nog ", "De 72 uur van een datalek zijn voorbij"


def known(town: Town, aware: datetime) -> str:
    """A breach that the officer became aware of then; its number."""
    words = ("--aware", aware.isoformat(), "--cause", "lost-key", "--text", "laptop kwijt")
    return str(types(town, "breach", "open", *words)["breach"])


def told(town: Town, breach: str) -> list[str]:
    """The subjects of what the officer's own GnuPG opened about it, in their order."""
    town.got()
    return [each.subject for each in town.all_read(OFFICER) if breach in each.text]


def test_na_24_48_60_en_70_uur_en_na_stilstand_alleen_de_laatste(town: Town) -> None:
    """Each once; nothing of the hour that passed while the gateway was off, nor once reported."""
    aware = datetime.now(UTC).replace(microsecond=0)
    first = known(town, aware)

    def hours_later(hours: int) -> None:
        count = reminders(town)
        town.gateway.clock = lambda: aware + timedelta(hours=hours)
        have_been_reminded(town, count)

    for hours in (24, 48):
        hours_later(hours)
    town.gateway.stop()
    town.gateway.clock = lambda: aware + timedelta(hours=70)
    town.start()
    have_been_reminded(town, 1)
    heard = [f"{LEFT}{hours} uur" for hours in (48, 24, 2)]
    assert told(town, first) == heard
    types(town, "breach", "assess", first, "--risk", "risk", "--text", "niet versleuteld")
    types(town, "breach", "report", first, "--version", "initial", "--reference", "AP-2026-3")

    # Or it would be told of at once, by the time that the first one came to.
    town.gateway.clock = lambda: aware
    second = known(town, aware)
    for hours in (60, 72):
        hours_later(hours)
    assert told(town, second) == [f"{LEFT}12 uur", OVER]
    assert told(town, first) == heard
    for secret in ("laptop", "versleuteld"):
        assert not any(each.tells(secret) for each in town.all_read(OFFICER))
    town.gateway.clock = lambda: datetime.now(UTC)
    types(town, "breach", "report", second, "--version", "initial", "--reference", "AP-2026-4")


def accepted_waits(town: Town, proposal: str, folder: Path) -> None:
    """Whoever drafts the notices accepts it; it stays on the list until it is in the register."""

    def listed() -> dict[str, str]:
        found = types(town, "breach", "list")
        return {each["incident"]: each["state"] for each in found if each["what"] == "proposal"}

    types(town, "breach", "notices", proposal, "--to", folder)
    assert listed()[proposal] == "accepted"
    now = datetime.now(UTC).isoformat()
    types(town, "breach", "open", proposal, "--aware", now, "--text", "te laat verwerkt")
    assert proposal not in listed()
    again = ("breach", "open", proposal, "--aware", now, "--text", "nog eens")
    assert "already-decided" in types(town, *again, fails=True)
