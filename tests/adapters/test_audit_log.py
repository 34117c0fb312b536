"""Who did what, to what, when, from where and how it ended: on record with the deed (BIO2)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from gateway.adapters.audit_reading import AuditLog, Sought
from gateway.adapters.database_deeds import DatabaseDeeds
from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.database_register import Register
from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.tables_log import log_entries, log_index
from gateway.adapters.tables_register import dossier_secret
from gateway.domain.audit import Action, DeedResult
from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.consent import ConsentKind
from gateway.domain.histories import Circumstance
from gateway.domain.importing import CsvFaultsError, Kind
from gateway.domain.parties import Interval, Standing
from gateway.domain.policy import switched
from gateway.domain.proposals import Verdict
from gateway.domain.register import RegisterError
from gateway.ledger.records import Entry
from gateway.resources import policy_text
from tests import world
from tests.contracts.flow import LOG_KEY
from tests.databases import KINDS, with_world_if_asked
from tests.deeds import deeds_on_record
from tests.world import BY, BY_ANOTHER, CASPER, SAAR, SAM, SCHOOL_1

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.domain.audit import Deed

DAY = timedelta(days=1)
CSV_HEAD = "dossierkenmerk;geslachtsnaam;geboortedatum;regime;doelgroep\n"
CSV_ROW = "VB-{:05};Proefpersoon;1990-01-01;WI2021;Gezinsmigrant en overige migrant\n"


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Empty, but for tests that ask for the `register` too."""
    async with with_world_if_asked(request, tmp_path, kept, named="from tess") as opened:
        yield opened


def kept(database: Database) -> Register:
    return kept_from(database, "tess")


def kept_from(database: Database, origin: str) -> Register:
    return Register(
        database,
        world.vault(),
        world.Clock(),
        world.describe_marker,
        origin,
        forms=world.forms,
        deeds=world.deeds(),
    )


@pytest.fixture
async def register(database: Database) -> Register:
    """The small world, kept by two operators."""
    return kept(database)


async def done(database: Database, sought: Sought | None = None) -> Sequence[Deed]:
    return await deeds_on_record(database, world.vault(), sought or Sought())


async def told(database: Database, count: int) -> list[tuple[str, str, str]]:
    """Of the last deeds what was done, about what, and the code beside it."""
    last = (await done(database))[-count:]
    return [(each.action.value, each.subject or each.about, each.detail) for each in last]


async def contents(database: Database) -> list[Any]:
    """What entries say, opened with every key there is."""
    return [each.content async for each in DatabaseLog(database, world.vault()).read()]


async def faults(database: Database) -> list[str]:
    await Sequencer(database, LOG_KEY).integrate(world.Clock().now)
    verdict = await DatabaseVerifier(database, LOG_KEY.public, world.vault()).verify()
    return [str(each) for each in verdict.findings]


async def erase(database: Database, dossier_id: str) -> None:
    """As an erasure does: the key and the link go, the entries stand."""
    async with database.transaction() as connection:
        of = dossier_secret.c.dossier_id == dossier_id
        gone = {"wrapped_key": None, "destroyed_at": 1}
        await connection.execute(update(dossier_secret).where(of).values(gone))
        found = log_index.c.subject == dossier_id
        await connection.execute(update(log_index).where(found).values(subject=None))


# --- one deed for each thing that was done --------------------------------------------------


async def test_one_deed_for_each_thing_and_none_twice(
    register: Register, database: Database
) -> None:
    """What a thing begins with belongs to it: twelve dossiers, and not their thirty-six rows."""
    found = await done(database)
    counts: dict[str, int] = {}
    for each in found:
        counts[each.action.value] = counts.get(each.action.value, 0) + 1
    assert counts["register.dossier-added"] == len(world.DOSSIERS)
    assert counts["party.added"] == 3
    assert counts["contact.added"] == len(world.PEOPLE)
    assert counts["operator.added"] == 2
    assert counts["policy.activated"] == 1
    assert "register.dossier-identified" not in counts
    assert "party.standing-set" not in counts
    assert {each.origin for each in found} == {"tess"}
    assert {each.actor for each in found} == {"gateway init", BY, BY_ANOTHER}
    assert await faults(database) == []


async def test_every_change_of_the_register_says_what_it_did(
    register: Register, database: Database
) -> None:
    clock = world.Clock().now
    period = Interval(start=clock, end=clock + DAY)
    async with register.change(by=BY_ANOTHER) as change:
        await change.parties.rename(SCHOOL_1, "Taalschool Nieuwe Naam")
        await change.parties.set_standing(SCHOOL_1, Standing.SUSPENDED)
        await change.parties.set_term(SCHOOL_1, period)
        await change.contacts.change(CASPER, name="Casper Andersnaam")
        await change.contacts.declare(CASPER, None)
        await change.contacts.revoke(SAAR)
        await change.contacts.unpin(SAAR)
        await change.contacts.end(CASPER)
        await change.dossiers.identify("dossier-4", world.identity(4))
        await change.dossiers.change(
            "dossier-4",
            circumstance=Circumstance(
                regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, duty=Interval()
            ),
        )
        await change.designations.designate("dossier-1", SAM)
        await change.consents.record("dossier-3", SCHOOL_1, ConsentKind.REQUESTED)
        await change.consents.withdraw("dossier-1", SCHOOL_1)
    assert await told(database, 13) == [
        ("party.renamed", SCHOOL_1, ""),
        ("party.standing-set", SCHOOL_1, "suspended"),
        ("party.term-set", SCHOOL_1, ""),
        ("contact.changed", CASPER, ""),
        ("contact.confidentiality-recorded", CASPER, "taken-back"),
        ("contact.key-revoked", SAAR, ""),
        ("contact.key-revoked", SAAR, "taken-away"),
        ("contact.ended", CASPER, ""),
        ("register.dossier-identified", "dossier-4", ""),
        ("register.dossier-changed", "dossier-4", ""),
        ("register.designated", "dossier-1", "provider"),
        ("register.consent-asked", "dossier-3", "requested"),
        ("register.consent-withdrawn", "dossier-1", "withdrawn"),
    ]
    last = (await done(database))[-1]
    assert (last.actor, last.result, last.origin) == (BY_ANOTHER, DeedResult.DONE, "tess")
    assert last.at == clock


async def test_a_substitution_and_its_end_are_two_deeds(
    register: Register, database: Database
) -> None:
    now = world.Clock().now
    async with register.change(by=BY) as change:
        new = await change.designations.substitute(
            "dossier-1", SAM, Interval(start=now, end=now + DAY)
        )
    async with register.change(by=BY) as change:
        await change.designations.end_substitution(new)
    assert [action for action, _, _ in await told(database, 2)] == [
        "register.substituted",
        "register.substitution-ended",
    ]


async def test_both_people_of_a_decision_are_in_it(register: Register, database: Database) -> None:
    """Who proposed and who approved, each under their own name and from where."""
    async with register.change(by=BY) as change:
        text = switched(policy_text(), "non_formal_hours_under_consent", on=True)
        proposal = await change.policies.propose(text)
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    found = [(each.actor, each.action.value, each.about) for each in (await done(database))[-3:]]
    digest = found[0][2]
    assert found == [
        (BY, "policy.proposed", digest),
        (BY_ANOTHER, "proposal.approved", f"proposal/{proposal}"),
        (BY_ANOTHER, "policy.activated", digest),
    ]


async def test_what_is_refused_or_taken_back_is_in_it(
    register: Register, database: Database
) -> None:
    async with register.change(by=BY) as change:
        first = await change.operators.add("derde", "Dirk Derde")
        second = await change.operators.add("vierde", "Vera Vierde")
    assert first is not None
    assert second is not None
    async with register.change(by=BY_ANOTHER) as change:
        await change.proposals.decide(await change.proposals.find(first), Verdict.REFUSED)
    async with register.change(by=BY) as change:
        await change.proposals.decide(await change.proposals.find(second), Verdict.WITHDRAWN)
    assert await told(database, 4) == [
        ("operator.proposed", "derde", f"proposal/{first}"),
        ("operator.proposed", "vierde", f"proposal/{second}"),
        ("proposal.refused", f"proposal/{first}", ""),
        ("proposal.withdrawn", f"proposal/{second}", ""),
    ]


async def test_a_file_of_a_thousand_rows_is_a_thousand_deeds_and_one(
    register: Register, database: Database
) -> None:
    before = len(await done(database))
    content = CSV_HEAD + "".join(CSV_ROW.format(number) for number in range(1000))
    await register.import_csv(Kind.DOSSIERS, content.encode(), by=BY)
    found = (await done(database))[before:]
    assert [each.action for each in found] == [Action.DOSSIER_ADDED] * 1000 + [Action.IMPORTED]
    assert found[-1].about == "dossiers"
    # Together they are one operation, whose deeds are found together.
    assert len({each.trace for each in found}) == 1
    assert len({each.subject for each in found}) == 1001


async def renamed_twice(register: Register) -> None:
    """The second of them is refused."""
    async with register.change(by=BY) as change:
        await change.parties.rename(SCHOOL_1, "Andere Naam")
        await change.parties.rename("geen-school", "Andere Naam")


async def test_what_was_not_done_is_not_on_record(register: Register, database: Database) -> None:
    """A trial, a faulty file and a refused change leave no deed: nothing was done."""
    before = await done(database)
    content = (CSV_HEAD + CSV_ROW.format(1)).encode()
    await register.import_csv(Kind.DOSSIERS, content, by=BY, dry_run=True)
    with pytest.raises(CsvFaultsError):
        await register.import_csv(Kind.DOSSIERS, content + b"x;;;;\n", by=BY)
    with pytest.raises(RegisterError):
        await renamed_twice(register)
    assert await done(database) == before


# --- who may not -----------------------------------------------------------------------------


async def test_who_is_not_registered_is_on_record_and_not_what_they_typed(
    register: Register, database: Database
) -> None:
    for typed in ("Iemand Anders", "Balie Inburgering", "DEMO-0001"):
        with pytest.raises(RegisterError):
            async with register.change(by=typed) as change:
                await change.parties.rename(SCHOOL_1, "Andere Naam")
        with pytest.raises(RegisterError):
            await register.consulted(by=typed, action=Action.DOSSIER_LOOKED, ids=["dossier-1"])
    found = (await done(database))[-6:]
    assert {(each.actor, each.action, each.result, each.detail) for each in found} == {
        ("account tess", Action.OPERATOR_REFUSED, DeedResult.REFUSED, "unknown-operator")
    }
    everything = str(await contents(database))
    assert "Iemand" not in everything
    assert "Balie" not in everything


async def test_the_same_person_twice_is_on_record(register: Register, database: Database) -> None:
    async with register.change(by=BY) as change:
        proposal = await change.operators.add("derde", "Dirk Derde")
    assert proposal is not None
    with pytest.raises(RegisterError):
        async with register.change(by=BY) as change:
            await change.approve(proposal)
    last = (await done(database))[-1]
    assert (last.actor, last.action, last.detail) == (
        BY,
        Action.OPERATOR_REFUSED,
        "same-person",
    )


async def test_another_account_and_a_name_of_a_group_are_on_record(
    register: Register, database: Database
) -> None:
    async with register.change(by=BY) as change:
        proposal = await change.operators.add("derde", "Dirk Derde", login="dirk")
    assert proposal is not None
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    with pytest.raises(RegisterError):  # Dirk's name from Tess's account
        await register.consulted(by="derde", action=Action.DOSSIER_LOOKED, ids=["dossier-1"])
    with pytest.raises(RegisterError):
        async with register.change(by=BY) as change:
            await change.operators.add("balie", "Team Inburgering")
    with pytest.raises(RegisterError):  # Tess's name from Dirk's account
        async with kept_from(database, "dirk").change(by=BY):
            raise AssertionError
    found = [(each.actor, each.about, each.detail) for each in (await done(database))[-3:]]
    assert found == [
        ("account tess", "derde", "other-account"),
        (BY, "", "not-one-person"),
        ("derde", BY, "other-account"),
    ]


# --- without a name: by account --------------------------------------------------------------


async def test_without_a_name_it_is_whose_account_it_is_or_the_account(
    register: Register, database: Database
) -> None:
    async with register.change(by=BY) as change:
        proposal = await change.operators.add("derde", "Dirk Derde", login="dirk")
    assert proposal is not None
    async with register.change(by=BY_ANOTHER) as change:
        await change.approve(proposal)
    for origin in ("dirk", "beheer"):
        deeds = DatabaseDeeds(database, world.deeds(), origin, world.Clock())
        await deeds.record(Action.LOG_LOOKED, "log")
    assert [each.actor for each in (await done(database))[-2:]] == ["derde", "account beheer"]


# --- whom it is about ------------------------------------------------------------------------


async def test_looking_is_in_it_one_deed_for_each_person(
    register: Register, database: Database
) -> None:
    people = ["dossier-4", "dossier-5"]
    await register.consulted(by=BY, action=Action.DOSSIER_LISTED, ids=people)
    found = await done(database, Sought(actions=("register.dossiers-",)))
    assert [(each.actor, each.subject) for each in found] == [(BY, each) for each in people]
    only = await done(database, Sought(subject="dossier-5"))
    assert {each.subject for each in only} == {"dossier-5"}
    assert (only[0].action, only[-1].action) == (Action.DOSSIER_ADDED, Action.DOSSIER_LISTED)
    # Looked at twice, somebody is the same; and is not told from what is hashed.
    assert len({each.about for each in only}) == 1
    assert re.search(r"dossier-\d", str(await contents(database))) is None


async def test_the_pseudonym_is_not_that_of_records(register: Register, database: Database) -> None:
    look = (await done(database, Sought(subject="dossier-4")))[-1]
    async with database.reading() as connection:
        wrapped = await connection.scalar(
            select(dossier_secret.c.wrapped_key).where(dossier_secret.c.dossier_id == "dossier-4")
        )
    assert wrapped is not None
    person = world.vault().person("dossier-4", wrapped)
    assert look.about == person.pseudonym("audit") != person.pseudonym("log")


async def test_after_an_erasure_who_looked_is_answerable_and_at_whom_is_not(
    register: Register, database: Database
) -> None:
    await register.consulted(by=BY, action=Action.DOSSIER_LOOKED, ids=["dossier-4"])
    assert await faults(database) == []
    await erase(database, "dossier-4")
    last = (await done(database))[-1]
    assert (last.actor, last.action, last.subject) == (BY, Action.DOSSIER_LOOKED, "")
    assert await done(database, Sought(subject="dossier-4")) == []
    assert await faults(database) == []
    await register.consulted(by=BY, action=Action.DOSSIER_LOOKED, ids=["dossier-4"])
    again = (await done(database))[-1]
    assert (again.about, again.subject) == ("erased", "")


async def test_what_is_of_one_thing_is_of_one_moment_however_the_clock_goes_on(
    register: Register, database: Database
) -> None:
    """A deed kept at another moment than was hashed looks tampered with, for ever."""
    moments = count(1)

    def ticking() -> datetime:
        return world.Clock().now + next(moments) * timedelta(milliseconds=1)

    made = DatabaseDeeds(database, world.deeds(), "tess", ticking)
    people = ["dossier-4", "dossier-5"]
    await made.record_about(Action.ANSWER_LOOKED, "letter-1", people, by=BY)
    last = (await done(database))[-3:]
    assert [each.subject or each.about for each in last] == ["letter-1", *people]
    assert len({each.at for each in last}) == 1
    assert await faults(database) == []


async def test_what_would_look_tampered_with_is_not_written(
    register: Register, database: Database
) -> None:
    """Deeds of two moments at once, or an entry kept at another moment than it says."""
    before = await done(database)
    earlier = before[-1]
    later = replace(earlier, at=earlier.at + timedelta(milliseconds=1))
    with pytest.raises(ValueError, match="of one moment"):
        await database.write(lambda each: world.deeds().write(each, [earlier, later]))
    log = LogWriter(world.vault())
    entry = Entry(
        kind="audit",
        at=milliseconds(earlier.at),
        trace_id=new_trace(),
        span_id=new_span(),
        activity_id="https://register.gemeente.example/verwerkingen/beheer/1",
        body=lambda _pseudonym: {},
    )
    with pytest.raises(ValueError, match="another moment"):
        await database.write(lambda each: log.append(each, [entry], later.at))
    assert await done(database) == before
    assert await faults(database) == []


async def test_a_look_put_under_another_person_is_found(
    register: Register, database: Database
) -> None:
    """The index is not hashed; what a deed says is held to the person it is found under."""
    await register.consulted(by=BY, action=Action.DOSSIER_LOOKED, ids=["dossier-4"])
    async with database.transaction() as connection:
        last = await connection.scalar(select(func.max(log_entries.c.seq)))
        elsewhere = update(log_index).where(log_index.c.seq == last).values(subject="dossier-5")
        await connection.execute(elsewhere)
    (fault,) = await faults(database)
    assert "not about whom it is found under" in fault


async def test_a_look_that_is_hidden_from_its_person_is_found(
    register: Register, database: Database
) -> None:
    """Whoever takes the link away without the key has not erased, but hidden."""
    await register.consulted(by=BY, action=Action.DOSSIER_LOOKED, ids=["dossier-4"])
    async with database.transaction() as connection:
        last = await connection.scalar(select(func.max(log_entries.c.seq)))
        nobody = update(log_index).where(log_index.c.seq == last).values(subject=None)
        await connection.execute(nobody)
    (fault,) = await faults(database)
    assert "not found under whom it is about" in fault


# --- reading it back -------------------------------------------------------------------------


async def test_it_is_found_by_who_what_whom_and_when(
    register: Register, database: Database
) -> None:
    now = world.Clock().now
    await register.consulted(by=BY_ANOTHER, action=Action.CONTACT_LOOKED, ids=[SAAR])
    async with register.change(by=BY) as change:
        await change.contacts.revoke(SAAR)
    whole = await done(database)
    by = await done(database, Sought(actors=frozenset({BY_ANOTHER})))
    assert by == [each for each in whole if each.actor == BY_ANOTHER]
    assert by[-1].action is Action.CONTACT_LOOKED
    keys = await done(database, Sought(actions=("contact.key-revoked", "contact.looked")))
    assert [each.actor for each in keys] == [BY_ANOTHER, BY]
    assert await done(database, Sought(since=now + DAY)) == []
    assert await done(database, Sought(until=now - 9999 * DAY)) == []
    assert await done(database, Sought(since=now - 9999 * DAY, until=now + DAY)) == whole


async def test_of_many_the_latest_are_told_oldest_first(
    register: Register, database: Database
) -> None:
    """More than are read at once, with what was asked for at the far end."""
    content = CSV_HEAD + "".join(CSV_ROW.format(number) for number in range(1100))
    await register.import_csv(Kind.DOSSIERS, content.encode(), by=BY)
    whole = await AuditLog(database, world.vault()).deeds(Sought(), 100_000)
    latest = await AuditLog(database, world.vault()).deeds(Sought(), 3)
    assert latest == whole[-3:]
    assert [seq for seq, _ in whole] == list(range(len(whole)))
    (first,) = await AuditLog(database, world.vault()).deeds(
        Sought(actors=frozenset({"gateway init"})), 5
    )
    assert first[1].action is Action.POLICY_ACTIVATED


async def test_it_names_no_inburgeraar(register: Register, database: Database) -> None:
    whole = str(await contents(database)) + str(await done(database))
    for number in world.DOSSIERS:
        person = world.identity(number)
        for hidden in (person.geslachtsnaam, person.geboortedatum, person.dossierkenmerk):
            assert hidden not in whole
