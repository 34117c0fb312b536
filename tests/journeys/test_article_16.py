"""Article 16: what exclusion means for the others.

> De Gemeente meldt de uitsluiting van (verdere) deelname aan de andere convenantpartners ter
> voorbereiding op overname van inburgeraar en aan de contactpersonen van Blik op Werk en de
> contactpersonen van de Inspectie SZW.

What the gateway has to do with it: exclusion stops everything of the excluded provider at once,
also what is already under way, and about an inburgeraar who is taken over it carries the new
provider's reports.  The officer is told which dossiers need another provider, and drafts the
messages to the others, which say nothing about any inburgeraar.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.parties import Standing
from gateway.domain.reminding import Matter
from tests.journeys.conftest import a_town
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, about, was_reminded
from tests.servers.postfix import Postfix
from tests.world import (
    CARLA,
    CASPER,
    MUNICIPALITY,
    OFFICER,
    SAAR,
    SCHOOL_1,
    SCHOOL_2,
    SOFIE,
    Setting,
    identity,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.register_change import Change
    from tests.journeys.town import Town
    from tests.servers.dovecot import Dovecot
    from tests.servers.tls import Certificates


@contextmanager
def excluded(town: Town) -> Iterator[None]:
    """The school is excluded; the other one is not."""
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
    yield
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.ACTIVE))


@pytest.fixture
def after_exclusion(any_town: Town) -> Iterator[Town]:
    """A town in which that happened."""
    with excluded(any_town):
        yield any_town


def test_overname_van_de_inburgeraar(after_exclusion: Town) -> None:
    """Taken over, with a new consent form, the new school's reports go on; the old one's do not."""
    town = after_exclusion
    number = town.inburgeraar()

    async def takes_over(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", SOFIE)
        await change.consents.record(
            f"dossier-{number}", SCHOOL_2, ConsentKind.GIVEN, categories=ConsentCategory
        )

    town.change(takes_over)
    town.post(SAAR, town.sealed(SAAR, report(number)))
    town.post(SOFIE, town.sealed(SOFIE, report(number)))
    town.settle(2)
    assert town.got() == {CASPER: 1, SAAR: 1, SOFIE: 1}
    assert [outcome for outcome, _ in town.became(SAAR)] == ["reject"]
    assert town.became(SOFIE) == [("forward", set())]


def test_andere_convenantpartners_gaan_gewoon_door(after_exclusion: Town) -> None:
    """One school's exclusion is no other's."""
    town = after_exclusion
    number = town.inburgeraar(Setting(contact=SOFIE, casemanager=CARLA))
    town.send(SOFIE, report(number))
    assert town.got() == {CARLA: 1, SOFIE: 1}


def test_uitsluiting_stopt_ook_wat_al_onderweg_is(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    dovecot: Dovecot,
) -> None:
    """Released and lying in the outbox because the next server is down: it does not leave."""
    with (
        Postfix(certificates, dovecot) as relay,
        a_town("sqlite", request, tmp_path_factory, relay=relay) as town,
    ):
        number = town.inburgeraar()
        relay.stop()
        town.start()
        try:
            town.post(SAAR, town.sealed(SAAR, report(number)))
            town.gateway.wait_until_told("report.postponed")
            town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
            relay.start()
            town.settle(1)
            assert town.got() == {SAAR: 1}
            assert town.became(SAAR) == [("reject", {"art-15/excluded"})]
            assert [state for _, state in town.posted()] == ["withdrawn"]
            (record,) = town.records()
            assert record.standing == ((0, "reject", frozenset({"art-15/excluded"})),)
        finally:
            town.gateway.stop()


def test_uitsluiting_stopt_alles_en_zegt_wie_een_andere_aanbieder_nodig_heeft(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    dovecot: Dovecot,
) -> None:
    """Released and unsent, and held: both refused; the officer reads which dossiers are left."""
    with (
        Postfix(certificates, dovecot) as relay,
        a_town("sqlite", request, tmp_path_factory, relay=relay, settings=OFTEN) as town,
    ):
        released, held = town.inburgeraar(), town.inburgeraar(Setting(casemanager=None))
        done = town.inburgeraar(Setting(duty_ended=True))
        elsewhere = town.inburgeraar(Setting(contact=SOFIE))
        relay.stop()
        town.start()
        try:
            town.post(SAAR, town.sealed(SAAR, report(released)))
            town.gateway.wait_until_told("report.postponed")
            town.post(SAAR, town.sealed(SAAR, report(held)))
            town.gateway.wait_until_told("mail.handled", count=2)
            town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
            town.gateway.wait_until_told("mail.walks_again")
            relay.start()
            town.settle(2)
            was_reminded(town, Matter.EXCLUSION)
            assert CASPER not in town.got()
            assert [each.state for each in town.records()] == ["done", "done"]
            stopped = [standing for each in town.records() for standing in each.standing]
            assert [outcome for _, outcome, _ in stopped] == ["reject", "reject"]
            assert all("art-15/excluded" in why for _, _, why in stopped)
            letter = about(town, OFFICER, "Een aanbieder is uitgesloten")
            assert letter.tells(f"dossier-{released}")
            assert letter.tells(f"dossier-{held}")
            assert not letter.tells(f"dossier-{done}")
            assert not letter.tells(f"dossier-{elsewhere}")
            says_nothing_of(letter.everything(), released, held)
            assert [each.subject for each in town.all_read(OFFICER)].count(letter.subject) == 1
        finally:
            town.gateway.stop()


def test_meldt_de_uitsluiting_aan_de_andere_convenantpartners(
    after_exclusion: Town, tmp_path: Path
) -> None:
    """To the other provider, Blik op Werk and the Inspectie SZW; nothing about any inburgeraar."""
    town, folder = after_exclusion, tmp_path / "berichten"
    number = town.inburgeraar()
    listed = command(town, "party", "dossiers", SCHOOL_1)
    assert {"dossier": f"dossier-{number}"} in listed
    where = ("party", "notices", SCHOOL_1, "--to", str(folder), "--by", "Tess Testpersoon")
    written = command(town, *where)
    files = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}
    assert {Path(each["file"]).name for each in written} == set(files)
    assert set(files) == {f"{SCHOOL_2}.txt", "blik-op-werk.txt", "inspectie-szw.txt"}
    for text in files.values():
        assert "Taalschool De Proef" in text
        assert "16.1" in text
        says_nothing_of(text, number)
        assert f"dossier-{number}" not in text
    assert "Sofie Testlerares" in files[f"{SCHOOL_2}.txt"]
    assert "overnemen" in files[f"{SCHOOL_2}.txt"]
    assert "overnemen" not in files["blik-op-werk.txt"]
    assert "school-2.txt" in command(town, *where, code=1)


def test_zonder_uitsluiting_valt_er_niets_te_melden(any_town: Town, tmp_path: Path) -> None:
    """Nobody is told of what did not happen, and the municipality is no provider."""
    for party, why in ((SCHOOL_2, "not-excluded"), (MUNICIPALITY, "not-a-provider")):
        where = ("--to", str(tmp_path / "niets"), "--by", "Tess Testpersoon")
        assert why in command(any_town, "party", "notices", party, *where, code=1)
    assert not (tmp_path / "niets").exists()
    stranger = ("--to", str(tmp_path / "niets"), "--by", "Iemand Anders")
    with excluded(any_town):
        assert "unknown-operator" in command(
            any_town, "party", "notices", SCHOOL_1, *stranger, code=1
        )
    assert not (tmp_path / "niets").exists()


def says_nothing_of(text: str, *numbers: int) -> None:
    """No name, birth date or dossierkenmerk of these inburgeraars."""
    for number in numbers:
        who = identity(number)
        for value in (who.dossierkenmerk, who.geslachtsnaam, who.geboortedatum, who.voornamen):
            assert not re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)


def command(town: Town, *arguments: str, code: int = 0) -> Any:
    """What ``gateway`` prints as JSON, or why it refuses."""
    done = CliRunner().invoke(app, [*arguments, "--config", str(town.file), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if code == 0 else done.stderr
