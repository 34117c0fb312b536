"""What the story promises, each promise looked at where it can be seen."""

from __future__ import annotations


class BrokenPromiseError(Exception):
    """Something is not as the story says; the message names it, in Dutch."""


class Promises:
    """The promises kept so far; the first that is not ends the story."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def keep(self, promise: str, *found: object) -> None:
        """This is so, unless something was `found` against it."""
        against = [str(each) for each in found if each]
        if against:
            raise BrokenPromiseError(f"{promise} Maar: {'; '.join(against)}.")
        self.kept.append(promise)
