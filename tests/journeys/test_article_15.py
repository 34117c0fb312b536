"""Article 15: excluded is excluded, at once.

> Taalaanbieder Inburgering wordt van (verdere) deelname aan het Convenant uitgesloten indien zij
> niet (meer) de omschreven kwaliteit kunnen bieden zoals benoemd in het Convenant. (15.1)
> Ingeval van het verlies van het keurmerk Blik op Werk wordt Taalaanbieder Inburgering van deelname
> aan het Convenant uitgesloten. (15.4)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.domain.parties import Standing
from tests.journeys.town import report
from tests.world import CASPER, SAAR, SAM, SCHOOL_1, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town

EXCLUDED = {"art-15/excluded"}


@contextmanager
def excluded(town: Town) -> Iterator[None]:
    """The school is excluded, and taken in again afterwards."""
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED))
    yield
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.ACTIVE))


def test_van_verdere_deelname_uitgesloten(any_town: Town) -> None:
    """What went a moment ago does not go now; the sender reads why, nobody else reads anything."""
    number = any_town.inburgeraar()
    any_town.send(SAAR, report(number))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    any_town.new_day()
    with excluded(any_town):
        any_town.send(SAAR, report(number))
        assert any_town.got() == {SAAR: 1}
        assert any_town.became(SAAR) == [("reject", EXCLUDED)]
        assert "artikel 15" in any_town.read(SAAR).text


def test_voor_iedereen_die_er_werkt_en_elke_inburgeraar(town: Town) -> None:
    """Every contact person and every report of the school, whatever the ground."""
    one, other = town.inburgeraar(), town.inburgeraar(Setting(contact=SAM))
    with excluded(town):
        town.post(SAAR, town.sealed(SAAR, report(one)))
        town.send(SAM, report(other))
        town.settle(2)
        assert town.got() == {SAAR: 1, SAM: 1}
        assert town.became(SAAR) == [("reject", EXCLUDED)]
        assert town.became(SAM) == [("reject", EXCLUDED)]


def test_ook_de_gemeente_stuurt_er_niets_meer_heen(town: Town) -> None:
    """Excluded from taking part means from receiving too."""
    number = town.inburgeraar()
    with excluded(town):
        town.send(CASPER, report(number))
        assert town.got() == {CASPER: 1}
        assert town.became(CASPER) == [("reject", EXCLUDED)]


def test_een_schorsing_is_geen_uitsluiting(town: Town) -> None:
    """Suspended waits for a person; excluded is refused."""
    number = town.inburgeraar()
    town.change(lambda change: change.parties.set_standing(SCHOOL_1, Standing.SUSPENDED))
    with excluded(town):
        town.send(SAAR, report(number))
        assert town.became(SAAR) == [("reject", EXCLUDED)]
