"""How long a mail rests before it is tried again, and when it has waited long enough."""

from __future__ import annotations

from datetime import timedelta

FIRST_WAIT = 2.0
LONGEST_WAIT = 15 * 60.0
# Longer than any queue between people may be down over a long weekend.
GIVE_UP_AFTER = timedelta(days=5)


def wait_after(attempts: int) -> timedelta:
    """How long a mail rests after so many failed attempts: doubling, at most a quarter."""
    return timedelta(seconds=min(FIRST_WAIT * 2.0 ** min(attempts, 20), LONGEST_WAIT))


def given_up(attempts: int) -> bool:
    """Whether a mail has waited long enough, after so many attempts to send it."""
    return sum(map(wait_after, range(attempts)), timedelta()) > GIVE_UP_AFTER
