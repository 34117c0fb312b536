"""What every section of the configuration has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Cannot be changed, knows every setting by name, and never repeats what stood in one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
