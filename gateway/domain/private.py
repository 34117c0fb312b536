"""The base of everything that holds personal data: frozen and silent.

A value that prints itself ends up in a log line, a traceback or a debugger's
output.  Nothing derived from these bases shows its content unless a caller
reads a field by name.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from gateway.domain.silent import Silent

__all__ = ["Private", "Silent"]


class Private(BaseModel):
    """Base of parsed personal data.

    Immutable through and through: subclasses use tuples and frozensets only,
    because a frozen model with a list in it can still be appended to.
    Field names are Dutch snake_case here and Dutch camelCase on the wire.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        hide_input_in_errors=True,
        ser_json_inf_nan="null",
        allow_inf_nan=False,
    )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __str__(self) -> str:
        return f"<{type(self).__name__}>"
