"""A token or a pseudonym is looked for to the end, whichever fits: the first, the last or none."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from gateway.adapters.processing_reads import ProcessingReads
from gateway.adapters.tables_register import dossier, dossier_secret
from gateway.config.outward import ApiTokenSection
from gateway.console.tokens import PREFIX, Tokens, digest_of, new_token
from tests.contracts.flow import database_world

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = [f"taalpoort_{number}" for number in range(5)]


class Counted:
    """Stands in front of the comparison in constant time, and counts."""

    def __init__(self) -> None:
        self.count = 0
        self._real = hmac.compare_digest

    def __call__(self, one: Any, other: Any) -> bool:
        self.count += 1
        return self._real(one, other)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    made = Counted()
    monkeypatch.setattr(hmac, "compare_digest", made)
    return made


def known() -> Tokens:
    return Tokens(
        ApiTokenSection(name=f"lezer-{number}", sha256=digest_of(token), scopes=("log:read",))
        for number, token in enumerate(TOKENS)
    )


@pytest.mark.parametrize("place", [0, 2, 4, None])
def test_every_token_is_compared(counted: Counted, place: int | None) -> None:
    shown = "taalpoort_niemand" if place is None else TOKENS[place]
    caller = known().caller(f"Bearer {shown}")
    assert (caller.name if caller else None) == (None if place is None else f"lezer-{place}")
    assert counted.count == len(TOKENS)


@pytest.mark.parametrize("place", [0, 2, 4, None])
async def test_every_pseudonym_is_made_and_compared(
    tmp_path: Path, counted: Counted, place: int | None
) -> None:
    world = await database_world(f"sqlite:///{tmp_path / 'log.db'}")
    people = ["dossier-1", *(f"person-{number}" for number in range(4))]
    async with world.database.transaction() as connection:
        for person in people[1:]:
            row = {"dossier_id": person, "revision": 1, "recorded_at": 0, "recorded_by": "x"}
            await connection.execute(insert(dossier).values(row))
            secret = {"dossier_id": person, "wrapped_key": world.vault.new_person(person)}
            await connection.execute(insert(dossier_secret).values(secret))
    async with world.database.reading() as connection:
        rows = (await connection.execute(dossier_secret.select())).all()
    keys = {row.dossier_id: row.wrapped_key for row in rows}
    sought = "ab" * 32
    if place is not None:
        sought = world.vault.person(people[place], keys[people[place]]).pseudonym("log")
    found = await ProcessingReads(world.database, world.vault).subject_of(sought)
    assert found == (None if place is None else people[place])
    assert counted.count == len(people)
    await world.close()


def test_a_new_token_is_recognised_and_like_no_other() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(each.startswith(PREFIX) and len(each) >= len(PREFIX) + 43 for each in made)
    assert all(known().caller(f"Bearer {each}") is None for each in made)
