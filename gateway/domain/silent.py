"""Silence for plain dataclasses; apart from pydantic, which the opening processes do without."""

from __future__ import annotations


class Silent:
    """Mixin for dataclasses declared with ``repr=False``: shows the type's name only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __str__(self) -> str:
        return f"<{type(self).__name__}>"
