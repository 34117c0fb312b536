"""``gateway policy backtest`` at the command line: exit codes, moments, who looks, what is told."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from gateway.adapters.database import Database
from gateway.adapters.vault import Vault
from gateway.domain.consent import Consent, ConsentState
from gateway.resources import policy_text
from tests import world
from tests.contracts.flow import (
    LATER,
    NO_CONSENT,
    another_gateway,
    handled,
    judged,
    received,
    sealed,
    stopped,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installations import Installation

OFF, ON = "non_formal_hours_under_consent = false", "non_formal_hours_under_consent = true"
DAY = timedelta(days=1)


@pytest.fixture
def decided(installation: Installation) -> Installation:
    """Two decisions on record, a day apart: one that went, one without consent."""
    asyncio.run(_decide(installation))
    return installation


async def _decide(installation: Installation) -> None:
    vault = Vault.from_file(installation.state / "master.key")
    there = another_gateway(f"sqlite:///{installation.state / 'gateway.db'}", vault)
    (first,) = await received(there)
    await there.ledger.release([(first, handled(first, sealed(first.raw)))], LATER)
    (second,) = await received(there, now=LATER + DAY)
    none = judged(2, Consent(state=ConsentState.NONE))
    refused = stopped(NO_CONSENT, 0, report=2, judgement=none)
    await there.ledger.release([(second, handled(second, refused))], LATER + DAY)
    await there.close()


def opened_up(installation: Installation) -> Path:
    file = installation.folder / "nieuw.toml"
    file.write_text(policy_text().replace(OFF, ON))
    return file


def tried(installation: Installation, *more: str) -> Any:
    file = opened_up(installation)
    result = installation.run("policy", "backtest", file, "--by", world.BY, "--json", *more)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_differences_are_no_failure(decided: Installation) -> None:
    found = tried(decided)
    assert found["decisions"] == {
        "replayed": 2,
        "same": 1,
        "wider": 1,
        "narrower": 0,
        "otherwise": 0,
        "not_replayed": 0,
        "not_reproduced": 0,
    }
    (difference,) = found["differences"]
    assert difference["number"] == 0
    assert difference["recorded_at"].startswith(f"{LATER:%Y-%m-%dT%H:%M}")


def test_only_what_was_recorded_in_between(decided: Installation) -> None:
    middle = f"{LATER + DAY / 2:%Y-%m-%dT%H:%M:%S+00:00}"
    assert tried(decided, "--since", middle)["decisions"]["replayed"] == 1
    assert tried(decided, "--until", middle)["decisions"]["wider"] == 1
    assert tried(decided, "--since", f"{LATER + 3 * DAY:%Y-%m-%d}")["decisions"]["replayed"] == 0


def test_nothing_on_record_is_no_failure(installation: Installation) -> None:
    assert tried(installation)["decisions"]["replayed"] == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda t: t.replace('effect = "withhold"', 'effect = "withold"', 1), "category.1.effect"),
        (lambda t: t + "nonsense =", "not TOML"),
        (lambda t: t.replace('consent = ["refused"]', 'consent = ["maybe"]'), "unknown value"),
    ],
    ids=["effect", "toml", "value"],
)
def test_a_table_that_is_not_well_formed_is_not_tried(
    decided: Installation, spoil: Any, said: str
) -> None:
    file = decided.folder / "stuk.toml"
    file.write_text(spoil(policy_text()))
    refused = decided.run("policy", "backtest", file, "--by", world.BY)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert refused.stdout == ""


def test_a_file_that_is_not_there_is_wrong_use(decided: Installation) -> None:
    nowhere = decided.folder / "nergens.toml"
    assert decided.run("policy", "backtest", nowhere, "--by", world.BY).exit_code == 2


def test_who_looks_gives_a_registered_name(decided: Installation) -> None:
    file = opened_up(decided)
    assert decided.run("policy", "backtest", file).exit_code == 2
    refused = decided.run("policy", "backtest", file, "--by", "niemand")
    assert refused.exit_code == 1
    assert refused.stdout == ""


def test_a_decision_that_does_not_come_out_as_recorded_is_named_and_fails(
    decided: Installation,
) -> None:
    """Somebody reached past the triggers: the officer learns it before approving anything."""
    spoil(
        decided,
        "DROP TRIGGER tr_decision_facts_no_update",
        "UPDATE decision_facts SET circumstances ="
        ' replace(circumstances, \'"duty":"running"\', \'"duty":"ended"\')'
        " WHERE judgement LIKE '%\"forward\"%'",
    )
    file = opened_up(decided)
    result = decided.run("policy", "backtest", file, "--by", world.BY)
    assert result.exit_code == 1
    assert "report 1  NOT AS RECORDED under table" in result.stdout
    assert "1 do NOT come out as recorded" in result.stdout
    assert "1 recorded decisions replayed" in result.stdout
    made = decided.run("policy", "activate", file, "--by", world.BY)
    assert "1 do NOT come out as recorded" in made.stdout


def test_what_was_decided_before_facts_were_kept_is_said(decided: Installation) -> None:
    spoil(
        decided,
        "DROP TRIGGER tr_decision_facts_no_delete",
        "DELETE FROM decision_facts WHERE judgement LIKE '%\"reject\"%'",
    )
    result = decided.run("policy", "backtest", opened_up(decided), "--by", world.BY)
    assert result.exit_code == 0
    assert "1 could not be replayed" in result.stdout


def test_a_switch_shows_its_counts_to_who_proposes_and_to_who_approves(
    decided: Installation,
) -> None:
    name = "non_formal_hours_under_consent"
    made = decided.run("policy", "switch", name, "on", "--by", world.BY, "--json")
    proposed = json.loads(made.stdout)
    assert proposed["backtest"]["wider"] == 1
    shown = decided.run("proposal", "show", proposed["proposal"], "--json")
    assert json.loads(shown.stdout)["backtest"] == proposed["backtest"]
    decided.run("proposal", "approve", proposed["proposal"], "--by", world.BY_ANOTHER)
    after = decided.run("proposal", "show", proposed["proposal"], "--json")
    assert json.loads(after.stdout)["backtest"] is None  # decided: nothing left to weigh


def spoil(installation: Installation, *statements: str) -> None:
    async def work() -> None:
        database = Database(f"sqlite:///{installation.state / 'gateway.db'}")
        async with database.transaction() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await database.close()

    asyncio.run(work())
