"""Article 3.2: two years, to the second, and over without a word from anybody.

> Het Convenant wordt voor een periode van 2 jaar afgesloten en eindigt van rechtswege na het
> verstrijken van deze periode zonder dat enige opzegging is vereist. Drie maanden voor het
> einde van de looptijd treden partijen in overleg om eventuele voortzetting van het Convenant te
> bespreken.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.domain.moments import moment
from gateway.domain.outcomes import Ended
from gateway.domain.parties import Interval
from tests.journeys.conftest import a_town, at_work
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, have_been_reminded
from tests.rounds import Rounds
from tests.servers.process import wait_until
from tests.world import CASPER, OFFICER, SAAR, SCHOOL_1, SCHOOL_2, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from tests.journeys.town import Town

SECOND = timedelta(seconds=1)


@pytest.fixture
def soon() -> datetime:
    """Within what a signature of now may differ from the gateway's clock."""
    return (datetime.now(UTC) + timedelta(minutes=8)).replace(microsecond=0)


@contextmanager
def term(town: Town, start: datetime, end: datetime, *, now: datetime) -> Iterator[None]:
    """The school's term is this and the time is `now`; afterwards both are what they were."""
    signed = Interval(start=start, end=end)
    town.change(lambda change: change.parties.set_term(SCHOOL_1, signed))
    town.gateway.clock = lambda: now
    yield
    town.gateway.clock = lambda: datetime.now(UTC)
    before = Interval(start=town.built - YEAR, end=town.built + YEAR)
    town.change(lambda change: change.parties.set_term(SCHOOL_1, before))


def ends(town: Town, end: datetime, *, now: datetime) -> AbstractContextManager[None]:
    return term(town, end - 2 * YEAR, end, now=now)


def begins(town: Town, start: datetime, *, now: datetime) -> AbstractContextManager[None]:
    return term(town, start, start + 2 * YEAR, now=now)


def test_tot_de_laatste_seconde_van_de_periode(town: Town, soon: datetime) -> None:
    """A second before the end everything is as it was."""
    number = town.inburgeraar()
    with ends(town, soon, now=soon - SECOND):
        town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert town.became(SAAR) == [("forward", set())]


def test_eindigt_van_rechtswege_na_het_verstrijken_van_deze_periode(
    any_town: Town, soon: datetime
) -> None:
    """In the second of the end it is over, and nobody has given notice."""
    number = any_town.inburgeraar()
    with ends(any_town, soon, now=soon):
        any_town.send(SAAR, report(number))
    assert any_town.got() == {SAAR: 1}
    assert any_town.became(SAAR) == [("reject", {"art-3.2/covenant-ended"})]
    assert "artikel 3.2" in any_town.read(SAAR).text


def test_in_beide_richtingen(town: Town, soon: datetime) -> None:
    """After the end the municipality does not send to this provider either."""
    number = town.inburgeraar()
    with ends(town, soon, now=soon):
        town.send(CASPER, report(number))
    assert town.got() == {CASPER: 1}
    assert town.became(CASPER) == [("reject", {"art-3.2/covenant-ended"})]


def test_voor_de_datum_van_ondertekening_geldt_het_nog_niet(town: Town, soon: datetime) -> None:
    """3.1: it begins on the date of signing, and not a second earlier."""
    number = town.inburgeraar()
    with begins(town, soon, now=soon - SECOND):
        town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-3.2/covenant-not-begun"})]


def test_op_de_datum_van_ondertekening_gaat_het_in(town: Town, soon: datetime) -> None:
    """3.1: and from that second on it holds."""
    number = town.inburgeraar()
    with begins(town, soon, now=soon):
        town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}


def test_vooruit_gekeken_op_de_seconde(town: Town, soon: datetime) -> None:
    """`inspect --at` says beforehand what will happen on either side of the end."""
    number = town.inburgeraar()
    mail = town.sealed(SAAR, report(number))
    with ends(town, soon, now=datetime.now(UTC)):
        (before,) = town.look(mail, soon - SECOND)
        (after,) = town.look(mail, soon)
    assert not isinstance(before, Ended)
    assert isinstance(after, Ended)
    assert list(after.stop.reasons) == ["art-3.2/covenant-ended"]
    assert town.got() == {}


def test_drie_maanden_voor_het_einde_en_aan_het_einde(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The officer hears it three months before by the calendar, to the second, and at the end."""
    rounds = Rounds(monkeypatch)
    with (
        a_town("sqlite", request, tmp_path_factory, settings=OFTEN) as town,
        at_work(town),
    ):
        end = moment("2031-05-31")
        far = Interval(start=town.built - YEAR, end=end + YEAR)
        town.change(lambda change: change.parties.set_term(SCHOOL_2, far))
        with ends(town, end, now=moment("2031-02-28") - SECOND):
            wait_until(rounds.over(2), what="two rounds, the second of which began after this")
            assert town.gateway.told("reminder.posted") == []
            town.gateway.clock = lambda: moment("2031-02-28")
            have_been_reminded(town, 1)
            warning = town.read(OFFICER)
            assert warning.subject == "Het convenant met een aanbieder loopt af"
            assert "31 mei 2031" in warning.text
            assert "Taalschool De Proef" in warning.text
            town.gateway.clock = lambda: end
            have_been_reminded(town, 2)
            assert [each.subject for each in town.all_read(OFFICER)][1:] == [
                "Het convenant met een aanbieder is afgelopen"
            ]
        assert town.got() == {OFFICER: 2}
