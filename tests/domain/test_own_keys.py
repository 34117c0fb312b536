"""The gateway's own keys follow from their history, and only what may happen happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.own_keys import (
    KeyEvent,
    KeyEventKind,
    OwnKeyError,
    OwnKeyRefusal,
    OwnKeys,
    OwnKeyState,
    WhyRevoked,
    own_keys,
)

START = datetime(2026, 11, 26, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = "A" * 40, "B" * 40, "C" * 40


def history(*steps: object) -> list[KeyEvent]:
    """The first key made and in use, then these: each a function of keys and instant, a day on."""
    events = [OwnKeys().make(A, b"a", START)]
    events.append(own_keys(events).turn_to(own_keys(events).named(A), START, START))
    for number, step in enumerate(steps, start=1):
        assert callable(step)
        events.append(step(own_keys(events), START + number * DAY))
    return events


def make_b(keys: OwnKeys, at: datetime) -> KeyEvent:
    return keys.make(B, b"b", at)


def turn_to_b(keys: OwnKeys, at: datetime) -> KeyEvent:
    return keys.turn_to(keys.named(B), at, at + 90 * DAY)


def states(keys: OwnKeys, at: datetime) -> dict[str, OwnKeyState]:
    return {key.fingerprint: key.state(at) for key in keys.keys}


def test_a_rotation_and_its_end() -> None:
    keys = own_keys(history(make_b, turn_to_b))
    at = START + 2 * DAY
    assert states(keys, at) == {A: OwnKeyState.OLDER, B: OwnKeyState.CURRENT}
    assert [key.fingerprint for key in keys.opening(at)] == [B, A]
    closing = at + 90 * DAY
    assert keys.next_change(at) == closing
    assert states(keys, closing)[A] is OwnKeyState.CLOSED
    assert [key.fingerprint for key in keys.opening(closing)] == [B]
    assert keys.next_change(closing) is None
    assert keys.revision == 4


def test_the_next_key_opens_and_does_not_sign() -> None:
    keys = own_keys(history(make_b))
    at = START + DAY
    assert states(keys, at) == {A: OwnKeyState.CURRENT, B: OwnKeyState.NEXT}
    assert [key.fingerprint for key in keys.opening(at)] == [A, B]
    assert keys.waiting(at) == keys.named(B)


def test_back_to_the_one_before() -> None:
    def back(keys: OwnKeys, at: datetime) -> KeyEvent:
        return keys.turn_to(keys.named(A), at, at + DAY)

    keys = own_keys(history(make_b, turn_to_b, back))
    assert states(keys, START + 3 * DAY) == {A: OwnKeyState.CURRENT, B: OwnKeyState.OLDER}
    assert states(keys, START + 4 * DAY)[B] is OwnKeyState.CLOSED


@pytest.mark.parametrize("why", WhyRevoked)
def test_a_revoked_key_opens_as_long_as_nobody_else_has_it(why: WhyRevoked) -> None:
    def revoke(keys: OwnKeys, at: datetime) -> KeyEvent:
        return keys.revoke(keys.named(A), b"revoked", why, at)

    keys = own_keys(history(make_b, turn_to_b, revoke))
    at = START + 3 * DAY
    key = keys.named(A)
    assert (key.state(at), key.why_revoked, key.certificate) == (
        OwnKeyState.REVOKED,
        why.value,
        b"revoked",
    )
    assert key.opens(at) is (why is not WhyRevoked.COMPROMISED)


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (lambda k, at: k.make(C, b"c", at), OwnKeyRefusal.TWO_NEXT),
        (lambda k, at: k.turn_to(k.named(A), at, at), OwnKeyRefusal.ALREADY),
        (lambda k, at: k.turn_to(k.named(B), at, at - DAY), OwnKeyRefusal.PERIOD),
        (lambda k, at: k.close(k.named(A), at, at), OwnKeyRefusal.IS_CURRENT),
        (lambda k, at: k.close(k.named(B), at, at - DAY), OwnKeyRefusal.PERIOD),
        (
            lambda k, at: k.revoke(k.named(A), b"", WhyRevoked.RETIRED, at),
            OwnKeyRefusal.IS_CURRENT,
        ),
        (lambda k, at: k.destroy(k.named(A), at), OwnKeyRefusal.IS_CURRENT),
        (lambda k, at: k.destroy(k.named(B), at), OwnKeyRefusal.OPENS),
        (lambda k, _: k.named("BBBB"), OwnKeyRefusal.UNKNOWN),
        (lambda k, _: k.named(C), OwnKeyRefusal.UNKNOWN),
    ],
)
def test_what_may_not_happen(step: object, refusal: OwnKeyRefusal) -> None:
    assert callable(step)
    with pytest.raises(OwnKeyError) as refused:
        step(own_keys(history(make_b)), START + 2 * DAY)
    assert refused.value.code == refusal.value
    assert refused.value.text
    assert refused.value.nl


@pytest.mark.parametrize("kind", [KeyEventKind.REVOKED, KeyEventKind.DESTROYED])
def test_what_is_gone_does_not_come_back(kind: KeyEventKind) -> None:
    events = history(make_b, turn_to_b)
    at = START + 3 * DAY
    events.append(KeyEvent(fingerprint=A, kind=kind, at=at, until=at, certificate=b"r"))
    keys = own_keys(events)
    with pytest.raises(OwnKeyError):
        keys.turn_to(keys.named(A), at, at)
    assert not keys.named(A).opens(at)


def test_a_key_is_named_by_the_end_of_its_fingerprint_as_people_write_it() -> None:
    keys = own_keys(history(make_b))
    assert keys.named("bbbb bbbb").fingerprint == B


@given(st.lists(st.sampled_from([make_b, turn_to_b]), max_size=8))
def test_there_is_always_exactly_one_that_signs(steps: list[object]) -> None:
    events = history()
    for number, step in enumerate(steps, start=1):
        assert callable(step)
        try:
            events.append(step(own_keys(events), START + number * DAY))
        except OwnKeyError:
            continue
    assert sum(key.current for key in own_keys(events).keys) == 1
    assert own_keys(events).current is not None
