"""A change of the register as those who make it see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_dossiers import Consents, Designations, Dossiers
from gateway.adapters.register_parties import Contacts, Parties

if TYPE_CHECKING:
    from gateway.adapters.register_writing import Writing


class Change:
    """What can be put on record together, in one transaction, under one revision."""

    def __init__(self, writing: Writing) -> None:
        self.parties = Parties(writing)
        self.contacts = Contacts(writing)
        self.dossiers = Dossiers(writing)
        self.designations = Designations(writing)
        self.consents = Consents(writing)
