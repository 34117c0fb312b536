"""Forms are read alike by the openers and by their twin; one that does harm harms no other."""

from __future__ import annotations

import pytest

from gateway.adapters.memory_sealer import MemorySealer
from gateway.adapters.workers import Limits, WorkerPool
from gateway.domain.form_reading import FormKind, FormRead
from gateway.domain.mail import Attachment
from gateway.domain.stops import Hold, Reason, Reject
from tests import forms, generators
from tests.contracts.sealers import PUBLIC, SECRETS


def attachment(kind: FormKind, content: bytes) -> Attachment:
    return Attachment(name=f"formulier.{kind}", media_type="", content=content)


FILLED = {
    kind: attachment(kind, forms.filled(kind, generators.full_bericht(1))) for kind in forms.TABLES
}


def same(one: FormRead, other: FormRead) -> bool:
    return (one.document, dict(one.places), one.faults, one.withheld) == (
        other.document,
        dict(other.places),
        other.faults,
        other.withheld,
    )


async def test_openers_and_their_twin_read_the_same() -> None:
    twin = MemorySealer(PUBLIC)
    faulty = attachment(FormKind.CSV, forms.csv_of(forms.NEEDED, ["DH-1", "", "ooit", "", "", ""]))
    async with WorkerPool("sequoia", SECRETS, workers=1) as pool:
        for form in (*FILLED.values(), faulty):
            read = await pool.read(form)
            assert same(read, await twin.read(form))
            assert same(read, await pool.read(form))
        for sealer in (pool, twin):
            with pytest.raises(Reject) as stop:
                await sealer.read(attachment(FormKind.XLSX, b"no workbook"))
            assert stop.value.reasons == (Reason.UNREADABLE_FORM,)
            assert stop.value.faults[0].kind == "bestand-beschadigd"
            with pytest.raises(Reject) as stop:
                await sealer.read(Attachment(name="brief.docx", media_type="", content=b""))
            assert stop.value.reasons == (Reason.NO_DOCUMENT,)


async def test_a_form_that_takes_too_much_is_held_and_costs_nobody_else() -> None:
    limits = Limits(memory_bytes=24 * 1024 * 1024)
    rows = [["x" * 900] * 6 for _ in range(1400)]
    heavy = attachment(FormKind.CSV, forms.csv_of(forms.NEEDED, *rows))
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=limits) as pool:
        with pytest.raises(Hold) as stop:
            await pool.read(heavy)
        assert stop.value.reasons == (Reason.OPENER_LIMIT,)
        assert (await pool.read(FILLED[FormKind.CSV])).faults == ()
