"""The events that NTA 7516 wants logged, done by a town, and read back as BIO2 8.15.01 asks.

What machines do with mail stands in records of processing, which name nobody who
works here; what people do stands in deeds.  Of each: Actie, Object, Resultaat,
Oorsprong, Actor, Tijdstempel.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.origin import account
from gateway.cli.main import app
from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.parties import Standing
from gateway.wiring import parts
from tests import generators
from tests.deeds import deeds_on_record
from tests.journeys.town import report
from tests.servers.process import wait_until
from tests.world import BY, BY_ANOTHER, CASPER, SAAR, SCHOOL_2, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.domain.audit import Deed
    from gateway.ledger.reading import Shown
    from tests.journeys.town import Town

GEZIN = Setting(regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, consent=())
TESS, PIM = ("--by", "Tess Testpersoon"), ("--by", "Pim Proefpersoon")
# Longer than sealed mail is kept, and any of it may still be needed.
LATER = timedelta(days=20)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event as BIO2 8.15.01 names its parts."""

    actie: str
    object: str
    resultaat: str
    oorsprong: str
    actor: str
    tijdstempel: datetime


def command(town: Town, *arguments: str) -> Any:
    """What ``gateway`` prints as JSON."""
    done = CliRunner().invoke(app, [*arguments, "--config", str(town.file), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def entries(town: Town) -> Sequence[Shown]:
    log = DatabaseLog(town.database, parts.vault(town.config))
    return town.run(log.show(last=None))


def deeds(town: Town) -> Sequence[Deed]:
    return town.run(deeds_on_record(town.database, parts.vault(town.config)))


def processed(town: Town, trace: str, kind: str) -> list[Line]:
    """What a machine did with a mail: in the name of no person."""
    found = []
    for each in entries(town):
        if each.head.kind != kind or each.head.trace_id != trace or each.content is None:
            continue
        record, evidence = each.content["record"], each.content["evidence"]
        attributes = record["attributes"]
        found.append(
            Line(
                actie=record["name"],
                object=attributes.get("dpl.core.data_subject_id", record["trace_id"]),
                resultaat=evidence.get("outcome", record["status"]),
                oorsprong=attributes["dpl.core.processing_activity_id"],
                actor=record["resource"]["name"],
                tijdstempel=datetime.fromtimestamp(record["end_time"] / 1000, UTC),
            )
        )
    return found


def acted(town: Town, action: str) -> list[Line]:
    """What people did, or the gateway by itself."""
    return [
        Line(
            actie=each.action.value,
            object=each.subject or each.about,
            resultaat=each.result.value,
            oorsprong=each.origin,
            actor=each.actor,
            tijdstempel=each.at,
        )
        for each in deeds(town)
        if each.action == action
    ]


def whole(line: Line) -> bool:
    """Nothing that has to be known is left out."""
    return all((line.actie, line.object, line.resultaat, line.oorsprong, line.actor)) and (
        datetime.now(UTC) - timedelta(hours=1) < line.tijdstempel < datetime.now(UTC) + 2 * LATER
    )


def test_ontvangen_doorsturen_verzenden(any_town: Town) -> None:
    """Receive, forward, send: of the mail, the report, and each letter that left."""
    any_town.send(SAAR, report(any_town.inburgeraar()))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    (record,) = any_town.records()
    (received,) = processed(any_town, record.trace, "mail")
    (forwarded,) = processed(any_town, record.trace, "report")
    sent = processed(any_town, record.trace, "sent")
    assert (received.actie, received.object) == ("mail afhandelen", record.trace)
    assert (forwarded.actie, forwarded.resultaat) == ("bericht beoordelen", "forward")
    assert [each.actie for each in sent] == ["verzenden", "verzenden"]  # report and receipt
    for line in (received, forwarded, *sent):
        assert whole(line)
        assert line.actor == "taalpoort"


def test_inzien_vrijgeven_weigeren(any_town: Town) -> None:
    """Consult: who looked at whom, in the register, in held mail and in the log itself."""
    number = any_town.inburgeraar(GEZIN)
    claim = {"wettelijkRegime": "WI2021", "doelgroep": generators.GEZIN}
    particulars = [{"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP", "signaal": "wil bellen"}]
    any_town.send(SAAR, report(number, bijzonderheden=particulars, **claim))  # type: ignore[arg-type]  # JSON by construction
    (record,) = any_town.records()
    kenmerk, person = generators.dossierkenmerk(number), f"dossier-{number}"
    command(any_town, "held", "show", record.trace, "--reveal", *TESS)
    command(any_town, "dossier", "show", kenmerk, "--reveal", *PIM)
    command(any_town, "log", "show", "--person", kenmerk)
    command(any_town, "held", "release", record.trace, *TESS)
    command(any_town, "held", "refuse", record.trace, *PIM)
    for action, who, what in (
        ("held.looked", BY, person),
        ("register.dossier-looked", BY_ANOTHER, person),
        ("log.looked", f"account {account()}", person),
        ("held.release", BY, record.trace),
        ("held.refuse", BY_ANOTHER, record.trace),
    ):
        line = acted(any_town, action)[-1]
        assert (line.actor, line.object, line.resultaat) == (who, what, "done")
        assert line.oorsprong == account()
        assert whole(line)
    # The processing by whoever decided is in the records too, without who that was.
    for kind in ("consulted", "released", "refused"):
        assert all(whole(line) for line in processed(any_town, record.trace, kind))
    any_town.settle(1)


def test_rechten_wijzigen(any_town: Town) -> None:
    """Rights changes, and who tried to make one without being allowed to."""
    any_town.change(lambda change: change.parties.set_standing(SCHOOL_2, Standing.SUSPENDED))
    any_town.change(lambda change: change.parties.set_standing(SCHOOL_2, Standing.ACTIVE))
    added = command(
        any_town, "contact", "add", "--party", SCHOOL_2, "--name", "Nina Nieuweling",
        "--address", "nina@letterhuis.example", "--role", "contactpersoon", *PIM,
    )  # fmt: skip
    refused = CliRunner().invoke(
        app,
        ["operator", "end", BY, "--by", "Iemand Anders", "--config", str(any_town.file)],
    )
    assert refused.exit_code == 1
    assert [line.object for line in acted(any_town, "party.standing-set")[-2:]] == [SCHOOL_2] * 2
    contact = acted(any_town, "contact.added")[-1]
    assert (contact.actor, contact.object) == (BY_ANOTHER, added["contact"])
    tried = acted(any_town, "operator.refused")[-1]
    assert (tried.actor, tried.resultaat) == (f"account {account()}", "refused")
    assert whole(contact)


def test_mislukken(any_town: Town) -> None:
    """Fail: the next server knows no such mailbox."""
    number = any_town.inburgeraar()
    at_home = any_town.resident(CASPER).account.address
    away = f"vertrokken-{at_home}"
    any_town.change(lambda change: change.contacts.change(CASPER, address=away))
    try:
        any_town.send(SAAR, report(number))
        (record,) = any_town.records()
        (failed,) = processed(any_town, record.trace, "undeliverable")
        assert (failed.actie, failed.resultaat) == ("onbestelbaar", "Error")
        assert whole(failed)
    finally:
        any_town.change(lambda change: change.contacts.change(CASPER, address=at_home))


def test_verwijderen(any_town: Town) -> None:
    """Delete: sealed mail whose time is over, each by its trace, by the gateway itself."""
    any_town.send(SAAR, report(any_town.inburgeraar()))
    (record,) = any_town.records()
    now = any_town.gateway.clock
    any_town.gateway.stop()
    any_town.gateway.clock = lambda: now() + LATER
    any_town.start()
    wait_until(lambda: any_town.records()[0].kept == 0, what="sealed mail deleted")
    any_town.gateway.stop()
    any_town.gateway.clock = now
    any_town.start()
    (deleted,) = [line for line in acted(any_town, "mail.deleted") if line.object == record.trace]
    assert (deleted.actor, deleted.resultaat) == ("gateway", "done")
    assert whole(deleted)
    # That the gateway was away meanwhile is on record as well.
    assert acted(any_town, "gateway.stopped")[-1].object == "poort-1"
    assert acted(any_town, "gateway.started")[-1].actor == "gateway"


def test_wie_hier_werkt_staat_in_geen_verwerking(any_town: Town) -> None:
    """Of all that this town did so far: actors stand in deeds, and in nothing else."""
    any_town.send(SAAR, report(any_town.inburgeraar()))
    kinds: set[str] = set()
    for each in entries(any_town):
        kinds.add(each.head.kind)
        if each.head.kind == "audit" or each.content is None:
            continue
        words = set(values(each.content))
        assert words.isdisjoint({BY, BY_ANOTHER, account(), f"account {account()}"})
        everything = json.dumps(each.content).casefold()
        assert "testpersoon" not in everything
        assert "proefpersoon" not in everything
    assert kinds >= {"mail", "report", "sent", "audit"}
    assert {each.actor for each in deeds(any_town)} >= {BY, BY_ANOTHER, "gateway"}


def values(content: Any) -> Iterator[str]:
    """Every text in it."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for inside in content.values():
            yield from values(inside)
    elif isinstance(content, (list, tuple)):
        for inside in content:
            yield from values(inside)
