"""What a verification of a whole log comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.findings import Finding


class BrokenLogError(Exception):
    """The log is not what its newest checkpoint says; nothing is added before a person looked.

    `where` says what does not fit, in a few fixed words.
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """That somebody outside vouches for the checkpoint over `size` entries.

    `by` is a witness's name or the timestamp authority, `at` when, in seconds since 1970.
    """

    size: int
    by: str
    at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found; `covered` of `size` entries are under `newest`, the newest checkpoint.

    `opened` says whether entries were opened and compared with what they are found by;
    `pruned` of them were kept long enough, `erased` cannot be read since somebody's key was
    destroyed; `said` is what others vouch for, each one's newest; `against` is over how many
    entries each checkpoint was that somebody kept, in the order given; `omitted` findings are
    more than are named.
    """

    size: int
    covered: int
    newest: Opened | None
    findings: tuple[Finding, ...]
    opened: bool
    pruned: int = 0
    erased: int = 0
    said: tuple[Said, ...] = ()
    against: tuple[int, ...] = ()
    omitted: int = 0

    @property
    def whole(self) -> bool:
        """Nothing is wrong."""
        return not self.findings

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "ok": self.whole,
            "size": self.size,
            "covered": self.covered,
            "checkpoint": bytes(self.newest.note).decode() if self.newest else None,
            "witnesses": len(self.against),
            "pruned": self.pruned,
            "erased": self.erased,
            "outside": [{"by": each.by, "size": each.size, "at": each.at} for each in self.said],
            "opened": self.opened,
            "findings": [
                {
                    "entry": each.first,
                    "until": each.after,
                    "flaw": each.kind.value,
                    "detail": each.detail,
                }
                for each in self.findings
            ],
            "omitted": self.omitted,
        }
