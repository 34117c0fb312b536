"""The whole performance: set up, tell its acts, look at every promise, clean up."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.demo import first_act, form_act, log_act, second_act, stage, staying
from gateway.demo.promises import Promises
from gateway.demo.reports import promised_reports
from gateway.demo.scene import Scene
from gateway.demo.telling import Teller

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.demo.stage import Stage

STEPS = stage.STEPS + 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How it is performed; `policy` is another decision table than the gateway's own.

    With `smime` everybody has a certificate of an authority instead of an OpenPGP key.
    """

    policy: Path | None = None
    stay: bool = False
    keep: bool = False
    silent: bool = False
    smime: bool = False


async def perform(options: Options) -> dict[str, Any]:
    """Tell the story; the facts found.  Raises `BrokenPromiseError` at the first deviation."""
    began = time.monotonic()
    stage.deaf_to_the_environment()
    _clean_up_when_terminated()
    teller = Teller(STEPS, silent=options.silent)
    teller.begin()
    try:
        teller.act("Klaarzetten")
        async with stage.set_up(
            teller,
            _Announcer(teller),
            policy=options.policy,
            keep=options.keep,
            smime=options.smime,
        ) as ready:
            facts = await _tell(ready, teller)
            facts["seconds"] = round(time.monotonic() - began, 1)
            took = f"{facts['seconds']:.1f}".replace(".", ",")
            kept = len(facts["promises"])
            teller.say("")
            teller.say(f"Einde. {kept} beloften nagekeken en gehouden, in {took} seconden.")
            if options.keep:
                facts["folder"] = str(ready.folder)
                teller.say(f"De map blijft staan: {ready.folder}")
            if options.stay:
                teller.end()
                await staying.stay(ready, teller)
    finally:
        teller.end()
    return facts


def _clean_up_when_terminated() -> None:
    performing = asyncio.current_task()
    if performing is not None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, performing.cancel)


async def _tell(ready: Stage, teller: Teller) -> dict[str, Any]:
    scene = Scene(stage=ready, teller=teller, promises=Promises(), reports=promised_reports())
    first_act.introduce(scene)
    await first_act.send(scene)
    await first_act.read_reports(scene)
    await first_act.read_receipt(scene)
    await first_act.nobody_else(scene)
    telling = await log_act.read_log(scene)
    await log_act.tamper(scene, telling)
    kept = await second_act.send_unencrypted(scene)
    await log_act.betrayed(scene, telling, kept)
    await log_act.prove(scene, telling)
    await form_act.send_workbook(scene)
    scene.facts["promises"] = scene.promises.kept
    return scene.facts


class _Announcer:
    """Tells what the gateway reports of itself while it works, as `gateway serve` logs it."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def __call__(self, event: str, **fields: str | int | float) -> None:
        """One event of the catalogue; those nobody waits for are left out."""
        match event:
            case "mailbox.received":
                text = f"{fields['count']} mail opgehaald en opgeslagen ({fields['bytes']} bytes)"
            case "mail.handled":
                text = f"mail afgehandeld en vastgelegd in {fields['milliseconds']:.0f} ms"
            case "bug" | "report.undeliverable" | "report.postponed" | "mail.put_back":
                text = f"storing: {event}"
            case _:
                return
        self._teller.event(f"poort: {text}")
