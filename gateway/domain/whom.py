"""Between whom a report goes; apart from its contents, which the opening processes do without."""

from __future__ import annotations

from typing import NamedTuple


class Whom(NamedTuple):
    """About whom, from whom, to whom: the register's ids of dossier and both contacts."""

    dossier_id: str
    sender_id: str
    recipient_id: str
