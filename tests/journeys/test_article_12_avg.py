"""Article 12 AVG: what a person asks is answered within a month, and somebody sees to it.

> 3. De verwerkingsverantwoordelijke verstrekt de betrokkene onverwijld en in ieder geval binnen
> een maand na ontvangst van het verzoek (...) informatie over het gevolg dat aan het verzoek is
> gegeven. Afhankelijk van de complexiteit van de verzoeken en van het aantal verzoeken kan die
> termijn indien nodig met nog eens twee maanden worden verlengd.

And covenant 12.6: each party answers its own requests.  Through real mail where mail leaves.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.deadlines import day_of, end_of
from tests import generators
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, have_been_reminded, reminders
from tests.world import BY, CASPER, OFFICER, SAAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Town

ASKED = "Ik wil weten wie mijn verslagen leest."


@pytest.fixture(scope="module", params=KINDS)
def watchful(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town whose gateway looks at dates several times a second, on each database."""
    with a_town(request.param, request, tmp_path_factory, settings=OFTEN) as town, at_work(town):
        yield town


def types(town: Town, *words: object, by: str = BY) -> Any:
    """The command as an officer types it; what it prints as JSON."""
    environment = {"TAALPOORT_CONFIG": str(town.file), "TAALPOORT_OPERATOR": by}
    arguments = ["request", *map(str, words), "--json"]
    result = CliRunner().invoke(app, arguments, env=environment)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def opened(town: Town, kind: str, number: int, *more: object) -> str:
    """Put on record; the id of the case."""
    came = ("--reference", "Z-2026-00412", "--channel", "post", *more)
    about = ("--person", generators.dossierkenmerk(number), "--words", ASKED)
    return str(types(town, "open", kind, *came, *about)["case"])


def test_binnen_een_maand_en_wie_moet_antwoorden_hoort_het_op_tijd(watchful: Town) -> None:
    """The officer reads number, kind and last day in a mail; after the answer nothing comes."""
    town = watchful
    town.new_day()
    number = town.inburgeraar()
    received = day_of(datetime.now(UTC)) - timedelta(days=20)
    case = opened(town, "access", number, "--received", received)
    have_been_reminded(town, 1)
    (told,) = town.all_read(OFFICER)
    assert told.subject.startswith("Een verzoek wacht op antwoord: nog ")
    assert "Z-2026-00412" in told.text
    assert "inzage in uw gegevens" in told.text
    person = generators.betrokkene(number)
    for secret in (
        ASKED,
        person["geslachtsnaam"],
        person["dossierkenmerk"],
        person["geboortedatum"],
    ):
        assert not told.tells(secret)  # "Voorbeeld" stands in "Voorbeeldstad" and is a name
    types(town, "identify", case, "--how", "digid")
    types(town, "decide", case, "--outcome", "granted")
    types(town, "done", case)
    assert types(town, "answer", case, "--channel", "post")["state"] == "answered"
    town.gateway.clock = lambda: datetime.now(UTC) + timedelta(days=30)
    rounds = len(town.gateway.told("reminder.posted"))
    second = opened(town, "objection", number)
    have_been_reminded(town, rounds + 1)
    town.gateway.clock = lambda: datetime.now(UTC)
    assert town.got() == {OFFICER: 2}
    asked = types(town, "withdraw", second, "--channel", "mail")
    assert asked["state"] == "received"


WAITS, OVER = "Een verzoek wacht op antwoord: ", "De termijn van een verzoek is voorbij"
LAST = "morgen is de laatste dag"


def at_days_left(town: Town, case: str, days: int) -> None:
    """For the gateway the day begins that is so many before the last; after that for -1."""
    day = date.fromisoformat(types(town, "show", case)["last_day"]) - timedelta(days=days)
    begins = end_of(day - timedelta(days=1))
    town.gateway.clock = lambda: begins


def told(town: Town, case: str) -> list[str]:
    """The subjects of what the officer's own GnuPG opened about this case, in their order."""
    town.got()
    return [each.subject for each in town.all_read(OFFICER) if case in each.text]


def test_op_veertien_zeven_drie_en_een_dag_en_na_stilstand_alleen_de_laatste(
    watchful: Town,
) -> None:
    """Each once; while the gateway was off a day passed, of which nobody hears afterwards."""
    town = watchful
    town.new_day()
    first = opened(town, "access", town.inburgeraar(), "--received", days_ago(5))
    for days in (14, 7):
        count = reminders(town)
        at_days_left(town, first, days)
        have_been_reminded(town, count)
    assert [each.startswith(WAITS) for each in told(town, first)] == [True, True]
    town.gateway.stop()
    at_days_left(town, first, 1)
    town.start()
    have_been_reminded(town, 1)
    heard = told(town, first)
    assert [each.removeprefix(WAITS) for each in heard] == ["nog 14 dagen", "nog 7 dagen", LAST]

    types(town, "identify", first, "--how", "digid")
    types(town, "decide", first, "--outcome", "granted")
    types(town, "done", first)
    types(town, "answer", first, "--channel", "post")
    town.gateway.clock = lambda: datetime.now(UTC)
    second = opened(town, "objection", town.inburgeraar())
    for days in (3, -1):
        count = reminders(town)
        at_days_left(town, second, days)
        have_been_reminded(town, count)
    assert told(town, second) == [f"{WAITS}nog 3 dagen", OVER]
    # Its own last day went by meanwhile.
    assert told(town, first) == heard
    town.gateway.clock = lambda: datetime.now(UTC)
    types(town, "withdraw", second, "--channel", "mail")


def days_ago(days: int) -> date:
    return day_of(datetime.now(UTC)) - timedelta(days=days)


def test_intrekken_werkt_meteen(watchful: Town) -> None:
    """AVG 7(3): from the moment that it is on record nothing leaves on that consent."""
    town = watchful
    town.new_day()
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    case = opened(town, "withdrawal", number)
    assert types(town, "show", case)["outcome"] == "granted"
    town.new_day()
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.4/consent-withdrawn"})]
