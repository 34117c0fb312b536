"""The log: what it holds, that it is whole, and that nobody can make it say something else."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
import zipfile
from asyncio.subprocess import PIPE, STDOUT
from typing import TYPE_CHECKING, Any

from gateway.demo import disclosure, tampering
from gateway.demo.people import PEOPLE, SAAR
from gateway.demo.scene import eventually, listed
from gateway.ledger.reading import Query
from gateway.wiring import demonstrating
from gateway.wiring.log_taking import proven

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.config import Config
    from gateway.demo.scene import Opened, Scene
    from gateway.ledger.verdict import Verdict

Entry = dict[str, Any]
_CONTENT = (" ", "{", "}")  # the entry itself, which was shown already


async def read_log(scene: Scene) -> int:
    """Show it, verify it, look for personal data in it; the number of the entry that says most."""
    scene.teller.act("Wat er in het logboek staat")
    sent = len([each for each in scene.reports if not each.reasons]) + 1
    lines = await _whole_log(scene, sent)
    scene.teller.say("Elke regel ligt versleuteld in het logboek. De privacy officer opent ze:")
    scene.teller.table(
        ("Nr.", "Wat", "Betrokkene (pseudoniem)", "Uitkomst", "Ontvanger", "Redenen"),
        [_row(line) for line in lines],
    )
    scene.teller.say("")
    most = max(lines, key=lambda each: len(each["evidence"].get("withheld", ())))
    _show_one(scene, most)
    _check_entries(scene, lines, sent)
    verdict = await _covered(scene)
    scene.keep(
        f"Het logboek is heel: alle {verdict.size} regels zijn nagerekend, "
        "en de poort heeft voor dit geheel getekend (checkpoint).",
        *verdict.findings,
    )
    scene.facts["log"] = {
        "entries": len(lines),
        "kinds": [line["kind"] for line in lines],
        "checkpoint": bytes(verdict.newest.note).decode() if verdict.newest else "",
        "verified": verdict.whole,
        "size": verdict.size,
    }
    return int(most["seq"])


async def _whole_log(scene: Scene, sent: int) -> list[Entry]:
    """Every record, opened; complete once the last mail's acceptance is on record."""

    async def complete() -> list[Entry]:
        async with demonstrating.log(scene.stage.config) as log:
            entries = [each.plain() async for each in log.reader.read()]
        lines = [each for each in entries if "record" in each]
        return lines if sum(each["kind"] == "sent" for each in lines) >= sent else []

    return await eventually(complete, f"het logboek bevat geen {sent} verzendingen")


async def _covered(scene: Scene, *kept: Path) -> Verdict:
    """The whole log verified, once the gateway has signed for all of it."""

    async def signed() -> list[Verdict]:
        verdict = await _verified(scene.stage.config, *kept)
        return [verdict] if verdict.covered == verdict.size or not verdict.whole else []

    return (await eventually(signed, "de poort tekent niet voor het logboek"))[0]


async def last_mail(scene: Scene) -> Entry:
    """The latest entry about a mail as a whole."""
    async with demonstrating.log(scene.stage.config) as log:
        (shown,) = await log.reader.show(Query(kinds=frozenset({"mail"})), 1)
    return shown.plain()


def _row(entry: Entry) -> tuple[str, ...]:
    evidence = entry["evidence"]
    subject = str(entry["record"]["attributes"].get("dpl.core.data_subject_id", ""))
    reasons = [*evidence.get("reasons", ()), *_reasons(evidence.get("withheld", ()))]
    return (
        str(entry["seq"]),
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


def _show_one(scene: Scene, line: Entry) -> None:
    """One entry, whole."""
    parts = [
        f"{name}: {json.dumps(value, ensure_ascii=False)}"
        for part in ("record", "evidence")
        for name, value in sorted(line[part].items())
    ]
    scene.teller.letter(f"Regel {line['seq']}, helemaal", "\n".join(parts))


def _subject(entry: Entry) -> str:
    return str(entry["record"]["attributes"].get("dpl.core.data_subject_id", ""))


async def tamper(scene: Scene, number: int) -> None:
    """Change a copy of the database, clumsily and then with a key of one's own."""
    scene.teller.act("Iemand knoeit met een kopie van het logboek")
    copy, config = _copied(scene)
    tampering.change_a_byte(copy, number)
    scene.teller.say(f"In de kopie is van regel {number} een byte veranderd. Nagerekend:")
    clumsy = (await _verified(config)).findings
    scene.keep(
        f"Knoeien met regel {number} valt op: {listed([str(each) for each in clumsy])}.",
        "" if any(each.first == number for each in clumsy) else "er is niets gevonden",
    )
    copy, config = _copied(scene)
    tampering.take_out(copy, number)
    async with demonstrating.log(config) as log:
        tampering.rebuild(copy, tampering.stranger(log.key.public.name))
    scene.teller.say(
        f"Nu haalt de knoeier regel {number} weg, nummert de rest door, bouwt alles opnieuw op en "
        "tekent met een sleutel van zichzelf:"
    )
    forged = (await _verified(config)).findings
    scene.keep(
        f"Ook dat valt op: {listed([str(each) for each in forged])}.",
        "" if any(each.kind == "signature" for each in forged) else "er is niets gevonden",
    )
    scene.facts["log"]["tampering"] = {
        "altered": [str(each) for each in clumsy],
        "forged": [str(each) for each in forged],
    }


async def betrayed(scene: Scene, number: int, kept: Opened) -> None:
    """The municipality itself rewrites its log, with the real key; a mail of Saar's tells."""
    scene.teller.act("De gemeente zelf knoeit, met de echte sleutel")
    copy, config = _copied(scene)
    tampering.take_out(copy, number)
    async with demonstrating.log(config) as log:
        tampering.rebuild(copy, log.key)
    alone = (await _verified(config)).findings
    scene.keep(
        f"Zonder regel {number} en met een echte handtekening klopt het logboek met zichzelf.",
        *alone,
    )
    mail = scene.stage.folder / "bewaard.eml"
    mail.write_bytes(kept.content)
    found = (await _verified(config, mail)).findings
    scene.keep(
        f"De mail die {SAAR.called} bewaarde, verraadt het: {listed([str(e) for e in found])}.",
        ""
        if any(each.kind in {"split", "truncated"} for each in found)
        else "er is niets gevonden",
    )
    scene.facts["log"]["tampering"]["rewritten"] = [str(each) for each in found]
    verdict = await _covered(scene, mail)
    scene.keep(
        f"Naast het echte logboek klopt diezelfde mail: {verdict.size} regels, en nog heel.",
        *verdict.findings,
        "" if verdict.size > scene.facts["log"]["size"] else "het groeide niet",
    )


async def prove(scene: Scene, number: int) -> None:
    """One entry taken along, and checked where nothing of the gateway is."""
    scene.teller.act("Een regel bewijzen, zonder de poort")
    content, key = await proven(scene.stage.config, number, sealed=False, by="")
    elsewhere = scene.stage.folder / "elders"
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        bundle.extractall(elsewhere)
    checking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "taalpoort_verify.py", ".", "--key", key),
        cwd=elsewhere,
        stdout=PIPE,
        stderr=STDOUT,
    )
    told, _ = await checking.communicate()
    said = [line for line in told.decode().splitlines() if not line.startswith(_CONTENT)]
    scene.teller.letter(f"python3 taalpoort_verify.py, over regel {number}", "\n".join(said))
    scene.keep(
        f"Een toezichthouder rekent regel {number} na met een enkel bestand, zonder de poort.",
        "" if checking.returncode == 0 else f"exitcode {checking.returncode}",
    )
    scene.facts["log"]["proven"] = number


def _copied(scene: Scene) -> tuple[Path, Config]:
    """The log as it is now, for somebody to spoil, without what the gateway itself remembers."""
    folder = scene.stage.folder
    copy, state = folder / "copy.db", folder / "copy"
    copy.unlink(missing_ok=True)
    state.mkdir(exist_ok=True)
    tampering.copy(folder / "gateway.db", copy)
    config = scene.stage.config
    sections: dict[str, tuple[Any, dict[str, Any]]] = {
        "gateway": (config.gateway, {"state_dir": state}),
        "database": (config.database, {"url": f"sqlite:///{copy}"}),
        "keys": (config.keys, {"log_key_file": str(demonstrating.log_key_file(config))}),
    }
    changed = {
        name: section.model_copy(update=settings)
        for name, (section, settings) in sections.items()
        if section is not None
    }
    return copy, config.model_copy(update=changed)


async def _verified(config: Config, *kept: Path) -> Verdict:
    async with demonstrating.log(config) as log:
        return await log.verify(kept)
