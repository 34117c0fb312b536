"""``gateway breach extend`` as an officer types it: what it refuses, and what it leaves to do."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from gateway import config as configuration
from gateway import wiring
from gateway.cli.common import run
from gateway.domain.affected import Affected
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_extending import Extension
from gateway.domain.duty_letters import DutyLetter
from gateway.domain.scope import digest_over
from gateway.duties.lettering import Posted
from gateway.wiring import breach_papers
from gateway.wiring.errors import NotReadyError
from tests.cli.test_breaches import noted, opened
from tests.cli.test_register_commands import OPERATOR, J, done, gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from gateway.adapters.page import Page
    from gateway.config import Config
    from gateway.domain.histories import Roster
    from gateway.domain.parties import Contact
    from tests.cli.test_register_commands import Gateway

__all__ = ["gateway"]

WHY = ("--text", "Verzonnen bleek er ook bij te horen")
REPORT = ("--version", "initial", "--reference", "AP-1")


def scope(folder: Path, **criterion: object) -> Path:
    """A scope as `gateway breach scope --to` leaves it, as far as it is read again."""
    file, at = folder / "scope.json", "2026-03-02T09:00:00+00:00"
    asked = {
        name: str(value).encode("utf-8", "replace").decode() for name, value in criterion.items()
    }
    digest = digest_over(asked, at, [])
    said = {"criterion": criterion, "at": at, "disclosures": [], "received": [], "digest": digest}
    file.write_text(json.dumps(said))
    return file


def grown(gateway: Gateway, breach: str, *mails: int) -> None:
    """Extended by a report of each of these mails, about the one person there is."""
    config = configuration.load(gateway.config)

    async def work() -> None:
        async with wiring.register(config) as register:
            (person,) = await register.dossiers()
            casper, saar = sorted((await register.roster()).contacts)
            found = [
                Affected(
                    dossier_id=person.history.dossier_id,
                    trace=f"{each:032x}",
                    number=0,
                    span_id=f"{each:016x}",
                    reference=f"{each:032x}",
                    sent_at=datetime.now(UTC),
                    sender_id=saar,
                    recipient_id=casper,
                    categories=frozenset({Category.P2}),
                )
                for each in mails
            ]
            async with register.change(by="rens") as change:
                await change.breaches.extend(breach, WHY[1], found)

    run(work())


def test_what_cannot_be_is_refused_and_nothing_is_on_record(
    gateway: Gateway, tmp_path: Path
) -> None:
    """By which code: how it is typed (2), or what the register says of it (1), in two languages."""
    breach = opened(gateway)
    before = done(gateway("breach", "show", breach, J))
    assert gateway("breach", "extend", breach, *WHY, *OPERATOR).exit_code == 2
    nobody = ("--scope", scope(tmp_path, since="2020-01-01T00:00:00+00:00"))
    refused = gateway("breach", "extend", breach, *nobody, *WHY, *OPERATOR)
    assert refused.exit_code == 1
    assert "nothing-new" in refused.output
    assert "er is niets vastgelegd" in refused.output
    for words in (
        (breach, *nobody),
        ("b-00000000", *nobody, *WHY),
        (breach, "--incident", "no-such", *WHY),
        (breach, "--scope", gateway.config, *WHY),
    ):
        assert gateway("breach", "extend", *words, *OPERATOR).exit_code == 1, words
    assert done(gateway("breach", "show", breach, J)) == before | {
        "clock": done(gateway("breach", "show", breach, J))["clock"]
    }


@pytest.mark.parametrize(
    "criterion",
    [
        {"mail": 5},
        {"contact": ["saar"]},
        {"person": None, "since": "2020-01-01T00:00:00+00:00"},
        {"mail": "\ud800"},
        {"mail": "a\x00b"},
        {"mailbox": "\x1b]0;x\x07"},
        {"boxes": "saar"},
        {"since": "2020-01-01T00:00:00"},
    ],
)
def test_a_scope_that_somebody_made_up_is_refused_in_words(
    gateway: Gateway, tmp_path: Path, criterion: dict[str, object]
) -> None:
    """With a digest that fits: anybody can make one."""
    breach = opened(gateway)
    made = scope(tmp_path, **criterion)
    refused = gateway("breach", "extend", breach, "--scope", made, *WHY, *OPERATOR)
    assert refused.exit_code == 1
    assert "not the scope.json" in refused.output
    assert "\x1b" not in refused.output


def test_a_scope_of_lists_in_lists_is_refused_in_words(gateway: Gateway, tmp_path: Path) -> None:
    breach, deep = opened(gateway), tmp_path / "scope.json"
    deep.write_text("[" * 100_000)
    refused = gateway("breach", "extend", breach, "--scope", deep, *WHY, *OPERATOR)
    assert "not the scope.json" in refused.output


def test_what_it_leaves_is_shown_until_it_is_done(gateway: Gateway, tmp_path: Path) -> None:
    """Reported, told, and then extended: a supplement, further letters; closed only after."""
    breach = opened(gateway)
    noted(gateway, breach, "high")
    grown(gateway, breach, 1)
    done(gateway("breach", "report", breach, *REPORT, *OPERATOR, J))
    done(gateway("breach", "decide", breach, "--tell", *OPERATOR, J))
    first = done(gateway("breach", "papers", breach, "--to", tmp_path / "een", *OPERATOR, J))
    assert (first["letters"], first["unchanged"]) == (1, 0)
    assert done(gateway("breach", "show", breach, J))["to_do"] == []
    nobody = ("breach", "papers", breach, "--added", "--to", tmp_path / "geen")
    assert done(gateway(*nobody, *OPERATOR, J))["letters"] == 0
    again = done(gateway("breach", "papers", breach, "--to", tmp_path / "weer", *OPERATOR, J))
    assert (again["letters"], again["unchanged"]) == (1, 1)

    grown(gateway, breach, 2)
    shown = gateway("breach", "show", breach)
    assert "to_do: report-supplement, write-letters" in shown.output
    assert "added=1" in shown.output
    assert "report-supplement, write-letters" in gateway("breach", "list").output
    (listed,) = done(gateway("breach", "list", J))
    assert listed["to_do"] == ["report-supplement", "write-letters"]
    assert "Verzonnen" not in shown.output
    closing = gateway("breach", "close", breach, *OPERATOR)
    assert "extension-not-settled" in closing.output
    more = ("breach", "papers", breach, "--added", "--to", tmp_path / "meer")
    assert done(gateway(*more, *OPERATOR, J))["letters"] == 1
    (letter,) = (tmp_path / "meer" / "brieven").glob("*.txt")
    assert "U kreeg hier al een brief over." in letter.read_text(encoding="utf-8")
    assert (tmp_path / "meer" / "ap-aanvulling.txt").read_text().count("Uitgebreid op") == 1
    supplement = ("--version", "supplement", "--reference", "AP-1")
    done(gateway("breach", "report", breach, *supplement, *OPERATOR, J))
    assert done(gateway("breach", "show", breach, J))["to_do"] == []
    done(gateway("breach", "close", breach, *OPERATOR, J))
    closed = gateway(
        "breach", "extend", breach, "--scope", scope(tmp_path, since="2020-01-01T00:00:00+00:00"),
        *WHY, *OPERATOR,
    )  # fmt: skip
    assert "breach-closed" in closed.output


def test_of_a_proposal_that_says_nothing_new_no_more_is_asked(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an extension leaves to be typed is said only where somebody or something was added."""
    breach = opened(gateway)
    typed = ("breach", "extend", breach, "--incident", "4f0c91d2", *WHY, *OPERATOR)
    more = ("gateway breach partner", "gateway breach restrict")
    for added, said in ((0, False), (2, True)):

        async def extended(*_: object, added: int = added, **__: object) -> object:
            return Extension(added=added, people=0, again=added), ()

        monkeypatch.setattr("gateway.cli.breach_extend.extend_breach", extended)
        output = gateway(*typed).output
        assert [each in output for each in more] == [said, said]
        assert ("the proposal is in the breach now" in output) is not said


def test_a_report_that_nothing_follows_has_no_supplement(gateway: Gateway, tmp_path: Path) -> None:
    """That it was in time is known once it was made, and is nothing new after."""
    breach = opened(gateway)
    done(gateway("breach", "report", breach, *REPORT, *OPERATOR, J))
    done(gateway("breach", "papers", breach, "--to", tmp_path / "map", *OPERATOR, J))
    more = (tmp_path / "map" / "ap-aanvulling.txt").read_text(encoding="utf-8")
    assert "Er is niets veranderd sinds versie 1." in more
    of_its_time = re.compile(r"^\W*2\.5\b", re.MULTILINE)
    form = (tmp_path / "map" / "ap-formulier.txt").read_text(encoding="utf-8")
    assert (bool(of_its_time.search(form)), of_its_time.search(more)) == (True, None)


def test_a_notice_that_nobody_put_on_record_stands_in_the_way_of_no_other(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command was ended once the notice was in the outbox; then the breach was extended."""
    breach, posting = opened(gateway), Posting()
    monkeypatch.setattr(breach_papers, "duty_desk", posting.desk)
    monkeypatch.setattr(breach_papers, "someone_of", anyone_of)
    grown(gateway, breach, 1)
    partner = ("breach", "partner", breach, *OPERATOR, J)
    with monkeypatch.context() as patched:
        patched.setattr(breach_papers, "take_step", ended)
        assert gateway(*partner).exit_code == 1
    assert len(posting.letters) == 1
    grown(gateway, breach, 2)
    for count in (2, 3):
        (school,) = done(gateway(*partner))["told"]
        assert [each.item for each in posting.letters] == [school] * count


def anyone_of(roster: Roster, party_id: str, instant: datetime) -> Contact:
    """Nobody here has a key."""
    return next(each for each in roster.present(instant) if each.party.party_id == party_id)


async def ended(*_given: object, **_named: object) -> None:
    raise NotReadyError("ended")


class Posting:
    """The record of letters of duty, without mail: the same attempt is not posted twice."""

    def __init__(self) -> None:
        self.letters: list[DutyLetter] = []
        self.lettering = SimpleNamespace(duties=self)

    @asynccontextmanager
    async def desk(self, _config: Config) -> AsyncIterator[Posting]:
        yield self

    async def about(self, about: str) -> Sequence[DutyLetter]:
        return [each for each in self.letters if each.about == about]

    def wanted(self, _page: Page, **said: Any) -> DutyLetter:
        number = f"{len(self.letters)}"
        unsent = {"contact_id": said["meant_for"], "message_id": number}
        return DutyLetter(letter_id=number, posted_at=datetime.now(UTC), **unsent, **said)

    async def post(self, wanted: Sequence[DutyLetter], *, by: str) -> Posted:
        known = {(each.about, each.item, each.meant_for, each.attempt) for each in self.letters}
        new = {(each.about, each.item, each.meant_for, each.attempt) for each in wanted}
        assert by
        letters = () if new & known else tuple(wanted)
        self.letters += letters
        return Posted(letters=letters, unreachable=())


def test_everybody_in_a_breach_is_restricted_by_its_number(gateway: Gateway) -> None:
    """Nobody before, who was added after; an unknown number, and none but that, are refused."""
    breach = opened(gateway)
    restrict = ("breach", "restrict", breach, *OPERATOR, J)
    assert done(gateway(*restrict))["people"] == 0
    grown(gateway, breach, 1, 2)
    assert done(gateway(*restrict))["people"] == 1
    assert done(gateway(*restrict))["people"] == 0
    for wrong in ("b-00000000", "lek-1"):
        assert gateway("breach", "restrict", wrong, *OPERATOR).exit_code == 1


@pytest.mark.parametrize("ending", ["csv", "jsonld", "txt"])
def test_an_export_names_nobody_in_the_why_either(
    gateway: Gateway, tmp_path: Path, ending: str
) -> None:
    breach = opened(gateway)
    grown(gateway, breach, 1)
    file = tmp_path / f"register.{ending}"
    done(gateway("breach", "export", file, *OPERATOR, J))
    text = file.read_text(encoding="utf-8")
    assert "bleek er ook bij te horen" in text
    assert "Verzonnen" not in text
