"""``gateway breach`` as an officer types it: a breach by hand, from opening to the export."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.config.breaches import BreachesSection
from gateway.domain.breach_refusals import BreachRefusal
from tests.cli.test_register_commands import ANOTHER, OPERATOR, J, done, filled, gateway

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.test_register_commands import Gateway

__all__ = ["gateway"]

FACTS = "Saar mailde een lijst met daarop Verzonnen, geboren 03-02-1980, aan een onbekende."
NAMED = ("Saar", "Verzonnen", "03-02-1980")


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")


def opened(gateway: Gateway, aware: float = 1) -> str:
    """A breach that somebody became aware of so many hours ago."""
    filled(gateway)
    when = ("--aware", ago(aware), "--detected", ago(aware + 1), "--occurred", ago(aware + 2))
    what = ("--cause", "wrong-recipient", "--text", FACTS)
    return str(done(gateway("breach", "open", *when, *what, *OPERATOR, J))["breach"])


def noted(gateway: Gateway, breach: str, risk: str) -> None:
    """Assessed, with an effect and a measure."""
    for words in (
        ("assess", breach, "--risk", risk, "--text", "alleen een naam"),
        ("effect", breach, "--kind", "phishing", "--text", "valse mail"),
        ("measure", breach, "--kind", "erased-by-recipient", "--text", "gewist, zegt Saar"),
    ):
        done(gateway("breach", *words, *OPERATOR, J))


def test_what_was_written_is_shown_only_when_asked_for(gateway: Gateway) -> None:
    """With a name, and that is on record; the list tells proposals and breaches apart."""
    breach = opened(gateway)
    (listed,) = done(gateway("breach", "list", J))
    assert (listed["what"], listed["breach"], listed["state"]) == ("breach", breach, "open")
    assert listed["clock"] == "70 of 72 hours left"
    shown = gateway("breach", "show", breach)
    assert shown.exit_code == 0
    assert "***" in shown.output
    assert not any(name in shown.output for name in NAMED)
    assert gateway("breach", "show", breach, "--reveal").exit_code == 2
    revealed = done(gateway("breach", "show", breach, "--reveal", *OPERATOR, J))
    assert revealed["steps"][0]["words"] == FACTS


def test_the_72_hours_end_with_two_people_or_a_report(gateway: Gateway) -> None:
    breach = opened(gateway)
    noted(gateway, breach, "unlikely")
    silent = ("breach", "decide", breach, "--no-report", "--text", "Verzonnen weet ervan")
    proposal = done(gateway(*silent, *OPERATOR, J))["proposal"]
    shown = gateway("proposal", "show", proposal)
    assert breach in shown.output
    assert "Verzonnen" not in shown.output
    assert gateway("proposal", "approve", proposal, *OPERATOR).exit_code == 1
    done(gateway("proposal", "approve", proposal, *ANOTHER, J))
    found = done(gateway("breach", "show", breach, J))
    assert (found["state"], found["clock"]) == ("not-reported", "stopped")
    told = ("breach", "decide", breach, "--no-tell", "--text", "geen hoog risico")
    done(gateway(*told, *OPERATOR, J))
    done(gateway("breach", "close", breach, *OPERATOR, J))
    assert done(gateway("breach", "list", J)) == []
    assert done(gateway("breach", "prune", *OPERATOR, J)) == {"removed": []}
    late = gateway("breach", "fact", breach, "--text", "meer", *OPERATOR)
    assert BreachRefusal.CLOSED in late.output
    done(gateway("breach", "reopen", breach, "--text", "toch meer", *OPERATOR, J))


def test_a_late_report_says_why_and_keeps_its_answers(gateway: Gateway, tmp_path: Path) -> None:
    """And a supplement says only what changed since."""
    breach = opened(gateway, aware=80)
    noted(gateway, breach, "risk")
    assert "over by" in done(gateway("breach", "show", breach, J))["clock"]
    report = ("breach", "report", breach, "--version", "initial", "--reference", "AP-1")
    refused = gateway(*report, *OPERATOR)
    assert refused.exit_code == 1
    assert BreachRefusal.LATE in refused.output
    late = (*report, "--reason", "Verzonnen was ziek")
    digest = done(gateway(*late, *OPERATOR, J))["sha256"]
    (version,) = done(gateway("breach", "show", breach, J))["versions"]
    assert version["sha256"] == digest
    done(gateway("breach", "fact", breach, "--text", "er was een tweede lijst", *OPERATOR, J))
    folder = tmp_path / "papieren"
    found = done(gateway("breach", "papers", breach, "--to", folder, *OPERATOR, J))
    assert found["letters"] == 0
    names = {each.name for each in folder.iterdir()}
    assert {"ap-formulier.pdf", "ap-formulier.txt", "ap-aanvulling.txt", "ap-intrekking.txt"} <= (
        names
    )
    form = (folder / "ap-formulier.txt").read_text(encoding="utf-8")
    more = (folder / "ap-aanvulling.txt").read_text(encoding="utf-8")
    assert "[naam] was ziek" in form
    assert "tweede lijst" in more
    assert "valse mail" in form
    assert "valse mail" not in more
    for text in (form, more):
        assert not any(name in text for name in NAMED)
    for number in range(10):
        assert f"{number}. " in form
    assert gateway("breach", "papers", breach, "--to", folder, *OPERATOR).exit_code == 1


def test_the_register_leaves_in_four_forms_without_a_name(gateway: Gateway, tmp_path: Path) -> None:
    breach = opened(gateway)
    noted(gateway, breach, "high")
    report = ("breach", "report", breach, "--version", "initial", "--reference", "AP-1")
    done(gateway(*report, *OPERATOR, J))
    done(gateway("breach", "fact", breach, "--text", "=1+1 Verzonnen", *OPERATOR, J))
    for ending in ("jsonld", "csv", "txt", "pdf"):
        done(gateway("breach", "export", tmp_path / f"register.{ending}", *OPERATOR, J))
    said = json.loads((tmp_path / "register.jsonld").read_text(encoding="utf-8"))
    assert said["@type"] == "eu-gdpr:DataBreachRegister"
    (part,) = said["dct:hasPart"]
    assert {"eu-gdpr:DataBreach", "eu-gdpr:ConfidentialityBreach"} == set(part["@type"])
    assert part["dpv:hasNotice"][0]["@type"] == "eu-gdpr:DPABreachInitialNotice"
    assert {"@id": "eu-gdpr:DBIAIndicatesHighRisk"} in part["dpv:hasStatus"]
    assert part["dpv:hasPersonalData"] == []
    table = (tmp_path / "register.csv").read_text(encoding="utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table), delimiter=";")
    assert row["datalek"] == breach
    assert "AP-1" in row["besluit_melden"]
    assert (tmp_path / "register.pdf").read_bytes().startswith(b"%PDF")
    for ending in ("jsonld", "csv", "txt"):
        text = (tmp_path / f"register.{ending}").read_text(encoding="utf-8")
        assert "[naam]" in text
        assert not any(name in text for name in NAMED)
    assert gateway("breach", "export", tmp_path / "register.doc", *OPERATOR).exit_code == 2


WRONG = (
    ("open", "--aware", "2999-01-01", "--text", "x"),
    ("open", "--aware", "2026-01-02", "--text", " "),
    ("open", "--aware", "2026-01-02", "--detected", "2026-01-03", "--text", "x"),
    ("open", "no-such-incident", "--aware", "2026-01-02", "--text", "x"),
    ("assess", "b-00000000", "--risk", "risk", "--text", "x"),
    ("papers", "b-00000000", "--to", "nowhere-at-all"),
)


def test_what_cannot_be_is_refused_and_nothing_is_left_of_it(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(gateway)
    monkeypatch.chdir(tmp_path)
    for words in WRONG:
        assert gateway("breach", *words, *OPERATOR).exit_code == 1, words
    assert done(gateway("breach", "list", J)) == []
    assert not (tmp_path / "nowhere-at-all").exists()


def test_moments_are_corrected_with_the_former_ones_on_record(gateway: Gateway) -> None:
    breach = opened(gateway)
    before = done(gateway("breach", "show", breach, J))["deadline"]
    why = ("--text", "eerder bekend bij de balie")
    done(gateway("breach", "correct", breach, "--aware", ago(1.5), *why, *OPERATOR, J))
    after = done(gateway("breach", "show", breach, J))
    assert after["deadline"] < before
    assert [each["step"] for each in after["steps"]] == ["opened", "corrected"]
    assert gateway("breach", "correct", breach, *why, *OPERATOR).exit_code == 2
    assert gateway("breach", "decide", breach, *OPERATOR).exit_code == 2


@pytest.mark.parametrize("term", ["P3Y", "P10Y"])
def test_a_breach_may_be_kept_for_three_years_or_more(term: str) -> None:
    assert BreachesSection(keep=term).keep == term


@pytest.mark.parametrize("term", ["P2Y", "P36M", "", "P3Y6M"])
def test_a_breach_is_kept_for_no_less(term: str) -> None:
    with pytest.raises(ValueError, match="three at least"):
        BreachesSection(keep=term)
