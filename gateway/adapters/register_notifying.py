"""Recipients and corrections on record (AVG 16 and 19): what is put there, and reading it back."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.register_cases import read_case
from gateway.adapters.register_deeds import Done
from gateway.adapters.tables_register import dossier_secret, optional_instant, stamp
from gateway.adapters.tables_rights import correction, dossier_restriction, duty_recipient
from gateway.adapters.timestamps import instant_at
from gateway.domain.audit import Action
from gateway.domain.cases import RequestKind
from gateway.domain.categories import category_of
from gateway.domain.notifying import Correction, Happened, Passed, Recipient
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import RestrictionEvent
from gateway.domain.shape import known_path

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing
    from gateway.adapters.vault import Vault
    from gateway.domain.incidents import SentReport

_VALUE = "right value"
_EVER = datetime.fromtimestamp(0, UTC)


class Notifications:
    """Who has to hear of what.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def snapshot(
        self, case_id: str, dossier_id: str, happened: Happened, item: str = ""
    ) -> int:
        """Everybody who got anything about this person, by reference; how many reports.

        To be called before the person's data are erased: afterwards nobody knows any more.
        What was noted before under this case, for this `item`, is not noted twice.
        """
        return await self.note(
            case_id, happened, item, await self._writing.sent.received(dossier_id), dossier_id
        )

    async def consented(self, case_id: str, dossier_id: str, providers: Collection[str]) -> int:
        """As `snapshot`, of a part: who got what went on consent, with one of these providers.

        What went on the statutory ground rests on no consent, and is not asked to be erased.
        """
        reports = await self._writing.sent.about([dossier_id], _EVER)
        concerned = [each for each in reports if each.provider_id in providers]
        return await self.note(case_id, Happened.PARTLY, "", concerned, dossier_id)

    async def note(
        self,
        case_id: str,
        happened: Happened,
        item: str,
        reports: Sequence[SentReport],
        dossier_id: str,
    ) -> int:
        """As `snapshot`, for these reports alone."""
        await read_case(self._writing.rows, case_id)
        rows = await self._writing.rows.select(
            duty_recipient, case_id=case_id, item=item, happened=happened.value
        )
        known = {(row["contact_id"], row["reference"]) for row in rows}
        new = {(each.recipient_id, each.reference): each for each in reports if each.recipient_id}
        for key, each in new.items():
            if key not in known:
                await self._writing.append(
                    duty_recipient,
                    case_id=case_id,
                    item=item,
                    happened=happened.value,
                    contact_id=each.recipient_id,
                    reference=each.reference[:100],
                    sent_at=stamp(each.sent_at),
                    categories=" ".join(sorted(each.categories)),
                )
        added = len(new.keys() - known)
        if added:
            done = Done(Action.RECIPIENTS_NOTED, f"request/{case_id}", dossier_id, happened.value)
            self._writing.deeds.add(done)
        return added


class Corrections:
    """What was wrong in what was passed on (AVG 16).  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing, notifications: Notifications) -> None:
        self._writing = writing
        self._notifications = notifications

    async def record(self, case_id: str, report: str, field: str, value: str) -> str:
        """That `field` of this report is wrong and what it has to be; the correction's id.

        `report` is its number (berichtId), or the reference printed on it.  Who got the report
        is noted: whoever it went to, also before it came back or somebody else took over.
        What stood there is kept nowhere.
        """
        case = await read_case(self._writing.rows, case_id)
        if case.kind is not RequestKind.RECTIFICATION or not case.dossier_id:
            raise RegisterError(Refusal.OTHER_RIGHT)
        if not case.is_open:
            raise RegisterError(Refusal.CASE_OVER)
        if known_path(field) != field or category_of(field) is None:
            raise RegisterError(Refusal.BAD_FIELD)
        wrong = _wrong(await self._writing.sent.received(case.dossier_id), report, field)
        new = secrets.token_hex(4)
        await self._writing.append(
            correction,
            correction_id=new,
            case_id=case_id,
            dossier_id=case.dossier_id,
            bericht_id=wrong[0].bericht_id,
            party_id=await self._party(wrong[0].sender_id),
            source_id=wrong[0].sender_id,
            field=field,
            **await self._sealed(case.dossier_id, value),
        )
        await self._notifications.note(case_id, Happened.CORRECTED, new, wrong, case.dossier_id)
        return new

    async def _party(self, contact_id: str) -> str:
        return (await self._writing.contact(contact_id)).party.party_id

    async def _sealed(self, dossier_id: str, value: str) -> dict[str, object]:
        if not value.strip() or len(value) > 500:
            raise RegisterError(Refusal.BAD_DETAIL)
        rows = await self._writing.rows.select(dossier_secret, dossier_id=dossier_id)
        wrapped = rows[0]["wrapped_key"] if rows else None
        if wrapped is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        context = secrets.token_hex(16)
        person = self._writing.vault.person(dossier_id, wrapped)
        return {"context": context, "sealed": person.seal(_VALUE, context, value.encode())}


def _wrong(reports: Sequence[SentReport], report: str, field: str) -> list[SentReport]:
    """Every time this report went; where its fields are on record, with this one among them."""
    wanted = report.strip().strip("<>")
    named = {
        each.bericht_id
        for each in reports
        if each.bericht_id == wanted or (len(wanted) >= 8 and each.reference.startswith(wanted))
    }
    found = [each for each in reports if each.bericht_id and each.bericht_id in named]
    with_field = [
        each for each in found if not each.paths or any(_same(path, field) for path in each.paths)
    ]
    if len(named) != 1 or not with_field:
        raise RegisterError(Refusal.NOT_PASSED_ON)
    return with_field


def _same(path: str, field: str) -> bool:
    return path == field or path.startswith((f"{field}.", f"{field}["))


async def read_recipients(rows: Rows, case_id: str = "") -> tuple[Recipient, ...]:
    """Who has to hear of what in this case, or in any; in the order of recording."""
    found: dict[tuple[str, str, str, str], list[Passed]] = {}
    equal = {"case_id": case_id} if case_id else {}
    for row in await rows.select(duty_recipient, **equal):
        key = (row["case_id"], row["item"], row["happened"], row["contact_id"])
        found.setdefault(key, []).append(_passed(row))
    return tuple(
        Recipient(
            case_id=case,
            item=item,
            happened=Happened(happened),
            contact_id=contact_id,
            passed=tuple(passed),
        )
        for (case, item, happened, contact_id), passed in found.items()
    )


async def read_restricted(rows: Rows) -> tuple[frozenset[str], frozenset[str]]:
    """Restrictions in force and lifted ones, by id; with cases of which any, or none, is left."""
    events = await rows.select(dossier_restriction)
    ended = {
        row["restriction_id"] for row in events if row["event"] == RestrictionEvent.LIFTED.value
    }
    standing = {row["restriction_id"] for row in events} - ended
    cases = {row["case_id"] for row in events}
    restricted = {row["case_id"] for row in events if row["restriction_id"] in standing}
    return frozenset(standing | restricted), frozenset(ended | (cases - restricted))


def _passed(row: Row) -> Passed:
    return Passed(
        reference=row["reference"],
        sent_at=optional_instant(row["sent_at"]),
        categories=tuple(row["categories"].split()),
    )


async def read_corrections(rows: Rows, case_id: str = "") -> tuple[Correction, ...]:
    """The corrections of this case, or of any."""
    equal = {"case_id": case_id} if case_id else {}
    return tuple(
        Correction(
            correction_id=row["correction_id"],
            case_id=row["case_id"],
            dossier_id=row["dossier_id"],
            bericht_id=row["bericht_id"],
            party_id=row["party_id"],
            source_id=row["source_id"],
            field=row["field"],
            recorded_at=instant_at(row["recorded_at"]),
        )
        for row in await rows.select(correction, **equal)
    )


async def right_value(rows: Rows, vault: Vault, correction_id: str) -> str:
    """What should have stood there; empty once the person was erased."""
    (row,) = await rows.select(correction, correction_id=correction_id)
    kept = await rows.select(dossier_secret, dossier_id=row["dossier_id"])
    wrapped = kept[0]["wrapped_key"] if kept else None
    if wrapped is None:
        return ""
    person = vault.person(row["dossier_id"], wrapped)
    return person.open(_VALUE, row["context"], row["sealed"]).decode()
