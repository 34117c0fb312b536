"""A breach to practise on: made-up people in a database of its own, with every step timed.

Nothing of the real gateway is opened: no configuration, database, key or mailbox.  Everything
is made in a temporary folder and taken away at the end, but for the papers, which say
OEFENING.  Reports are sealed, opened, judged, released and put on record as in earnest; only
that the next mail server takes them is said and not done.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from gateway import config as configuration
from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.database_ledger import DatabaseLedger
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.log_writing import LogWriter
from gateway.domain.bijsluiter import VERSIE, Doelgroep, Regime
from gateway.domain.breach_terms import Cause, Effect, Measure, Nature, Risk, Step
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.histories import Identity
from gateway.domain.mail import Attachment
from gateway.domain.parties import Interval, Role, Side, Standing
from gateway.domain.proposals import Channel
from gateway.pipeline.forward import handle
from gateway.ports import Fetched, Place
from gateway.wiring.breach_papers import write_papers
from gateway.wiring.breaches import Opening, open_breach, take_step
from gateway.wiring.deeds import deed_log
from gateway.wiring.folders import new_folder, private_file
from gateway.wiring.keys import new_key
from gateway.wiring.preparing import prepare
from gateway.wiring.processing import scribe
from gateway.wiring.register import register
from gateway.wiring.scope_files import frozen
from gateway.wiring.scopes import AskedScope, scopes
from gateway.wiring.sending import sealed_by
from gateway.wiring.serving import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.register_change import Change
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.scope import Scope
    from gateway.domain.wire import Json
    from gateway.pipeline.gate import Gate

MARK: Final = "OEFENING"
BY, BY_ANOTHER = "oefening-1", "oefening-2"
SCHOOL, TOWN = "oefenschool", "oefengemeente"
SENDER, READER, OFFICER = "oefen-docent", "oefen-casemanager", "oefen-functionaris"
_GATEWAY = "poort@oefening.example"
_PEOPLE: Final = {
    SENDER: (SCHOOL, Role.CONTACTPERSOON),
    READER: (TOWN, Role.CASEMANAGER),
    OFFICER: (TOWN, Role.PRIVACY_OFFICER),
}
_A_MAIL = 50  # reports
_YEAR = timedelta(days=365)


@dataclass(slots=True, kw_only=True)
class Drilled:
    """What was practised: how many, how long each step took (seconds), and what came out."""

    people: int
    seconds: dict[str, float] = field(default_factory=dict)
    disclosures: int = 0
    found: int = 0
    verified: int = 0
    letters: int = 0
    folder: Path = Path()

    @property
    def answer(self) -> float:
        """From the question whom it concerns to the last letter (seconds)."""
        return sum(self.seconds[name] for name in ("scope", "record", "papers"))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """How long this step takes."""
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began


async def drill(people: int, folder: Path) -> Drilled:
    """A lost key, from the first question to the letters; raises `NotReadyError`.

    The papers are in `folder`, which is to be new.
    """
    done = Drilled(people=people, folder=folder)
    new_folder(folder)
    with tempfile.TemporaryDirectory(prefix="taalpoort-oefening-") as made, _deaf():
        with done.timed("register"):
            config, reader_key = await _installation(Path(made), people)
        with done.timed("reports"):
            await _reported(config, people)
        met = await _asked(config, done, reader_key)
        await _answered(config, done, met, reader_key)
    private_file(folder / f"LEESMIJ-{MARK}.txt", _told(done).encode())
    return done


@contextmanager
def _deaf() -> Iterator[None]:
    """Settings of a real gateway in the environment must not lead the exercise to it."""
    own = [name for name in os.environ if name.startswith(configuration.PREFIX)]
    kept = {name: os.environ.pop(name) for name in own}
    try:
        yield
    finally:
        os.environ.update(kept)


# --- an installation of its own ----------------------------------------------


async def _installation(folder: Path, people: int) -> tuple[Config, str]:
    keys = {}
    for who in _PEOPLE:
        keys[who] = await new_key(f"{MARK} {who} <{_address(who)}>", folder / f"{who}.key", None)
    config = _config(folder)
    await prepare(config)
    async with register(config) as administration:
        async with administration.founding(by=BY) as change:
            await change.operators.add(BY, f"{MARK} Een")
            await change.operators.add(BY_ANOTHER, f"{MARK} Twee")
        async with administration.change(by=BY) as change:
            await _partners(change, folder)
            for number in range(people):
                await _dossier(change, number)
        proposals = await administration.proposals()
        async with administration.change(by=BY_ANOTHER) as change:
            for each in proposals:
                await change.approve_key(each.proposal_id, keys[each.subject], Channel.IN_PERSON)
    return config, keys[READER]


def _config(folder: Path) -> Config:
    sections: Mapping[str, Mapping[str, str | int | bool]] = {
        "gateway": {
            "address": _GATEWAY,
            "municipality": f"{MARK} Gemeente Voorbeeldstad",
            "contact": f"{MARK} functioneel-beheer@oefening.example",
            "instance": "oefening",
            "state_dir": str(folder / "state"),
        },
        "database": {"url": f"sqlite:///{folder / 'oefening.db'}"},
        "keys": {
            "secret_key_file": str(folder / "keys" / "gateway.key"),
            "public_key_file": str(folder / "keys" / "gateway.asc"),
            "master_key_file": str(folder / "keys" / "master.key"),
            "workers": 2,
        },
        "letters": {"pdf": False},
        "[sender]": {
            "id": SENDER,
            "address": _address(SENDER),
            "secret_key_file": str(folder / f"{SENDER}.key"),
        },
    }
    lines: list[str] = []
    for name, settings in sections.items():
        lines.append(f"[{name}]")
        # A JSON string, number or truth is one of TOML too.
        lines += [f"{setting} = {json.dumps(value)}" for setting, value in settings.items()]
    file = private_file(folder / "gateway.toml", "\n".join(lines).encode())
    return configuration.load(file)


def _address(who: str) -> str:
    return f"{who}@oefening.example"


async def _partners(change: Change, folder: Path) -> None:
    now = datetime.now(UTC)
    for party, side, number in (
        (TOWN, Side.MUNICIPALITY, "0000009999"),
        (SCHOOL, Side.PROVIDER, "00VB000001"),
    ):
        await change.parties.add(
            party_id=party,
            side=side,
            name=f"{MARK} {party}",
            instellingsnummer=number,
            standing=Standing.ACTIVE,
            term=Interval(start=now - _YEAR, end=now + _YEAR),
            valid_from=now - _YEAR,
        )
    for who, (party, role) in _PEOPLE.items():
        await change.contacts.add(
            contact_id=who,
            party_id=party,
            name=f"{MARK} {who}",
            address=_address(who),
            role=role,
            bound=Interval(start=now - _YEAR),
            certificate=(folder / f"{who}.asc").read_bytes(),
            valid_from=now - _YEAR,
        )


def _identity(number: int) -> Identity:
    return Identity(
        dossierkenmerk=f"OEFENING-{number:05}",
        voornamen=MARK,
        geslachtsnaam=f"Verzonnen-{_letters(number)}",
        geboortedatum=f"19{70 + number % 30}-{1 + number % 12:02}-{1 + number % 28:02}",
    )


def _letters(number: int) -> str:
    # A name holds no digits.
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:05}")


async def _dossier(change: Change, number: int) -> None:
    since = datetime.now(UTC) - _YEAR
    dossier_id = await change.dossiers.add(
        identity=_identity(number),
        regime=Regime.WI2013,
        doelgroep=Doelgroep.ASIEL,
        duty=Interval(start=since, end=since + 2 * _YEAR),
        valid_from=since,
    )
    for who in (SENDER, READER):
        await change.designations.designate(dossier_id, who, valid_from=since)
    await change.consents.record(
        dossier_id,
        SCHOOL,
        ConsentKind.GIVEN,
        valid_from=since,
        categories=tuple(ConsentCategory),
    )


# --- reports, as in earnest --------------------------------------------------


async def _reported(config: Config, people: int) -> None:
    async with opened(config, workers=2) as (database, vault, gate):
        for first in range(0, people, _A_MAIL):
            numbers = range(first, min(first + _A_MAIL, people))
            content = _document([_report(number) for number in numbers])
            mail = await sealed_by(
                config,
                SENDER,
                (
                    Attachment(
                        name="bijsluiter.json", media_type="application/json", content=content
                    ),
                ),
            )
            await _walked(config, database, vault, gate, mail.mail)


async def _walked(
    config: Config, database: Database, vault: Vault, gate: Gate, mail: bytes
) -> None:
    """Stored, opened, judged, released; and as if the next mail server had taken it."""
    writes, deeds = await scribe(config, database), await deed_log(config, database, vault)
    now = datetime.now(UTC)
    inbox = DatabaseInbox(database, vault, instance="oefening", deeds=deeds)
    place = Place(mailbox=MARK, uidvalidity=1, uid=uuid4().hex)
    await inbox.store([Fetched(place=place, content=mail, size=len(mail), received_at=now)], now)
    ledger = DatabaseLedger(database, vault, writes, LogWriter(vault), deeds)
    for claimed in await inbox.claim(1, now):
        await ledger.release([(claimed, await handle(claimed.raw, gate))], datetime.now(UTC))
    outbox = DatabaseOutbox(
        database,
        vault,
        writes,
        LogWriter(vault),
        instance="oefening",
        return_path=_GATEWAY,
        revision=gate.registry.revision,  # type: ignore[attr-defined]  # the database's own
        facts_for=gate.registry.facts_for,  # type: ignore[attr-defined]  # as above
    )
    while taken := await outbox.claim(100, datetime.now(UTC)):
        await outbox.sent(taken, datetime.now(UTC))


def _document(reports: Sequence[Mapping[str, Json]]) -> bytes:
    whole = {
        "bijsluiterVersie": VERSIE,
        "documentId": str(uuid4()),
        "verzonden": datetime.now(UTC).isoformat(timespec="seconds"),
        "aanbieder": {"instellingsnummer": "00VB000001", "bow": "BOW-0001"},
        "berichten": list(reports),
    }
    return json.dumps(whole).encode()


def _report(number: int) -> Mapping[str, Json]:
    identity = _identity(number)
    return {
        "berichtId": str(uuid4()),
        "berichttype": "VOORTGANG",
        "wettelijkRegime": Regime.WI2013.value,
        "doelgroep": Doelgroep.ASIEL.value,
        "betrokkene": {
            "dossierkenmerk": identity.dossierkenmerk,
            "voornamen": identity.voornamen,
            "geslachtsnaam": identity.geslachtsnaam,
            "geboortedatum": identity.geboortedatum,
        },
        "voortgang": {
            "periode": {"van": _day(300), "totEnMet": _day(10)},
            "taalniveaus": [
                {"vaardigheid": "SP", "begin": "A0", "huidig": "A1", "doel": "B1"},
                {"vaardigheid": "LE", "begin": "A1", "huidig": "A2", "doel": "B1"},
            ],
            "gevolgdeUren": {"formeel": 200 + number % 100},
            "aangebodenUren": 300 + number % 100,
            "verzuim": {"urenGeoorloofd": number % 7, "urenOngeoorloofd": number % 5},
        },
    }


def _day(ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()


# --- the exercise ------------------------------------------------------------


async def _asked(config: Config, done: Drilled, key: str) -> Scope:
    """Whom it concerns, held against the log entry by entry, and frozen."""
    with done.timed("scope"):
        async with scopes(config, by=BY) as found:
            met = await found.scope(AskedScope(key=key), verify=True)
            people = await found.people(met)
        frozen(met, done.folder / f"reikwijdte-{MARK}", people)
    done.disclosures, done.found = met.counts.disclosures, met.counts.people
    done.verified = met.counts.sureness.get("verified", 0)
    return met


async def _answered(config: Config, done: Drilled, met: Scope, key: str) -> None:
    now = datetime.now(UTC)
    with done.timed("record"):
        breach = await open_breach(
            config,
            Opening(
                words=f"{MARK}: de sleutel {key[-16:]} van een casemanager is gestolen.",
                aware_at=now,
                natures=(Nature.CONFIDENTIALITY,),
                detected_at=now,
                occurred_from=now - timedelta(minutes=30),
                cause=Cause.LOST_KEY,
            ),
            by=BY,
            scope=met,
        )
        for step, detail, words in _STEPS:
            await take_step(config, breach, step, by=BY, detail=detail, words=words)
    with done.timed("papers"):
        papers = done.folder / f"papieren-{MARK}"
        done.letters = (await write_papers(config, breach, papers, by=BY)).letters


_STEPS: Final[Sequence[tuple[Step, Mapping[str, str], str]]] = (
    (Step.EFFECT, {"kind": Effect.CONFIDENTIAL.value}, MARK),
    (Step.MEASURE, {"kind": Measure.KEY_REVOKED.value}, MARK),
    (Step.ASSESSED, {"risk": Risk.HIGH.value}, f"{MARK}: een groep die kwetsbaar is."),
    (Step.TO_TELL, {}, MARK),
)


def _told(done: Drilled) -> str:
    lines = [
        f"{MARK}: alles in deze map is verzonnen. Verstuur er niets van.",
        f"Mensen in de oefening: {done.people}. Gevonden: {done.found}.",
        f"Berichten: {done.disclosures}, nagekeken in het logboek: {done.verified}.",
        f"Brieven: {done.letters}.",
        f"Van vraag tot laatste brief: {done.answer:.1f} seconden.",
    ]
    return "\n".join(lines) + "\n"
