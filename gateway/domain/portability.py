"""What a person takes along (AVG 20): what is held of them on the ground of their consent.

Only reports that went on consent, and of those only the fields that it covered; nothing
that went on the statutory ground, and no free text: what somebody else wrote of a person
is not what the person provided (WP 242 rev.01, section III).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.domain.dossier import Kept
from gateway.domain.dossier_refusals import DossierError, DossierRefusal
from gateway.domain.silent import Silent
from gateway.domain.situation import Ground

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.domain.dossier import Dossier, Report
    from gateway.domain.wire import Json

FORMAT: Final = "taalpoort-portable-data/1"
HEADINGS: Final = ("reference", "receivedAt", "source", "path", "value")
# Written by somebody else in their own words, or a file of somebody else's making.
_OTHERS_WORDS: Final = (".signaal", ".omschrijving", ".toets", "persoonlijkPlan.document")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Portable(Silent):
    """What is taken along; `left_out` is how many reports stay behind, by why."""

    case: str
    made_at: str
    reports: tuple[tuple[Report, Json], ...]
    statutory: int
    not_kept: int


def portable(dossier: Dossier) -> Portable:
    """Raises `DossierError` where nothing rests on consent, or nothing of that is kept."""
    left = [each for each in dossier.reports if each.outcome == "forward" and not each.withdrawn]
    consented = [each for each in left if each.ground == Ground.CONSENT.value]
    if not consented:
        raise DossierError(DossierRefusal.NO_CONSENT)
    kept = [each for each in consented if each.kept is Kept.HERE]
    if not kept:
        raise DossierError(DossierRefusal.NOT_KEPT)
    return Portable(
        case=dossier.case,
        made_at=dossier.made_at.isoformat(timespec="seconds"),
        reports=tuple((each, only(each.content, _taken(each))) for each in kept),
        statutory=len(left) - len(consented),
        not_kept=len(consented) - len(kept),
    )


def _taken(report: Report) -> frozenset[str]:
    return frozenset(
        path
        for path in report.disclosed
        if not path.endswith(_OTHERS_WORDS) and not path.startswith(_OTHERS_WORDS)
    )


def only(value: Json, paths: frozenset[str], at: str = "") -> Json:
    """What of a report stands at these dotted paths, in its own shape; lists close up."""
    if isinstance(value, dict):
        found = {
            name: only(child, paths, f"{at}.{name}" if at else name)
            for name, child in value.items()
        }
        return {name: child for name, child in found.items() if child is not None} or None
    if isinstance(value, list):
        inside = [only(child, paths, f"{at}[{number}]") for number, child in enumerate(value)]
        return [child for child in inside if child is not None] or None
    return value if at in paths else None


def as_json(taken: Portable) -> Json:
    """As ``schemas/portable-data-1.schema.json`` has it."""
    return {
        "format": FORMAT,
        "article": "AVG 20",
        "case": taken.case,
        "madeAt": taken.made_at,
        "reports": [
            {
                "reference": report.reference,
                "receivedAt": _moment(report),
                "source": _source(report),
                "data": content,
            }
            for report, content in taken.reports
        ],
        "notIncluded": {"onStatutoryGround": taken.statutory, "notKeptAnyMore": taken.not_kept},
    }


def rows(taken: Portable) -> Iterator[tuple[str, ...]]:
    """The same as lines of a table, `HEADINGS` above them: one value on each."""
    for report, content in taken.reports:
        for path, value in _leaves(content, ""):
            yield report.reference, _moment(report), _source(report), path, value


def _leaves(value: Json, path: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _leaves(child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from _leaves(child, f"{path}[{number}]")
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    elif value is not None:
        yield path, str(value)


def _moment(report: Report) -> str:
    return (report.received_at or report.decided_at).isoformat(timespec="seconds")


def _source(report: Report) -> str:
    return report.sender.organisation if report.sender else ""
