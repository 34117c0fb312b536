"""Whether each reader got what was promised and nothing else, looked at in the opened mails."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from gateway.demo.paper_user import read_paper
from gateway.demo.reports import FORWARD, leaves
from gateway.demo.scene import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.demo.people import Somebody
    from gateway.demo.reports import Promised
    from gateway.demo.scene import Opened, Scene

_SHORT = 3  # a value as short as this ("A1", "LE") may stand anywhere


def check(scene: Scene, person: Somebody, mails: Sequence[Opened]) -> None:
    """This casemanager's reports, all of them, and in each exactly what may be there."""
    expected = [
        each
        for each in scene.reports
        if each.outcome == FORWARD and each.about.casemanager == person
    ]
    found = {_kenmerk(each): each for each in mails}
    scene.keep(
        f"{person.called} krijgt precies: {listed([each.kenmerk for each in expected])}.",
        *Counter(map(_kenmerk, mails)) - Counter(each.kenmerk for each in expected),
        *(f"{each.kenmerk} ontbreekt" for each in expected if each.kenmerk not in found),
    )
    for promised in expected:
        opened = found[promised.kenmerk]
        scene.keep(f"In {promised.kenmerk} staat alles wat mag.", *_missing(promised, opened))
        scene.keep(
            f"In {promised.kenmerk} staat niets wat niet mag.", *_excess(scene, promised, opened)
        )
        scene.facts.setdefault("delivered", []).append(
            {
                "to": person.address,
                "dossierkenmerk": promised.kenmerk,
                "subject": opened.mail.subject,
                "signedBy": scene.stage.gateway_fingerprint,
                "disclosed": [path for path, _ in leaves(_report(opened))],
            }
        )


def _kenmerk(opened: Opened) -> str:
    return str(_report(opened).get("betrokkene", {}).get("dossierkenmerk", "geen bericht"))


def _report(opened: Opened) -> dict[str, Any]:
    reports = opened.attached.get("berichten", [])
    return dict(reports[0]) if len(reports) == 1 else {}


def _missing(promised: Promised, opened: Opened) -> Iterator[str]:
    there = {path for path, _ in leaves(_report(opened))}
    for path, value in leaves(promised.content):
        if not promised.kept_from_reader(path):
            if path not in there:
                yield f"{path} ontbreekt"
            if path.startswith("voortgang.gevolgdeUren") and str(value) not in opened.mail.text:
                yield f"{path} staat niet in de tekst"
            if path.startswith("voortgang.gevolgdeUren") and f"{value} uur" not in _paper(opened):
                yield f"{path} staat niet in de PDF"


def _paper(opened: Opened) -> str:
    found = [content for name, content in opened.mail.files.items() if name.endswith(".pdf")]
    return read_paper(found[0]) if len(found) == 1 else ""


def _excess(scene: Scene, promised: Promised, opened: Opened) -> Iterator[str]:
    for path, _ in leaves(_report(opened)):
        if promised.kept_from_reader(path):
            yield f"{path} staat in het bestand"
    for other in scene.reports:
        for path, word in telling(other):
            mine = other is promised
            if (not mine or promised.kept_from_reader(path)) and has(opened, word):
                yield f"de waarde van {path} uit {other.kenmerk} staat in de mail"
    for name in promised.withheld:
        if name.rpartition(".")[2] in opened.mail.everything:
            yield f"de mail laat merken dat {name} er was"


def telling(promised: Promised) -> Iterator[tuple[str, str]]:
    """The values that can only come from this report."""
    for path, value in leaves(promised.content):
        if path.startswith(("betrokkene.", "voortgang.gevolgdeUren", "voortgang.verzuim")) or (
            path.endswith(".toets")
        ):
            word = str(value)
            if len(word) >= _SHORT:
                yield path, word


def has(opened: Opened, word: str) -> bool:
    """Whether this very word or number stands anywhere in the opened mail."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", opened.mail.everything) is not None


def nobody_reads(scene: Scene, everything: Sequence[Opened]) -> None:
    """The report that was refused is in no mail at all."""
    for refused in (each for each in scene.reports if each.outcome != FORWARD):
        words = [word for _, word in telling(refused)]
        scene.keep(
            f"Over {refused.kenmerk} krijgt geen casemanager iets.",
            *(w for w in words if any(has(opened, w) for opened in everything)),
        )


def personal_words(scene: Scene) -> list[str]:
    """Names, kenmerken, birth dates, tests: what may not be seen outside, nor in the log."""
    return [
        str(value)
        for report in scene.reports
        for path, value in leaves(report.content)
        if path.startswith("betrokkene.") or path.endswith(".toets")
    ]
