"""Articles 33(4) and 34 AVG: a breach that turns out to concern more people than was known.

Two people decided not to report it.  Then what was held goes on, more mail comes in, and the
officer counts again: what was decided falls, the school hears of what was added, and everybody
gets one letter about all of it.  Later a proposal turns out to be part of it as well, and another
says nothing that was not in it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.test_article_12_4_late import kenmerk
from tests.journeys.test_article_33 import types, withdrawn_late
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, about, have_been_reminded, reminders
from tests.world import BY_ANOTHER, CASPER, OFFICER, SAAR, SCHOOL_1, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.town import Town

FIRST, SECOND = "Een datalek dat ook u raakt", "Een datalek raakt meer berichten van of aan u"
STAYED = "Wat wij over u kregen en niet hebben doorgegeven"
AGAIN = "U kreeg hier al een brief over."
DECIDE = ["decide-on-reporting", "decide-on-telling"]


@pytest.fixture(params=KINDS)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town that looks at its dates often, on each database."""
    with a_town(request.param, request, tmp_path_factory, settings=OFTEN) as found, at_work(found):
        yield found


def test_er_blijken_meer_mensen_bij_te_horen(town: Town, tmp_path: Path) -> None:
    passed_on, held = town.inburgeraar(), town.inburgeraar(Setting(casemanager=None))
    town.send(SAAR, report(passed_on))
    town.send(SAAR, report(held))
    folder = tmp_path / "reikwijdte"
    asked = ("--mailbox", town.household.gateway.address, "--to", folder)
    types(town, "breach", "scope", *asked)
    opened = types(
        town, "breach", "open", "--aware", datetime.now(UTC).isoformat(), "--cause", "intrusion",
        "--text", "de mailbox is gelezen", "--scope", folder / "scope.json",
    )["breach"]  # fmt: skip
    before = types(town, "breach", "show", opened)
    assert (before["scope"]["people"], before["scope"]["reports"]) == (2, 1)
    not_reported(town, opened)
    types(town, "breach", "partner", opened)
    town.settle(0)
    town.got()
    assert about(town, SAAR, FIRST).text
    town.new_day()

    went_on(town, held)
    new = town.inburgeraar()
    since = datetime.now(UTC)
    town.send(SAAR, report(new))
    town.settle(0)
    why = ("--text", "er is langer meegelezen", "--scope", folder / "scope.json")
    count = reminders(town)
    added = types(town, "breach", "extend", opened, *why)
    assert (added["people"], added["again"], added["to_do"]) == (1, 1, DECIDE)
    assert "nothing-new" in types(town, "breach", "extend", opened, *why, fails=True)
    after = types(town, "breach", "show", opened)
    assert (after["scope"]["people"], after["scope"]["reports"]) == (3, 3)
    assert after["scope"]["not_passed_on"] is None
    assert after["deadline"] == before["deadline"]
    assert (after["state"], after["clock"]) == ("assessed", "71 of 72 hours left")
    have_been_reminded(town, count)
    town.got()
    heard = about(town, OFFICER, "Een datalek is uitgebreid")
    assert f"gateway breach decide {opened} --no-report" in heard.text
    assert not heard.tells("meegelezen")
    holds = [e for e in types(town, "log", "hold", "list") if f"breach/{opened}" in str(e)]
    assert len(holds) == 3

    who_was_added_is_not_erased(town, opened, new)
    reported_and_told(town, opened, tmp_path / "brieven", [passed_on, held, new])
    school_hears_the_rest(town, opened, held, new)
    and_a_proposal(town, opened, tmp_path / "later", new)
    and_one_that_says_nothing_new(town, opened, new, since)


def not_reported(town: Town, opened: str) -> None:
    """Two people decide it, and that nobody is told."""
    types(town, "breach", "assess", opened, "--risk", "unlikely", "--text", "versleuteld")
    silent = types(town, "breach", "decide", opened, "--no-report", "--text", "geen risico")
    types(town, "proposal", "approve", silent["proposal"], by=BY_ANOTHER)
    types(town, "breach", "decide", opened, "--no-tell", "--text", "geen hoog risico")
    shown = types(town, "breach", "show", opened)
    assert (shown["state"], shown["clock"], shown["to_do"]) == ("not-reported", "stopped", [])


def went_on(town: Town, held: int) -> None:
    """Somebody is designated, and what waited for that is released."""
    (waiting,) = types(town, "held", "list")
    town.change(lambda change: change.designations.designate(f"dossier-{held}", CASPER))
    types(town, "held", "release", waiting["trace"])
    town.settle(0)


def who_was_added_is_not_erased(town: Town, opened: str, number: int) -> None:
    """The hold of the breach says so before anybody proposes it and writes a letter."""
    asked = ("--person", kenmerk(number), "--reference", "Z-1", "--channel", "post")
    received = ("--received", datetime.now(UTC).date().isoformat())
    case = types(town, "request", "open", "erasure", *asked, *received)["case"]
    types(town, "request", "identify", case, "--how", "document-seen")
    weighed = types(town, "request", "grounds", case, "--ground", "avg-17-1-d", fails=True)
    assert [(each["bar"], each["reference"]) for each in json.loads(weighed)["obstacles"]] == [
        ("claims", f"breach/{opened}")
    ]


def reported_and_told(town: Town, opened: str, folder: Path, people: list[int]) -> None:
    """One letter each, about all of it; of what went on since nothing says that it did not."""
    again = types(
        town, "breach", "decide", opened, "--no-report", "--text", "nog steeds niet", fails=True
    )
    assert "assessed-before-extension" in again
    for words in (
        ("assess", opened, "--risk", "high", "--text", "namen en uren"),
        ("effect", opened, "--kind", "phishing", "--text", "valse mail"),
        ("measure", opened, "--kind", "key-revoked", "--text", "nieuwe sleutel"),
        ("report", opened, "--version", "initial", "--reference", "AP-2026-9"),
        ("decide", opened, "--tell"),
    ):
        types(town, "breach", *words)
    assert types(town, "breach", "show", opened)["to_do"] == ["write-letters"]
    made = types(town, "breach", "papers", opened, "--to", folder)
    assert (made["letters"], made["unchanged"]) == (3, 0)
    letters = [each.read_text() for each in sorted((folder / "brieven").glob("*.txt"))]
    for number in people:
        (own,) = [each for each in letters if kenmerk(number) in each]
        assert own.count("Wie kreeg het") == 1
        assert AGAIN not in own  # nobody had one before
    assert types(town, "breach", "show", opened)["to_do"] == []
    for each in folder.glob("bewijs-*.checkpoint"):
        assert types(town, "log", "verify", "--checkpoint", each)["findings"] == []
    assert len(list(folder.glob("bewijs-extended-*.checkpoint"))) == 1


def school_hears_the_rest(town: Town, opened: str, held: int, new: int) -> None:
    """By sealed mail, by the references of what was added, and no name."""
    told = types(town, "breach", "partner", opened)
    assert told == {"breach": opened, "told": [SCHOOL_1], "untold": []}
    town.settle(0)
    town.got()
    notice = about(town, SAAR, SECOND)
    assert "Hieronder staat alleen wat erbij is gekomen." in notice.text
    assert "Berichten van of aan u die zijn doorgegeven" in notice.text
    assert not any(notice.tells(kenmerk(each)) for each in (held, new))
    town.new_day()


def and_a_proposal(town: Town, opened: str, folder: Path, known: int) -> None:
    """Accepted by it, and in no other breach; a supplement, and letters to that person alone."""
    person, proposal = withdrawn_late(town)
    why = ("--incident", proposal, "--text", "hoort erbij")
    added = types(town, "breach", "extend", opened, *why)
    assert (added["people"], added["again"]) == (1, 0)
    assert added["to_do"] == ["report-supplement", "write-letters"]
    listed = [each for each in types(town, "breach", "list") if each["what"] == "proposal"]
    assert listed == []
    other = ("breach", "open", proposal, "--aware", datetime.now(UTC).isoformat(), "--text", "x")
    assert "already-decided" in types(town, *other, fails=True)
    assert "already-decided" in types(town, "breach", "extend", opened, *why, fails=True)
    assert "extension-not-settled" in types(town, "breach", "close", opened, fails=True)
    made = types(town, "breach", "papers", opened, "--added", "--to", folder)
    assert made["letters"] == 1
    (letter,) = (folder / "brieven").glob("*.txt")
    assert kenmerk(person) in letter.read_text()
    assert kenmerk(known) not in letter.read_text()
    more = (folder / "ap-aanvulling.txt").read_text()
    assert "Mensen erbij: 1." in " ".join(more.split())
    assert "hoort erbij" in more
    types(town, "breach", "report", opened, "--version", "supplement", "--reference", "AP-2026-9")


def and_one_that_says_nothing_new(town: Town, opened: str, known: int, since: datetime) -> None:
    """It leaves the list as part of this breach, and there is nothing more to do for it."""
    withdrawn = ("consent", "record", kenmerk(known), "withdrawn", "--provider", SCHOOL_1)
    proposal = types(town, *withdrawn, "--valid-from", since.isoformat())["incident"]
    why = ("--incident", proposal, "--text", "dit bericht hoorde er al bij")
    added = types(town, "breach", "extend", opened, *why)
    assert (added["added"], added["people"], added["to_do"]) == (0, 0, [])
    assert "proposal" not in {each["what"] for each in types(town, "breach", "list")}
    assert types(town, "breach", "show", proposal)["reason"] == f"breach/{opened}"
    assert types(town, "breach", "show", opened)["steps"][-1]["step"] == "fact"
    assert "already-decided" in types(town, "breach", "extend", opened, *why, fails=True)
    types(town, "breach", "close", opened)
    audit = types(town, "log", "audit", "--action", "breach.extended", "--last", "40")
    assert [each["about"] for each in audit] == [f"breach/{opened}"] * 2
