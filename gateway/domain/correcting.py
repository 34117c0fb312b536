"""What a sender is given back to mend: their own document, with only the reports that failed.

What went on is not in it, so that sending it again replaces what failed and nothing else.
Nor is what the bijsluiter does not know: that is never shared, and is not mailed around.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain import wire
from gateway.domain.shape import only_known
from gateway.domain.silent import Silent
from gateway.domain.stops import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.form_reading import FormKind
    from gateway.domain.wire import Json

_REPORT = re.compile(r"^berichten\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Correction(Silent):
    """The values are the sender's own: it goes to the proven sender only, and is kept nowhere.

    `kind` is what the form was written in, None for the document itself.  `numbers` are the
    places that these reports had in the document that came; `faults` say where it is to be
    mended, by path in *this* document.
    """

    kind: FormKind | None
    document: Json
    numbers: tuple[int, ...]
    faults: tuple[Fault, ...]


def correction(
    content: Json,
    kind: FormKind | None,
    failed: Mapping[int, tuple[Fault, ...]],
    whole: tuple[Fault, ...] = (),
) -> Correction | None:
    """Of a document as it came: these reports with their faults, and all when all of it failed.

    None where there is no report to give back.
    """
    reports = wire.member(content, "berichten")
    if not isinstance(content, dict) or not isinstance(reports, list):
        return None
    numbers = range(len(reports)) if whole else sorted(n for n in failed if n < len(reports))
    if not numbers:
        return None
    left = {**content, "berichten": [reports[number] for number in numbers]}
    faults = [_moved(each, place) for place, n in enumerate(numbers) for each in failed.get(n, ())]
    return Correction(
        kind=kind,
        document=only_known(left),
        numbers=tuple(numbers),
        faults=(*whole, *faults),
    )


def report_of(path: str) -> int | None:
    """Which report of the document a path belongs to; None for the document itself."""
    found = _REPORT.match(path)
    return int(found.group(1)) if found else None


def _moved(fault: Fault, place: int) -> Fault:
    return Fault(path=_REPORT.sub(f"berichten[{place}]", fault.path), kind=fault.kind)
