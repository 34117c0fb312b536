"""How long an entry is kept: the longest term for the log of the activity that it names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.deadlines import kept_until
from gateway.domain.log_terms import LogTerms, terms_of
from gateway.domain.processing_record import Recorded

MADE = datetime(2024, 2, 29, 12, tzinfo=UTC)
AT = int(MADE.timestamp() * 1000)


@pytest.mark.parametrize(
    ("duration", "until"),
    [
        ("P5Y", datetime(2029, 2, 28, 12, tzinfo=UTC)),
        ("P1M", datetime(2024, 3, 29, 12, tzinfo=UTC)),
        ("P6M", datetime(2024, 8, 29, 11, tzinfo=UTC)),  # summer time: the same Dutch clock
        ("P0D", MADE),
        ("P14D", MADE + timedelta(days=14)),
    ],
)
def test_a_term_is_counted_by_the_calendar(duration: str, until: datetime) -> None:
    assert kept_until(MADE, duration) == until


@pytest.mark.parametrize("duration", ["5Y", "P5", "P1Y6M", "PT5H", "P-5Y", ""])
def test_what_cannot_be_counted_is_refused(duration: str) -> None:
    with pytest.raises(ValueError, match="whole years"):
        LogTerms({"a": duration})


def test_a_term_is_over_at_its_last_moment_and_not_before() -> None:
    terms = LogTerms({"a": "P5Y", "b": "P10Y"})
    end = kept_until(MADE, "P5Y")
    assert terms.is_over("a", AT, end)
    assert not terms.is_over("a", AT, end - timedelta(microseconds=1))
    assert not terms.is_over("b", AT, end)
    assert terms.is_any_over(AT, end)


def test_an_activity_that_nobody_knows_is_kept_for_the_longest_term() -> None:
    terms = LogTerms({"a": "P5Y", "b": "P61M", "c": "P1800D"})
    assert terms.of("from before") == "P61M"
    assert not terms.is_over("from before", AT, kept_until(MADE, "P5Y"))


def test_without_any_term_everything_stays() -> None:
    terms = LogTerms({})
    far = MADE + timedelta(days=100_000)
    assert not terms.is_over("a", AT, far)
    assert not terms.is_any_over(AT, far)


def test_the_terms_are_those_on_record_of_former_activities_too() -> None:
    """Only what is marked as a term of the log counts, and of several the longest."""

    def recorded(activity: str, *terms: str) -> Recorded:
        rows = ",".join(terms)
        content = f'{{"retention":[{rows}]}}'
        return Recorded(activity_id=activity, key="held", digest="", content=content, since=MADE)

    terms = terms_of(
        [
            recorded("held/1", '{"log":true,"duration":"P1Y"}', '{"log":true,"duration":"P13M"}'),
            recorded("held/2", '{"log":true,"duration":"P2Y"}', '{"log":false,"duration":"P9Y"}'),
            recorded("held/3", '{"duration":"P9Y"}'),
        ]
    )
    assert [terms.of(f"held/{each}") for each in (1, 2, 3)] == ["P13M", "P2Y", "P2Y"]
