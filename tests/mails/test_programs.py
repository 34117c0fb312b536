"""What programs on the way change without harm goes on, and only that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.domain.mail import Protection
from gateway.domain.stops import Outcome
from tests.mails.broken_programs import as_exchange_leaves_it
from tests.mails.faults import SOON, scenes
from tests.mails.gatehouse import gatehouse
from tests.mails.scene import NAMES, Who


@pytest.mark.parametrize("engine", ["sequoia", "gnupg"])
async def test_what_exchange_leaves_of_a_mail_is_read_in_one_exact_shape(engine: str) -> None:
    """An empty text, the control part, the ciphertext; `exchange-*` are the shapes beside it."""
    mail = as_exchange_leaves_it(scenes()[Protection.OPENPGP])
    assert b"multipart/encrypted" not in mail
    async with gatehouse("gnupg" if engine == "gnupg" else "sequoia") as house:
        arrived = await house.arrives([mail], datetime.now(UTC) + SOON)
    assert [each.outcome for each in arrived.outcomes] == [Outcome.FORWARD]
    assert {each.recipient for each in arrived.outgoing} == {
        NAMES[Who.CASEMANAGER][1],
        NAMES[Who.SENDER][1],
    }
