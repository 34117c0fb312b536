"""Article 33 AVG, the first hours: whom does it concern, and how does it stop?

Reports leave over the real servers.  A mailbox turns out to be read by somebody else: the
officer counts whom it concerns, holds its mail back, and lets it go again with a colleague.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from gateway.adapters.database import metadata
from gateway.adapters.tables_log import log_entries
from tests import generators
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.test_article_12_4_late import kenmerk, types
from tests.journeys.town import report
from tests.servers.process import wait_until
from tests.tampering import unguard
from tests.world import BY_ANOTHER, CASPER, OFFICER, SAAR, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.town import Town


@pytest.fixture(scope="module", params=KINDS)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town at work, on each database."""
    with a_town(request.param, request, tmp_path_factory) as found, at_work(found):
        yield found


def address(town: Town, who: str) -> str:
    return town.resident(who).account.address


def test_wie_het_raakt_en_hoe_het_stopt(town: Town, tmp_path: Path) -> None:
    """Counted, verified and frozen; held back, nothing lost, let go by another; on record."""
    number, other = town.inburgeraar(), town.inburgeraar()
    town.send(SAAR, report(number), report(other))
    counted = types(town, "breach", "scope", "--mailbox", address(town, CASPER))
    assert (counted["counts"]["people"], counted["counts"]["left"]) == (2, 2)
    assert counted["counts"]["sureness"] == {"derived": 2}
    assert kenmerk(number) not in json.dumps(counted)
    folder = tmp_path / "reikwijdte"
    asked = ("--contact", SAAR, "--person", kenmerk(number))
    frozen = types(town, "breach", "scope", *asked, "--verify", "--reveal", "--to", folder)
    assert frozen["counts"]["sureness"] == {"verified": 1}
    assert frozen["counts"]["recipients"] == {CASPER: 1}
    (person,) = frozen["people_named"]
    assert (person["dossierkenmerk"], person["reports"]) == (kenmerk(number), 1)
    kept = json.loads((folder / "scope.json").read_text())
    assert kept["digest"] == frozen["digest"]
    assert [each["state"] for each in kept["disclosures"]] == ["sent"]
    looked = types(town, "log", "audit", "--action", "breach.people-looked")
    assert looked[0]["about"] == f"dossier-{number}"
    stops_and_goes_again(town, number)


def stops_and_goes_again(town: Town, number: int) -> None:
    """While it is held a report is judged and waits; who placed the hold cannot lift it."""
    before = len(town.inbox(CASPER))
    placed = types(
        town, "breach", "contain", "--hold-queue", f"contact:{CASPER}", "--reason", "meegelezen"
    )
    handled = len(town.records()) + 1
    town.post(SAAR, town.sealed(SAAR, report(number)))
    wait_for_records(town, handled)
    held = types(town, "breach", "holds")
    assert [each["subject"] for each in held["holds"]] == [CASPER]
    assert held["letters"] >= 1
    assert len(town.inbox(CASPER)) == before
    assert ("report", "waiting") in [(kind, state) for kind, state in posted(town)]
    refused = types(town, "breach", "lift", placed["hold"], "--reason", "klaar", fails=True)
    assert "same-person" in refused
    lifted = types(town, "breach", "lift", placed["hold"], "--reason", "klaar", by=BY_ANOTHER)
    assert lifted["letters"] == 0
    town.settle(handled)
    assert len(town.inbox(CASPER)) == before + 1
    assert {state for _, state in posted(town)} == {"sent"}


def wait_for_records(town: Town, count: int) -> None:
    """Until so many mails came in and were judged."""
    wait_until(
        lambda: len(town.records()) >= count and all(e.state == "done" for e in town.records()),
        pause=0.05,
        what="a mail that is judged",
    )


def posted(town: Town) -> list[tuple[str, str]]:
    """Every report of the gateway's outbox, with its state."""
    return [("report", state) for _, state in town.posted()]


def test_mensen_van_een_reikwijdte_beperken_en_weer_vrijgeven(town: Town) -> None:
    """Nothing about them is passed on meanwhile, and what waited goes by itself."""
    number, another = town.inburgeraar(), town.inburgeraar()
    town.send(SAAR, report(number), report(another))
    town.settle(len(town.records()))
    restricted = types(town, "breach", "restrict", "lek-1", "--person", kenmerk(number))
    assert restricted["people"] == 1
    again = types(town, "breach", "restrict", "lek-1", "--person", kenmerk(number))
    assert again["people"] == 0
    assert "same-person" in types(town, "breach", "unrestrict", "lek-1", fails=True)
    added = ("--person", kenmerk(another))
    types(town, "breach", "restrict", "lek-1", *added, by=BY_ANOTHER)
    lifted = types(town, "breach", "unrestrict", "lek-1", by=BY_ANOTHER)
    assert (lifted["people"], lifted["left"]) == (1, 1)
    rest = types(town, "breach", "unrestrict", "lek-1")
    assert (rest["people"], rest["left"]) == (1, 0)
    assert types(town, "breach", "unrestrict", "lek-1", by=BY_ANOTHER)["people"] == 0


def test_een_schrijffout_telt_niet_als_niemand(town: Town) -> None:
    """What nothing on record ever had is refused, and not counted as nobody."""
    for wrong in (
        ("--mailbox", "niemand@nergens.example"),
        ("--contact", "niemand"),
        ("--party", "nergens"),
        ("--key", "F" * 40),
        ("--policy", "0" * 64),
        ("--form", "bestaat-niet"),
        ("--person", "D-bestaat-niet"),
        ("--mail", "f" * 32),
        (),
    ):
        types(town, "breach", "scope", *wrong, fails=True)


def test_oefenen_laat_het_echte_met_rust(town: Town, tmp_path: Path) -> None:
    """A drill opens nothing of the real gateway: its files are the same to the last byte."""
    town.gateway.stop()  # of itself it writes on: checkpoints, what it looks at every hour
    before = digests(town.file.parent), content(town)
    done = types(town, "breach", "drill", "--people", 3, "--to", tmp_path / "oefening")
    assert (done["found"], done["verified"], done["letters"]) == (3, 3, 3)
    assert (digests(town.file.parent), content(town)) == before
    texts = list((tmp_path / "oefening").rglob("*.txt"))
    assert len(texts) >= 5
    assert all("OEFENING" in each.read_text() or each.name == "bewijs.txt" for each in texts)
    assert all(SCHOOL_1 not in each.read_text() for each in texts)
    town.start()


def digests(folder: Path) -> dict[str, str]:
    """What every file of the real gateway holds, but for its database: see `content`."""
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and ".db" not in each.name
    }


def content(town: Town) -> str:
    """Every row of every table of the real gateway's database, in one digest."""

    async def read() -> str:
        found = hashlib.sha256()
        async with town.database.reading() as connection:
            for table in metadata.sorted_tables:
                rows = sorted(repr(tuple(row)) for row in await connection.execute(select(table)))
                found.update("\n".join([table.name, *rows]).encode())
        return found.hexdigest()

    return town.run(read())


def test_twee_mensen_verwisseld_wordt_voorgesteld_en_gemeld(town: Town) -> None:
    """Looked for at every start: a proposal, once, and a sealed letter that names nobody."""
    number = town.inburgeraar()
    mixed_up = report(number)
    person = generators.betrokkene(number)
    town.send(SAAR, mixed_up | {"betrokkene": person | {"geslachtsnaam": "Verwisseld"}})
    town.gateway.stop()
    town.start()
    wait_until(lambda: bool(wrong_person(town)), pause=0.2, what="the proposal")
    (found,) = wrong_person(town)
    assert (found["state"], found["disclosures"]) == ("open", 0)

    def letters() -> list[str]:
        read = [each for each in town.all_read(OFFICER) if str(found["incident"]) in each.text]
        return [each.opened.decode(errors="replace") for each in read]

    wait_until(lambda: bool(letters()), pause=0.2, what="the letter")
    (letter,) = letters()
    assert kenmerk(number) not in letter
    assert "Verwisseld" not in letter
    town.gateway.stop()
    town.start()
    wait_until(lambda: town.gateway.detections > 0, what="a look at everything")
    assert len(wrong_person(town)) == 1


def proposals(town: Town) -> list[dict[str, object]]:
    shown = types(town, "breach", "list")
    return list(shown["proposals"] if isinstance(shown, dict) else shown)


def wrong_person(town: Town) -> list[dict[str, object]]:
    """The proposals about two people mixed up."""
    return [each for each in proposals(town) if each.get("kind") == "wrong-person"]


def test_een_veranderd_logboek_wordt_voorgesteld(town: Town) -> None:
    """Somebody wrote in it past the gateway: found at the next start, whatever is done about it."""
    town.gateway.stop()
    town.run(altered(town))
    town.start()

    def inconsistent() -> list[dict[str, object]]:
        return [each for each in proposals(town) if each["kind"] == "log-inconsistent"]

    wait_until(lambda: bool(inconsistent()), pause=0.2, what="the proposal")
    (found,) = inconsistent()
    assert (found["state"], found["disclosures"]) == ("open", 0)
    assert str(found["evidence"]).startswith("log altered/0: ")
    town.run(altered(town))  # as it was, for what looks the log over after the tests


async def altered(town: Town) -> None:
    """One byte of the first entry is another, or itself again."""
    its = log_entries.c.seq == 0
    async with town.database.transaction() as connection:
        await unguard(connection, "log_entries")
        entry = (await connection.execute(select(log_entries.c.entry).where(its))).scalar_one()
        other = entry[:-1] + bytes([entry[-1] ^ 1])
        await connection.execute(update(log_entries).where(its).values(entry=other))
