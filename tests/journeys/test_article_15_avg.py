"""AVG 15 and 20: somebody asks which data there are of them, gets all of it, and can prove it.

> De betrokkene heeft het recht om van de verwerkingsverantwoordelijke uitsluitsel te verkrijgen
> over het al dan niet verwerken van hem betreffende persoonsgegevens en, wanneer dat het geval
> is, om inzage te verkrijgen van die persoonsgegevens. (15.1)
> Het recht om een kopie te verkrijgen, doet geen afbreuk aan de rechten en vrijheden van
> anderen. (15.4)
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from gateway.domain.case_rules import Decision
from gateway.domain.cases import Outcome, Received, RequestKind, Step
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.consent_forms import AddedRow, Paper, Partner
from gateway.domain.dossier_refusals import DossierError
from gateway.domain.dossier_weighing import Chosen
from gateway.resources import data_folder
from gateway.wiring import access, access_files
from gateway.wiring.log import log_key
from tests import generators, world
from tests.journeys.town import report
from tests.world import CARLA, SAAR, SCHOOL_1, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.adapters.register_change import Change
    from gateway.domain.wire import Json
    from gateway.wiring.access_files import Made
    from tests.journeys.town import Town

OTHERS_NAME, INTERPRETER = "Xandra Nevenpersoon", "Tolk Taalbrugger"
SIGNAL = f"Komt samen met {OTHERS_NAME}"
SCAN = b"%PDF-1.4 scan of a form"
STAFF = ("Tess Testpersoon", "Pim Proefpersoon")


def schema(name: str) -> Draft202012Validator:
    text = (data_folder("schemas") / f"{name}-1.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text), format_checker=None)


def requested(town: Town, number: int, kind: RequestKind = RequestKind.ACCESS) -> str:
    """A request of this person, who showed who they are."""
    made: list[str] = []

    async def ask(change: Change) -> None:
        case_id = await change.cases.open(
            kind,
            reference=f"Z-2026-{number}",
            channel=Received.DESK,
            dossier_id=f"dossier-{number}",
            words="Ik wil alles zien.",
        )
        await change.cases.step(case_id, Step.IDENTIFIED, detail={"how": "document-seen"})
        made.append(case_id)

    town.change(ask)
    return made[0]


def signed(number: int, change: Change) -> Any:
    """A form on paper, with an interpreter and a row that was added by hand."""
    return change.consents.record(
        f"dossier-{number}",
        SCHOOL_1,
        ConsentKind.RENEWED,
        categories=[ConsentCategory(each) for each in ("T1", "T2", "T3", "T4")],
        paper=Paper(
            partner=Partner.NONE,
            interpreter=INTERPRETER,
            added=(AddedRow(text="Alles over mijn stage", covers=None),),
            scan=SCAN,
        ),
    )


def made(town: Town, case_id: str, folder: Path) -> Made:
    return town.run(access_files.access_dossier(town.config, case_id, folder, by=world.BY))


def refused(town: Town, case_id: str, folder: Path) -> DossierError:
    with pytest.raises(DossierError) as found:
        made(town, case_id, folder)
    assert not folder.exists()
    return found.value


def weigh(town: Town, case_id: str, *marks: str, chosen: Chosen) -> None:
    town.run(
        access.weigh(town.config, case_id, marks, chosen=chosen, reason="Afgewogen.", by=world.BY)
    )


def checked(folder: Path, key: object, *, bare: bool = False) -> tuple[int, str]:
    """What the program in the bundle says; `bare` in a Python without any package."""
    words = [sys.executable, "-I", *(["-S"] if bare else []), "taalpoort_dossier.py"]
    done = subprocess.run(
        [*words, "--key", str(key)], cwd=folder, capture_output=True, check=False, timeout=120
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def everything(folder: Path) -> bytes:
    """All that a person is given, also what is packed in it."""
    with zipfile.ZipFile(folder / "bewijs.zip") as bundle:
        packed = b"".join(bundle.read(name) for name in bundle.namelist())
    return packed + b"".join(file.read_bytes() for file in folder.iterdir())


def test_alles_over_een_mens_en_niets_over_een_ander(any_town: Town, tmp_path: Path) -> None:
    """One mail about two people; the dossier of one of them, weighed, given, and checked."""
    town = any_town
    one, other = town.inburgeraar(), town.inburgeraar(Setting(casemanager=CARLA))
    town.change(partial(signed, one))
    told: list[Json] = [{"datum": "2026-01-05", "soort": "NEEM_CONTACT_OP", "signaal": SIGNAL}]
    town.send(SAAR, report(one, bijzonderheden=told), report(other))
    case_id, folder = requested(town, one), tmp_path / "dossier"

    # Others are weighed before anything is given (15.4).
    assert refused(town, case_id, folder).code == "third-persons-not-weighed"
    seen = town.run(access.preview(town.config, case_id, by=world.BY))
    marks = {each.text: each for each in seen.draft.marks}
    assert set(access.waiting(seen)) == {each.mark_id for each in marks.values()}
    weigh(town, case_id, marks[SIGNAL].mark_id, marks[INTERPRETER].mark_id, chosen=Chosen.LEAVE_OUT)
    weigh(town, case_id, chosen=Chosen.INCLUDE)
    given = made(town, case_id, folder)
    assert (given.edition, given.missing) == (1, 0)

    dossier = json.loads((folder / "dossier.json").read_bytes())
    assert list(schema("access-dossier").iter_errors(dossier)) == []
    (only,) = dossier["reports"]
    assert only["recipient"]["name"] == "Casper Voorbeeldman"
    assert only["source"]["organisation"] == "Taalschool De Proef"
    assert (only["ground"], only["delivery"], only["values"]) == ("consent", "sent", "kept")
    assert only["content"]["voortgang"] == report(one)["voortgang"]
    assert {each["reason"] for each in only["withheld"]} == {"art-12.2/not-in-consent-form"}
    assert {each["article"] for each in dossier["leftOut"]} == {
        "AVG 15(4)",
        "AVG 15(4), C-579/21",
    }
    assert dossier["files"][0]["name"] == "toestemming-2.pdf"
    assert (folder / "toestemming-2.pdf").read_bytes() == SCAN
    actions = [each["action"] for each in dossier["consultations"]]
    assert "request.dossier-previewed" in actions
    assert actions[-1] == "request.dossier-made"
    kinds = [each["kind"] for each in dossier["processing"]]
    assert kinds == ["report", "sent"]
    assert dossier["requests"][0]["steps"][0]["words"] == "Ik wil alles zien."

    # Nothing about anybody else, and nobody of the municipality's own people who looked.
    whole = everything(folder)
    person = generators.betrokkene(other)
    for secret in (str(person["dossierkenmerk"]), str(person["email"]), OTHERS_NAME, INTERPRETER):
        assert secret.encode() not in whole, secret
    ids = (f'"{each}"' for each in (world.BY, world.BY_ANOTHER))
    for name in (*STAFF, "Carla Denkbeeldig", *ids):
        assert name.encode() not in whole, name
    text = (folder / "dossier.txt").read_text("utf-8")
    assert "Casper Voorbeeldman, Gemeente Voorbeeldstad" in text
    assert "Berichten over andere mensen in dezelfde mail (AVG 15(4))" in text

    # Whoever has the bundle checks it without us; a byte changed is found.
    key = log_key(town.config).public
    unpacked = tmp_path / "bewijs"
    with zipfile.ZipFile(folder / "bewijs.zip") as bundle:
        bundle.extractall(unpacked)
    code, said = checked(unpacked, key)
    assert (code, said.splitlines()[0]) == (0, f"Dossier: zaak Z-2026-{one}, uitgave 1."), said
    assert checked(unpacked, key, bare=True) == (code, said)
    assert f"2 stappen en {len(actions)} handelingen staan zo in het logboek." in said
    tampered = tmp_path / "anders"
    shutil.copytree(unpacked, tampered)
    file = tampered / "dossier.json"
    file.write_bytes(file.read_bytes().replace(b"Casper", b"Kasper"))
    code, said = checked(tampered, key)
    assert (code, "FOUT: dossier.json is veranderd" in said) == (1, True)

    # A second time is another edition, with what came of other requests (16, 19) in it; what was
    # decided is carried out by it.
    wrong = requested(town, one, RequestKind.RECTIFICATION)
    field, right = "voortgang.aangebodenUren", "101"
    town.change(lambda it: it.corrections.record(wrong, only["berichtId"], field, right))
    decide = Decision(outcome=Outcome.GRANTED)
    town.change(lambda change: change.cases.decide(case_id, decide))
    # What came since nobody looked at.
    assert refused(town, case_id, tmp_path / "nog-eens").code == "third-persons-not-weighed"
    weigh(town, case_id, chosen=Chosen.INCLUDE)
    again = made(town, case_id, tmp_path / "nog-eens")
    assert (again.edition, again.digest == given.digest) == (2, False)
    later = json.loads((tmp_path / "nog-eens" / "dossier.json").read_bytes())
    assert list(schema("access-dossier").iter_errors(later)) == []
    done = {
        (each["kind"], each["words"], each["who"]["name"]) for each in later["rightsCarriedOut"]
    }
    assert done == {
        ("correction", right, "Saar Proefdocent"),
        ("notification", None, "Casper Voorbeeldman"),
    }
    case = town.run(_case(town, case_id))
    assert case.has(Step.EXECUTED)
    assert case.steps[-1].detail == {"access": again.digest, "edition": "2"}


async def _case(town: Town, case_id: str) -> Any:
    async with access.desk(town.config) as at:
        return await at.register.case(case_id)


def test_meenemen_alleen_wat_op_toestemming_ging(town: Town, tmp_path: Path) -> None:
    """AVG 20: of one person the fields that consent covered, of the other nothing at all."""
    one = town.inburgeraar()
    other = town.inburgeraar(world.SETTINGS[4])
    told: list[Json] = [{"datum": "2026-01-05", "soort": "NEEM_CONTACT_OP", "signaal": SIGNAL}]
    town.send(
        SAAR, report(one, bijzonderheden=told), generators.full_bericht(other, regime="WI2021")
    )
    case_id, folder = requested(town, one, RequestKind.PORTABILITY), tmp_path / "mee"
    port = access_files.portable_data
    town.run(port(town.config, case_id, folder, by=world.BY))
    taken = json.loads((folder / "gegevens.json").read_bytes())
    assert list(schema("portable-data").iter_errors(taken)) == []
    (only,) = taken["reports"]
    assert only["data"]["voortgang"]["periode"] == report(one)["voortgang"]["periode"]  # type: ignore[index,call-overload]  # a report is JSON
    table = (folder / "gegevens.csv").read_text("utf-8-sig")
    assert "voortgang.periode.van" in table
    assert OTHERS_NAME not in table + json.dumps(taken)
    of_other = requested(town, other, RequestKind.PORTABILITY)
    with pytest.raises(DossierError, match="no-data-on-consent"):
        town.run(port(town.config, of_other, tmp_path / "niets", by=world.BY))
    with pytest.raises(DossierError, match="other-kind-of-request"):
        made(town, case_id, tmp_path / "anders")
    assert not (tmp_path / "niets").exists()
