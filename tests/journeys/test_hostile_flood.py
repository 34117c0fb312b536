"""Malformed mail in a row with good mail between it: nothing is lost, and nobody waits for ever.

The real runner, a Maildir, SQLite and openers in their processes.  Five thousand of them
go through in ``gateway bench --hostile 5000``, which measures what is a matter of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.adapters.database import Database
from gateway.wiring import parts
from gateway.wiring.log import log_key
from tests.journeys import on_record
from tests.mails.flood import flood
from tests.mails.standing import standing

if TYPE_CHECKING:
    from pathlib import Path

MALFORMED = 300
SEED = 20261123


@pytest.mark.parametrize("seed", [SEED])
async def test_malformed_mail_in_a_row_and_good_mail_between(tmp_path: Path, seed: int) -> None:
    """Each has one outcome, the good ones are passed on in order of arrival, and no other."""
    mails = list(flood(seed, MALFORMED, good_every=10))
    good = [number for number, mail in enumerate(mails) if mail.good]
    async with standing(tmp_path) as gateway:
        for mail in mails:
            gateway.arrives(mail)
        await gateway.settled(300)
        found = await gateway.standing()
        assert gateway.bugs == []
        assert sorted(found) == list(range(len(mails)))
        assert {number: len(each) for number, each in found.items() if len(each) != 1} == {}
        assert [number for number, _ in await gateway.delivered()] == good
        passed_on = {number for number, ((_, outcome),) in found.items() if outcome == "forward"}
        assert passed_on == set(good)
        assert not list((tmp_path / "box" / "new").iterdir())
        assert len(list((tmp_path / "box" / ".Verwerkt" / "cur").iterdir())) == len(mails)
    assert gateway.config.database is not None
    database = Database(gateway.config.database.url)
    vault, key = parts.vault(gateway.config), log_key(gateway.config)
    assert await on_record.faults(database, vault, key) == []
    await database.close()


def test_a_flood_is_the_same_for_the_same_seed() -> None:
    """As far as keys and random ciphertext allow: the same faults at the same places."""
    one, other = (list(flood(SEED, 40, good_every=8)) for _ in range(2))
    assert [mail.name for mail in one] == [mail.name for mail in other]
    assert sum(mail.good for mail in one) == 5
    assert len({mail.name for mail in one}) > 10
