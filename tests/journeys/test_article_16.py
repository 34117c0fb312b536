"""Article 16: what exclusion means for the others.

> De Gemeente meldt de uitsluiting van (verdere) deelname aan de andere convenantpartners ter
> voorbereiding op overname van inburgeraar [...]

What the gateway has to do with it: exclusion stops everything of the excluded provider at once,
also what is already under way, and about an inburgeraar who is taken over it carries the new
provider's reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.parties import Standing
from tests.journeys.conftest import a_town
from tests.journeys.town import report
from tests.servers.postfix import Postfix
from tests.world import CARLA, CASPER, SAAR, SCHOOL_1, SCHOOL_2, SOFIE, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.register_change import Change
    from tests.journeys.town import Town
    from tests.servers.dovecot import Dovecot
    from tests.servers.tls import Certificates


@pytest.fixture
def after_exclusion(any_town: Town) -> Iterator[Town]:
    """The school is excluded; the other one is not."""
    any_town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
    yield any_town
    any_town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.ACTIVE))


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
