"""Article 12.5: a mail that cannot be secured now waits, and goes by itself once it can.

> Informatie wordt uitgewisseld via een beveiligde mail en uitsluitend via de hiertoe aangewezen
> contactpersoon van de inburgeraar.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.domain.consent import ConsentKind
from gateway.domain.parties import Standing
from tests import people, world
from tests.databases import KINDS
from tests.journeys.conftest import a_day_in, a_town, at_work
from tests.journeys.town import report
from tests.journeys.watchful import (
    OFTEN,
    about,
    have_been_reminded,
    have_walked,
    reminders,
    walks,
)
from tests.servers.process import wait_until
from tests.world import CARLA, CASPER, OFFICER, SAAR, SCHOOL_1, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HELD = {OFFICER: 1, SAAR: 1}


@pytest.fixture(scope="module")
def sqlite(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with a_town("sqlite", request, tmp_path_factory, settings=OFTEN) as town, at_work(town):
        yield town


@pytest.fixture(scope="module")
def postgresql(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with a_town("postgresql", request, tmp_path_factory, settings=OFTEN) as town, at_work(town):
        yield town


@pytest.fixture
def town(sqlite: Town) -> Iterator[Town]:
    yield from a_day_in(sqlite)


@pytest.fixture(params=KINDS)
def any_town(request: pytest.FixtureRequest) -> Iterator[Town]:
    yield from a_day_in(request.getfixturevalue(request.param))


@contextmanager
def key_until(town: Town, end: datetime, *, who: str = CASPER) -> Iterator[None]:
    """The key of this contact expires then; afterwards it is as it was."""
    town.pin(who, people.expiring(town.resident(who).key, end))
    yield
    town.gateway.clock = lambda: datetime.now(UTC)
    pin_again(town, who)


def pin_again(town: Town, who: str = CASPER) -> None:
    town.pin(who, town.resident(who).key.cert)


def at(town: Town, moment: datetime) -> None:
    town.gateway.clock = lambda: moment


def receipts(town: Town) -> list[tuple[str, set[str]]]:
    """What each receipt said of the one report, in order."""
    found = [each.proof["berichten"][0] for each in town.all_read(SAAR) if each.is_receipt]
    return [(each["uitkomst"], set(each.get("redenen", ()))) for each in found]


def test_een_verlopen_sleutel_houdt_tegen_tot_er_een_nieuwe_is(any_town: Town) -> None:
    """Expired: it waits.  Proposed: it waits.  Confirmed by a second person: it goes by itself."""
    town, number = any_town, any_town.inburgeraar()
    end = datetime.now(UTC).replace(microsecond=0) + 5 * MINUTE
    with key_until(town, end):
        at(town, end)
        town.send(SAAR, report(number))
        assert receipts(town) == [("hold", {"art-12.5/recipient-key-expired"})]
        count = walks(town)
        certificate = town.resident(CASPER).key.cert
        town.change(lambda change: change.contacts.propose_key(CASPER, certificate))
        assert len(town.gateway.told("mail.walks_again")) == count - 1
        assert [each.state for each in town.records()] == ["held"]
        town.confirm_keys()
        have_walked(town, count)
        assert town.got()[CASPER] == 1
        assert town.all_read(CASPER)[0].report["betrokkene"]
        assert receipts(town)[1:] == [("forward", set())]
        assert [each.state for each in town.records()] == ["done"]


def test_een_ingetrokken_sleutel_net_zo(town: Town) -> None:
    """Revoked is a hold too, and no failure; a wholly new key lets it go, sealed to that one."""
    number = town.inburgeraar()
    town.change(lambda change: change.contacts.revoke(CASPER))
    town.send(SAAR, report(number))
    assert town.got() == HELD
    resident = town.resident(CASPER)
    fresh = people.by_gnupg(resident.somebody.name, resident.account.address, "cv25519")
    resident.home.add(fresh.tsk)
    count = walks(town)
    town.pin(CASPER, fresh.cert)
    have_walked(town, count)
    assert town.got() == {CASPER: 1, OFFICER: 1, SAAR: 2}
    assert town.read(CASPER).signers == (town.fingerprint,)
    assert receipts(town) == [
        ("hold", {"art-12.5/recipient-key-revoked"}),
        ("forward", set()),
    ]
    pin_again(town)


def test_een_nieuwe_sleutel_die_niemand_bevestigt_telt_niet(town: Town) -> None:
    """Pending, refused: what waits, waits on."""
    number = town.inburgeraar()
    town.change(lambda change: change.contacts.revoke(CASPER))
    town.send(SAAR, report(number))
    count = len(town.gateway.told("mail.walks_again"))
    certificate = town.resident(CASPER).key.cert
    town.change(lambda change: change.contacts.propose_key(CASPER, certificate))
    town.send(SAAR, report(number))
    assert [each.state for each in town.records()] == ["held", "held"]
    assert len(town.gateway.told("mail.walks_again")) == count
    town.confirm_keys()
    have_walked(town, count + 2)
    assert town.got()[CASPER] == 2


def test_toestemming_ingetrokken_terwijl_het_wacht(any_town: Town) -> None:
    """Refused by itself; the receipt says why; the key that comes later changes nothing."""
    town, number = any_town, any_town.inburgeraar()
    town.change(lambda change: change.contacts.revoke(CASPER))
    town.send(SAAR, report(number))
    count = walks(town)
    town.change(
        lambda change: change.consents.record(f"dossier-{number}", SCHOOL_1, ConsentKind.WITHDRAWN)
    )
    have_walked(town, count)
    pin_again(town)
    assert receipts(town)[-1][0] == "reject"
    assert "art-12.4/consent-withdrawn" in receipts(town)[-1][1]
    assert town.got() == {OFFICER: 1, SAAR: 2}
    assert [each.state for each in town.records()] == ["done"]


def test_wat_op_een_mens_wacht_gaat_niet_vanzelf(town: Town) -> None:
    """In one mail: what waited for the key goes; what waited for a person waits on."""
    first, second = town.inburgeraar(), town.inburgeraar(Setting(casemanager=None))
    town.change(lambda change: change.contacts.revoke(CASPER))
    town.send(SAAR, report(first), report(second))
    count = walks(town)
    town.change(lambda change: change.designations.designate(f"dossier-{second}", CARLA))
    pin_again(town)
    have_walked(town, count)
    assert town.got() == {CASPER: 1, OFFICER: 2, SAAR: 2}
    (record,) = town.records()
    assert record.state == "held"
    assert record.standing == (
        (0, "forward", frozenset()),
        (1, "hold", frozenset({"art-12.5/no-designated-contact"})),
    )


@pytest.mark.parametrize("days", [60, 30, 15, 5])
def test_op_tijd_gewaarschuwd(town: Town, days: int) -> None:
    """Holder and officer, each once, in words they can act on; about no inburgeraar."""
    number = town.inburgeraar()
    end = datetime.now(UTC).replace(microsecond=0) + 90 * DAY
    with key_until(town, end):
        count = reminders(town, 2)
        at(town, end - days * DAY)
        have_been_reminded(town, count)
        own = about(town, CASPER, f"Uw sleutel verloopt over {days} dagen")
        officers = about(town, OFFICER, f"Een sleutel verloopt over {days} dagen")
        assert town.got() == {CASPER: 1, OFFICER: 1}
        assert "vingerafdruk" in own.text
        assert town.resident(CASPER).somebody.name in officers.text
        for letter in (own, officers):
            assert letter.outer["Subject"] == "Beveiligd bericht van het uitwisselpunt inburgering"
            assert not letter.tells(str(world.identity(number).dossierkenmerk))


def test_na_het_verlopen_hoort_alleen_de_privacy_officer_het(any_town: Town) -> None:
    """Nobody can write to an expired key; somebody has to telephone."""
    end = datetime.now(UTC).replace(microsecond=0) + 90 * DAY
    with key_until(any_town, end):
        count = reminders(any_town)
        at(any_town, end)
        have_been_reminded(any_town, count)
        assert any_town.got() == {OFFICER: 1}
        assert "bel." in about(any_town, OFFICER, "Een sleutel is verlopen").text


def test_uitgesloten_terwijl_het_wacht(town: Town) -> None:
    """Exclusion refuses what is held too, whatever it waited for."""
    number = town.inburgeraar(Setting(casemanager=None))
    town.send(SAAR, report(number))
    (held,) = town.records()
    assert held.state == "held"
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
    wait_until(lambda: town.records()[0].state == "done", what="a refusal")
    town.settle(1)
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.ACTIVE))
    ((number, outcome, reasons),) = town.records()[0].standing
    assert (number, outcome) == (0, "reject")
    assert "art-15/excluded" in reasons
    assert CASPER not in town.got()
