"""A breach that is made wider: the union, nothing taken away, nothing counted twice (33(4))."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.domain.affected import Affected
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_extending import (
    added,
    extension,
    rest_unknown,
    standing,
    unsettled,
)
from gateway.domain.breach_refusals import BreachRefusal
from gateway.domain.breach_rules import check
from gateway.domain.breach_summary import summary
from gateway.domain.breach_terms import Risk, State, Step, ToDo, Version
from gateway.domain.breach_to_do import lettered, to_do, told
from gateway.domain.received import Came
from gateway.domain.stops import WHOLE_MAIL
from gateway.domain.sureness import Sureness
from tests.domain.test_breaches import (
    HOUR,
    NOT_TOLD,
    SILENT,
    TOLD,
    assessed,
    breach,
    refused,
    reported,
)
from tests.domain.test_scope import START, disclosed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.breaches import Breach

CATEGORIES = (Category.IDENTITEIT, Category.P2, Category.P4)
PATHS = ("betrokkene.geslachtsnaam", "voortgang.aangebodenUren")
KEPT = (Came.HELD, Came.WAITING, Came.REFUSED)
MINUTE = timedelta(minutes=1)


def came(trace: str, number: int, who: str, state: Came = Came.HELD, *held: Category) -> Affected:
    """What came in and went to nobody."""
    return Affected(
        dossier_id=who,
        trace=trace,
        number=number,
        span_id="",
        reference="",
        sent_at=None,
        sender_id="saar",
        recipient_id="",
        categories=frozenset(held),
        state=state.value,
        sure="recorded",
        received_at=START,
    )


def passed(trace: str, number: int, who: str, *held: Category, span: str = "s1") -> Affected:
    """What somebody got."""
    return replace(
        came(trace, number, who, Came.HELD, *held),
        recipient_id="casper",
        span_id=span,
        state="sent",
        sent_at=START,
        received_at=None,
    )


@st.composite
def rows(draw: st.DrawFn) -> Affected:
    """Anything that a scope may say of three mails with two reports each, about three people."""
    trace, number = draw(st.sampled_from("tuv")), draw(st.integers(WHOLE_MAIL, 1))
    if number == WHOLE_MAIL:
        sure = draw(st.sampled_from(("recorded", "possible")))
        return replace(came(trace, number, "", draw(st.sampled_from(KEPT))), sure=sure)
    who = draw(st.sampled_from(("d1", "d2", "d3")))
    held = draw(st.frozensets(st.sampled_from(CATEGORIES)))
    span, paths = draw(st.sampled_from(("s1", "s2"))), draw(st.frozensets(st.sampled_from(PATHS)))
    kind = draw(st.sampled_from(("passed", "rest", "came", "nobody")))
    if kind == "passed":
        found = passed(trace, number, who, span=span)
    elif kind == "rest":
        found = replace(came(trace, number, who, Came.IN_PART), span_id=span)
    else:
        about = who if kind == "came" else ""
        found = replace(came(trace, number, about, draw(st.sampled_from(KEPT))), span_id=span)
    return replace(found, categories=held, fields=tuple(sorted(paths)))


BATCHES = st.lists(st.lists(rows(), max_size=6), min_size=1, max_size=5)


def grown(batches: Sequence[Sequence[Affected]]) -> list[Affected]:
    """The rows of a breach that was opened with the first of these and extended by each other."""
    known: list[Affected] = []
    for number, batch in enumerate(batches):
        known += [replace(each, extension=number) for each in added(known, batch)]
    return known


@settings(max_examples=100)
@given(BATCHES)
@example([[came("t", 0, "d1")], [passed("t", 0, "d1")]])
@example([[came("t", -1, "")], [came("t", 0, "d1")]])
def test_people_are_exactly_the_union_and_nothing_is_new_twice(
    batches: list[list[Affected]],
) -> None:
    known = grown(batches)
    found = standing(known)
    given_ = [each for batch in batches for each in batch]
    assert {each.dossier_id for each in found} - {""} == {e.dossier_id for e in given_} - {""}
    assert summary(found).people == len({each.dossier_id for each in given_} - {""})
    for batch in batches:
        assert added(known, batch) == ()
    named = {each.dossier_id: set[Category]() for each in found}
    for each in found:
        named[each.dossier_id] |= each.categories
    for each in given_:
        if each.dossier_id:
            assert each.categories <= named[each.dossier_id]


@settings(max_examples=100)
@given(BATCHES)
@example(
    [
        [came("t", 0, "", Came.HELD, Category.P2), passed("t", 0, "d1")],
        [passed("t", 0, "d2")],
    ]
)
def test_each_counts_once_and_extending_never_takes_away(batches: list[list[Affected]]) -> None:
    """One row for what somebody got, and a report that went on is none that only came in."""
    before: set[tuple[str, Category]] = set()
    for length in range(1, len(batches) + 1):
        found = standing(grown(batches[:length]))
        went = [(each.trace, each.number, each.dossier_id) for each in found if each.passed_on]
        stayed = [
            (each.trace, each.number, each.dossier_id)
            for each in found
            if not each.passed_on and each.state != Came.IN_PART
        ]
        assert len(stayed) == len(set(stayed))
        assert not set(stayed) & set(went)
        whose = {(each.trace, each.number) for each in found if each.dossier_id}
        nobody = [(each.trace, each.number) for each in found if not each.dossier_id]
        assert not set(nobody) & whose
        told_ = {
            (each.trace, each.number, each.span_id, each.dossier_id)
            for batch in batches[:length]
            for each in batch
            if each.passed_on
        }
        assert {
            (each.trace, each.number, each.span_id, each.dossier_id)
            for each in found
            if each.passed_on
        } == told_
        assert len(went) == len(told_)
        shared = {(each.dossier_id, part) for each in found for part in each.categories}
        assert {each for each in before if each[0]} <= shared
        before = shared


@settings(max_examples=60)
@given(BATCHES)
def test_every_report_is_still_there_but_a_mail_that_was_read_since(
    batches: list[list[Affected]],
) -> None:
    """Nothing is lost: whatever was ever in the breach counts somewhere."""
    found = standing(grown(batches))
    there = {(each.trace, each.number) for each in found}
    read = {each.trace for each in found if each.number > WHOLE_MAIL}
    for batch in batches:
        for each in batch:
            is_there = (each.trace, each.number) in there
            assert is_there or (each.number == WHOLE_MAIL and each.trace in read)


@pytest.mark.parametrize(
    ("first", "then", "counts"),
    [
        # Held at the opening, passed on since: one report, that somebody got.
        ([came("t", 0, "d1")], [passed("t", 0, "d1")], (1, 0, 0, 0)),
        # What of it stayed behind is the rest, whether the second count says so or not.
        (
            [came("t", 0, "d1", Came.HELD, Category.P2, Category.P4)],
            [passed("t", 0, "d1", Category.P2)],
            (1, 0, 0, 1),
        ),
        # Recognised since.
        ([came("t", 0, "")], [came("t", 0, "d1", Came.REFUSED)], (0, 1, 0, 0)),
        ([came("t", 0, "")], [passed("t", 0, "d1")], (1, 0, 0, 0)),
        # A mail as a whole, and then its two reports.
        ([came("t", -1, "")], [passed("t", 0, "d1"), came("t", 1, "")], (1, 1, 1, 0)),
        # Sent twice, because it came back: two that may have been read.
        ([passed("t", 0, "d1")], [passed("t", 0, "d1", span="s2")], (2, 0, 0, 0)),
        # Found to be about another person since: both are concerned.
        ([came("t", 0, "d1")], [passed("t", 0, "d2")], (1, 1, 0, 0)),
    ],
)  # fmt: skip
def test_whose_state_changed_counts_once(
    first: list[Affected], then: list[Affected], counts: tuple[int, ...]
) -> None:
    """Passed on; received and not; of those about nobody known; the rest of what went in part."""
    found = summary(standing(grown([first, then])))
    assert (found.reports, found.received, found.nobody, found.in_part) == counts


def test_who_was_recognised_since_had_nothing_before() -> None:
    """What stayed of their report was in the breach already, and was nobody's: no letter went."""
    known = [
        came("t", 0, "", Came.HELD, Category.P2, Category.P4),
        replace(passed("t", 0, "d1", Category.P2), extension=1),
    ]
    found = standing(known)
    assert {(each.dossier_id, each.extension, each.person_since) for each in found} == {
        ("d1", 1, 1)
    }
    assert len(found) == 2


@pytest.mark.parametrize(
    "first", [came("t", 0, "d1"), passed("t", 0, "d1"), passed("u", 0, "d1")], ids=str
)
def test_whose_report_went_on_since_was_in_it_before(first: Affected) -> None:
    """They had a letter by then, whatever of it is left to say."""
    later = replace(passed("t", 0, "d1", Category.P2), extension=2)
    found = standing([first, later])
    assert max(each.extension for each in found) == 2
    assert {each.person_since for each in found} == {0}


def test_how_something_fared_on_its_way_is_nothing_new() -> None:
    """Held, then refused; sent, then returned; recognised, and erased since."""
    known = [came("t", 0, "d1", Came.HELD, Category.P2), passed("u", 0, "d1", Category.P2)]
    again = [
        came("t", 0, "d1", Came.REFUSED, Category.P2),
        replace(known[1], state="returned", sure="verified"),
        came("t", 0, "", Came.HELD, Category.P2),
        replace(known[1], categories=frozenset()),
    ]
    assert added(known, again) == ()


def test_what_is_more_of_the_same_is_new_and_is_one() -> None:
    """A proposal names what had no ground; a scope says all that was in it."""
    known = [passed("t", 0, "d1", Category.P2)]
    more = replace(passed("t", 0, "d1", Category.P4), fields=PATHS[:1], sealed_to="AB")
    (new,) = added(known, [more])
    assert extension(known, [new]).detail() == {"added": "1", "people": "0", "again": "1"}
    (one,) = standing([*known, replace(new, extension=1)])
    assert one.categories == {Category.P2, Category.P4}
    assert (one.fields, one.sealed_to, one.extension) == (PATHS[:1], "AB", 1)


def test_a_report_that_is_not_about_whom_it_seemed_is_about_somebody_all_the_same() -> None:
    """Both are concerned: who was known, and who is not; until it is known who that is."""
    held, another = came("t", 0, "d1"), replace(came("t", 0, ""), differs=True)
    known = [held]
    assert added(known, [came("t", 0, "")]) == ()  # erased since: whose it was is known here
    (new,) = added(known, [another, another])
    known.append(replace(new, extension=1, differs=False))  # as a database has it
    assert added(known, [another, held]) == ()
    counted = summary(standing(known))
    assert (counted.people, counted.nobody) == (1, 1)
    known += [replace(each, extension=2) for each in added(known, [came("t", 0, "d2")])]
    counted = summary(standing(known))
    assert (counted.people, counted.nobody) == (2, 0)
    assert {each.dossier_id: each.extension for each in standing(known)} == {"d1": 0, "d2": 2}


def test_what_a_scope_and_a_proposal_both_say_is_added_once() -> None:
    """The proposal names what had no ground alone, whichever of the two is read first."""
    whole = passed("t", 0, "d1", Category.IDENTITEIT, Category.P4)
    part = passed("t", 0, "d1", Category.P4)
    for found in ([part, whole], [whole, part]):
        (new,) = added([], found)
        assert new.categories == whole.categories
        assert extension([], [new]).added == 1


def test_what_was_possible_and_is_sure_is_new_and_never_the_other_way() -> None:
    maybe = replace(came("t", 0, ""), sure=Sureness.POSSIBLE.value)
    sure = came("t", 0, "")
    assert added([sure], [maybe]) == ()
    assert len(added([maybe], [sure])) == 1
    counted = summary(standing([maybe, replace(sure, extension=1)]))
    assert (counted.possible, counted.nobody) == (0, 1)


def test_of_a_mail_that_was_read_since_all_is_looked_for() -> None:
    """And of a report that went on since, what stayed; of what is as it was nothing."""
    known = [came("t", -1, ""), came("u", 0, "d1"), passed("v", 0, "d2")]
    assert unsettled(known, [passed("t", 3, "d3")]) == ("t",)
    assert unsettled(known, [passed("u", 0, "d1")]) == ("u",)
    assert unsettled(known, [came("t", -1, ""), came("u", 0, "d1"), passed("v", 1, "d2")]) == ()
    maybe = replace(known[0], sure=Sureness.POSSIBLE.value)
    assert unsettled([maybe], [passed("t", 3, "d3")]) == ()


def test_of_how_many_nobody_noted_the_rest() -> None:
    """Counted anew where all are counted again; else nobody twice."""
    one, other = disclosed(), replace(disclosed(), span_id="other")
    noted, unnoted = replace(one, withheld=()), replace(other, withheld=None)
    known = [passed("t", 0, "d1", span=one.span_id)]
    assert rest_unknown(0, known, [noted, unnoted]) == 1
    assert rest_unknown(5, known, [noted, unnoted]) == 1
    assert rest_unknown(5, known, [unnoted]) == 6
    assert rest_unknown(5, [*known, passed("u", 0, "d2", span="other")], [unnoted]) == 5
    assert rest_unknown(5, known, []) == 5
    assert rest_unknown(5, [], []) == 5


# --- what was decided before --------------------------------------------------------


def wider(people: int = 1, again: int = 0) -> tuple[Step, dict[str, str]]:
    return Step.EXTENDED, {"added": "1", "people": str(people), "again": str(again)}


LETTERS: tuple[Step, dict[str, str]] = (Step.LETTERS, {"people": "1"})


def test_not_to_report_does_not_stand_for_who_was_added() -> None:
    """The clock goes on where it was, and never anew; and two people have to decide again."""
    silent = breach(assessed(Risk.UNLIKELY), SILENT)
    found = breach(assessed(Risk.UNLIKELY), SILENT, wider())
    assert not silent.is_clock_running
    assert (found.state, found.is_clock_running) == (State.ASSESSED, True)
    assert found.timeline == silent.timeline
    assert to_do(found) == (ToDo.REPORTING,)
    assert refused(found, Step.PROPOSED, {}) == BreachRefusal.ASSESSED_BEFORE
    again = breach(assessed(Risk.UNLIKELY), SILENT, wider(), assessed(Risk.UNLIKELY), SILENT)
    assert (again.state, to_do(again)) == (State.NOT_REPORTED, ())


def test_a_report_that_was_taken_back_says_nothing_of_who_was_added() -> None:
    taken_back = (reported(Version.INITIAL), reported(Version.WITHDRAWAL))
    found = breach(assessed(Risk.RISK), *taken_back, wider())
    assert (found.is_clock_running, to_do(found)) == (True, (ToDo.REPORTING,))
    assert found.state is State.ASSESSED
    again = breach(assessed(Risk.RISK), *taken_back, wider(), reported(Version.INITIAL))
    assert (again.is_clock_running, to_do(again)) == (False, ())


def test_nobody_hides_who_was_added_by_taking_a_report_back_alone() -> None:
    """The AP never heard of them: one person cannot undo that they have to be reported."""
    taken_back = (reported(Version.INITIAL), wider(), reported(Version.WITHDRAWAL))
    found = breach(assessed(Risk.RISK), *taken_back)
    assert (found.is_clock_running, to_do(found)) == (True, (ToDo.REPORTING,))
    assert found.state is State.ASSESSED
    silent = (assessed(Risk.UNLIKELY), SILENT)
    assert to_do(breach(assessed(Risk.RISK), *taken_back, *silent)) == ()
    told_first = (*taken_back[:2], reported(Version.SUPPLEMENT), reported(Version.WITHDRAWAL))
    found = breach(assessed(Risk.RISK), *told_first)
    assert (found.state, to_do(found)) == (State.WITHDRAWN, ())


@pytest.mark.parametrize(
    ("before", "late", "left"),
    [
        ((reported(Version.INITIAL), TOLD, LETTERS), reported(Version.SUPPLEMENT),
         ToDo.SUPPLEMENT),
        ((SILENT, TOLD, LETTERS), reported(Version.INITIAL), ToDo.SUPPLEMENT),
        ((reported(Version.INITIAL),), NOT_TOLD, ToDo.TELLING),
    ],
)  # fmt: skip
def test_what_was_done_before_says_nothing_of_who_was_added_however_late_it_is_on_record(
    before: tuple[tuple[Step, dict[str, str]], ...], late: tuple[Step, dict[str, str]], left: ToDo
) -> None:
    """Dated to before the extension: by a slip, or to have it look settled."""
    found = breach(assessed(Risk.UNLIKELY), *before, wider(0), assessed(Risk.UNLIKELY), late)
    assert left not in to_do(found)
    *others, last = found.steps
    earlier = replace(last, at=found.extensions[0].recorded_at - MINUTE)
    assert left in to_do(replace(found, steps=(*others, earlier)))


def test_an_assessment_from_before_is_none_of_who_was_added() -> None:
    found = breach(assessed(Risk.UNLIKELY), wider(), assessed(Risk.UNLIKELY))
    assert found.is_assessed_whole
    *others, last = found.steps
    earlier = replace(last, at=found.extensions[0].recorded_at - MINUTE)
    late = replace(found, steps=(*others, earlier))
    for step, detail in ((Step.PROPOSED, {}), NOT_TOLD):
        assert refused(late, step, detail) == BreachRefusal.ASSESSED_BEFORE


def test_nothing_knows_of_extensions_to_come_whatever_it_says() -> None:
    """As a row that somebody put into the database by hand."""
    letters = (Step.LETTERS, {"people": "0", "extensions": "9"})
    sent = (Step.REPORTED, reported(Version.INITIAL)[1] | {"extensions": "9"})
    found = breach(assessed(Risk.RISK), sent, TOLD, letters, wider())
    assert to_do(found) == (ToDo.SUPPLEMENT, ToDo.LETTERS)


def test_not_to_tell_does_not_stand_for_who_was_added() -> None:
    for exception in ("none", "a"):
        not_told = (Step.NOT_TO_TELL, {"exception": exception})
        found = breach(assessed(Risk.HIGH), reported(Version.INITIAL), not_told, wider())
        assert found.telling is None
        assert found.exception is None
        assert to_do(found) == (ToDo.TELLING, ToDo.SUPPLEMENT)
        assert refused(found, *not_told) == BreachRefusal.ASSESSED_BEFORE
    stands = breach(assessed(Risk.HIGH), TOLD, wider())
    assert stands.telling is not None


def test_after_a_report_a_supplement_is_due() -> None:
    """The first report was in time; nothing counts hours for the second, and no closing before."""
    found = breach(assessed(Risk.RISK), reported(Version.INITIAL), wider())
    assert (found.state, found.is_clock_running) == (State.REPORTED, False)
    assert to_do(found) == (ToDo.SUPPLEMENT,)
    after = breach(*[(e.step, dict(e.detail)) for e in found.steps[1:]],
                   reported(Version.SUPPLEMENT))  # fmt: skip
    assert to_do(after) == ()
    step, said = reported(Version.SUPPLEMENT)
    # Its answers were made before the extension was on record, and it went on record after.
    early = breach(assessed(Risk.RISK), reported(Version.INITIAL), wider(),
                   (step, said | {"extensions": "0"}))  # fmt: skip
    assert to_do(early) == (ToDo.SUPPLEMENT,)


def test_letters_are_due_for_whom_more_became_known() -> None:
    begun = (assessed(Risk.HIGH), TOLD)
    assert to_do(breach(*begun)) == ()
    assert to_do(breach(*begun, LETTERS, wider())) == (ToDo.LETTERS,)
    assert to_do(breach(*begun, LETTERS, wider(people=0, again=2))) == (ToDo.LETTERS,)
    assert to_do(breach(*begun, LETTERS, wider(people=0))) == ()
    assert to_do(breach(*begun, wider())) == (ToDo.LETTERS,)
    assert to_do(breach(*begun, wider(), LETTERS)) == ()
    # Made before the extension was on record, and put on record after it.
    early = (Step.LETTERS, {"people": "1", "extensions": "0"})
    assert to_do(breach(*begun, wider(), early)) == (ToDo.LETTERS,)


def test_letters_and_notices_say_by_how_many_extensions_they_were_made() -> None:
    def partner(names: str) -> tuple[Step, dict[str, str]]:
        return Step.PARTNER_TOLD, {"parties": names}

    found = breach(partner("a b"), wider(), LETTERS, partner("b"), wider())
    assert (lettered(found), dict(told(found))) == (1, {"a": 0, "b": 1})
    assert (lettered(breach()), dict(told(breach()))) == (-1, {})


CLOSABLE = (assessed(Risk.RISK), (Step.EFFECT, {"kind": "phishing"}),
            (Step.MEASURE, {"kind": "other"}))  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((reported(Version.INITIAL), TOLD), BreachRefusal.NO_LETTERS),
        ((reported(Version.INITIAL), TOLD, wider()), BreachRefusal.EXTENDED),
        ((reported(Version.INITIAL), NOT_TOLD, wider(), reported(Version.SUPPLEMENT)),
         BreachRefusal.UNDECIDED),
        ((reported(Version.INITIAL), TOLD, LETTERS, wider(), reported(Version.SUPPLEMENT)),
         BreachRefusal.EXTENDED),
        ((reported(Version.INITIAL), reported(Version.WITHDRAWAL), TOLD, LETTERS, wider(),
          LETTERS), BreachRefusal.UNDECIDED),
    ],
)  # fmt: skip
def test_nothing_is_closed_before_others_know_of_it(
    steps: tuple[tuple[Step, dict[str, str]], ...], code: BreachRefusal
) -> None:
    assert refused(breach(*CLOSABLE, *steps), Step.CLOSED, {}) == code


def test_once_settled_it_is_closed_and_takes_no_more() -> None:
    steps = (*CLOSABLE, reported(Version.INITIAL), TOLD, LETTERS, wider(),
             reported(Version.SUPPLEMENT), LETTERS)  # fmt: skip
    found = breach(*steps)
    now = found.steps[-1].recorded_at + HOUR
    check(found, Step.CLOSED, now, {}, now)
    closed = breach(*steps, (Step.CLOSED, {}))
    assert to_do(closed) == ()
    assert refused(closed, Step.EXTENDED, {}) == BreachRefusal.CLOSED


def test_what_it_says_of_itself() -> None:
    """Which proposals are in it, that an extension is a fact, and what nobody noted, the last."""
    more = (Step.EXTENDED, {"incident": "1a2b", "part_unknown": "3", "added": "1"})
    found = breach(more, wider())
    assert found.incidents == {"1a2b"}
    assert found.part_unknown == 3
    assert [each.step for each in found.noted(Step.FACT)] == [
        Step.OPENED, Step.EXTENDED, Step.EXTENDED,
    ]  # fmt: skip
    assert _awareness(found) == _awareness(breach())


def _awareness(found: Breach) -> tuple[object, timedelta]:
    return found.timeline.aware_at, found.timeline.deadline - found.timeline.aware_at
