"""A clerk's workbook of 300 inburgeraars: each row goes its own way, and one fault costs one row.

Issue: what people really send.  Covenant 12.3 (one report on each person), 12.5 (each to
the one casemanager of that person).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gateway.domain.form_reading import FormKind
from gateway.domain.outcomes import Ended
from gateway.domain.stops import Outcome, Reason
from tests import forms
from tests.forms_town import ADDRESS, CASEMANAGERS, INBURGERAARS, casemanagers, forms_town, reports

if TYPE_CHECKING:
    from gateway.domain.stages import Sealed

FAULTY = 150  # the row, from 0


@pytest.mark.parametrize("kind", [FormKind.XLSX])
async def test_every_row_reaches_its_casemanager_and_the_faulty_one_comes_back(
    kind: FormKind,
) -> None:
    rows = reports()
    rows[FAULTY]["doelgroep"] = "weet ik niet"
    async with forms_town() as town:
        handled = await town.sends(f"formulier.{kind}", forms.filled(kind, *rows))
        letters = town.sealer.letters
    assert len(handled.outcomes) == INBURGERAARS
    sent: list[Sealed] = [each for each in handled.outcomes if not isinstance(each, Ended)]
    [ended] = [each for each in handled.outcomes if isinstance(each, Ended)]
    assert (ended.number, ended.stop.outcome) == (FAULTY, Outcome.REJECT)
    assert ended.stop.reasons == (Reason.FAULTY_REPORT,)
    got = Counter(each.addressed.recipient.address for each in sent)
    each_one = INBURGERAARS // CASEMANAGERS
    assert sorted(got.values()) == [each_one - 1] + [each_one] * (CASEMANAGERS - 1)
    assert set(got) == {each.address for each in casemanagers()}
    receipt = letters[-1]
    assert receipt.sender == ADDRESS
    for text in (receipt.text, receipt.html):
        assert f"cel J{FAULTY + 5}" in text.replace("\n", " ")
        assert "299 van 300" in receipt.subject
    assert "weet ik niet" not in receipt.text + receipt.html
    [back] = [each for each in receipt.attachments if each.name == f"verbeteren.{kind}"]
    [again] = forms.reports(forms.read(kind, back.content))
    assert again["betrokkene"] == rows[FAULTY]["betrokkene"]


async def test_a_form_that_cannot_be_read_is_answered_with_what_to_do() -> None:
    async with forms_town(1) as town:
        handled = await town.sends("formulier.xlsx", b"PK\x03\x04 en verder niets")
        [receipt] = town.sealer.letters
    [ended] = handled.outcomes
    assert isinstance(ended, Ended)
    assert ended.stop.reasons == (Reason.UNREADABLE_FORM,)
    assert "sla het opnieuw op" in " ".join(receipt.text.split())
