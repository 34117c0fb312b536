"""Who gets a kit, and what it says of how far a school is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.histories import NEVER
from gateway.domain.kits import begins, takes_part
from gateway.domain.parties import Interval, Party, Side, Standing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def party(
    standing: Standing = Standing.ACTIVE, start: datetime | None = None, end: datetime | None = None
) -> Party:
    return Party(
        party_id="school",
        side=Side.PROVIDER,
        name="Taalschool De Proef",
        instellingsnummer="00VB000001",
        standing=standing,
        term=Interval(start=start, end=end),
    )


@pytest.mark.parametrize("standing", Standing)
def test_only_a_partner_gets_one(standing: Standing) -> None:
    """Suspended too gets none: what it sends would wait, and personal data wait nowhere unasked."""
    expected = standing in {Standing.ACTIVE, Standing.ASPIRANT}
    assert takes_part(party(standing), NOW) is expected


def test_a_term_runs_or_is_to_come() -> None:
    assert takes_part(party(start=NOW, end=NOW + DAY), NOW)
    assert takes_part(party(start=NOW + DAY), NOW)
    assert not takes_part(party(end=NOW), NOW)
    assert not takes_part(party(start=NEVER.start), NOW)


def test_when_it_begins_is_told_until_it_has() -> None:
    assert begins(party(start=NOW + DAY), NOW) == NOW + DAY
    assert begins(party(start=NOW), NOW) is None
