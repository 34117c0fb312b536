"""Each of several things once, in the order in which it came first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


def distinct(values: Iterable[T]) -> tuple[T, ...]:
    """Every value once."""
    found: dict[T, None] = {value: None for value in values}  # noqa: C420 - fromkeys brings Any along
    return tuple(found)
