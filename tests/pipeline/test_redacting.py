"""12.4: what may be shared goes on, the rest ends here, and every field is accounted for.

`ALLOWED` is written down apart from the program: which paths each row of the
consent form opens (annex 2 against annex 3).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.domain import wire
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import Consent, ConsentCategory, ConsentState
from gateway.domain.stops import Hold, Reason, Reject, Stop
from tests import corridor, generators
from tests.strategies import SECRET, berichten, consents, readings, with_unknown_fields

if TYPE_CHECKING:
    from gateway.domain.facts import Facts
    from gateway.domain.stages import Disclosure
    from gateway.domain.wire import Json

Report = dict[str, "Json"]

ENVELOPE = r"berichtId|berichttype|wettelijkRegime|doelgroep|vervangt"
PERSON = (
    r"betrokkene\.(dossierkenmerk|voornamen|voorvoegselGeslachtsnaam|geslachtsnaam"
    r"|geboortedatum|email|telefoonnummer)"
)
PERIOD = r"voortgang\.periode\.(van|totEnMet)"
FORMAL = rf"voortgang\.gevolgdeUren\.formeel|{PERIOD}"
ALLOWED = {
    ConsentCategory.T1: PERSON,
    ConsentCategory.T2: r"persoonlijkPlan\..+",
    ConsentCategory.T3: rf"inburgeringstraject(\..+)?|{FORMAL}",
    ConsentCategory.T4: (
        r"voortgang\.(taalniveaus\[\d+\]\..+|verzuim(\..+)?|aangebodenUren|verwachteEinddatumOpleiding)"
        rf"|{FORMAL}"
    ),
}


def allowed(consent: Consent) -> re.Pattern[str]:
    """The paths that this consent opens."""
    parts = [ENVELOPE, *(ALLOWED[row] for row in consent.categories)]
    if Category.P4 in consent.extra:
        parts.append(r"bijzonderheden(\[\d+\]\..+)?")
    return re.compile("|".join(f"(?:{part})" for part in parts))


def passed(bericht: Report, facts: Facts) -> Disclosure | None:
    """What is left of the report, or None where a stop ends it."""
    try:
        return corridor.disclosure(bericht, facts)
    except Stop:
        return None


@settings(deadline=None, max_examples=80)
@given(bericht=with_unknown_fields(), facts=readings())
def test_disclosed_is_a_part_of_what_was_granted(bericht: Report, facts: Facts) -> None:
    left = passed(bericht, facts)
    assume(left is not None)
    assert left is not None
    may = allowed(facts.consent)
    assert [path for path in left.disclosed if not may.fullmatch(path)] == []
    assert [path for path in wire.leaves(corridor.as_sent(left)) if not may.fullmatch(path)] == []


@pytest.mark.parametrize("regime", ["WI2013", "WI2021"])
@settings(deadline=None, max_examples=70)
@given(data=st.data())
def test_every_field_sent_is_disclosed_or_withheld(regime: str, data: st.DataObject) -> None:
    bericht = data.draw(with_unknown_fields(regime=regime))
    left = passed(bericht, data.draw(readings(regime=regime)))
    assume(left is not None)
    assert left is not None
    accounted = Counter([*left.disclosed, *(each.path for each in left.withheld)])
    assert accounted == Counter(wire.leaves(wire.without_empties(bericht)))


@pytest.mark.parametrize("regime", ["WI2013", "WI2021"])
@settings(deadline=None, max_examples=70)
@given(data=st.data())
def test_no_value_of_an_unknown_field_goes_on(regime: str, data: st.DataObject) -> None:
    bericht = data.draw(with_unknown_fields(regime=regime))
    assume(SECRET in json.dumps(bericht))
    left = passed(bericht, data.draw(readings(regime=regime)))
    assume(left is not None)
    assert left is not None
    assert SECRET not in left.content.model_dump_json()
    assert SECRET not in repr((left.disclosed, left.withheld, left.remarks, left))
    assert any(each.reason is Reason.NOT_IN_BIJSLUITER for each in left.withheld)


@settings(deadline=None, max_examples=70)
@given(bericht=with_unknown_fields(), more=consents(), data=st.data())
def test_less_consent_never_discloses_more(
    bericht: Report, more: Consent, data: st.DataObject
) -> None:
    """Withdrawing a row or a hand-added category takes away and adds nothing."""
    less = Consent(
        state=ConsentState.GIVEN,
        categories=data.draw(st.frozensets(st.sampled_from(sorted(more.categories)))),
        extra=frozenset(),
    )
    before = passed(bericht, generators.facts(consent=more))
    after = passed(bericht, generators.facts(consent=less))
    told = set(after.disclosed) if after else set()
    assert told <= (set(before.disclosed) if before else set())


@pytest.mark.parametrize("state", [state for state in ConsentState if state != "given"])
@settings(deadline=None, max_examples=20)
@given(bericht=berichten(), had=consents())
def test_consent_that_ended_discloses_nothing(
    state: ConsentState, bericht: Report, had: Consent
) -> None:
    ended = Consent(state=state, categories=had.categories, extra=had.extra)
    assert passed(bericht, generators.facts(consent=ended)) is None


@pytest.mark.parametrize("regime", ["WI2013", "WI2021"])
@settings(deadline=None, max_examples=70)
@given(data=st.data())
def test_nothing_in_what_goes_on_tells_that_something_was_withheld(
    regime: str, data: st.DataObject
) -> None:
    """A school that had sent only what may be shared would have caused the same disclosure."""
    facts = data.draw(readings(regime=regime))
    left = passed(data.draw(with_unknown_fields(regime=regime)), facts)
    assume(left is not None)
    assert left is not None
    sent = corridor.as_sent(left)
    assert isinstance(sent, dict)
    again = corridor.disclosure(sent, facts)
    assert again.content == left.content
    assert again.withheld == ()
    assert (again.categories, again.articles, again.rows) == (
        left.categories,
        tuple(a for a in left.articles if a in again.articles),
        tuple(r for r in left.rows if r in again.rows),
    )


@pytest.mark.parametrize("marker", ["uitslag", "behaald", "geslaagd", "cijfer", "status"])
def test_an_exam_with_a_marker_we_do_not_know_may_be_a_failed_one(marker: str) -> None:
    """Annexes 2 and 3 name passed exams only; the doubtful one is dropped, whole."""
    traject = generators.traject()
    traject["behaaldeExamens"] = [
        {"onderdeel": "KNM", "examendatum": "2025-06-12"},
        {"onderdeel": "LE", "examendatum": "2025-11-04", marker: False},
        {"onderdeel": "SP", "examendatum": "2025-11-05"},
    ]
    left = corridor.disclosure(
        generators.bericht(1, inburgeringstraject=traject), generators.facts()
    )
    assert left.content.inburgeringstraject is not None
    exams = left.content.inburgeringstraject.behaalde_examens or ()
    assert [exam.onderdeel.value for exam in exams] == ["KNM", "SP"]
    doubtful = "inburgeringstraject.behaaldeExamens[1]."
    withheld = {each.path: each.reason for each in left.withheld if each.path.startswith(doubtful)}
    assert withheld == {
        f"{doubtful}{name}": Reason.NOT_IN_BIJSLUITER
        for name in ("onderdeel", "examendatum", marker)
    }


@pytest.mark.parametrize(
    "empty",
    [
        {"inburgeringstraject": {"bsn": "1"}},
        {"inburgeringstraject": {"behaaldeExamens": []}},
        {"inburgeringstraject": {}},
        {"bijzonderheden": []},
        {"voortgang": {**generators.voortgang(), "verzuim": {"reden": "x"}}},
        {"voortgang": {**generators.voortgang(), "verzuim": {}, "taalniveaus": []}},
        {"voortgang": {**generators.voortgang(), "gevolgdeUren": {"thuis": 3}}},
    ],
)
def test_a_part_with_nothing_of_ours_in_it_leaves_no_empty_part_behind(
    empty: dict[str, Json],
) -> None:
    left = corridor.disclosure({**generators.bericht(1), **empty}, generators.facts())
    sent = corridor.as_sent(left)
    assert wire.without_empties(sent) == sent


def test_a_report_of_nothing_but_a_doubtful_exam_is_refused() -> None:
    exam: Json = {"onderdeel": "LE", "examendatum": "2025-11-04", "uitslag": "niet behaald"}
    bericht = generators.bericht(1, voortgang=None, inburgeringstraject={"behaaldeExamens": [exam]})
    with pytest.raises(Reject) as caught:
        corridor.disclosure(bericht, generators.facts())
    assert caught.value.reasons == (Reason.NOTHING_LEFT, Reason.NOT_IN_BIJSLUITER)


@pytest.mark.parametrize(
    ("kind", "consent", "becomes"),
    [
        ("BIJZONDERHEID", generators.consent("T1", "T4"), "VOORTGANG"),
        ("ELIP_SIGNAAL", generators.consent("T1", "T4"), "VOORTGANG"),
        ("PLAN", generators.consent("T1", "T3"), "VOORTGANG"),  # formal hours stand on T3 too
        ("VOORTGANG", generators.consent("T1", "T2"), "PLAN"),
        ("TRAJECTINFO", generators.consent("T1", "T2"), "PLAN"),
        ("ELIP_SIGNAAL", generators.consent("T1", "T3"), "ELIP_SIGNAAL"),
        ("TRAJECTINFO", generators.consent(), "TRAJECTINFO"),
    ],
)
def test_the_type_never_names_what_was_withheld(kind: str, consent: Consent, becomes: str) -> None:
    bericht = {**generators.full_bericht(), "berichttype": kind}
    left = corridor.disclosure(bericht, generators.facts(consent=consent))
    assert left.content.berichttype == becomes


def test_a_correction_stays_one_whatever_is_left_of_it() -> None:
    bericht = {
        **generators.full_bericht(),
        "berichttype": "CORRECTIE",
        "vervangt": str(generators.bericht_id(9)),
    }
    facts = generators.facts(
        consent=generators.consent("T1", "T4"), replaced=generators.replaced(9)
    )
    left = corridor.disclosure(bericht, facts)
    assert left.content.berichttype == "CORRECTIE"
    assert left.content.vervangt == generators.bericht_id(9)


CHANGE: Json = {"datum": "2025-09-15", "omschrijving": "x"}
FREE_TEXT: dict[str, Json] = {
    "persoonlijkPlan": {**generators.plan(), "wijziging": CHANGE},
    "bijzonderheden": [{"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": "x"}],
}


@pytest.mark.parametrize("section", sorted(FREE_TEXT))
def test_free_text_waits_until_two_people_released_this_very_report(section: str) -> None:
    bericht = {**generators.bericht(1, regime="WI2021"), section: FREE_TEXT[section]}
    facts = generators.facts(regime="WI2021")
    for approved in ((), (generators.bericht_id(2),)):
        with pytest.raises(Hold) as caught:
            corridor.disclosure(bericht, facts, mail=corridor.raw(approved=approved))
        assert caught.value.reasons == (Reason.FREE_TEXT,)
    released = corridor.raw(approved=(generators.bericht_id(1),))
    assert corridor.disclosure(bericht, facts, mail=released).withheld == ()


def test_free_text_that_is_withheld_anyway_waits_for_nobody() -> None:
    bericht = generators.bericht(1, bijzonderheden=FREE_TEXT["bijzonderheden"])
    left = corridor.disclosure(bericht, generators.facts())
    assert {each.reason for each in left.withheld if each.path.startswith("bijz")} == {
        Reason.NOT_IN_FORM
    }


def test_what_is_kept_beside_the_content_is_evidence_not_personal_data() -> None:
    left = corridor.disclosure(generators.bericht(1), generators.facts())
    assert left.policy_digest == corridor.policy().digest
    assert left.categories == (
        Category.IDENTITEIT,
        Category.P2,
        Category.P3_TAALNIVEAU,
        Category.P3_VERZUIM,
        Category.P3_FORMEEL,
    )
    assert left.articles == ("12.2",)
    assert left.standing.digest == generators.facts().digest()
    assert "Fictief" not in repr(left)
