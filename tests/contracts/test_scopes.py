"""33(3): what a scope finds is what the outbox and the log say left, on both databases.

Mails go through the real ledger and outbox; every criterion is held against the same one
applied by hand to all disclosures.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text, update

from gateway.adapters.database_scope import DatabaseScopes, NotIndexedError
from gateway.adapters.disclosed_indexing import index_disclosures
from gateway.adapters.disclosing import disclosed_about, forget_disclosed
from gateway.adapters.tables_scope import (
    disclosed,
    disclosed_index,
    disclosed_kind,
    disclosed_mail,
    disclosed_person,
    field_set,
)
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.scope import Criterion, Left, counted
from gateway.domain.situation import Ground
from gateway.domain.sureness import Sureness
from tests.adapters.test_late import DAY, FORMEEL, P2, TAAL, Office, office
from tests.generators import INSTANT, policy_digest
from tests.world import (
    BY,
    CARLA,
    CASPER,
    MUNICIPALITY,
    SAAR,
    SCHOOL_1,
    describe_marker,
    marker,
    more_forms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.domain.scope import Disclosed, Scope

__all__ = ["office"]

OLD_KEY, NEW_KEY = "A" * 40, "B" * 40  # of ours
THEIRS = describe_marker(marker(CASPER)).fingerprint
PATHS = ("voortgang.verzuim.urenOngeoorloofd", "voortgang.aangebodenUren")
NOW = INSTANT + 20 * DAY
EVERYTHING = Criterion(until=INSTANT + 99 * DAY)


async def a_busy_week(office: Office) -> dict[str, str]:
    """One of everything that can become of a report; the traces by what became of them."""
    keys, later = (OLD_KEY, THEIRS), (NEW_KEY, THEIRS)
    traces = {
        "sent": await office.deliver(TAAL, day=1, keys=keys, disclosed=PATHS),
        "other person": await office.deliver(
            TAAL, P2, day=2, dossier="dossier-2", keys=keys, disclosed=PATHS[:1]
        ),
        "statute": await office.deliver(FORMEEL, day=3, ground=Ground.STATUTE, keys=later),
        "backwards": await office.deliver(TAAL, day=4, backwards=True, policy="ab" * 32),
    }
    outbox = office.flow.outbox
    traces["refused"], taken = await office.release(TAAL, day=5, keys=later)
    await outbox.undeliverable(taken[0], (), INSTANT + 5 * DAY)
    traces["tried"], taken = await office.release(TAAL, day=6, keys=later)
    await outbox.postpone(taken[0], INSTANT + 90 * DAY)
    traces["late"], taken = await office.release(TAAL, day=6, keys=later)
    await outbox.walk_again(taken, INSTANT + 6 * DAY)
    await outbox.sent(taken, INSTANT + 7 * DAY)
    await office.flow.inbox.claim(9, INSTANT + 6 * DAY)  # it does not walk here
    traces["taken back"], taken = await office.release(TAAL, day=6, keys=later)
    await outbox.walk_again(taken, INSTANT + 6 * DAY)
    await office.flow.inbox.claim(9, INSTANT + 6 * DAY)
    traces["waits"], taken = await office.release(TAAL, day=6, keys=later)
    await outbox.hand_back(taken)
    return traces


def scopes(office: Office) -> DatabaseScopes:
    return DatabaseScopes(office.database, office.flow.vault)


async def scope(office: Office, asked: Criterion, *, verify: bool = False) -> Scope:
    return await scopes(office).scope(asked, NOW, verify=verify)


async def test_what_became_of_each_and_how_sure(office: Office) -> None:
    """As outbox and log say, held against the log entry by entry."""
    traces = await a_busy_week(office)
    found = {each.trace: each for each in (await scope(office, EVERYTHING)).disclosures}
    assert {name: found[trace].state for name, trace in traces.items() if trace in found} == {
        "sent": Left.SENT,
        "other person": Left.SENT,
        "statute": Left.SENT,
        "backwards": Left.SENT,
        "refused": Left.UNDELIVERABLE,
        "late": Left.SENT,
        "tried": Left.HANDED_OVER,
        "waits": Left.WAITING,
    }
    assert traces["taken back"] not in found
    sent = found[traces["sent"]]
    assert (sent.sender_id, sent.recipient_id) == (SAAR, CASPER)
    assert (sent.sender_party, sent.recipient_party) == (SCHOOL_1, MUNICIPALITY)
    assert (sent.sealed_by, sent.sealed_to, sent.fields) == (OLD_KEY, THEIRS, PATHS)
    assert found[traces["late"]].sent_at == INSTANT + 7 * DAY
    checked = (await scope(office, EVERYTHING, verify=True)).counts.sureness
    assert checked == {Sureness.VERIFIED.value: 7, Sureness.OUTBOX.value: 1}


def by_hand(asked: Criterion) -> Callable[[Disclosed], bool]:
    """Whether one disclosure meets what was asked; addresses and forms are those of the world."""

    def meets(each: Disclosed) -> bool:
        moment = each.sent_at or each.recorded_at
        people, parties = (
            {each.sender_id, each.recipient_id},
            {each.sender_party, each.recipient_party},
        )
        signed = asked.key == THEIRS and each.sender_id == CASPER
        return (
            asked.contact in {"", *people}
            and asked.party in {"", *parties}
            and asked.policy in {"", each.policy}
            and (asked.key in {"", each.sealed_to, each.sealed_by, each.opened_by} or signed)
            and asked.mailbox.casefold() in {"", "casper@gemeente.example"}
            and (not asked.mailbox or CASPER in people)
            and (not asked.mail or asked.mail == each.trace or asked.mail in each.reference)
            and asked.person in {"", each.dossier_id}
            and (not asked.form or (asked.form == "bijlage-2" and each.ground == "consent"))
            and (asked.since is None or moment >= asked.since)
            and (asked.until is None or moment < asked.until)
        )

    return meets


def criteria(traces: dict[str, str]) -> Sequence[Criterion]:
    since, until = INSTANT + 2 * DAY, INSTANT + 6 * DAY
    return (
        EVERYTHING,
        Criterion(contact=CASPER),
        Criterion(contact=CARLA),
        Criterion(party=SCHOOL_1),
        Criterion(policy=policy_digest()),
        Criterion(policy="ab" * 32),
        Criterion(key=THEIRS),
        Criterion(key=OLD_KEY),
        Criterion(mailbox="Casper@Gemeente.example"),
        Criterion(mailbox="nobody@gemeente.example", contact="nobody"),
        Criterion(mail=traces["sent"]),
        Criterion(person="dossier-2"),
        Criterion(form="bijlage-2"),
        Criterion(form="another"),
        Criterion(since=since, until=until),
        Criterion(contact=CASPER, key=NEW_KEY, since=since, form="bijlage-2", person="dossier-1"),
    )


async def test_every_criterion_as_by_hand_and_counted_as_one_by_one(office: Office) -> None:
    """Which disclosures, and each of their counts by the database."""
    traces = await a_busy_week(office)
    everything = (await scope(office, EVERYTHING)).disclosures
    for asked in criteria(traces):
        found = await scope(office, asked)
        expected = [each.span_id for each in everything if by_hand(asked)(each)]
        assert [each.span_id for each in found.disclosures] == expected, asked.given()
        counts = await scopes(office).counts(asked)
        assert counts == counted(found.disclosures), asked.given()
        assert isinstance(counts.disclosures, int)  # and no number that only equals one
        people = {each.dossier_id for each in found.disclosures}
        assert await scopes(office).people(asked) == people
    derived = (await scope(office, Criterion(form="bijlage-2"))).counts.sureness
    assert set(derived) == {Sureness.DERIVED.value}


async def test_in_one_pass_it_counts_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way of counting that only many disclosures get."""
    traces = await a_busy_week(office)
    before = [await scopes(office).counts(asked) for asked in criteria(traces)]
    monkeypatch.setattr("gateway.adapters.scope_counting._MUCH", 99)
    assert [await scopes(office).counts(asked) for asked in criteria(traces)] == before


_NUMBERED = {"id", "kind", "fields", "person", "mail"}


async def rows(office: Office) -> list[tuple[object, ...]]:
    """All that is counted over, without the numbers of rows."""
    kind = [each for each in disclosed_kind.c if each.name not in {"id", "digest"}]
    own = [each for each in disclosed.c if each.name not in _NUMBERED]
    statement = (
        select(
            *own,
            *kind,
            field_set.c.categories,
            field_set.c.paths,
            disclosed_person.c.dossier_id,
            disclosed_mail.c.trace,
        )
        .join(disclosed_kind, disclosed_kind.c.id == disclosed.c.kind)
        .join(field_set, field_set.c.id == disclosed.c.fields)
        .join(disclosed_mail, disclosed_mail.c.id == disclosed.c.mail)
        .outerjoin(disclosed_person, disclosed_person.c.id == disclosed.c.person)
        .order_by(disclosed_mail.c.trace, disclosed.c.number, disclosed.c.span_id)
    )
    async with office.database.reading() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


async def test_made_anew_from_the_log_it_is_the_same(office: Office) -> None:
    """And a second time nothing is missing."""
    await a_busy_week(office)
    before = await rows(office)
    assert len(before) == 9
    async with office.database.transaction() as connection:
        await connection.execute(delete(disclosed))
        await connection.execute(update(disclosed_index).values(whole=False))
    with pytest.raises(NotIndexedError):
        await scope(office, EVERYTHING)
    assert await index_disclosures(office.database, office.flow.vault) == 9
    assert await rows(office) == before
    assert await index_disclosures(office.database, office.flow.vault) == 0
    assert (await scope(office, EVERYTHING)).counts.disclosures == 8


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE disclosed SET state = 1, sent_at = NULL WHERE number = 0",
        "UPDATE disclosed SET sent_at = sent_at + 1000",
        "UPDATE disclosed_kind SET recipient_id = 'contact-4'",
        "UPDATE field_set SET categories = 'identiteit'",
        "UPDATE disclosed_kind SET opened_by = 'C'",
        "UPDATE disclosed SET span_id = '00000000000000ff'",
    ],
)
async def test_what_the_log_does_not_say_is_disputed(office: Office, tampering: str) -> None:
    """The table is no evidence: whoever changes it is found by holding it against the log."""
    await office.deliver(TAAL, P2, day=1, keys=(OLD_KEY, THEIRS), disclosed=PATHS)
    async with office.database.transaction() as connection:
        await connection.execute(text(tampering))
    found = await scope(office, EVERYTHING, verify=True)
    assert found.counts.sureness == {Sureness.DISPUTED.value: 1}


async def test_an_erased_person_is_nobody_and_their_disclosures_still_count(
    office: Office,
) -> None:
    """Unlinked, in the transaction of the erasure; the digest of the scope stays what it was."""
    await a_busy_week(office)
    before = await scope(office, EVERYTHING)
    about = await office.database.look(lambda c: disclosed_about(c, "dossier-1"))
    assert about == {"disclosed": 8}
    await office.database.write(lambda c: forget_disclosed(c, "dossier-1"))
    assert await office.database.look(lambda c: disclosed_about(c, "dossier-1")) == {"disclosed": 0}
    async with office.database.reading() as connection:
        numbers = (await connection.scalars(select(disclosed.c.person))).all()
        known = (await connection.scalars(select(disclosed_person.c.id))).all()
    assert [each for each in numbers if each] == known  # of the other; no number of theirs is left
    after = await scope(office, EVERYTHING)
    assert set(after.people) == {"dossier-2"}
    assert (after.counts.disclosures, after.counts.erased) == (8, 7)
    assert after.digest == before.digest
    assert await scopes(office).counts(EVERYTHING) == after.counts


async def test_an_address_and_a_key_count_for_as_long_as_they_were_somebodys(
    office: Office,
) -> None:
    """Before and after the change of address: two mailboxes, and each has its own reports."""
    await office.deliver(TAAL, day=1)
    office.clock.now = INSTANT + 2 * DAY
    async with office.register.change(by=BY) as change:
        await change.contacts.change(CASPER, address="nieuw@gemeente.example")
    await office.deliver(TAAL, day=3)
    counts = scopes(office).counts
    before = await counts(Criterion(mailbox="casper@gemeente.example"))
    after = await counts(Criterion(mailbox="nieuw@gemeente.example"))
    assert (before.disclosures, after.disclosures) == (1, 1)
    assert (before.last, after.first) == (INSTANT + DAY, INSTANT + 3 * DAY)
    roster = await office.register.roster()
    key = roster.contacts[SAAR].even_if_gone(INSTANT + DAY).key
    assert key is not None
    # What she sent is not sealed to her key; that it was signed with it, the register says.
    sent = await scope(office, Criterion(key=key.fingerprint))
    assert sent.counts.sureness == {Sureness.DERIVED.value: 2}


async def test_on_another_form_from_then_on(office: Office) -> None:
    """Each report counts under the form of the latest grant when it left."""
    await office.deliver(TAAL, day=1)
    await office.deliver(TAAL, day=6)
    version = next(each for each in more_forms().versions("nl") if each != "bijlage-2")
    office.clock.now = INSTANT + 10 * DAY
    await office.record(ConsentKind.GIVEN, 4, *ConsentCategory, form_version=version)
    first = await scope(office, Criterion(form="bijlage-2"))
    second = await scope(office, Criterion(form=version))
    assert [each.sent_at for each in first.disclosures] == [INSTANT + DAY]
    assert [each.sent_at for each in second.disclosures] == [INSTANT + timedelta(days=6)]
