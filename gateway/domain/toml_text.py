"""Data files in TOML, read into a model: what is wrong is named by place, never by value."""

from __future__ import annotations

import tomllib
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


def parsed(text: str, model: type[M], error: type[Exception]) -> M:
    """The file as its model; raises `error` with the kind and place of the first fault."""
    problem = ""
    try:
        return model.model_validate(tomllib.loads(text))  # type: ignore[misc]  # tomllib gives dict[str, Any]; the model checks it
    except tomllib.TOMLDecodeError:
        problem = "the file is not TOML"
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]  # type: ignore[misc]  # pydantic types details as Any
        problem = f"{first['type']} at {'.'.join(str(part) for part in first['loc'])}"  # type: ignore[misc]  # as above
    # Outside the except block, so that the input does not travel along as its context.
    raise error(problem)
