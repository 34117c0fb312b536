"""Weighing what a dossier tells of third persons (AVG 15(4)): by a human, one by one or together.

A scanner points and never clears, so every text that somebody wrote, every name and every
scan waits for a choice with a reason; without one no dossier is made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.dossier_refusals import DossierError, DossierRefusal
from gateway.domain.register import Refusal, check_name
from gateway.domain.shape import known_path
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.annotations import Kind
    from gateway.domain.wire import Json

_LONGEST = 300  # characters of a reason


class Chosen(StrEnum):
    """Whether it stays in the dossier."""

    INCLUDE = "include"
    LEAVE_OUT = "leave-out"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Choice(Silent):
    """What an officer chose; the reason stays with the case, and is not told in the dossier."""

    include: bool
    reason: str

    def __post_init__(self) -> None:
        check_name(self.reason, Refusal.BAD_REASON, _LONGEST)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Mark(Silent):
    """Something to weigh: `where` is a reference of ours, `path` a field, `pointed` the scanner's.

    `text` is what stands there, empty for a file.
    """

    where: str
    path: str
    text: str
    pointed: tuple[Kind, ...] = ()
    choice: Choice | None = None

    @property
    def mark_id(self) -> str:
        """Short enough to type, the same for the same place and content."""
        whole = "\n".join((self.where, self.path, self.text))
        # A letter first: no row of digits, which might be somebody's number.
        return f"w{hashlib.sha256(whole.encode()).hexdigest()[:9]}"

    @property
    def field(self) -> str:
        """The path as far as the bijsluiter knows it: a name that a stranger wrote is no name."""
        return known_path(self.path) if self.reported else self.path

    @property
    def reported(self) -> bool:
        """Whether it stands in a report, and not on a form or in what was asked."""
        return not self.where.startswith(("consent/", "request/", "right/"))

    @property
    def included(self) -> bool:
        """Whether it stays in the dossier."""
        return self.choice is not None and self.choice.include


def weighed(
    marks: Iterable[Mark], choices: Mapping[str, Choice], rest: Choice | None
) -> tuple[Mark, ...]:
    """The same with their choices; `rest` counts for those that are not named.

    Raises `DossierError` where something waits for one, and for a choice about nothing here.
    """
    everything = tuple(marks)
    known = {each.mark_id for each in everything}
    for named in choices:
        if named not in known:
            raise DossierError(DossierRefusal.UNKNOWN_MARK, (named,))
    found = tuple(_chosen(each, choices.get(each.mark_id, rest)) for each in everything)
    if waiting := [each.mark_id for each in found if each.choice is None]:
        raise DossierError(DossierRefusal.UNWEIGHED, waiting)
    return found


def _chosen(mark: Mark, choice: Choice | None) -> Mark:
    return Mark(
        where=mark.where, path=mark.path, text=mark.text, pointed=mark.pointed, choice=choice
    )


def without(content: Json, paths: Iterable[str]) -> Json:
    """A report without what stands at these dotted paths; elements of a list stay, as null."""
    gone = frozenset(paths)
    return _without(content, "", gone) if gone else content


def _without(value: Json, path: str, gone: frozenset[str]) -> Json:
    if isinstance(value, dict):
        inside = {name: f"{path}.{name}" if path else name for name in value}
        return {
            name: _without(child, inside[name], gone)
            for name, child in value.items()
            if inside[name] not in gone
        }
    if isinstance(value, list):
        return [
            None if f"{path}[{at}]" in gone else _without(child, f"{path}[{at}]", gone)
            for at, child in enumerate(value)
        ]
    return value
