"""33(3)(a): what was only received counts apart, nobody twice, the unknown never as zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.affected import Affected
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_summary import by_person, summary
from gateway.domain.categories import category_of
from gateway.domain.received import Came, Lies, Received, received_counted
from gateway.domain.scope import DISCLOSED, Left, scope_of
from gateway.domain.sureness import Sureness
from gateway.domain.together import not_left, together
from gateway.wiring.breach_affected import of_scope, part_unknown
from gateway.wiring.scope_files import together_json
from tests.domain.test_scope import ASKED, START, disclosed, disclosures

if TYPE_CHECKING:
    from gateway.domain.scope import Disclosed

PEOPLE = ("d1", "d2", "d3", "d4", "")
CAME = (Came.WAITING, Came.HELD, Came.REFUSED, Came.NO_REPORT)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Received]:
    """Up to nine, of four people or of nobody known; what only may meet it is about nobody."""
    found = []
    for number in range(draw(st.integers(0, 9))):
        person = draw(st.sampled_from(PEOPLE))
        sure = [each for each in Sureness if person == "" or each is not Sureness.POSSIBLE]
        found.append(
            Received(
                dossier_id=person,
                trace=f"r{draw(st.integers(1, 4))}",
                number=number,
                span_id=f"{number:016x}",
                received_at=START + timedelta(hours=draw(st.integers(0, 99))),
                mailbox="INBOX",
                sender_id=draw(st.sampled_from(("sender", ""))),
                sender_party="school",
                opened_by="DD",
                state=draw(st.sampled_from(CAME)),
                reasons=draw(st.sampled_from(((), ("a",), ("a", "b")))),
                categories=draw(st.none() | st.frozensets(st.sampled_from(Category), min_size=1)),
                fields=(),
                original=Lies.THERE,
                stored=True,
                sureness=draw(st.sampled_from(sure)),
            )
        )
    return found


@settings(max_examples=60)
@given(arrivals())
def test_counting_is_counting(found: list[Received]) -> None:
    """Every number, counted here in another way; what is only possible is in none of them."""
    met = [each for each in found if each.sureness is not Sureness.POSSIBLE]
    counts = received_counted(found)
    assert counts.reports == len(met) == sum(counts.states.values())
    assert counts.people == len([p for p in PEOPLE if p and any(e.dossier_id == p for e in met)])
    assert counts.nobody == len(met) - sum(bool(each.dossier_id) for each in met)
    assert counts.unread == len(met) - sum(each.categories is not None for each in met)
    assert sum(counts.possible.values()) == len(found) - len(met)
    assert counts.is_whole == all(each.dossier_id for each in found)
    for category in Category:
        held = [each for each in met if each.categories and category in each.categories]
        assert counts.categories.get(category.value, 0) == len(held)
    moments = sorted(each.received_at for each in met)
    assert (counts.first, counts.last) == ((moments[0], moments[-1]) if met else (None, None))


@settings(max_examples=60)
@given(disclosures(), arrivals(), arrivals())
def test_nobody_counts_twice_and_more_mail_is_never_less(
    left: list[Disclosed], came: list[Received], more: list[Received]
) -> None:
    """The union; and whatever comes in besides, nobody is counted away."""
    scope = scope_of(ASKED, START, left, came)
    found = together(scope)
    known = {each.dossier_id for each in came if each.dossier_id}
    gone = {each.dossier_id for each in scope.disclosures if each.dossier_id}
    assert found.people == len(known | gone) == found.counts.people + found.only_received
    assert found.people <= found.counts.people + found.received.people
    assert found.counts == scope.counts
    assert set(scope.concerned) == known | gone
    extra = [replace(each, trace=f"m{each.trace}") for each in more]
    wider = together(scope_of(ASKED, START, left, [*came, *extra]))
    assert wider.people >= found.people
    assert wider.received.reports >= found.received.reports
    assert wider.received.nobody >= found.received.nobody
    assert wider.received.is_whole <= found.received.is_whole


@settings(max_examples=60)
@given(disclosures(), arrivals(), st.booleans())
def test_a_breach_keeps_each_in_one_of_two_lists(
    left: list[Disclosed], came: list[Received], part: bool
) -> None:
    """What a breach is opened with: the same people, and nothing of it in both."""
    paths = ("voortgang.gevolgdeUren.nonFormeel",)
    rest = paths if part else ()
    noted = [replace(each, withheld=rest) for each in left]
    scope = scope_of(ASKED, START, noted, came)
    affected = of_scope(scope)
    counted = summary(affected)
    assert counted.people == together(scope).people == len(by_person(affected))
    assert counted.people <= counted.people_disclosed + counted.people_received
    assert counted.received == sum(each.sureness is not Sureness.POSSIBLE for each in came) + sum(
        each.state is Left.WAITING and bool(each.dossier_id) for each in scope.disclosures
    )
    assert counted.reports == sum(len(of_one) for of_one in scope.people.values())
    assert counted.in_part == (counted.reports if part else 0)
    assert counted.possible == sum(each.sureness is Sureness.POSSIBLE for each in came)
    assert counted.is_whole <= (counted.possible == counted.nobody == 0)
    kept = [each for each in affected if not each.passed_on]
    assert all(each.state and each.received_at for each in kept)
    only = replace(scope, criterion=replace(ASKED, only=DISCLOSED), received=())
    assert of_scope(only) == tuple(each for each in affected if each.passed_on)
    unnoted = scope_of(ASKED, START, [replace(each, withheld=None) for each in left], came)
    assert part_unknown(unnoted) == len(unnoted.disclosures)
    assert (part_unknown(scope), part_unknown(only), part_unknown(None)) == (0, 0, 0)
    asked_only = replace(unnoted, criterion=only.criterion)
    assert part_unknown(asked_only) == 0


def test_nothing_but_the_unknown_is_not_nobody() -> None:
    """Of a mail that nobody could read the number of people is not zero: it is not known."""
    unread = Affected(
        dossier_id="", trace="t", number=-1, span_id="", reference="", sent_at=None, sender_id="",
        recipient_id="", categories=frozenset(), state="waiting", sure="recorded",
        received_at=START,
    )  # fmt: skip
    counted = summary([unread])
    assert (counted.people, counted.nobody, counted.is_known, counted.is_whole) == (
        0, 1, True, False,
    )  # fmt: skip
    assert summary([]).is_known is False


def test_a_strange_field_beside_a_name_is_no_name() -> None:
    """Whatever a sender wrote there: a letter would say of it what was in it."""
    noted = ("betrokkene.?", "voortgang.verzuim.urenGeoorloofd")
    of_one = [replace(disclosed(), state=Left.SENT, withheld=noted)]
    (stayed,) = [each for each in of_scope(scope_of(ASKED, START, of_one)) if not each.passed_on]
    assert stayed.fields == noted
    assert stayed.categories == {Category.P3_VERZUIM}


def test_what_waits_to_leave_lies_here_whole() -> None:
    """Also what was not to go on with it: a copy of the database holds that as well."""
    apart, going = "voortgang.gevolgdeUren.nonFormeel", "betrokkene.bsn"
    one = replace(disclosed(), state=Left.WAITING, fields=(going,), withheld=(apart,))
    (kept,) = of_scope(scope_of(ASKED, START, [one], []))
    assert set(kept.fields) == {going, apart}
    assert kept.categories == one.categories | {category_of(apart)}


def test_what_stayed_of_what_was_released() -> None:
    """All of what waits in the outbox, the rest of what went on in part, nothing of the whole."""
    one = disclosed()
    assert not_left(replace(one, state=Left.WAITING)) is Came.READY
    assert not_left(replace(one, state=Left.SENT, withheld=("a",))) is Came.IN_PART
    for whole in ((), None):
        assert not_left(replace(one, state=Left.SENT, withheld=whole)) is None


def test_who_was_erased_since_is_not_known() -> None:
    """Somebody is concerned by what was passed on, and nobody can say any more who."""
    for whose, known in (("d1", True), ("", False)):
        one = replace(disclosed(), dossier_id=whose)
        said = together_json(together(scope_of(ASKED, START, [one], [])))["together"]
        assert said == {"people": int(known), "only_received": 0, "everybody_known": known}
