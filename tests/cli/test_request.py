"""``gateway request``: one request after another, as a privacy officer types them."""

from __future__ import annotations

import re
import shutil
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import config as configuration
from gateway.domain.categories import category_of
from gateway.domain.deadlines import day_of
from tests.cli.test_register_commands import (
    ANOTHER,
    OPERATOR,
    SECRETS,
    Gateway,
    J,
    configured,
    done,
    filled,
    installed,
)
from tests.deeds import deeds_of
from tests.house_files import ROOT

ASKED = "Welke gegevens hebt u over mij?"
WHY = "Een ander verzoek van u over dezelfde gegevens is net beantwoord."
CAME_IN = ("--reference", "Z-2026-00412", "--channel", "desk")
LAWYER = "mr. Fictie Advocaat\nVoorbeeldstraat 1, Voorbeeldstad"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with one person in it."""
    folder = tmp_path_factory.mktemp("register")
    filled(installed(folder))
    return folder


@pytest.fixture
def gateway(made_once: Path, tmp_path: Path) -> Gateway:
    """``gateway`` on a copy of that register."""
    for file in (made_once / "master.key", *made_once.glob("taalpoort.db*")):
        shutil.copy2(file, tmp_path / file.name)
    return Gateway(configured(tmp_path))


def opened(gateway: Gateway, kind: str = "access", *more: str) -> str:
    """A request about the one person in the register, on record; its id."""
    about = ("--person", "D-1", "--words", ASKED)
    return str(
        done(gateway("request", "open", kind, *CAME_IN, *about, *more, *OPERATOR, J))["case"]
    )


def does(gateway: Gateway, verb: str, case: str, *more: str) -> Any:
    return done(gateway("request", verb, case, *more, *OPERATOR, J))


def refuses(gateway: Gateway, code: str, *words: str) -> None:
    said = gateway("request", *words, *OPERATOR)
    assert said.exit_code == 1, said.output
    assert said.output.startswith(f"{code}: ")


def made(gateway: Gateway, case: str, kind: str, folder: Path, *more: str) -> str:
    """The text of a letter; its PDF is accessible, and both are their owner's alone."""
    files = does(gateway, "letter", case, "--kind", kind, "--to", str(folder), *more)["files"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    paper, text = map(Path, files)
    assert {stat.S_IMODE(each.stat().st_mode) for each in (paper, text)} == {0o600}
    assert b"<pdfuaid:part>1</pdfuaid:part>" in paper.read_bytes()
    return text.read_text(encoding="utf-8")


def deeds(folder: Path) -> list[str]:
    return [each.action.value for each in deeds_of(configuration.load(folder / "gateway.toml"))]


def test_from_the_desk_to_the_answer(gateway: Gateway, tmp_path: Path) -> None:
    case = opened(gateway)
    (line,) = done(gateway("request", "list", J))
    assert (line["case"], line["state"], line["reference"]) == (case, "received", "Z-2026-00412")
    assert 27 <= line["days_left"] <= 31
    receipt = made(gateway, case, "receipt", tmp_path / "a")
    # Nobody knows yet who asks: the register's name is not theirs to read.
    assert "Beste meneer of mevrouw," in receipt
    assert "Verzonnen" not in receipt
    assert "Wij moeten eerst zeker weten wie u bent." in receipt
    refuses(gateway, "identity-needed", "decide", case, "--outcome", "granted")
    assert "Stuur er ook geen." in made(gateway, case, "identity", tmp_path / "b")
    assert does(gateway, "identify", case, "--how", "document-seen")["state"] == "identified"
    assert does(gateway, "decide", case, "--outcome", "granted")["state"] == "decided"
    refuses(gateway, "not-carried-out", "answer", case, "--channel", "post")
    does(gateway, "done", case)
    letter = made(gateway, case, "decision", tmp_path / "c")
    assert "Wij doen wat u vraagt" in letter
    assert "Beste Verzonnen," in letter
    assert "binnen zes weken" in letter
    assert "Autoriteit Persoonsgegevens" in letter
    assert does(gateway, "answer", case, "--channel", "post")["days_left"] is None
    assert done(gateway("request", "list", J)) == []
    (line,) = done(gateway("request", "list", "--all", J))
    assert (line["state"], line["outcome"]) == ("answered", "granted")
    assert does(gateway, "close", case)["state"] == "closed"
    refuses(gateway, "case-over", "withdraw", case, "--channel", "mail")
    assert deeds(tmp_path).count("request.letter-made") == 3


def test_who_takes_it_back_reads_that_it_ended_once_a_second_person_says_so(
    gateway: Gateway, tmp_path: Path
) -> None:
    case = opened(gateway)
    said = does(gateway, "withdraw", case, "--channel", "telephone", "--words", "Laat maar.")
    assert said["state"] == "received"
    refuses(gateway, "not-now", "letter", case, "--kind", "withdrawn", "--to", str(tmp_path / "a"))
    done(gateway("proposal", "approve", said["proposal"], *ANOTHER, J))
    letter = made(gateway, case, "withdrawn", tmp_path / "b")
    for sentence in ("Uw verzoek is gestopt", "Klopt dit niet?", "Autoriteit Persoonsgegevens"):
        assert sentence in letter
    refuses(gateway, "end-not-told", "close", case)
    told = does(gateway, "told", case, "--letter", "withdrawn", "--channel", "post")
    assert told["state"] == "withdrawn"
    assert does(gateway, "close", case)["state"] == "closed"
    assert "request.taking-back-proposed" in deeds(tmp_path)
    assert "Laat maar." in gateway("request", "show", case, "--reveal", *OPERATOR).output


def test_an_objection_that_was_taken_back_ends_after_its_letter_also_once_closed(
    gateway: Gateway, tmp_path: Path
) -> None:
    """AVG 18(3), 21(1): else nothing about them would be passed on, for ever."""
    person = ("--geslachtsnaam", "Bedacht", "--geboortedatum", "1990-02-03")
    by_statute = ("--regime", "WI2021", "--doelgroep", "Asielstatushouder")
    done(gateway("dossier", "add", "D-2", *person, *by_statute, *OPERATOR, J))
    about = (*CAME_IN, "--person", "D-2", *OPERATOR, J)
    case = str(done(gateway("request", "open", "objection", *about))["case"])
    does(gateway, "identify", case, "--how", "document-seen")
    said = does(gateway, "withdraw", case, "--channel", "telephone")
    done(gateway("proposal", "approve", said["proposal"], *ANOTHER, J))
    assert "geldt nu nog." in made(gateway, case, "withdrawn", tmp_path / "a")
    does(gateway, "told", case, "--letter", "withdrawn", "--channel", "post")
    closed = does(gateway, "close", case)
    assert closed["state"] == "closed"
    (held,) = closed["holds"]
    assert (held["case"], held["reason"], held["ends"]) == (case, "objection", "announce")
    assert held["commands"][-1] == f"gateway request lift {case} --by NAME"
    shown = gateway("request", "show", case).output
    assert "STILL HELD" in shown
    assert f"gateway request announce {case} --to FOLDER --by NAME" in shown
    refuses(gateway, "not-told", "lift", case)
    before = deeds(tmp_path).count("request.letter-made")
    does(gateway, "announce", case, "--to", str(tmp_path / "b"))
    letter = (tmp_path / "b" / "beperking-eindigt.txt").read_text(encoding="utf-8")
    assert "Daarna zei u dat u dat niet meer wilt." in letter
    assert "Wij hebben uw bezwaar bekeken." not in letter
    assert deeds(tmp_path).count("request.letter-made") == before + 1
    does(gateway, "lift", case)
    refuses(gateway, "no-restriction", "lift", case)
    assert done(gateway("request", "show", case, J))["holds"] == []
    assert "STILL HELD" not in gateway("request", "show", case).output


def test_words_and_names_are_shown_when_asked_for_and_that_is_on_record(
    gateway: Gateway, tmp_path: Path
) -> None:
    case = opened(gateway)
    said = gateway("request", "show", case).output + gateway("request", "list").output
    assert SECRETS.findall(said) == []
    assert ASKED not in said
    assert "***" in said
    assert "request.looked" not in deeds(tmp_path)
    assert gateway("request", "show", case, "--reveal").exit_code == 2
    assert ASKED in gateway("request", "show", case, "--reveal", *OPERATOR).output
    assert deeds(tmp_path).count("request.looked") == 1
    assert gateway("request", "show", case, "--reveal", "--by", "nobody").exit_code == 1


def test_a_refusal_takes_two_people_and_its_letter_names_every_way(
    gateway: Gateway, tmp_path: Path
) -> None:
    case = opened(gateway)
    does(gateway, "identify", case, "--how", "digid")
    refused = ("decide", case, "--outcome", "refused")
    refuses(gateway, "bad-ground", *refused, "--words", WHY)
    refuses(gateway, "bad-ground", *refused, "--ground", "legal-obligation", "--words", WHY)
    refuses(gateway, "no-motivation", *refused, "--ground", "excessive")
    said = gateway("request", *refused, "--ground", "excessive", "--words", WHY, *OPERATOR).output
    proposal = said.split()[-1]
    steps = done(gateway("request", "show", case, J))["steps"]
    assert steps[-1]["detail"]["proposal"] == proposal
    draft = made(gateway, case, "decision", tmp_path / "a")
    assert "Concept. Nog niet versturen." in draft
    assert done(gateway("proposal", "show", proposal, J))["grounds"] == "excessive"
    assert gateway("proposal", "approve", proposal, *OPERATOR).exit_code == 1
    assert done(gateway("proposal", "approve", proposal, *ANOTHER, J))["kind"] == "refusal"
    letter = made(gateway, case, "decision", tmp_path / "b")
    assert "Concept" not in letter
    for said in ("artikel 12 lid 5 AVG", WHY, "bezwaar maken", "rechtbank", "artikel 34 UAVG"):
        assert said in letter
    english = made(gateway, case, "decision", tmp_path / "c", "--language", "en")
    for said in ("We do not do what you ask", "article 12(5) GDPR", "rechtbank", "six weeks"):
        assert said in english
    assert does(gateway, "answer", case, "--channel", "post")["outcome"] == "refused"
    assert "request.refusal-proposed" in deeds(tmp_path)


def today() -> date:
    """Asked for each time: the tests may run over midnight."""
    return day_of(datetime.now(UTC))


def test_a_representative_shows_a_mandate_and_is_written_to(
    gateway: Gateway, tmp_path: Path
) -> None:
    case = opened(gateway, "access", "--sender", "lawyer")
    does(gateway, "identify", case, "--how", "document-seen")
    refuses(gateway, "identity-needed", "decide", case, "--outcome", "granted")
    shown = ("--kind", "lawyer", "--seen", "power-of-attorney", "--name", LAWYER)
    tomorrow = str(today() + timedelta(days=1))
    assert (
        gateway("request", "mandate", case, *shown, "--seen-on", tomorrow, *OPERATOR).exit_code == 2
    )
    does(gateway, "mandate", case, *shown)
    assert "Advocaat" not in gateway("request", "show", case).output
    letter = made(gateway, case, "receipt", tmp_path / "a")
    assert "mr. Fictie Advocaat" in letter
    assert "U vraagt dit voor Verzonnen." in letter
    assert does(gateway, "decide", case, "--outcome", "granted")["state"] == "decided"


def test_two_months_more_count_once_they_were_told(gateway: Gateway, tmp_path: Path) -> None:
    case = opened(gateway)
    refuses(gateway, "not-now", "told", case, "--letter", "extension", "--channel", "post")
    refuses(gateway, "not-now", "letter", case, "--kind", "extension", "--to", str(tmp_path / "x"))
    before = does(gateway, "extend", case, "--reason", "complex", "--words", "Veel scholen.")
    assert not before["extended"]
    letter = made(gateway, case, "extension", tmp_path / "a")
    assert "Uw verzoek is ingewikkeld." in letter
    assert "Veel scholen." in letter
    after = does(gateway, "told", case, "--letter", "extension", "--channel", "post")
    assert after["extended"]
    assert after["days_left"] - before["days_left"] in range(58, 63)


def test_an_extension_after_the_first_month_is_refused(gateway: Gateway) -> None:
    case = opened(gateway, "access", "--received", str(today() - timedelta(days=40)))
    (line,) = done(gateway("request", "list", J))
    assert line["days_left"] < 0
    refuses(gateway, "extension-late", "extend", case, "--reason", "complex")


def test_a_withdrawal_ends_consent_at_once(gateway: Gateway, tmp_path: Path) -> None:
    case = opened(gateway, "withdrawal")
    consent = done(gateway("consent", "show", "D-1", "--provider", "school", J))
    assert consent["state"] == "withdrawn"
    found = done(gateway("request", "show", case, J))
    assert (found["state"], found["outcome"]) == ("executed", "granted")
    letter = made(gateway, case, "decision", tmp_path / "a")
    assert "Uw toestemming is gestopt." in letter
    assert "zes weken" not in letter  # no besluit: UAVG 34 is about articles 15 to 22
    assert does(gateway, "answer", case, "--channel", "mail")["state"] == "answered"


def test_a_withdrawal_where_nothing_holds_is_on_record_all_the_same(gateway: Gateway) -> None:
    case = opened(gateway, "withdrawal")
    again = ("--reference", "Z-2", "--channel", "desk", "--person", "D-1")
    second = done(gateway("request", "open", "withdrawal", *again, *OPERATOR, J))
    assert second["state"] == "received"
    does(gateway, "identify", second["case"], "--how", "digid")
    assert does(gateway, "decide", second["case"], "--outcome", "nothing-held")["case"] != case


def test_what_was_given_after_a_withdrawal_came_in_is_stopped_by_the_decision(
    gateway: Gateway,
) -> None:
    """Opened for a day on which nothing held yet, it says so; nothing goes on by itself."""
    before = ("--received", str(today() - timedelta(days=1)), "--person", "D-1")
    said = gateway("request", "open", "withdrawal", *CAME_IN, *before, *OPERATOR)
    assert "nothing was stopped" in said.output
    case = said.output.split()[1]
    found = does(gateway, "decide", case, "--outcome", "granted")
    assert (found["state"], found["outcome"]) == ("executed", "granted")
    consent = done(gateway("consent", "show", "D-1", "--provider", "school", J))
    assert consent["state"] == "withdrawn"
    assert "nothing was stopped" not in gateway("request", "show", case).output
    again = ("--reference", "Z-3", "--channel", "desk", "--person", "D-1")
    other = does(gateway, "open", "withdrawal", *again)
    refuses(gateway, "nothing-to-withdraw", "decide", other["case"], "--outcome", "granted")


def test_of_somebody_who_is_not_found_nothing_is_kept_but_the_number(
    gateway: Gateway, tmp_path: Path
) -> None:
    refuses(gateway, "words-about-nobody", "open", "access", *CAME_IN, "--words", ASKED)
    case = done(gateway("request", "open", "access", *CAME_IN, *OPERATOR, J))["case"]
    does(gateway, "identify", case, "--how", "digid")
    refuses(gateway, "bad-outcome", "decide", case, "--outcome", "granted")
    assert does(gateway, "decide", case, "--outcome", "nothing-held")["state"] == "decided"
    letter = made(gateway, case, "decision", tmp_path / "a")
    assert "Wij vonden geen gegevens over u" in letter
    assert "binnen zes weken" in letter
    does(gateway, "answer", case, "--channel", "post")


def test_who_is_found_later_has_the_request_and_a_withdrawal_then_counts(gateway: Gateway) -> None:
    case = done(gateway("request", "open", "withdrawal", *CAME_IN, *OPERATOR, J))["case"]
    assert gateway("request", "identify", case, *OPERATOR).exit_code == 2
    found = does(gateway, "identify", case, "--person", "D-1")
    assert (found["state"], found["outcome"]) == ("executed", "granted")


def test_erasing_and_ending_consent_are_never_said_to_be_done_elsewhere(gateway: Gateway) -> None:
    case = opened(gateway, "erasure")
    refuses(gateway, "not-carried-out", "done", case)


def test_erasing_is_only_proposed_on_a_ground_and_with_its_letter(gateway: Gateway) -> None:
    """Decided without a ground it could never be approved; the letter cannot be made later."""
    case = opened(gateway, "erasure")
    does(gateway, "identify", case, "--how", "digid")
    refuses(gateway, "no-erasure-ground", "decide", case, "--outcome", "granted")
    assert done(gateway("request", "show", case, J))["state"] == "identified"
    ground = ("--ground", "avg-17-1-d")
    assert gateway("request", "erase", case, *ground, *OPERATOR).exit_code == 2


@pytest.mark.parametrize(
    "source",
    ["gateway/domain/refusal_texts_duties.py", "docs/nl/handleiding-privacy-officer.md"],
)
def test_the_field_that_is_given_as_an_example_is_one(source: str) -> None:
    named = re.findall(r"\bvoortgang\.\w+", (ROOT / source).read_text(encoding="utf-8"))
    assert named
    assert [each for each in named if category_of(each) is None] == []


def test_no_number_of_a_document_is_kept(gateway: Gateway) -> None:
    words = ("--person", "D-1", "--words", "Zij liet SPECI2014 zien.")
    refuses(gateway, "identity-number", "open", "access", *CAME_IN, *words)
    assert done(gateway("request", "list", J)) == []
