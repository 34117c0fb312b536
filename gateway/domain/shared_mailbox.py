"""Which mail addresses look like a mailbox that several people read (12.5)."""

from __future__ import annotations

import re

_SHARED_ANYWHERE = frozenset(
    {
        "abuse", "administratie", "administration", "afdeling", "backoffice",
        "cursusadministratie", "donotreply", "frontoffice", "groep", "helpdesk", "info",
        "informatie", "klantcontact", "klantenservice", "mailbox", "noreply", "planning",
        "postmaster", "receptie", "secretariaat", "support", "team", "webmaster",
    }
)  # fmt: skip
_SHARED_ALONE = _SHARED_ANYWHERE | {
    "admin", "balie", "contact", "cursus", "directie", "docenten", "facturen", "gemeente",
    "inburgering", "inburgeren", "inschrijving", "kantoor", "mail", "office", "onderwijs",
    "post", "postbus", "root", "school", "service", "taal", "taalschool",
}  # fmt: skip


def is_shared(address: str) -> bool:
    """Whether the address looks like a mailbox that several people read."""
    local = address.rpartition("@")[0].casefold().split("+")[0]
    words = [word for word in re.split(r"[._-]+", local) if word]
    return (
        "".join(words).rstrip("0123456789") in _SHARED_ALONE
        or bool(_SHARED_ANYWHERE & set(words))
        or words[:2] == ["no", "reply"]
    )
