"""The log: what it holds, that it is whole, and that nobody can make it say something else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from gateway import config as configuration
from gateway.demo import disclosure, tampering
from gateway.demo.people import PEOPLE
from gateway.demo.scene import eventually, listed
from gateway.wiring import demonstrating

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.config import Config
    from gateway.demo.scene import Scene
    from gateway.ledger.chain import Finding, Head

Entry = dict[str, Any]


async def read_log(scene: Scene) -> Head:
    """Show it, verify it, look for personal data in it; the head to be written down."""
    scene.teller.act("Wat er in het logboek staat")
    sent = len([each for each in scene.reports if not each.reasons]) + 1
    lines = [json.loads(line) for line in await _whole_log(scene, sent)]
    scene.teller.table(
        ("Nr.", "Wat", "Betrokkene (pseudoniem)", "Uitkomst", "Ontvanger", "Redenen"),
        [_row(line["seq"], line["entry"]) for line in lines],
    )
    scene.teller.say("")
    _show_one(scene, lines)
    _check_entries(scene, [line["entry"] for line in lines], sent)
    async with demonstrating.log(scene.stage.config) as log:
        findings, head = await log.verify(), await log.head()
    scene.keep(f"Het logboek is heel: alle {head.size} regels zijn nagerekend.", *findings)
    scene.facts["log"] = {
        "entries": len(lines),
        "kinds": [line["entry"]["kind"] for line in lines],
        "head": str(head),
        "verified": True,
    }
    return head


async def _whole_log(scene: Scene, sent: int) -> list[bytes]:
    """As exported; complete once the last mail's acceptance is on record."""

    async def complete() -> list[bytes]:
        async with demonstrating.log(scene.stage.config) as log:
            lines = [line async for line in log.export()]
        done = sum(json.loads(line)["entry"]["kind"] == "sent" for line in lines)
        return lines if done >= sent else []

    return await eventually(complete, f"het logboek bevat geen {sent} verzendingen")


async def last_mail(scene: Scene) -> Entry:
    """The latest entry about a mail as a whole."""
    async with demonstrating.log(scene.stage.config) as log:
        shown = await log.show(last=20)
    return [entry for entry in shown if entry["kind"] == "mail"][-1]


def _row(number: int, entry: Entry) -> tuple[str, ...]:
    evidence = entry["evidence"]
    subject = str(entry["record"]["attributes"].get("dpl.core.data_subject_id", ""))
    reasons = [*evidence.get("reasons", ()), *_reasons(evidence.get("withheld", ()))]
    return (
        str(number),
        entry["record"]["name"],
        f"{subject[:12]}..." if subject else "-",
        str(evidence.get("outcome", "-")),
        str(evidence.get("recipient", "-")),
        listed(sorted(set(reasons))),
    )


def _reasons(withheld: Sequence[dict[str, str]]) -> list[str]:
    return [each["reason"] for each in withheld]


def _check_entries(scene: Scene, entries: Sequence[Entry], sent: int) -> None:
    kinds = [entry["kind"] for entry in entries]
    reports = [entry for entry in entries if entry["kind"] == "report"]
    scene.keep(
        "Elk bericht en elke verzending staat erin, met beleid, grondslag en redenen.",
        "" if kinds.count("report") == len(scene.reports) else f"{kinds.count('report')} berichten",
        "" if kinds.count("sent") == sent else f"{kinds.count('sent')} verzendingen",
        "" if kinds.count("mail") == 1 else f"{kinds.count('mail')} mails",
        *("een bericht zonder beleid" for entry in reports if not entry["evidence"].get("policy")),
    )
    subjects = {_subject(entry) for entry in reports} - {""}
    scene.keep(
        "Elke inburgeraar heeft een eigen pseudoniem.",
        "" if len(subjects) == len(scene.reports) else f"{len(subjects)} pseudoniemen",
    )
    everything = json.dumps(entries, ensure_ascii=False)
    words = [
        *disclosure.personal_words(scene),
        *(word for person in PEOPLE for word in (person.name, person.called, person.address)),
    ]
    scene.keep(
        "In het logboek staat geen naam, geboortedatum, kenmerk of waarde uit een bericht.",
        *(word for word in words if re.search(rf"\b{re.escape(word)}\b", everything)),
    )


def _show_one(scene: Scene, lines: Sequence[Entry]) -> None:
    """The entry with the most to tell, whole."""
    line = max(lines, key=lambda each: len(each["entry"]["evidence"].get("withheld", ())))
    parts = [
        f"{name}: {json.dumps(value, ensure_ascii=False)}"
        for part in ("record", "evidence")
        for name, value in sorted(line["entry"][part].items())
    ]
    scene.teller.letter(f"Regel {line['seq']}, helemaal", "\n".join(parts))


def _subject(entry: Entry) -> str:
    return str(entry["record"]["attributes"].get("dpl.core.data_subject_id", ""))


async def still_whole(scene: Scene, witness: Head) -> None:
    """At the end: the log grew, and everything before is as it was."""
    async with demonstrating.log(scene.stage.config) as log:
        findings, head = await log.verify(witness), await log.head()
    grown = head.size > witness.size
    scene.keep(
        f"Het logboek groeide van {witness.size} naar {head.size} regels en is nog heel.",
        *findings,
        "" if grown else "het groeide niet",
    )


async def tamper(scene: Scene, witness: Head) -> None:
    """Change a copy of the database, clumsily and then cleverly, and verify it."""
    scene.teller.act("Iemand knoeit met een kopie van het logboek")
    folder = scene.stage.folder
    copy = folder / "copy.db"
    tampering.copy(folder / "gateway.db", copy)
    config = _config_of(copy, scene)
    number = tampering.whitewash(copy)
    scene.teller.say(
        f"In de kopie staat bij regel {number} nu dat er niets is tegengehouden. Nagerekend:"
    )
    clumsy = await _verified(config)
    scene.keep(
        f"Knoeien met regel {number} valt op: {listed([str(each) for each in clumsy])}.",
        "" if any(each.seq == number for each in clumsy) else "er is niets gevonden",
    )
    tampering.rewrite_hashes(copy)
    scene.teller.say(
        "Nu rekent de knoeier ook alle hashes opnieuw uit. Het laatste hashgetal had de privacy "
        "officer al opgeschreven:"
    )
    clever = await _verified(config, witness)
    scene.keep(
        f"Ook dat valt op, naast het opgeschreven getal: {listed([str(e) for e in clever])}.",
        "" if clever else "er is niets gevonden",
    )
    scene.facts["log"]["tampering"] = {
        "altered": [str(each) for each in clumsy],
        "rewritten": [str(each) for each in clever],
    }


def _config_of(copy: Path, scene: Scene) -> Config:
    original = (scene.stage.folder / "gateway.toml").read_text(encoding="utf-8")
    file = scene.stage.folder / "copy.toml"
    file.write_text(original.replace("/gateway.db", f"/{copy.name}"), encoding="utf-8")
    return configuration.load(file)


async def _verified(config: Config, witness: Head | None = None) -> tuple[Finding, ...]:
    async with demonstrating.log(config) as log:
        return await log.verify(witness)
