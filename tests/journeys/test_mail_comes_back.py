"""Real servers that cannot deliver: our own has taken a report, and the one after it has not.

Postfix says so in its own words, to the return path of reports, which is the gateway.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.databases import KINDS
from tests.journeys.conftest import a_day_in, a_town, at_work
from tests.journeys.town import report
from tests.servers.postfix import Postfix
from tests.world import CASPER, OFFICER, SAAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.journeys.town import Town
    from tests.servers.dovecot import Dovecot
    from tests.servers.tls import Certificates

ELSEWHERE = "prive@post.example"
BY = ("--by", "Tess Testpersoon")


@dataclass
class OnTheWay:
    """Our own server, and behind it one of somebody else's that knows nobody."""

    ours: Postfix
    folder: Path
    next_port: int

    def route(
        self, *, through: tuple[str, ...] = (), forwards: Mapping[str, str] | None = None
    ) -> None:
        """Mail for these addresses or domains goes on to that server; these are forwarded."""
        on = f"smtp:[127.0.0.1]:{self.next_port}"
        (self.folder / "transport").write_text("".join(f"{each} {on}\n" for each in through))
        lines = (f"{address} {to}\n" for address, to in (forwards or {}).items())
        (self.folder / "forwards").write_text("".join(lines))
        self.ours.reload()


@pytest.fixture(scope="module")
def on_the_way(
    certificates: Certificates, dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OnTheWay]:
    folder = tmp_path_factory.mktemp("routes")
    folder.chmod(0o755)
    for each in (*reversed(folder.parents), folder):
        if each.is_relative_to(Path("/tmp")) and each != Path("/tmp"):
            each.chmod(0o755)
    for name in ("transport", "forwards"):
        (folder / name).write_text("")
    nobody = {"virtual_mailbox_maps": "inline:{ {nobody@gemeente.example = x} }"}
    routed = {
        "transport_maps": f"texthash:{folder}/transport",
        "virtual_alias_maps": f"texthash:{folder}/forwards",
        "smtp_tls_security_level": "encrypt",
    }
    with (
        Postfix(certificates, dovecot, extra=nobody) as theirs,
        Postfix(certificates, dovecot, extra=routed) as ours,
    ):
        yield OnTheWay(ours, folder, theirs.smtp)


@pytest.fixture(scope="module", params=KINDS)
def town_on(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    on_the_way: OnTheWay,
) -> Iterator[Town]:
    with (
        a_town(request.param, request, tmp_path_factory, relay=on_the_way.ours) as town,
        at_work(town),
    ):
        yield town


@pytest.fixture
def town(town_on: Town, on_the_way: OnTheWay) -> Iterator[Town]:
    yield from a_day_in(town_on)
    on_the_way.route()


def command(town: Town, *arguments: str) -> Any:
    """What ``gateway`` prints as JSON."""
    done = CliRunner().invoke(app, [*arguments, "--config", str(town.file), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def sent_by_saar(town: Town) -> str:
    """A report of Saar's is passed on, and what Postfix says of it comes in; its trace."""
    town.post(SAAR, town.sealed(SAAR, report(town.inburgeraar())))
    town.settle(2)
    first, told = town.records()
    assert told.standing == ((-1, "ignore", frozenset({"mail/bounce"})),)
    assert told.state == "done"
    return first.trace


def test_an_unknown_user_holds_the_report_until_the_address_is_right(
    town: Town, on_the_way: OnTheWay
) -> None:
    """The officer hears of it, finds it, and lets it go again; the sender hears of both."""
    on_the_way.route(through=(town.resident(CASPER).account.address,))
    trace = sent_by_saar(town)
    assert town.records()[0].standing == ((0, "hold", frozenset({"gateway/came-back"})),)
    notice = town.read(OFFICER)
    assert notice.tells("gateway held show")
    assert trace in notice.text
    assert CASPER not in town.got()
    assert any("niet bij de ontvanger is aangekomen" in each.text for each in town.all_read(SAAR))

    (held,) = command(town, "held", "list")
    assert (held["trace"], held["reasons"]) == (trace, ["gateway/came-back"])
    returned = [each for each in command(town, "log", "show", trace) if each["kind"] == "returned"]
    assert len(returned) == 1
    assert command(town, "breach", "list") == []

    on_the_way.route()
    seen = ("--round", str(held["round"]))
    assert command(town, "held", "release", trace, *seen, *BY)["walks"] is True
    town.settle(2)
    assert town.got()[CASPER] == 1
    assert town.records()[0].standing == ((0, "forward", frozenset()),)
    assert command(town, "held", "list") == []


def test_a_forward_that_fails_is_a_proposed_incident_for_the_officer(
    town: Town, on_the_way: OnTheWay
) -> None:
    """Somebody has Casper's mail sent on to a private mailbox, which is full or gone."""
    casper = town.resident(CASPER).account.address
    on_the_way.route(through=("post.example",), forwards={casper: ELSEWHERE})
    trace = sent_by_saar(town)
    assert town.records()[0].standing == ((0, "hold", frozenset({"gateway/came-back"})),)
    assert town.got()[OFFICER] == 2
    assert any("gateway breach list" in each.text for each in town.all_read(OFFICER))

    (proposed,) = command(town, "breach", "list")
    assert (proposed["kind"], proposed["state"]) == ("other-mailbox", "open")
    shown = command(town, "breach", "show", proposed["incident"])
    (disclosed,) = shown["disclosed"]
    assert (disclosed["trace"], disclosed["report"], disclosed["recipient"]) == (trace, 1, CASPER)
    assert "identiteit" in disclosed["categories"]
    for told in (str(shown), *(each.everything() for each in town.all_read(OFFICER))):
        assert ELSEWHERE not in told

    drafts = town.folder / "drafts"
    command(town, "breach", "notices", proposed["incident"], "--to", str(drafts), *BY)
    (draft,) = drafts.iterdir()
    text = draft.read_text()
    assert "bij een andere mailbox" in text
    assert "doorstuurt" in text
    draft.unlink()
    drafts.rmdir()
    (held,) = command(town, "held", "list")
    command(town, "held", "refuse", trace, "--round", str(held["round"]), *BY)
    town.settle(2)
