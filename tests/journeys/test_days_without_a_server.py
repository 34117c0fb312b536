"""The server in front is down for days; meanwhile something changes; nothing leaves that may not.

A report is released, on record and sealed, and cannot be handed to Postfix.  By
the gateway's clock three days go by, in which it tries again and again.  Then
consent is withdrawn, or a contact, a standing, a declaration, a key or the
decision table changes.  When Postfix is back the report walks again from its
sealed original, what leaves is what may leave then, and the sender's receipt
says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

import pytest
from pysequoia import Cert

from gateway import wiring
from gateway.domain.consent import ConsentKind
from gateway.domain.parties import Interval, Standing
from gateway.domain.proposals import ProposalKind
from gateway.resources import policy_text
from tests import people
from tests.databases import KINDS
from tests.journeys.conftest import a_town, at_work
from tests.journeys.crashing import LAUNCHER
from tests.journeys.gateways import GatewayProcess
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, have_walked, reminders, walks
from tests.servers.postfix import Postfix
from tests.servers.process import wait_until
from tests.world import BY, BY_ANOTHER, CARLA, CASPER, OFFICER, SAAR, SAM, SCHOOL_1, YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.journeys.town import Town
    from tests.servers.dovecot import Dovecot
    from tests.servers.tls import Certificates

    Deed = Callable[[Town, int], None]

DAYS = timedelta(days=3)
WITHDRAWN = ("reject", {"art-12.4/consent-withdrawn"})


@dataclass(frozen=True)
class Happening:
    """What happens while the server is down, what comes of it, and how it is undone."""

    name: str
    deed: Deed
    got: dict[str, int]
    became: tuple[str, set[str]]
    undo: Deed = lambda _town, _number: None


def _withdraw(town: Town, number: int) -> None:
    town.change(
        lambda change: change.consents.record(f"dossier-{number}", SCHOOL_1, ConsentKind.WITHDRAWN)
    )


def _designate(who: str) -> Deed:
    def deed(town: Town, number: int) -> None:
        town.change(lambda change: change.designations.designate(f"dossier-{number}", who))

    return deed


def _standing(standing: Standing) -> Deed:
    def deed(town: Town, _: int) -> None:
        town.change(lambda change: change.parties.set_standing(SCHOOL_1, standing))

    return deed


def _exclude(town: Town, number: int) -> None:
    """The officers hear of it as well, with the dossiers that need another provider."""
    told = reminders(town)
    _standing(Standing.EXCLUDED)(town, number)
    town.gateway.wait_until_told("reminder.posted", count=told)


def _bound(who: str, *, bound: bool) -> Deed:
    def deed(town: Town, _: int) -> None:
        period = Interval(start=town.built - YEAR) if bound else None
        town.change(lambda change: change.contacts.declare(who, period))

    return deed


def _revoke(who: str) -> Deed:
    return lambda town, _: town.change(lambda change: change.contacts.revoke(who))


def _pin_again(who: str) -> Deed:
    def deed(town: Town, _: int) -> None:
        walked = walks(town)
        town.pin(who, town.resident(who).key.cert)
        have_walked(town, walked)

    return deed


def _table(text: str) -> Deed:
    def deed(town: Town, _: int) -> None:
        town.run(_decided(town, text))

    return deed


async def _decided(town: Town, text: str) -> None:
    async with wiring.register(town.config) as register:
        async with register.change(by=BY) as change:
            await change.policies.propose(text)
        proposals = await register.proposals()
        (waiting,) = [p for p in proposals if p.kind is ProposalKind.POLICY and p.is_open]
        async with register.change(by=BY_ANOTHER) as change:
            await change.approve(waiting.proposal_id)


def _without_plans() -> str:
    row = 'category = ["P1"], ground = ["consent"], t2 = ["yes"] }\neffect = "share"'
    stricter = row.replace('effect = "share"', 'effect = "withhold"') + (
        '\nreason = "art-12.4/category-not-consented"'
    )
    assert policy_text().count(row) == 1
    return policy_text().replace(row, stricter)


HAPPENINGS = (
    Happening("nothing", lambda _town, _number: None, {CASPER: 1, SAAR: 1}, ("forward", set())),
    Happening("consent withdrawn", _withdraw, {SAAR: 1}, WITHDRAWN),
    Happening("another casemanager", _designate(CARLA), {CARLA: 1, SAAR: 1}, ("forward", set())),
    Happening(
        "another contact at the school",
        _designate(SAM),
        {SAAR: 1},
        ("reject", {"art-12.5/sender-not-designated"}),
    ),
    Happening(
        "provider excluded",
        _exclude,
        {OFFICER: 1, SAAR: 1},
        ("reject", {"art-15/excluded"}),
        _standing(Standing.ACTIVE),
    ),
    Happening(
        "provider suspended",
        _standing(Standing.SUSPENDED),
        {OFFICER: 1, SAAR: 1},
        ("hold", {"art-5.1/suspended"}),
        _standing(Standing.ACTIVE),
    ),
    Happening(
        "casemanager not bound to silence any more",
        _bound(CASPER, bound=False),
        {OFFICER: 1, SAAR: 1},
        ("hold", {"art-12.8/recipient-not-bound"}),
        _bound(CASPER, bound=True),
    ),
    Happening(
        "contact of the school not bound to silence any more",
        _bound(SAAR, bound=False),
        {OFFICER: 1, SAAR: 1},
        ("hold", {"art-12.8/sender-not-bound"}),
        _bound(SAAR, bound=True),
    ),
    Happening(
        "key of the casemanager revoked",
        _revoke(CASPER),
        {OFFICER: 1, SAAR: 1},
        ("hold", {"art-12.5/recipient-key-revoked"}),
        _pin_again(CASPER),
    ),
    Happening(
        "a stricter decision table",
        _table(_without_plans()),
        {CASPER: 1, SAAR: 1},
        ("forward", set()),
        _table(policy_text()),
    ),
)


@pytest.fixture(scope="module")
def relay(certificates: Certificates, dovecot: Dovecot) -> Iterator[Postfix]:
    """A Postfix of this module's own, to be stopped."""
    with Postfix(certificates, dovecot) as server:
        yield server


@pytest.fixture(scope="module")
def sqlite_town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, relay: Postfix
) -> Iterator[Town]:
    """A town whose gateway sends through that Postfix."""
    # That an excluded provider is asked for what it has is a journey of its own (12.11).
    how = {"relay": relay, "settings": f'{OFTEN}when_provider_ends = "nothing"\n'}
    with a_town("sqlite", request, tmp_path_factory, **how) as town, at_work(town):
        yield town


@pytest.fixture
def town(sqlite_town: Town) -> Iterator[Town]:
    """Its server is up and its clock right again after each test."""
    sqlite_town.new_day()
    yield sqlite_town
    sqlite_town.gateway.clock = lambda: datetime.now(UTC)
    assert sqlite_town.faults() == []


def released_for_days(town: Town) -> int:
    """A report that could not leave for three days, and not for want of trying."""
    number = town.inburgeraar()
    town.relay.stop()
    postponed = len(town.gateway.told("report.postponed"))
    town.post(SAAR, town.sealed(SAAR, report(number)))
    town.gateway.wait_until_told("report.postponed", count=postponed + 1)
    town.gateway.clock = lambda: datetime.now(UTC) + DAYS
    town.gateway.wait_until_told("report.postponed", count=postponed + 2)
    assert town.got() == {}
    return number


@pytest.mark.parametrize("happening", HAPPENINGS, ids=lambda each: each.name.replace(" ", "-"))
def test_what_changed_meanwhile_counts(town: Town, happening: Happening) -> None:
    """Nothing leaves on yesterday's answer."""
    number = released_for_days(town)
    try:
        happening.deed(town, number)
        town.relay.start()
        town.settle(1)
        assert town.got() == happening.got
        assert town.became(SAAR) == [happening.became]
    finally:
        if not town.relay.processes():
            town.relay.start()
        happening.undo(town, number)


def test_a_stricter_table_leaves_out_what_it_withholds(town: Town) -> None:
    """The report that goes in the end is the one that the new table lets through."""
    number = released_for_days(town)
    _table(_without_plans())(town, number)
    try:
        town.relay.start()
        town.settle(1)
        assert "persoonlijkPlan" not in town.read(CASPER).report
        plans = {r for path, r in town.withheld(SAAR).items() if "persoonlijkPlan" in path}
        assert plans == {"art-12.4/category-not-consented"}
    finally:
        _table(policy_text())(town, number)


def test_a_new_key_of_the_casemanager(town: Town) -> None:
    """What was sealed to the former key does not leave; it is sealed anew, to the new one."""
    released_for_days(town)
    casper = town.resident(CASPER)
    new = people.by_gnupg(casper.somebody.name, casper.account.address, "cv25519")
    town.pin(CASPER, new.cert)
    try:
        town.relay.start()
        town.settle(1)
        assert town.got() == {CASPER: 1, SAAR: 1}
        (mail,) = town.inbox(CASPER)
        gateway = bytes(Cert.from_bytes(town.certificate))
        assert people.read_with_gpg(new, mail, gateway).signers == (town.fingerprint,)
        with pytest.raises(CalledProcessError):
            casper.read(mail)
    finally:
        town.pin(CASPER, casper.key.cert)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moment", ["claim_outgoing", "send"])
def test_killed_with_the_report_in_hand_and_withdrawn_before_it_starts_again(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    moment: str,
) -> None:
    """What a crash left in hand is asked about again before it is sent again."""
    more = "[run]\npoll_seconds = 0.2\n"
    with a_town(kind, request, tmp_path_factory, settings=more) as town:
        number = town.inburgeraar()
        town.post(SAAR, town.sealed(SAAR, report(number)))
        point = (moment, "after" if moment == "claim_outgoing" else "before")
        life = GatewayProcess(town.file, launcher=(*LAUNCHER, *point))
        life.start()
        wait_until(lambda: life.has_ended, what="died with the report in hand")
        _withdraw(town, number)
        again = GatewayProcess(town.file)
        again.start()
        again.wait_until_started()
        town.settle(1)
        assert again.stop() == 0
        assert town.got() == {SAAR: 1}
        assert town.became(SAAR) == [WITHDRAWN]
