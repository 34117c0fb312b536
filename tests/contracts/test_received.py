"""33(3)(a): what came in and was never passed on is found too, and nobody is counted twice.

Mails go through the real inbox, ledger and outbox; every criterion is held against the same
one applied by hand, in three answers: yes, no, and not known.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import String, cast, insert, text, update

from gateway.adapters.database_scope import DatabaseScopes
from gateway.adapters.disclosed_indexing import index_disclosures
from gateway.adapters.erasing_mail import unlink
from gateway.adapters.tables_own_keys import own_key_events
from gateway.adapters.tables_scope import field_set
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import Consent, ConsentCategory, ConsentKind, ConsentState
from gateway.domain.received import Came, Lies, received_counted
from gateway.domain.scope import Criterion, Left
from gateway.domain.stages import Withheld
from gateway.domain.stops import WHOLE_MAIL, Hold, Ignore, Reason, Reject
from gateway.domain.sureness import Sureness
from gateway.domain.together import together
from tests.adapters.test_late import DAY, TAAL, Office, office
from tests.contracts.flow import HELD_TEXT, NO_CONSENT, fetched, handled, judged, sealed, stopped
from tests.generators import INSTANT
from tests.world import CASPER, SAAR, SCHOOL_1, describe_marker, marker, more_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.domain.outcomes import Ended, Settled
    from gateway.domain.received import Received
    from gateway.domain.scope import Scope
    from gateway.domain.stages import RawMail
    from gateway.ports import Claimed

__all__ = ["office"]

WITHOUT = Consent(state=ConsentState.NONE)
OUR_KEY, OLD_KEY = "A" * 40, "B" * 40
THEIRS = describe_marker(marker(SAAR)).fingerprint
BOX, OTHER_BOX = "INBOX", "imap://elders"
LEFT_OUT = "voortgang.gevolgdeUren.nonFormeel"
NOW = INSTANT + 20 * DAY
EVERYTHING = Criterion(until=INSTANT + 99 * DAY)
GATEWAY = Criterion(mailbox="poort@gemeente.example", boxes=frozenset({BOX, OTHER_BOX}))


async def arrive(office: Office, day: int, box: str = BOX) -> Claimed:
    """A new mail of that day, claimed."""
    mail = fetched(b"kanarie " + secrets.token_hex(20).encode(), mailbox=box)
    await office.flow.inbox.store([replace(mail, received_at=INSTANT + day * DAY)], NOW)
    (claimed,) = await office.flow.inbox.claim(1, NOW)
    return claimed


async def walked(
    office: Office,
    day: int,
    *ended: Callable[[RawMail], Settled],
    box: str = BOX,
    opened_by: str = OUR_KEY,
    known: bool = True,
) -> str:
    """A mail of that day in which this became of each report; its trace."""
    claimed = await arrive(office, day, box)
    settled = [each(claimed.raw) for each in ended]
    found = replace(handled(claimed, *settled, answers=False), opened_by=opened_by)
    if not known:
        found = replace(found, sender=None)
    await office.flow.ledger.release([(claimed, found)], NOW)
    return claimed.raw.trace


def about(dossier: str, ended: Ended) -> Callable[[RawMail], Settled]:
    return lambda _raw: replace(ended, dossier_id=dossier)


def passing(number: int, report: int) -> Callable[[RawMail], Settled]:
    """About the inburgeraar of dossier 1, and a field of it stays behind."""
    return lambda raw: sealed(
        raw, number, report=report, withheld=(Withheld(path=LEFT_OUT, reason=Reason.NOT_IN_FORM),)
    )


async def a_busy_week(office: Office) -> dict[str, str]:
    """One of everything that can become of what comes in; the traces by what that is."""
    refused = stopped(NO_CONSENT, 0, report=31, judgement=judged(1, WITHOUT))
    held = stopped(HELD_TEXT, 0, report=32, judgement=judged(1))
    traces = {
        "refused": await walked(office, 1, about("dossier-3", refused)),
        "held": await walked(office, 2, about("dossier-2", held), passing(1, 33)),
        "again": await walked(
            office, 3, about("dossier-3", stopped(Hold(Reason.RESTRICTED), 0, report=34))
        ),
        "nobody": await walked(
            office, 4, about("", stopped(Reject(Reason.PERSON_DIFFERS), 0, report=35))
        ),
        "unopened": await walked(
            office, 5, about("", stopped(Reject(Reason.NOT_ENCRYPTED), None)), opened_by="",
            known=False,
        ),
        "spam": await walked(
            office, 6, about("", stopped(Ignore(Reason.SPAM), None)), opened_by="", known=False,
            box=OTHER_BOX,
        ),
        "old key": await walked(
            office, 7, about("dossier-1", stopped(NO_CONSENT, 0, report=36)), opened_by=OLD_KEY
        ),
    }  # fmt: skip
    outbox = office.flow.outbox
    await outbox.sent(await outbox.claim(9, NOW), NOW)  # what passes, of the held mail
    traces["passed on"] = await office.deliver(TAAL, day=8)
    traces["came back"], taken = await office.release(TAAL, day=8)
    await outbox.undeliverable(taken[0], (), NOW)
    traces["taken back"], taken = await office.release(TAAL, day=9, dossier="dossier-4")
    await outbox.walk_again(taken, NOW)
    await office.flow.inbox.claim(9, NOW)  # it does not walk here
    traces["unread"] = (await arrive(office, 9)).raw.trace
    return traces


def scopes(office: Office) -> DatabaseScopes:
    return DatabaseScopes(office.database, office.flow.vault)


async def whole(office: Office, asked: Criterion, *, verify: bool = False) -> Scope:
    return await scopes(office).whole(asked, NOW, verify=verify)


def by_trace(found: Sequence[Received]) -> dict[tuple[str, int], Received]:
    assert len({(each.trace, each.number) for each in found}) == len(found)
    return {(each.trace, each.number): each for each in found}


async def test_each_with_its_state_and_what_is_known(office: Office) -> None:
    """Refused and why, held, waiting, not a report; what nobody read is said to be that."""
    traces = await a_busy_week(office)
    names = {trace: name for name, trace in traces.items()}
    scope = await whole(office, GATEWAY)
    found = by_trace(scope.received)
    states = {(names[trace], number): each.state for (trace, number), each in found.items()}
    assert states == {
        ("refused", 0): Came.REFUSED,
        ("held", 0): Came.HELD,
        ("again", 0): Came.HELD,
        ("nobody", 0): Came.REFUSED,
        ("unopened", WHOLE_MAIL): Came.REFUSED,
        ("spam", WHOLE_MAIL): Came.NO_REPORT,
        ("old key", 0): Came.REFUSED,
        ("taken back", 0): Came.WAITING,
        ("unread", WHOLE_MAIL): Came.WAITING,
    }
    refused = found[traces["refused"], 0]
    assert (refused.sender_id, refused.sender_party) == (SAAR, SCHOOL_1)
    assert refused.reasons == (Reason.NO_CONSENT.value,)
    assert refused.received_at == INSTANT + DAY
    assert refused.categories is not None
    assert Category.IDENTITEIT in refused.categories
    assert (refused.original, refused.stored, refused.opened_by) == (Lies.THERE, True, OUR_KEY)
    assert found[traces["old key"], 0].categories is None
    assert (found[traces["taken back"], 0].dossier_id, found[traces["unread"], -1].dossier_id) == (
        "dossier-4",
        "",
    )
    # What went on in part is a disclosure, and says what stayed behind.
    (part,) = [each for each in scope.disclosures if each.trace == traces["held"]]
    assert (part.state, part.withheld) == (Left.SENT, (LEFT_OUT,))
    assert [e.state for e in scope.disclosures if e.trace == traces["came back"]] == [
        Left.UNDELIVERABLE
    ]


async def test_what_was_passed_on_is_never_received_only(office: Office) -> None:
    """Each report is in one of the two lists; each person is counted once."""
    await a_busy_week(office)
    scope = await whole(office, EVERYTHING)
    passed_on = {(each.trace, each.number) for each in scope.disclosures}
    assert not passed_on & set(by_trace(scope.received))
    people = {each.dossier_id for each in scope.disclosures}
    people |= {each.dossier_id for each in scope.received} - {""}
    assert people == {f"dossier-{number}" for number in (1, 2, 3, 4)}
    numbers = await scopes(office).together(EVERYTHING)
    assert (numbers.people, numbers.only_received) == (4, 3)
    assert (numbers.received.people, numbers.received.nobody) == (4, 4)
    assert (numbers.counts.in_part, numbers.counts.withheld) == (1, {LEFT_OUT: 1})
    assert scope.concerned == tuple(sorted(people))
    only = replace(EVERYTHING, only="disclosed")
    assert (await whole(office, only)).received == ()
    assert (await scopes(office).together(only)).people == 1


async def test_what_stayed_behind_before_it_was_noted_is_read_from_the_log(office: Office) -> None:
    """Until then a scope says of how many that is not known, and not that nothing did."""
    await a_busy_week(office)
    before = (await scopes(office).together(EVERYTHING)).counts
    async with office.database.transaction() as connection:
        earlier = {"withheld": None, "digest": cast(field_set.c.id, String)}
        await connection.execute(update(field_set).values(earlier))
    unknown = (await scopes(office).together(EVERYTHING)).counts
    assert (unknown.in_part, unknown.part_unknown) == (0, unknown.disclosures)
    await index_disclosures(office.database, office.flow.vault)
    assert (await scopes(office).together(EVERYTHING)).counts == before


async def test_more_mail_is_never_less(office: Office) -> None:
    """Whatever comes in next, and whatever becomes of it, nobody is counted away."""
    before = await scopes(office).together(EVERYTHING)
    for step in range(3):
        held = about(f"dossier-{step + 2}", stopped(HELD_TEXT, 0, report=40 + step))
        await walked(office, step, held)
        await office.deliver(TAAL, day=step)
        after = await scopes(office).together(EVERYTHING)
        assert after.people >= before.people
        assert after.people == step + 2
        assert after.received.reports == before.received.reports + 1
        before = after


def by_hand(asked: Criterion) -> Callable[[Received], bool | None]:
    """Whether it meets what was asked; None where that is not known."""

    def meets(each: Received) -> bool | None:
        answers = [
            _same(asked.contact, each.sender_id),
            _same(asked.party, each.sender_party),
            _same(asked.person, each.dossier_id),
            _keyed(asked.key, each),
            not asked.mail or each.trace == asked.mail,
            asked.since is None or each.received_at >= asked.since,
            asked.until is None or each.received_at < asked.until,
            not asked.boxes or each.mailbox in asked.boxes,
            _signed(asked.form, each),
        ]
        if False in answers:
            return False
        return None if None in answers else True

    return meets


def _same(asked: str, found: str) -> bool | None:
    return True if asked in {"", found} else (None if not found else False)


def _keyed(asked: str, each: Received) -> bool | None:
    if asked == THEIRS:
        return _same(SAAR, each.sender_id)
    was_opened = bool(each.sender_id)
    return True if was_opened and not each.opened_by else _same(asked, each.opened_by)


def _signed(form: str, each: Received) -> bool | None:
    if not form:
        return True
    if not each.dossier_id:
        return None
    return form == "bijlage-2" and each.dossier_id in {"dossier-1", "dossier-2", "dossier-3"}


def criteria(traces: dict[str, str]) -> Sequence[Criterion]:
    since, until = INSTANT + 2 * DAY, INSTANT + 6 * DAY
    return (
        EVERYTHING,
        GATEWAY,
        replace(GATEWAY, boxes=frozenset({OTHER_BOX})),
        Criterion(contact=SAAR),
        Criterion(contact=CASPER),
        Criterion(party=SCHOOL_1),
        Criterion(key=OUR_KEY),
        Criterion(key=THEIRS),
        Criterion(mail=traces["held"]),
        Criterion(person="dossier-3"),
        Criterion(form="bijlage-2"),
        Criterion(form="another"),
        Criterion(since=since, until=until),
        Criterion(contact=SAAR, since=since, person="dossier-2"),
    )


async def test_every_criterion_as_by_hand_and_counted_as_one_by_one(office: Office) -> None:
    """Yes, or possible where nothing on record says; and each count by the database."""
    traces = await a_busy_week(office)
    await ours(office, OUR_KEY)
    everything = (await whole(office, EVERYTHING)).received
    for asked in criteria(traces):
        scope = await whole(office, asked)
        answers = {(e.trace, e.number): by_hand(asked)(e) for e in everything}
        found = {key: each.sureness for key, each in by_trace(scope.received).items()}
        assert set(found) == {key for key, met in answers.items() if met is not False}, asked
        possible = {key for key, sure in found.items() if sure is Sureness.POSSIBLE}
        assert possible == {key for key, met in answers.items() if met is None}, asked.given()
        numbers = await scopes(office).together(asked)
        assert numbers == together(scope), asked.given()
        assert numbers.received == received_counted(scope.received)
    signed = await whole(office, Criterion(key=THEIRS))
    assert Sureness.DERIVED in {each.sureness for each in signed.received}


async def ours(office: Office, fingerprint: str) -> None:
    """On record as a key of the gateway's own."""
    async with office.database.transaction() as connection:
        await connection.execute(
            insert(own_key_events).values(
                number=1, fingerprint=fingerprint, kind="made", remark="", recorded_at=INSTANT,
                recorded_by="x", origin="",
            )
        )  # fmt: skip


async def test_held_against_the_log(office: Office) -> None:
    """What it says is verified; what somebody changed beside it is disputed."""
    traces = await a_busy_week(office)
    scope = await whole(office, GATEWAY, verify=True)
    found = by_trace(scope.received)
    assert {each.sureness for each in scope.received} == {Sureness.VERIFIED, Sureness.RECORDED}
    assert found[traces["unread"], WHOLE_MAIL].sureness is Sureness.RECORDED
    async with office.database.transaction() as connection:
        await connection.execute(
            text("UPDATE outcomes SET outcome = 'hold' WHERE trace = :t"), {"t": traces["refused"]}
        )
    changed = by_trace((await whole(office, GATEWAY, verify=True)).received)
    assert changed[traces["refused"], 0].sureness is Sureness.DISPUTED


async def test_whoever_is_erased_is_nobody_and_their_mail_still_counts(office: Office) -> None:
    """Unlinked in the transaction of the erasure, as what was disclosed is."""
    await a_busy_week(office)
    before = await whole(office, GATEWAY)
    await office.database.write(lambda connection: unlink(connection, ["dossier-3"]))
    after = await whole(office, GATEWAY)
    assert len(after.received) == len(before.received)
    assert "dossier-3" not in after.concerned
    counts = received_counted(after.received)
    assert counts.nobody == received_counted(before.received).nobody + 2
    assert counts == (await scopes(office).together(GATEWAY)).received


async def test_under_another_form_from_then_on(office: Office) -> None:
    """Each counts under the form of the latest grant when it came in."""
    for day in (3, 6):
        held = about("dossier-1", stopped(HELD_TEXT, 0, report=50 + day))
        await walked(office, day, held)
    version = next(each for each in more_forms().versions("nl") if each != "bijlage-2")
    await office.record(ConsentKind.GIVEN, 4, *ConsentCategory, form_version=version)
    for form, day in (("bijlage-2", 3), (version, 6)):
        (one,) = (await whole(office, Criterion(form=form))).received
        assert (one.received_at, one.sureness) == (INSTANT + day * DAY, Sureness.DERIVED)
