"""What a recipient had before: only by the rules of now, and never at a report's expense."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bijsluiter import Bericht, Voortgang
from gateway.domain.consent import Consent, ConsentState
from gateway.domain.earlier import (
    MOST_BYTES,
    MOST_MAILS,
    MOST_PERIODS,
    EarlierReport,
    SentBefore,
    opened_again,
    told,
)
from gateway.domain.mail import SignatureState
from gateway.domain.outcomes import Ended
from gateway.domain.stops import Hold, Reason, Retry
from gateway.pipeline.recalling import recalled
from gateway.pipeline.routing import beside
from tests import corridor, generators
from tests.pipeline import office
from tests.strategies import SECRET

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from gateway.domain.facts import Facts
    from gateway.domain.mail import Unsealed
    from gateway.domain.outcomes import Carried
    from gateway.domain.stages import Addressed, RawMail
    from gateway.domain.whom import Whom
    from gateway.domain.wire import Json
    from gateway.pipeline.gate import Gate
    from gateway.ports import Keyring

# Before the report's own, the last quarter of 2025; the newest first.
QUARTERS = (
    ("2025-07-01", "2025-09-30"),
    ("2025-04-01", "2025-06-30"),
    ("2025-01-01", "2025-03-31"),
    ("2024-10-01", "2024-12-31"),
    ("2024-07-01", "2024-09-30"),
    ("2024-04-01", "2024-06-30"),
    ("2024-01-01", "2024-03-31"),
    ("2023-10-01", "2023-12-31"),
)


def then(quarter: int, **fields: Json) -> dict[str, Json]:
    """The full report of an earlier quarter about the same person, with its own id."""
    van, until = QUARTERS[quarter]
    progress: dict[str, Json] = {
        **generators.voortgang(),
        "periode": {"van": van, "totEnMet": until},
        "gevolgdeUren": {"formeel": 60 + quarter, "nonFormeel": 3},
    }
    number = 70 + quarter
    own: dict[str, Json] = {"berichtId": str(generators.bericht_id(number)), "voortgang": progress}
    return {**generators.bericht(1), **own, **fields}


class Engine(office.Engine):
    """A sealer that finds in each stored mail what was in it."""

    def __init__(self, *mails: Unsealed | Exception) -> None:
        super().__init__()
        self.mails = mails

    async def open(
        self, content: bytes, keyring: Keyring, *, at: datetime | None = None
    ) -> Unsealed:
        found = self.mails[int(content)]
        if isinstance(found, Exception):
            raise found
        return found


@dataclasses.dataclass
class Kept:
    """So many mails with one report each, oldest first, whatever is asked for; or trouble."""

    count: int
    trouble: Exception | None = None
    asked: list[Collection[Whom]] = dataclasses.field(default_factory=list)

    async def before(self, wanted: Collection[Whom], trace: str) -> Sequence[SentBefore]:
        self.asked.append(wanted)
        if self.trouble is not None:
            raise self.trouble
        return [SentBefore(f"{number:032x}", frozenset({0})) for number in range(self.count)]

    async def original(self, trace: str, instant: datetime) -> RawMail | None:
        return dataclasses.replace(corridor.raw(), trace=trace, content=b"%d" % int(trace, 16))


def gate(*mails: Unsealed | Exception, facts: Facts, archive: Kept | None = None) -> Gate:
    """A gate whose record has these mails, and whose register says this now."""
    register = office.Register(facts=lambda _: facts)
    archive = archive or Kept(len(mails))
    made = office.gate(Engine(*mails), register)
    return dataclasses.replace(made, earlier=archive, kept=archive)


def holding(*berichten: dict[str, Json]) -> Unsealed:
    """A mail as an engine finds it."""
    return office.found(generators.document_json(*berichten))


async def earlier(
    bericht: dict[str, Json], facts: Facts, *mails: Unsealed | Exception
) -> tuple[EarlierReport, ...]:
    """What goes beside this report."""
    addressed = corridor.addressed(bericht, facts)
    (carried,) = await recalled([addressed], gate(*mails, facts=facts))
    assert not isinstance(carried, Ended)
    assert carried.disclosure is addressed.disclosure
    return carried.earlier


FACTS = generators.facts(1)


async def test_earlier_periods_go_beside_the_report_oldest_first() -> None:
    found = await earlier(
        generators.bericht(1), FACTS, *(holding(then(number)) for number in (1, 0, 2))
    )
    assert [str(each.voortgang.periode.van) for each in found] == [
        "2025-01-01",
        "2025-04-01",
        "2025-07-01",
    ]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.sampled_from([{"T3"}, {"T4"}, {"T2", "T3"}, {"T3", "T4"}, {"T2", "T3", "T4"}]),
    regime=st.sampled_from(["WI2013", "WI2021"]),
)
async def test_nothing_goes_that_the_filter_of_now_would_withhold(
    rows: set[str], regime: str
) -> None:
    """Whatever was shared then: what is told is what that report would be today."""
    facts = generators.facts(1, regime=regime, consent=generators.consent("T1", *rows))
    said = then(0, bsn=SECRET, nationaliteit=SECRET, wettelijkRegime=regime)
    said |= {"doelgroep": generators.bericht(1, regime=regime)["doelgroep"]}
    found = await earlier(generators.bericht(1, regime=regime), facts, holding(said))
    today = corridor.disclosure(said, facts).content.voortgang
    assert today is not None
    assert [figures(each.voortgang) for each in found] == [figures(today)]
    if regime == "WI2013" and "T4" not in rows:
        assert all(each.voortgang.taalniveaus is None for each in found)


def figures(voortgang: Voortgang) -> tuple[object, ...]:
    """Its levels and hours."""
    hours = voortgang.gevolgde_uren
    return (
        voortgang.periode,
        [(each.vaardigheid, each.huidig) for each in voortgang.taalniveaus or ()],
        (hours.formeel, hours.non_formeel) if hours else None,
        voortgang.aangeboden_uren,
    )


async def test_only_figures_go_and_only_of_a_kind_that_the_report_tells_itself() -> None:
    """What is on record as shared by the report covers what is told again."""
    (whole,) = await earlier(generators.bericht(1), FACTS, holding(then(0)))
    assert whole.voortgang.verzuim is None
    assert whole.voortgang.verwachte_einddatum_opleiding is None
    assert {each.toets for each in whole.voortgang.taalniveaus or ()} == {None}
    own: Json = {"periode": generators.voortgang()["periode"], "aangebodenUren": 7}
    (hours,) = await earlier(generators.bericht(1, voortgang=own), FACTS, holding(then(0)))
    assert figures(hours.voortgang)[1:] == ([], None, 120)


@pytest.mark.parametrize(
    "state", [state for state in ConsentState if state is not ConsentState.GIVEN]
)
async def test_nothing_goes_where_the_ground_does_not_stand_now(state: ConsentState) -> None:
    """The report is carried under one reading; a later one of the register says otherwise."""
    addressed = corridor.addressed(generators.bericht(1), FACTS)
    now = dataclasses.replace(FACTS, consent=Consent(state=state))
    (carried,) = await recalled([addressed], gate(holding(then(0)), facts=now))
    assert carried == addressed


async def test_nothing_goes_that_rests_on_other_facts_than_the_report() -> None:
    """Or a change to those would not make it walk again before it is sent."""
    addressed = corridor.addressed(generators.bericht(1), FACTS)
    more = dataclasses.replace(FACTS, consent=generators.consent("T1", "T3", "T4"))
    (carried,) = await recalled([addressed], gate(holding(then(0)), facts=more))
    assert carried == addressed


@pytest.mark.parametrize(
    "mail",
    [
        office.found(generators.document_json(then(0)), signatures=()),
        office.found(
            generators.document_json(then(0)),
            signatures=(dataclasses.replace(office.GOOD, state=SignatureState.KEY_REVOKED),),
        ),
        office.found(b"{}"),
        holding(then(0, vertrouwelijk={"periode": SECRET}, voortgang=None)),
        Hold(Reason.OPENER_LIMIT),
        Retry(Reason.UNREACHABLE),
        RuntimeError("a bug"),
    ],
    ids=["unsigned", "revoked", "no document", "no progress", "too large", "unreachable", "bug"],
)
async def test_what_cannot_be_proven_today_is_left_out(mail: Unsealed | Exception) -> None:
    assert await earlier(generators.bericht(1), FACTS, mail) == ()


async def test_a_mail_that_does_not_open_costs_the_others_nothing() -> None:
    found = await earlier(generators.bericht(1), FACTS, Hold(Reason.OPENER_LIMIT), holding(then(0)))
    assert len(found) == 1


@pytest.mark.parametrize("trouble", [Retry(Reason.UNREACHABLE), RuntimeError("a bug")])
async def test_a_record_that_cannot_be_read_stops_no_report(trouble: Exception) -> None:
    addressed = corridor.addressed(generators.bericht(1), FACTS)
    (carried,) = await recalled([addressed], gate(facts=FACTS, archive=Kept(0, trouble)))
    assert carried == addressed


async def test_nobody_is_asked_about_reports_without_progress_or_that_ended() -> None:
    archive = Kept(0)
    plan = corridor.addressed(
        generators.bericht(1, regime="WI2021", voortgang=None, persoonlijkPlan=generators.plan()),
        generators.facts(1, regime="WI2021"),
    )
    carried: list[Carried] = [Ended(stop=Hold(Reason.FREE_TEXT), number=0), plan]
    assert await recalled(carried, gate(facts=FACTS, archive=archive)) == tuple(carried)
    assert archive.asked == []


def test_a_report_never_gets_what_somebody_else_had() -> None:
    addressed = corridor.addressed(generators.bericht(1), FACTS)
    other = report(0, addressed)
    for field in other.whom._fields:
        stranger = dataclasses.replace(other, whom=other.whom._replace(**{field: "somebody"}))
        with pytest.raises(ValueError, match="somebody else"):
            beside(addressed, (stranger,))
    assert beside(addressed, (other,)).earlier == (other,)


def report(quarter: int, addressed: Addressed | None = None, **fields: Json) -> EarlierReport:
    """An earlier report, as `told` gets it."""
    bericht = Bericht.model_validate(then(quarter, **fields))
    assert bericht.voortgang is not None
    return EarlierReport(
        whom=(addressed or corridor.addressed(generators.bericht(1), FACTS)).whom,
        trace=f"{quarter:032x}",
        number=0,
        bericht_id=bericht.bericht_id,
        replaces=bericht.vervangt,
        voortgang=bericht.voortgang,
    )


NOW = Bericht.model_validate(generators.bericht(1))


def test_a_corrected_report_is_told_as_it_was_corrected() -> None:
    wrong = report(0)
    right = dataclasses.replace(report(0), bericht_id=generators.bericht_id(9))
    right = dataclasses.replace(right, replaces=wrong.bericht_id)
    assert [each.bericht_id for each in told(NOW, [wrong, right])] == [right.bericht_id]
    correction = Bericht.model_validate(
        {
            **generators.bericht(1),
            "berichttype": "CORRECTIE",
            "vervangt": str(wrong.bericht_id),
        }
    )
    assert told(correction, [wrong]) == ()


def test_no_hour_is_told_twice() -> None:
    half: Json = {
        **generators.voortgang(),
        "periode": {"van": "2025-08-15", "totEnMet": "2025-10-15"},
    }
    month: Json = {
        **generators.voortgang(),
        "periode": {"van": "2025-09-01", "totEnMet": "2025-09-30"},
    }
    assert told(NOW, [report(0, voortgang=half)]) == ()
    sent_last = report(0, voortgang=month)
    for order, last in (((report(0), sent_last), sent_last), ((sent_last, report(0)), report(0))):
        periods = [each.voortgang.periode for each in told(NOW, order)]
        assert periods == [last.voortgang.periode]


def test_only_so_many_periods_are_told_and_those_are_the_last() -> None:
    found = told(NOW, [report(number) for number in range(len(QUARTERS))])
    assert len(found) == MOST_PERIODS
    assert str(found[0].voortgang.periode.van) == QUARTERS[MOST_PERIODS - 1][0]


def test_a_walk_opens_few_mails_again_and_those_are_the_last() -> None:
    many = [(f"mail {number}", 1, 0, False) for number in range(100)]
    found = [each.trace for each in opened_again(many)]
    assert found == [f"mail {number}" for number in reversed(range(MOST_MAILS))]
    large = [("a", MOST_BYTES - 1, 0, False), ("b", 2, 0, False), ("c", 1, 0, False)]
    again = opened_again([*large, ("a", MOST_BYTES - 1, 4, False)])
    assert again == (SentBefore("c", frozenset({0})), SentBefore("a", frozenset({0, 4})))
    assert opened_again([("a", 1, 0, True)]) == ()
