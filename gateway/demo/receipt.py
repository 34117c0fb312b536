"""Whether the school was told what was promised: outcomes, withheld fields, articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.demo.disclosure import has, telling
from gateway.demo.reports import below
from gateway.demo.scene import listed
from gateway.domain.stops import Reason
from gateway.domain.texts import Language
from gateway.wiring.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.demo.reports import Promised
    from gateway.demo.scene import Opened, Scene

Told = dict[str, Any]

_OUTCOMES = {"forward": "doorgegeven", "reject": "geweigerd", "hold": "vastgehouden"}


def show(scene: Scene, receipt: Opened) -> None:
    """What was withheld and on which article, as the receipt's own file says it."""
    rows = [row for told in _reports(receipt).values() for row in _rows(told)]
    scene.teller.table(("Dossier", "Uitkomst", "Niet doorgegeven", "Artikel", "Reden"), rows)
    scene.teller.say("")
    for code in dict.fromkeys(row[-1] for row in rows):
        scene.teller.say(f"{code}: {texts().reason(Reason(code)).said(Language.NL)}")
    scene.teller.say("")


def check(scene: Scene, receipt: Opened) -> None:
    """Every report, every withheld path and every reason, and not one value."""
    told = _reports(receipt)
    scene.facts["receipt"] = receipt.attached
    outcomes = {each.kenmerk: told.get(each.kenmerk, {}).get("uitkomst") for each in scene.reports}
    scene.keep(
        "De school hoort van elk bericht wat ermee gebeurd is.",
        *(
            f"{each.kenmerk}: {outcomes[each.kenmerk]}"
            for each in scene.reports
            if outcomes[each.kenmerk] != each.outcome
        ),
    )
    scene.keep(
        "De school hoort precies wat is tegengehouden, en op welk artikel.",
        *(fault for each in scene.reports for fault in _unlike(each, told[each.kenmerk])),
    )
    scene.keep(
        "In de ontvangstbevestiging staat geen enkele waarde die is tegengehouden.",
        *(value for each in scene.reports for value in _withheld(each) if has(receipt, value)),
    )


def _reports(receipt: Opened) -> dict[str, Told]:
    return {str(each["dossierkenmerk"]): each for each in receipt.attached.get("berichten", [])}


def _rows(told: Told) -> Iterator[tuple[str, ...]]:
    outcome = str(told["uitkomst"])
    start = (str(told["dossierkenmerk"]), _OUTCOMES.get(outcome, outcome))
    for code in told.get("redenen", ()):
        yield (*start, "(het hele bericht)", _article(code), str(code))
    for each in told.get("nietDoorgegeven", ()):
        yield (*start, str(each["pad"]), _article(each["reden"]), str(each["reden"]))


def _article(code: str) -> str:
    return texts().reason(Reason(code)).article


def _unlike(promised: Promised, told: Told) -> Iterator[str]:
    if sorted(told.get("redenen", ())) != sorted(promised.reasons):
        yield f"{promised.kenmerk}: redenen {listed(told.get('redenen', []))}"
    withheld = {str(each["pad"]): str(each["reden"]) for each in told.get("nietDoorgegeven", ())}
    for path, reason in withheld.items():
        if not any(below(path, each) and reason == why for each, why in promised.withheld.items()):
            yield f"{promised.kenmerk}: {path} ({reason}) was niet beloofd"
    for each in promised.withheld:
        if not any(below(path, each) for path in withheld):
            yield f"{promised.kenmerk}: {each} is niet gemeld"


def _withheld(promised: Promised) -> Iterator[str]:
    whole = bool(promised.reasons)
    for path, value in telling(promised):
        if (whole and path != "betrokkene.dossierkenmerk") or promised.kept_from_reader(path):
            yield value
