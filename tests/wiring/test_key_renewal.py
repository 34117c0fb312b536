"""A running gateway that lacks the key in use goes on, and says so, once its file is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.own_key_file import keys_in
from gateway.adapters.workers import WorkerPool
from gateway.wiring import keys, parts
from gateway.wiring.key_life import own_key_life
from gateway.wiring.key_renewal import KeyRenewal
from tests import world

if TYPE_CHECKING:
    import pytest

    from gateway.config import Config
    from tests.installations import Installation


async def rotated(config: Config) -> None:
    """A second key is the one in use."""
    async with own_key_life(config) as life:
        until = datetime.now(UTC) + timedelta(days=90)
        await life.make(until, by=world.BY, post_quantum=False)
        await life.rotate(to="", overlap=timedelta(days=7), by=world.BY)


async def test_a_file_that_comes_while_it_is_looked_for_is_told_of(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look for the key in use, and the look for what there is without it."""
    config, file = installation.config(), installation.state / "gateway.sec"
    before = file.read_bytes()
    await rotated(config)
    after = file.read_bytes()
    real = keys.own_secrets

    def and_then_it_comes(*given: Any, strict: bool = True) -> GatewaySecrets:
        try:
            return real(*given, strict=strict)
        finally:
            file.write_bytes(after)

    database = parts.database(config)
    pool = WorkerPool("sequoia", GatewaySecrets(openpgp=tuple(keys_in(before).values())))
    renewal, now = KeyRenewal(config, database, pool), datetime.now(UTC)
    try:
        file.write_bytes(before)
        assert await renewal.renew(now) is None
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(keys, "own_secrets", and_then_it_comes)
            assert await renewal.renew(now) is None
        assert await renewal.renew(now) is True
        assert len(pool.secrets.openpgp) == 2
        assert await renewal.renew(now) is False
    finally:
        await database.close()
