"""The targets, each with the bytes to begin from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Try = Callable[[bytes], None]
    Seeds = Callable[[], Iterable[bytes]]

FOUND = Path(__file__).parent / "found"
MODULES = tuple(f"tests.fuzzing.{name}" for name in ("cms", "mail", "notices", "packets", "papers"))


@dataclass(frozen=True, slots=True)
class Target:
    """One parser: `attempt` ends by itself for any bytes, or raises what is wrong."""

    name: str
    attempt: Try
    seeds: Seeds
    more: Seeds  # worth the time that they take to make when the search is a long one

    def found(self) -> list[Path]:
        """Bytes that once were too much for it."""
        return sorted((FOUND / self.name).glob("*"))


TARGETS: dict[str, Target] = {}


def target(name: str, seeds: Seeds, more: Seeds = tuple) -> Callable[[Try], Try]:
    """Register a parser; `seeds` makes good and faulty input to begin from."""

    def register(attempt: Try) -> Try:
        TARGETS[name] = Target(name, attempt, seeds, more)
        return attempt

    return register


@cache
def targets() -> tuple[Target, ...]:
    """All of them, by name."""
    for module in MODULES:
        import_module(module)
    return tuple(TARGETS[name] for name in sorted(TARGETS))


@cache
def good_mails() -> list[bytes]:
    """One for each protection."""
    from tests.mails.faults import scenes

    return [scene.mail() for scene in scenes().values()]


@cache
def faulty_mails() -> list[bytes]:
    """Those of ``tests/mails`` that are small enough to begin from."""
    from tests.mails.faults import every, scenes

    made = [each.mails(scenes()[protection])[-1] for protection, each in every()]
    return [mail for mail in made if len(mail) < 20_000]
