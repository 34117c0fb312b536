"""What an officer asks the log: by person, contact, provider, period, mail and decision.

Asked with the real command of a gateway that handled real mail.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests import ahead
from tests.generators import dossierkenmerk
from tests.journeys.gateways import gateway
from tests.journeys.town import report
from tests.world import CARLA, CASPER, SAAR, SCHOOL_1, SCHOOL_2, SOFIE, Setting

if TYPE_CHECKING:
    from tests.journeys.town import Town


def asked(town: Town, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = gateway(town.file, "log", "show", "--last", "1000", *words)
    return found


def kinds(entries: list[dict[str, Any]]) -> set[str]:
    return {each["kind"] for each in entries}


def subjects(entries: list[dict[str, Any]]) -> set[str]:
    attributes = [each["record"]["attributes"] for each in entries]
    return {each.get("dpl.core.data_subject_id", "") for each in attributes}


def test_each_question_finds_what_it_is_about_and_nothing_else(town: Town) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    one, other = town.inburgeraar(), town.inburgeraar(Setting(casemanager=CARLA))
    refused = town.inburgeraar(Setting(consent=()))
    town.send(SAAR, report(one), report(other), report(refused))
    trace = town.records()[0].trace
    reference = str(town.read(CASPER).outer["Message-ID"]).strip("<>").partition("@")[0]

    about = asked(town, "--person", dossierkenmerk(one))
    assert kinds(about) == {"report", "sent"}
    assert len(subjects(about)) == 1
    assert subjects(about) != {""}
    assert subjects(about) != subjects(asked(town, "--person", dossierkenmerk(other)))

    to_carla = asked(town, "--contact", CARLA, "--since", before.isoformat())
    assert {each["evidence"]["recipient"] for each in to_carla} == {CARLA}
    school = asked(town, "--provider", SCHOOL_1, "--kind", "report")
    assert {each["evidence"]["sender"] for each in school} == {SAAR}
    assert asked(town, "--provider", SCHOOL_2, "--contact", SAAR) == []
    assert asked(town, "--contact", SOFIE) == []

    rejected = asked(town, "--kind", "report", "--outcome", "reject")
    assert [each["evidence"]["outcome"] for each in rejected] == ["reject"]
    of_mail = asked(town, trace)
    assert [each["kind"] for each in of_mail][:4] == ["mail", "report", "report", "report"]
    assert {each["record"]["trace_id"] for each in of_mail} == {trace}
    assert asked(town, reference) == of_mail

    assert asked(town, "--until", before.isoformat(), trace) == []
    assert asked(town, "--since", before.isoformat(), trace) == of_mail
    assert "unknown" in refused_by(town, "--person", "DEMO-9999")
    assert "unknown" in refused_by(town, "--provider", "nobody")


def refused_by(town: Town, *words: str) -> str:
    done = ahead.run("log", "show", *words, "--config", str(town.file))
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr
