"""What can be imported into the register, and how a faulty file is told apart row by row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.incidents import Incident


class Kind(StrEnum):
    """What a file holds."""

    PARTIES = "parties"
    CONTACTS = "contacts"
    DOSSIERS = "dossiers"
    DESIGNATIONS = "designations"
    CONSENTS = "consents"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One faulty row: the line it begins on (the header is line 1), the column, and what to do.

    `column` is empty where the row as a whole is meant.  Never says what stands in a cell.
    """

    line: int
    column: str
    text: str
    nl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many rows were taken in, and the incident proposal that they opened, if any."""

    rows: int
    opened: Incident | None


class CsvFaultsError(Exception):
    """Nothing was imported; `faults` has every faulty row."""

    def __init__(self, faults: tuple[RowFault, ...]) -> None:
        super().__init__(f"{len(faults)} faulty rows")
        self.faults = faults
