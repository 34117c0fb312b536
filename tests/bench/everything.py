"""(e) From a provider's submission to the casemanager's mailbox, all through Postfix and Dovecot.

Latency is told from Postfix's "250 queued" to the provider until the report lies
in the casemanager's Maildir: a little later than the moment at which Postfix
accepted it for the casemanager, so the figures err on the slow side.
"""

from __future__ import annotations

import json
import smtplib
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.openpgp import SequoiaEngine
from gateway.adapters.unsealing import Engines, unseal
from tests.bench.figures import Latency, Part, latency
from tests.bench.material import ADDRESS
from tests.bench.metering import Watch, waited
from tests.bench.rig import gateway
from tests.bench.serving import LONGEST, Bench, Meter
from tests.servers.dovecot import PASSWORD, Account

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.rig import Process
    from tests.people import Person

LOAD = 0.8  # of what was reached at full speed
PAUSE = 0.3  # seconds between two mails when idle
SENDERS = 2  # connections of the provider at full speed


@dataclass
class Corridor:
    """A running gateway between a provider and a casemanager, both with a mail program."""

    bench: Bench
    process: Process
    sent: dict[str, float] = field(default_factory=dict)
    number: int = 0

    def box(self, somebody: Person) -> Path:
        """Where new mail for them comes in."""
        account = Account(address=somebody.address, password=PASSWORD)
        return self.bench.there.dovecot.maildir(account) / "new"

    def arrived(self) -> int:
        """Reports and receipts that lie in their boxes, in pairs."""
        material = self.bench.material
        return min(_count(self.box(material.casemanager)), _count(self.box(material.sender)))

    def until(self, count: int) -> float:
        """The moment at which so many had arrived."""
        well, told = self.process.goes_well, self.bench.there.told
        return waited(lambda: self.arrived() >= count, LONGEST, well, told)

    def connected(self) -> smtplib.SMTP_SSL:
        """The provider's mail program, logged in."""
        there = self.bench.there
        client = smtplib.SMTP_SSL(
            "localhost", there.postfix.submissions, context=there.certificates.client_context()
        )
        client.login(self.bench.material.sender.address, PASSWORD)
        return client

    def submit(self, client: smtplib.SMTP_SSL, number: int) -> None:
        """Mail `number`, and when Postfix had accepted it."""
        material = self.bench.material
        mail = next(material.mails(1, number))
        client.sendmail(material.sender.address, [ADDRESS], mail)
        self.sent[material.bericht_id(number)] = time.time()

    def latencies(self) -> list[float]:
        """Seconds for each report that was sent, by opening what the casemanager got."""
        material = self.bench.material
        engine = SequoiaEngine([material.casemanager.tsk])
        engine.set_keyring([material.certificate])
        found = []
        for file in self.box(material.casemanager).iterdir():
            opened = unseal(file.read_bytes(), Engines(openpgp=engine), datetime.now(UTC))
            report = json.loads(opened.attachments[0].content)["berichten"][0]
            if (submitted := self.sent.get(report["berichtId"])) is not None:
                found.append(file.stat().st_mtime - submitted)
        return found

    def forget(self) -> None:
        """What was sent so far is not part of the next measurement."""
        self.sent.clear()


def everything(
    bench: Bench, *, messages: int, idle: int, load_seconds: float
) -> tuple[Part, Latency, Latency]:
    """Full speed, then one by one, then at 80% of full speed."""
    there, material = bench.there, bench.material
    for somebody in (material.sender, material.casemanager):
        there.empty(Account(address=somebody.address, password=PASSWORD))
    config = bench.fresh("sqlite", there.postfix)
    with gateway(config) as process:
        corridor = Corridor(bench, process)
        part = _full_speed(corridor, messages)
        quiet = _one_by_one(corridor, idle)
        busy = _at(corridor, part.rate * LOAD, max(10, int(part.rate * LOAD * load_seconds)))
    return part, quiet, busy


def _full_speed(corridor: Corridor, messages: int) -> Part:
    there = corridor.bench.there
    for _ in corridor.bench.material.mails(messages):
        pass  # sealed beforehand, so that the provider's own work is not in the way
    around = {"postfix": there.postfix, "dovecot": there.dovecot}
    meter = Meter.started(corridor.process, around)
    began = time.monotonic()
    with Watch(corridor.process.pid, progress=corridor.arrived) as watch:
        _submitted(corridor, range(messages))
        end = corridor.until(messages)
    corridor.number = messages
    return meter.part(
        "everything", "e  all through Postfix and Dovecot", messages, end - began, watch
    )


def _submitted(corridor: Corridor, numbers: range) -> None:
    def some(first: int) -> None:
        with corridor.connected() as client:
            for number in numbers[first::SENDERS]:
                corridor.submit(client, number)

    threads = [threading.Thread(target=some, args=(first,)) for first in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _one_by_one(corridor: Corridor, messages: int) -> Latency:
    time.sleep(2)  # until the gateway idles again
    corridor.forget()
    with corridor.connected() as client:
        for _ in range(messages):
            corridor.submit(client, corridor.number)
            corridor.number += 1
            corridor.until(corridor.number)
            time.sleep(PAUSE)
    return latency("idle", corridor.latencies(), 0.0)


def _at(corridor: Corridor, per_second: float, messages: int) -> Latency:
    for _ in corridor.bench.material.mails(messages, corridor.number):
        pass
    corridor.forget()
    began = time.monotonic()
    with corridor.connected() as client:
        for count in range(messages):
            time.sleep(max(0.0, began + count / per_second - time.monotonic()))
            corridor.submit(client, corridor.number)
            corridor.number += 1
    offered = messages / (time.monotonic() - began)
    corridor.until(corridor.number)
    return latency("at 80% load", corridor.latencies(), offered)


def _count(box: Path) -> int:
    return sum(1 for _ in box.iterdir())
