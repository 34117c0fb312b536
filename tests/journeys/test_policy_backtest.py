"""Article 12.2, the open switch: a table is tried on the past before two people let it count.

Non-formal hours stand nowhere on the consent form.  An officer who thinks of
opening them sees first which reports it would have concerned; what the trial
said is what then happens.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.consent import ConsentKind
from gateway.resources import policy_text
from gateway.wiring import parts
from tests.deeds import deeds_on_record, looks
from tests.journeys.test_article_12_2 import NON_FORMAL, NOT_IN_FORM, telling
from tests.world import BY, BY_ANOTHER, CASPER, SAAR, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.town import Town

OFF, ON = "non_formal_hours_under_consent = false", "non_formal_hours_under_consent = true"
NON_FORMAL_PATH = "voortgang.gevolgdeUren.nonFormeel"


@dataclass
class Desk:
    """An officer at the command line of this town's gateway."""

    town: Town

    def types(self, *words: str, exit_code: int = 0) -> str:
        environment = {"TAALPOORT_CONFIG": str(self.town.file)}
        result = CliRunner().invoke(app, list(words), env=environment)
        assert result.exit_code == exit_code, result.output
        return result.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--json"))

    def looks(self) -> list[tuple[str, str, str]]:
        vault = parts.vault(self.town.config)
        found = self.town.run(deeds_on_record(self.town.database, vault))
        return [(what, by, about) for by, what, about in looks(found)]


def test_eerst_proberen_dan_met_zijn_tweeen_dan_precies_zo(any_town: Town, tmp_path: Path) -> None:
    """Three reports: hours withheld, no row 4 ticked, no consent at all.  One would differ."""
    town, desk = any_town, Desk(any_town)
    for setting in (None, Setting(consent=((ConsentKind.GIVEN, "T1 T3"),)), Setting(consent=())):
        town.send(SAAR, telling(town.inburgeraar(setting)))
    concerned, narrow, refused = (record.trace for record in town.records())
    new = tmp_path / "nieuw.toml"
    new.write_text(policy_text().replace(OFF, ON))

    tried = desk.json("policy", "backtest", str(new), "--by", BY)
    here = {each["trace"]: each for each in tried["differences"]}
    assert here[concerned]["change"] == "wider"
    assert (here[concerned]["before"], here[concerned]["after"]) == ("forward", "forward")
    assert (here[concerned]["gained"], here[concerned]["lost"]) == (["P3-non-formele-uren"], [])
    assert here[narrow]["change"] == "otherwise"  # withheld on another row, for another reason
    assert refused not in here
    assert tried["not_reproduced"] == []
    assert desk.looks()[-1] == ("policy.backtested", BY, tried["table"])

    text = desk.types("policy", "backtest", str(new), "--by", BY)
    assert f"{concerned}  report 1  WIDER: forward -> forward" in text
    assert "gained: P3-non-formele-uren" in text
    assert (
        "P3-non-formele-uren: withhold (P3-non-formele-uren-uit, art-12.2/not-in-consent-form)"
        " -> share (P3-non-formele-uren-aan)"
    ) in text
    # Figures as a number of their own: a trace may hold them.
    assert not re.search(rf"\b{NON_FORMAL}\b|DEMO-|Proefdocent", text)

    made = desk.json("policy", "activate", str(new), "--by", BY)
    assert made["backtest"] == tried["decisions"]
    shown = desk.types("proposal", "show", made["proposal"])
    counts = tried["decisions"]
    assert f"{counts['replayed']} recorded decisions replayed" in shown
    assert f"{counts['wider']} WIDER" in shown
    assert f"+{ON}" in shown

    town.new_day()
    still = town.inburgeraar()
    town.send(SAAR, telling(still))
    assert not town.read(CASPER).tells(NON_FORMAL)
    assert town.withheld(SAAR)[NON_FORMAL_PATH] == NOT_IN_FORM

    desk.types("proposal", "approve", made["proposal"], "--by", BY, exit_code=1)
    desk.types("proposal", "approve", made["proposal"], "--by", BY_ANOTHER)
    town.new_day()
    town.send(SAAR, telling(still))
    assert town.read(CASPER).tells(NON_FORMAL)
    assert NON_FORMAL_PATH not in town.withheld(SAAR)

    # Back again: now the former table is the new one, and this very report would be narrower.
    old = tmp_path / "oud.toml"
    old.write_text(policy_text())
    (record,) = town.records()
    back = desk.json("policy", "backtest", str(old), "--by", BY)
    here = {each["trace"]: each for each in back["differences"]}
    assert here[record.trace]["change"] == "narrower"
    assert here[record.trace]["lost"] == ["P3-non-formele-uren"]
    assert concerned not in here  # decided under this very table


def test_een_bericht_dat_wacht_wordt_ook_geprobeerd(town: Town, tmp_path: Path) -> None:
    """What was refused is judged in full by a table that would admit it."""
    desk = Desk(town)
    number = town.inburgeraar(Setting(consent=((ConsentKind.REFUSED, ""),)))
    town.send(SAAR, telling(number))
    (record,) = town.records()
    new = tmp_path / "nieuw.toml"
    new.write_text(
        policy_text()
        .replace('consent = ["refused"]', 'consent = ["none"]')
        .replace('consent = ["given"]', 'consent = ["given", "refused"]')
    )
    tried = desk.json("policy", "backtest", str(new), "--by", BY)
    (here,) = [each for each in tried["differences"] if each["trace"] == record.trace]
    # Admitted by the gate, and then nothing is left: refused consent covers no row.
    assert (here["before"], here["after"], here["change"]) == ("reject", "reject", "otherwise")
    assert "art-12.4/nothing-may-be-shared" in here["reasons_after"]
    assert here["gained"] == []
