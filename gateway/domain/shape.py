"""Which names the bijsluiter knows, and at which places: what is told apart from a stranger's."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

from gateway.domain.bijsluiter import Bericht, Document

if TYPE_CHECKING:
    from gateway.domain.wire import Json

_INDEX = re.compile(r"((?:\[\d{1,4}\])*)$")


class Shape(dict[str, "Shape"]):
    """Field names on the wire, and what lies below each."""


@lru_cache(maxsize=1000)  # type: ignore[misc]  # functools types what it wraps as Any
def known_path(path: str) -> str:
    """The path as far as the bijsluiter knows it; a name that a stranger wrote becomes ``?``."""
    shape: Shape | None = _REPORT
    known: list[str] = []
    for segment in path.split("."):
        name = _INDEX.sub("", segment)
        if shape is None or name not in shape:
            return ".".join((*known, "?"))
        known.append(segment)
        shape = shape[name]
    return ".".join(known)


def is_strange(path: str) -> bool:
    """Whether a path on record ends in a name that the bijsluiter does not know."""
    return path.rsplit(".", 1)[-1] == "?"


def only_known(document: Json) -> Json:
    """A document without what the bijsluiter does not know; values stay as they were written."""
    return _known(document, _DOCUMENT)


def _known(value: Json, shape: Shape) -> Json:
    if isinstance(value, list):
        return [_known(each, shape) for each in value]
    if isinstance(value, dict):
        return {name: _known(child, shape[name]) for name, child in value.items() if name in shape}
    return value


def _shape_of(model: type[BaseModel]) -> Shape:
    return Shape(
        {
            field.alias or name: _below(field.annotation)  # type: ignore[misc]  # an annotation may be anything
            for name, field in model.model_fields.items()
        }
    )


def _below(annotation: object) -> Shape:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):  # type: ignore[misc]  # as above
        return _shape_of(annotation)
    found = Shape()
    for part in get_args(annotation):  # type: ignore[misc]  # the standard library types them as Any
        found.update(_below(part))  # type: ignore[misc]  # as above
    return found


_REPORT, _DOCUMENT = _shape_of(Bericht), _shape_of(Document)
