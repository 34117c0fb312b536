"""What waits for a person: decided by name with ``gateway held``, and then it goes, or it does not.

The commands run beside the gateway, on the same database, as an officer types them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.bijsluiter import Doelgroep, Regime
from tests import generators
from tests.journeys.town import report
from tests.world import CARLA, CASPER, OFFICER, SAAR, Setting

if TYPE_CHECKING:
    from tests.journeys.town import Town

FREE_TEXT = "art-12.3/free-text-needs-release"
GEZIN = Setting(regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, consent=())


def command(town: Town, *arguments: str, code: int = 0) -> Any:
    """What ``gateway`` prints as JSON."""
    done = CliRunner().invoke(app, [*arguments, "--config", str(town.file), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if code == 0 else done.stderr


def with_text(town: Town) -> str:
    """A mail with free text comes in and is held; its trace."""
    number = town.inburgeraar(GEZIN)
    particulars = [{"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": "wil bellen"}]
    claim = {"wettelijkRegime": "WI2021", "doelgroep": generators.GEZIN}
    town.send(SAAR, report(number, bijzonderheden=particulars, **claim))  # type: ignore[arg-type]  # JSON by construction
    assert town.got() == {OFFICER: 1, SAAR: 1}
    assert town.became(SAAR) == [("hold", {FREE_TEXT})]
    return town.records()[0].trace


def test_free_text_goes_on_when_two_people_have_released_it(any_town: Town) -> None:
    """One is not enough, twice the same is not enough; then it goes, and the sender hears of it."""
    trace = with_text(any_town)
    shown = command(any_town, "held", "show", trace, "--reveal", "--by", "Tess Testpersoon")
    text = {"number": 0, "path": "bijzonderheden[0].signaal", "text": "wil bellen"}
    name = {"number": 0, "path": "voortgang.taalniveaus[0].toets", "text": "Voortgangstoets"}
    (waits, *labels) = shown["texts"]
    assert waits == {**text, "waits": True, "annotations": []}
    assert labels[0] == {**name, "waits": False, "annotations": []}
    first = command(any_town, "held", "release", trace, "--by", "Tess Testpersoon")
    again = command(any_town, "held", "release", trace, "--by", "tess testpersoon")
    assert (first["walks"], again["walks"]) == (False, False)
    assert any_town.got() == {OFFICER: 1, SAAR: 1}
    second = command(any_town, "held", "release", trace, "--by", "Pim Proefpersoon")
    assert second["walks"] is True
    any_town.settle(1)
    assert any_town.got() == {CASPER: 1, OFFICER: 1, SAAR: 2}
    assert any_town.read(CASPER).report["bijzonderheden"][0]["signaal"] == "wil bellen"
    receipts = [mail.proof["berichten"][0]["uitkomst"] for mail in any_town.all_read(SAAR)]
    assert receipts == ["hold", "forward"]
    ids = {str(mail.outer["Message-ID"]) for mail in any_town.all_read(SAAR)}
    assert len(ids) == 2
    assert command(any_town, "held", "list") == []


def test_once_somebody_is_designated_it_goes_to_them(town: Town) -> None:
    """Held for want of a casemanager; designated and released, it goes to that one."""
    number = town.inburgeraar(Setting(casemanager=None))
    town.send(SAAR, report(number))
    trace = town.records()[0].trace
    town.change(lambda change: change.designations.designate(f"dossier-{number}", CARLA))
    assert command(town, "held", "release", trace, "--by", "Tess Testpersoon")["walks"] is True
    town.settle(1)
    assert town.got() == {CARLA: 1, OFFICER: 1, SAAR: 2}
    assert town.records()[0].state == "done"


def test_released_while_nothing_has_changed_it_is_held_again(town: Town) -> None:
    """A release is no order to deliver: it walks, and every rule still holds."""
    number = town.inburgeraar(Setting(casemanager=None))
    town.send(SAAR, report(number))
    trace = town.records()[0].trace
    assert command(town, "held", "release", trace, "--by", "Tess Testpersoon")["walks"] is True
    town.settle(1)
    assert set(town.got()) == {OFFICER, SAAR}
    (record,) = town.records()
    assert record.state == "held"
    assert record.standing == ((0, "hold", frozenset({"art-12.5/no-designated-contact"})),)


def test_refused_for_good(town: Town) -> None:
    """Nobody gets the report; the sender is told that a person refused it."""
    trace = with_text(town)
    unseen = ("--by", "Tess Testpersoon", "--round", "2")
    assert "--round 1" in command(town, "held", "refuse", trace, *unseen, code=1)
    refused = command(town, "held", "refuse", trace, "--by", "Tess Testpersoon")
    assert len(refused["refused"]) == 1
    town.settle(1)
    assert town.got() == {OFFICER: 1, SAAR: 2}
    (record,) = town.records()
    assert record.standing == ((0, "reject", frozenset({"gateway/refused-by-officer"})),)
    assert not any(mail.tells("wil bellen") for mail in town.all_read(SAAR))
    assert "no mail with this trace" in command(
        town, "held", "release", trace, "--by", "Tess Testpersoon", code=1
    )


def test_the_list_shows_no_personal_data(town: Town) -> None:
    """References and reasons; a kenmerk, a name or a text stands nowhere."""
    trace = with_text(town)
    (waits,) = [each for each in command(town, "held", "list") if each["trace"] == trace]
    text = json.dumps(waits)
    assert FREE_TEXT in text
    for value in ("DEMO-", "wil bellen", "Proefdocent", "taalschool"):
        assert value not in text
