"""What is read to make a dossier of: rows of several tables about one person, already in our words.

`Read` is one consistent reading of the database, `Came` a report as it stood in its mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.cases import Case
    from gateway.domain.consent_forms import OnRecord
    from gateway.domain.dossier import (
        Assigned,
        Circumstances,
        Consulted,
        Dated,
        Missing,
        Processed,
        Report,
        RightDone,
        Suspected,
    )
    from gateway.domain.plans import PlanFile
    from gateway.domain.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Came(Silent):
    """One report of a mail as it came, whoever it is about; `texts` others wrote, by path.

    What it says of whom it is about proves nothing by itself.
    """

    number: int
    sent: Json
    dossierkenmerk: str
    voorvoegsel: str = ""
    geslachtsnaam: str = ""
    geboortedatum: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    plan: PlanFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Read(Silent):
    """About one person; reports hold no content yet.

    `doubtful` are reports in mails that are kept, of which nobody proved whom they are about;
    one with number `WHOLE_MAIL` stands for a mail as a whole.
    """

    dossier_id: str
    identities: tuple[Dated, ...]
    circumstances: tuple[Circumstances, ...]
    assigned: tuple[Assigned, ...]
    consents: tuple[OnRecord, ...]
    scans: Mapping[int, bytes | None]
    reports: tuple[Report, ...]
    processing: tuple[Processed, ...]
    consultations: tuple[Consulted, ...]
    suspected: tuple[Suspected, ...]
    cases: tuple[Case, ...]
    words: Mapping[int, str]
    rights: tuple[RightDone, ...]
    on_hold: bool
    doubtful: tuple[Report, ...]
    missing: tuple[Missing, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of every entry of the log that is told of."""
        looked = (each.number for each in self.consultations)
        return (*(each.number for each in self.processing), *looked)
