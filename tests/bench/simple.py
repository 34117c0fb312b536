"""Measures the simple script of `tests.bench.naive` between the same servers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests import generators, world
from tests.bench.material import ADDRESS, FIRST_DOSSIER
from tests.bench.metering import Watch, waited
from tests.bench.rig import running
from tests.bench.serving import LONGEST, Meter
from tests.people import GpgHome
from tests.servers.dovecot import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.figures import Part
    from tests.bench.material import Material
    from tests.bench.serving import Bench


def simple(bench: Bench, messages: int) -> Part:
    """As `tests.bench.serving.through_the_sink`, for the script."""
    there, material = bench.there, bench.material
    there.empty(there.account)
    there.preload(material.mails(messages))
    already = there.sink.count()

    def done() -> int:
        return (there.sink.count() - already) // 2

    with GpgHome() as home:
        home.add(material.secret_key, *(each.cert for each in material.people.values()))
        settings = _settings(bench, home)
        arguments = ("-m", "tests.bench.naive", str(settings))
        with running(settings.with_suffix(".log"), *arguments, ready="ready") as process:
            around = {
                "dovecot": there.dovecot,
                "postfix": there.front,
                "sink": there.sink,
            }
            meter = Meter.started(process, around, str(home.path))
            with Watch(process.pid, (str(home.path),), done) as watch:
                end = waited(lambda: done() >= messages, LONGEST, process.goes_well)
            name = "d  a simple script on python-gnupg"
            return meter.part("naive", name, messages, end - meter.began, watch)


def _settings(bench: Bench, home: GpgHome) -> Path:
    where = bench.material.folder / "naive"
    where.mkdir()
    _database(where / "naive.db", bench.material)
    key = home.run("--with-colons", "--list-secret-keys").stdout.decode()
    file = where / "settings.json"
    file.write_text(
        json.dumps(
            {
                "home": str(home.path),
                "key": next(line.split(":")[9] for line in key.splitlines() if line[:3] == "fpr"),
                "database": str(where / "naive.db"),
                "ca_file": str(bench.there.certificates.ca),
                "imaps": bench.there.dovecot.imaps,
                "submissions": bench.there.front.submissions,
                "user": ADDRESS,
                "password": PASSWORD,
            }
        )
    )
    return file


def _database(file: Path, material: Material) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.executescript(
            """
            CREATE TABLE contact (fingerprint TEXT PRIMARY KEY, address TEXT);
            CREATE TABLE dossier (kenmerk TEXT PRIMARY KEY, name TEXT, born TEXT, consent TEXT,
                                  casemanager TEXT);
            CREATE TABLE log (at TEXT, report TEXT, shared TEXT, dropped TEXT);
            """
        )
        db.executemany(
            "INSERT INTO contact VALUES (?, ?)",
            [(each.fingerprint, each.address) for each in material.people.values()],
        )
        for number in range(FIRST_DOSSIER, FIRST_DOSSIER + material.dossiers):
            person = generators.betrokkene(number)
            row = (person["dossierkenmerk"], person["geslachtsnaam"], person["geboortedatum"])
            to = material.people[world.CASPER].address
            db.execute("INSERT INTO dossier VALUES (?, ?, ?, ?, ?)", (*row, "T1 T2 T3 T4", to))
        db.commit()
