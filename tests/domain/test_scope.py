"""33(3): what a scope counts is what counting by hand shows; its digest tells two apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Category
from gateway.domain.mail import Protection
from gateway.domain.scope import Criterion, Disclosed, Left, counted, scope_of
from gateway.domain.sureness import Sureness, weakest

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ASKED = Criterion(contact="contact-a")
# Of what was disclosed it is always on record whether it meets a criterion.
_OF_DISCLOSURES = [each for each in Sureness if each is not Sureness.POSSIBLE]


@st.composite
def disclosures(draw: st.DrawFn) -> list[Disclosed]:
    """Up to nine, of three people (or somebody erased) to two recipients."""
    found = []
    for number in range(draw(st.integers(0, 9))):
        state = draw(st.sampled_from(Left))
        left = state in {Left.SENT, Left.RETURNED}
        found.append(
            Disclosed(
                dossier_id=draw(st.sampled_from(("d1", "d2", "d3", ""))),
                trace=draw(st.sampled_from(("t1", "t2", "t3"))),
                number=number,
                span_id=f"{number:016x}",
                reference=f"r{number}@gateway.test",
                recorded_at=START,
                sent_at=START + timedelta(hours=draw(st.integers(0, 99))) if left else None,
                sender_id="sender",
                sender_party="school",
                recipient_id=draw(st.sampled_from(("ca", "cb"))),
                recipient_party="town",
                categories=draw(st.frozensets(st.sampled_from(Category))),
                fields=("voortgang.verzuim.urenOngeoorloofd",),
                policy="0" * 64,
                ground="consent",
                sealed_to=draw(st.sampled_from(("AA", "BB"))),
                sealed_by="CC",
                opened_by="DD",
                protection=Protection.OPENPGP,
                state=state,
                sureness=draw(st.sampled_from(_OF_DISCLOSURES)),
            )
        )
    return found


@settings(max_examples=60)
@given(disclosures())
def test_counting_is_counting(found: list[Disclosed]) -> None:
    """Every number, counted here in another way; what was withdrawn is in none of them."""
    scope = scope_of(ASKED, START, found)
    kept = [each for each in found if each.state is not Left.WITHDRAWN]
    counts = scope.counts
    assert scope.disclosures == tuple(kept)
    assert counts == counted(found)
    assert counts.disclosures == len(kept)
    for person in ("d1", "d2", "d3"):
        mine = [each for each in kept if each.dossier_id == person and not each.stayed]
        assert list(scope.people.get(person, ())) == mine
    assert counts.people + bool(counts.erased) == len({each.dossier_id for each in kept})
    assert sum(counts.recipients.values()) == sum(counts.states.values()) == len(kept)
    for category in Category:
        held = sum(category in each.categories for each in kept)
        assert counts.categories.get(category.value, 0) == held
    assert counts.left == sum(not each.stayed for each in kept)
    assert counts.first is None or all(
        counts.first <= each.sent_at <= counts.last  # type: ignore[operator]  # both or neither
        for each in kept
        if each.sent_at
    )


@given(disclosures())
@settings(max_examples=30)
def test_the_digest_tells_any_two_scopes_apart(found: list[Disclosed]) -> None:
    """One disclosure less, another state, another question or moment: another digest."""
    scope = scope_of(ASKED, START, found)
    assert scope.digest == scope_of(ASKED, START, found).digest
    assert scope.digest != scope_of(ASKED, START + timedelta(seconds=1), found).digest
    assert scope.digest != scope_of(Criterion(contact="contact-b"), START, found).digest
    for place, each in enumerate(scope.disclosures):
        fewer = [*scope.disclosures[:place], *scope.disclosures[place + 1 :]]
        other = Left.SENT if each.state is not Left.SENT else Left.RETURNED
        changed = [*scope.disclosures[:place], replace(each, state=other)]
        changed += scope.disclosures[place + 1 :]
        assert scope.digest != scope_of(ASKED, START, fewer).digest
        assert scope.digest != scope_of(ASKED, START, changed).digest


def test_an_erasure_does_not_change_the_digest() -> None:
    """Who was erased since is no longer named; what was frozen can still be recognised."""
    found = [disclosed()]
    erased = [replace(each, dossier_id="") for each in found]
    assert scope_of(ASKED, START, found).digest == scope_of(ASKED, START, erased).digest


def disclosed() -> Disclosed:
    """One that left."""
    return Disclosed(
        dossier_id="d1",
        trace="t1",
        number=0,
        span_id="0" * 16,
        reference="r@gateway.test",
        recorded_at=START,
        sent_at=START,
        sender_id="sender",
        sender_party="school",
        recipient_id="ca",
        recipient_party="town",
        categories=frozenset({Category.P2}),
        fields=(),
        policy="0" * 64,
        ground="statutory",
        sealed_to="AA",
        sealed_by="BB",
        opened_by="CC",
        protection=None,
        state=Left.SENT,
        sureness=Sureness.RECORDED,
    )


def test_the_weakest_counts() -> None:
    """A chain of evidence is as strong as its weakest link."""
    assert weakest(Sureness.VERIFIED) is Sureness.VERIFIED
    assert weakest(Sureness.VERIFIED, Sureness.OUTBOX) is Sureness.OUTBOX
    assert weakest(Sureness.DISPUTED, Sureness.DERIVED, Sureness.RECORDED) is Sureness.DISPUTED


def test_a_criterion_tells_what_was_asked() -> None:
    """Only what was given, moments in one spelling; nothing given is empty."""
    assert Criterion().is_empty
    assert Criterion(only="disclosed").is_empty  # that alone asks for everything
    asked = Criterion(key="AB", since=START)
    assert asked.given() == {"key": "AB", "since": "2026-03-02T09:00:00+00:00"}
