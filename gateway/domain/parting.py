"""A provider that takes part no longer: what it has of inburgeraars is asked back (12.11).

The covenant leaves it to the parties to agree on giving back and removing.  That it is asked,
and by when, is not left to somebody remembering it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.helping import Direction, What
from gateway.domain.parties import Side, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.helping import HelpRequest
    from gateway.domain.histories import PartyHistory, Roster

# Of the AVG: what is asked for is in the end that nothing is kept without need.
ARTICLES = (17,)
ASKING = frozenset({What.RETURN, What.REMOVAL})
# An end that was entered by mistake, or a covenant that is signed anew on the day, can be
# put right before a school reads that it has to give everything back.
GRACE = timedelta(days=1)
_BY_ITSELF = "12.11-"


class Why(StrEnum):
    """What ended it."""

    EXCLUDED = "excluded"  # 15
    LEFT = "left"  # of its own will
    TERM = "term"  # 3.2: by law, after two years


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """One provider that takes part no longer, since when and why."""

    party_id: str
    why: Why
    began: datetime

    @property
    def reference(self) -> str:
        """What the request is known by, where no officer gave a number.

        Without a date: eight digits may be taken for a number of a person.
        """
        return f"{_BY_ITSELF}{self.why.value}"


def why_asked(request: HelpRequest) -> Why | None:
    """Why the gateway asked this by itself; None for what somebody else asked."""
    return next((why for why in Why if request.reference == f"{_BY_ITSELF}{why.value}"), None)


_ENDED = {Standing.EXCLUDED: Why.EXCLUDED, Standing.LEFT: Why.LEFT}


def parted(roster: Roster, instant: datetime) -> tuple[Parted, ...]:
    """Every provider that takes part no longer at `instant`, since `GRACE` before or longer.

    Who is suspended may come back.
    """
    found = (_of(each, instant) for each in roster.parties.values() if each.side is Side.PROVIDER)
    return tuple(each for each in found if each is not None and each.began + GRACE <= instant)


def asked_already(requests: Iterable[HelpRequest], of: Parted) -> HelpRequest | None:
    """What an officer asked of this party since then, or what is still open from before."""
    return next(
        (
            each
            for each in requests
            if each.party_id == of.party_id
            and each.direction is Direction.TO
            and each.what in ASKING
            and (each.answer is None or each.asked_at >= of.began)
        ),
        None,
    )


def _of(history: PartyHistory, instant: datetime) -> Parted | None:
    party = history.at(instant)
    why, began = _ENDED.get(party.standing), history.standings.began(instant)
    if why is not None and began is not None:
        return Parted(party_id=party.party_id, why=why, began=began)
    end = party.term.end
    if party.standing is Standing.NONE or end is None or not party.term.behind(instant):
        return None
    return Parted(party_id=party.party_id, why=Why.TERM, began=end)
