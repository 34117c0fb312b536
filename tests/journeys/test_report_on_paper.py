"""The report on paper: the same as the mail says, to be filed, with what went before it.

> Article 12.4: alleen die gegevens die noodzakelijk zijn.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import delete

from gateway.adapters.tables_flow import inbound_raw
from gateway.domain.consent import ConsentCategory, ConsentKind
from tests import generators
from tests.journeys.town import report
from tests.world import CARLA, CASPER, SAAR, SCHOOL_1

if TYPE_CHECKING:
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

# Values that stand nowhere else in a mail.
HOURS, ABSENCE, INTENSITY = 4173, 3826, 6531
SUMMER, AUTUMN = ("2025-07-01", "2025-09-30"), ("2025-10-01", "2025-12-31")


def quarter(number: int, period: tuple[str, str], *, level: str, hours: int) -> dict[str, Json]:
    """A quarter of somebody who learns to read."""
    progress: dict[str, Json] = {
        **generators.voortgang(),
        "periode": {"van": period[0], "totEnMet": period[1]},
        "taalniveaus": [{"vaardigheid": "LE", "begin": "A0", "huidig": level, "doel": "B1"}],
        "gevolgdeUren": {"formeel": hours},
        "verzuim": {"urenGeoorloofd": ABSENCE, "urenOngeoorloofd": 0},
    }
    plan = generators.plan() | {"geschatteIntensiteitB1Route": INTENSITY}
    return report(number, voortgang=progress, persoonlijkPlan=plan, inburgeringstraject=None)


def test_het_verslag_gaat_ook_als_pdf_voor_het_dossier(town: Town) -> None:
    number = town.inburgeraar()
    town.send(SAAR, quarter(number, AUTUMN, level="A2", hours=HOURS))
    mail = town.read(CASPER)
    names = [str(part.get_filename()) for part in mail.inner.iter_attachments()]
    kenmerk = generators.dossierkenmerk(number)
    assert names == [f"bijsluiter-{kenmerk}.json", f"{kenmerk}_voortgang_2025-10-01_2025-12-31.pdf"]
    assert "4.173 uur" in mail.text
    paper = re.sub(r"\s+", "", mail.paper)
    # Above it stands the subject for older programs, below it what the log was.
    body = mail.text.partition("\n\n")[2].partition("\n\nOns logboek")[0]
    for line in body.splitlines():
        for words in re.split(r"  +|: |^\* |^[-=]+$", line):
            assert re.sub(r"\s+", "", words) in paper, words
    assert "Verloop tot nu toe" not in mail.text


def test_eerdere_perioden_staan_erbij(any_town: Town) -> None:
    """Levels and hours only; and on record which reports were told again."""
    number = any_town.inburgeraar()
    any_town.send(SAAR, quarter(number, SUMMER, level="A1", hours=HOURS))
    any_town.send(SAAR, quarter(number, AUTUMN, level="A2", hours=HOURS + 1))
    first, second = any_town.all_read(CASPER)
    assert "Verloop tot nu toe" not in first.text
    for shown in (second.text, second.html, second.paper):
        assert "Verloop tot nu toe" in shown
        assert "4.173" in shown
        assert "4.174" in shown
    assert "Lezen: sep 2025 A1, dec 2025 A2." in second.paper
    assert [each["voortgang"]["gevolgdeUren"]["formeel"] for each in (second.report,)] == [
        HOURS + 1
    ]
    assert second.text.count("3.826") == 1
    assert any_town.faults() == []


def test_wat_nu_niet_meer_gedeeld_mag_worden_staat_er_ook_niet_bij(town: Town) -> None:
    """A new consent without row 4: hours may still go by row 3, what was learnt may not."""
    number = town.inburgeraar()
    town.send(SAAR, quarter(number, SUMMER, level="ALFA_C", hours=HOURS))
    assert town.read(CASPER).tells("ALFA_C")
    town.new_day()
    town.change(
        lambda change: change.consents.record(
            f"dossier-{number}",
            SCHOOL_1,
            ConsentKind.GIVEN,
            categories={ConsentCategory.T1, ConsentCategory.T3},
        )
    )
    town.send(SAAR, quarter(number, AUTUMN, level="A1", hours=HOURS + 1))
    mail = town.read(CASPER)
    assert mail.tells(HOURS)
    assert mail.tells(HOURS + 1)
    for gone in ("ALFA_C", "Alfa C", "A1", ABSENCE, INTENSITY):
        assert not mail.tells(gone), gone
    assert "Alfa" not in mail.paper


def test_een_nieuwe_contactpersoon_krijgt_niet_wat_een_ander_had(town: Town) -> None:
    number = town.inburgeraar()
    town.send(SAAR, quarter(number, SUMMER, level="A1", hours=HOURS))
    town.new_day()
    town.change(lambda change: change.designations.designate(f"dossier-{number}", CARLA))
    town.send(SAAR, quarter(number, AUTUMN, level="A2", hours=HOURS + 1))
    assert not town.read(CARLA).tells(HOURS)


async def originals_gone(town: Town) -> None:
    """As `Inbox.forget` leaves it, once `run.keep_days` are over."""
    async with town.database.transaction() as connection:
        await connection.execute(delete(inbound_raw))


def test_na_de_bewaartermijn_gaat_alleen_deze_periode(town: Town) -> None:
    number = town.inburgeraar()
    town.send(SAAR, quarter(number, SUMMER, level="A1", hours=HOURS))
    town.new_day()
    town.run(originals_gone(town))
    town.send(SAAR, quarter(number, AUTUMN, level="A2", hours=HOURS + 1))
    mail = town.read(CASPER)
    assert mail.tells(HOURS + 1)
    assert not mail.tells(HOURS)
