"""``gateway key make|rotate|close|expire|revoke|prune|list``: the life of the gateway's keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.key import app
from gateway.cli.log_common import log_done
from gateway.cli.register_common import UntilOption
from gateway.domain.held import NoNameError
from gateway.domain.own_keys import OwnKeyError, WhyRevoked
from gateway.wiring.key_life import OwnKeyLife, own_key_life

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.config import Config
    from gateway.domain.own_keys import OwnKey, OwnKeys

FingerprintArgument = Annotated[
    str, typer.Argument(help="A key's fingerprint, or the end of it.", metavar="FINGERPRINT")
]
PostQuantumOption = Annotated[
    bool,
    typer.Option(
        "--post-quantum",
        help="With a further subkey (ML-KEM-768 with X25519, RFC 9980) for who can write to it.",
    ),
]
LastsOption = Annotated[
    int, typer.Option("--years", min=1, max=10, help="How long the new key lasts.")
]
OverlapOption = Annotated[
    int | None,
    typer.Option(
        "--overlap-days",
        min=0,
        max=1100,
        help="How long the key before still opens; keys.overlap_days unless said.",
    ),
]


@app.command("list")
def list_(*, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Every key that this gateway ever had, the newest first: which signs, which still opens."""

    async def look(life: OwnKeyLife) -> OwnKeys:
        return await life.keys()

    found, now = _done(loaded(config), look), datetime.now(UTC)
    if json:
        print_json([plain(key, now) for key in found.keys])
        return
    for key in found.keys:
        typer.echo(line(key, now))


@app.command()
def make(
    *,
    by: ByOption,
    years: LastsOption = 3,
    post_quantum: PostQuantumOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The next key: it opens from now on, and signs after `gateway key rotate`.

    With several gateways, copy the file of keys.secret_key_file to each before rotating.
    """
    until = datetime.now(UTC) + timedelta(days=365 * years)

    async def work(life: OwnKeyLife) -> tuple[OwnKey, Path]:
        return await life.make(until, by=by, post_quantum=post_quantum)

    key, kept = _done(loaded(config), work)
    _said(key, json=json, revocation=str(kept))
    if not json:
        typer.echo(f"keep {kept} apart, it revokes the key", err=True)


@app.command()
def rotate(
    *,
    by: ByOption,
    to: Annotated[
        str, typer.Option("--to", help="A key by its fingerprint; the next one unless said.")
    ] = "",
    overlap_days: OverlapOption = None,
    years: LastsOption = 3,
    post_quantum: PostQuantumOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Sign with the next key from now on, made if there is none; the one before still opens.

    A running gateway notices within seconds.  Then send partners the certificate and the
    sheet: gateway key export, sheet, statement, wkd.
    """
    settings = loaded(config)
    until = datetime.now(UTC) + timedelta(days=365 * years)
    days = settings.keys.overlap_days if settings.keys and overlap_days is None else overlap_days

    async def work(life: OwnKeyLife) -> tuple[OwnKey, OwnKey | None]:
        before = await life.keys()
        if not to and before.waiting(datetime.now(UTC)) is None:
            await life.make(until, by=by, post_quantum=post_quantum)
        event = await life.rotate(to=to, overlap=timedelta(days=days or 0), by=by)
        after = await life.keys()
        old = before.current
        return after.named(event.fingerprint), after.named(old.fingerprint) if old else None

    key, old = _done(settings, work)
    if json:
        now = datetime.now(UTC)
        print_json({"current": plain(key, now), "before": plain(old, now) if old else None})
        return
    for each in (key, old):
        if each is not None:
            typer.echo(line(each, datetime.now(UTC)))


@app.command()
def close(
    fingerprint: FingerprintArgument,
    *,
    by: ByOption,
    until: UntilOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """End, shorten or lengthen the time that an older key still opens; now, unless said."""

    async def work(life: OwnKeyLife) -> OwnKey:
        await life.close(fingerprint, until or datetime.now(UTC), by=by)
        return (await life.keys()).named(fingerprint)

    _said(_done(loaded(config), work), json=json)


@app.command()
def expire(
    fingerprint: Annotated[str, typer.Argument(help="The key in use unless said.")] = "",
    *,
    until: UntilOption = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Give a key another end, such as a later one; partners import its certificate again."""
    if until is None:
        fail("say when: --until", 2)

    async def work(life: OwnKeyLife) -> OwnKey:
        event = await life.expire(fingerprint, until, by=by)
        return (await life.keys()).named(event.fingerprint)

    _said(_done(loaded(config), work), json=json)


@app.command()
def revoke(
    fingerprint: FingerprintArgument,
    *,
    reason: Annotated[WhyRevoked, typer.Option("--reason", help="Why.")],
    with_: Annotated[
        Path | None,
        typer.Option(
            "--with",
            help="The file that was kept apart; unless said, the secret key does it itself.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Revoke a key for good; not the one in use: rotate first.  A compromised one opens no more.

    Then let partners import it: gateway key export --older.
    """
    kept = with_.read_bytes() if with_ else None

    async def work(life: OwnKeyLife) -> OwnKey:
        await life.revoke(fingerprint, reason, kept, by=by)
        return (await life.keys()).named(fingerprint)

    _said(_done(loaded(config), work), json=json)


@app.command()
def prune(*, by: ByOption, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Take the secret halves away of keys that open no more; on every gateway, and in backups."""

    async def work(life: OwnKeyLife) -> tuple[OwnKey, ...]:
        return await life.prune(by=by)

    gone = _done(loaded(config), work)
    if json:
        print_json([key.fingerprint for key in gone])
        return
    for key in gone:
        typer.echo(f"{key.fingerprint}  taken away; what it opened stays closed from now on")
    if gone:
        typer.echo("copies may lie in backups and on other gateways: destroy those too", err=True)


def _done(config: Config, work: Callable[[OwnKeyLife], Awaitable[Any]]) -> Any:
    async def inside() -> Any:
        async with own_key_life(config) as life:
            return await work(life)

    try:
        return log_done(inside())
    except OwnKeyError as error:
        fail(f"{error.code}: {error.text}\n{error.nl}")
    except NoNameError:
        fail("give your name: --by", 2)


def _said(key: OwnKey, *, json: bool, **more: str) -> None:
    now = datetime.now(UTC)
    if json:
        print_json({**plain(key, now), **more})
    else:
        typer.echo(line(key, now))


def plain(key: OwnKey, now: datetime) -> dict[str, str | None]:
    """A key as one object: how it stands, and since when."""
    return {
        "fingerprint": key.fingerprint,
        "state": key.state(now).value,
        "made": key.made.isoformat(),
        "current_from": _moment(key.current_from),
        "opens_until": _moment(key.closes),
        "revoked": _moment(key.revoked),
        "why_revoked": key.why_revoked or None,
        "destroyed": _moment(key.destroyed),
    }


def line(key: OwnKey, now: datetime) -> str:
    """A key in one line."""
    words = [key.fingerprint, key.state(now).value]
    if key.closes is not None:
        words.append(f"opens until {key.closes:%Y-%m-%d %H:%M}Z")
    if key.why_revoked:
        words.append(key.why_revoked)
    if key.destroyed is not None:
        words.append("secret half taken away")
    return "  ".join(words)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
