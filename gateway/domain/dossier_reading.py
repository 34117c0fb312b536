"""What is read to make a dossier of: rows of several tables about one person, already in our words.

`Read` is one consistent reading of the database, `Came` a report as it stood in its mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
        Suspected,
    )
    from gateway.domain.plans import PlanFile
    from gateway.domain.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Came(Silent):
    """One report of a mail as it came, whoever it is about; `texts` others wrote, by path.

    `dossierkenmerk` is the one that it bears, which proves nothing.
    """

    number: int
    sent: Json
    dossierkenmerk: str
    texts: tuple[tuple[str, str], ...] = ()
    plan: PlanFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Read(Silent):
    """About one person; reports hold no content yet.

    `doubtful` are mails that are kept, by when they came, with a report about nobody known.
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
    on_hold: bool
    doubtful: Mapping[str, datetime]
    missing: tuple[Missing, ...]
