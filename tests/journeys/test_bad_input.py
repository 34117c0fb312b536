"""Mail that is not as it should be: a clear reason, nothing lost, nothing sent to anybody else.

Every case goes through the real servers.  After each of them: exactly one
outcome on record with its reason, the mail kept as it came, sealed, and nobody
got anything but those named here: the proven sender a receipt, an unproven
sender at most a notice without content, the officer a notice of what is held.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from gateway.adapters.tables_flow import answers_counted
from gateway.domain.register import RegisterError
from gateway.domain.sparing import LIMITS, Occasion
from tests import generators, people
from tests.journeys.town import report
from tests.world import CASPER, OFFICER, SAAR, SAM, Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.wire import Json
    from tests.journeys.town import Town

MEGABYTE = 1_000_000
NOTICES = LIMITS[Occasion.UNPROVEN][0][0]  # an hour


@dataclass(frozen=True)
class Case:
    """How the mail is made, what becomes of it, and who gets how many mails."""

    name: str
    make: Callable[[Town, int], bytes]
    outcome: str
    reasons: set[str]
    got: dict[str, int] = field(default_factory=dict)
    whole: bool = True  # the mail as a whole, or its one report


def headers(town: Town, who: str = SAAR, **more: str) -> dict[str, str]:
    return {
        "From": town.resident(who).key.user_id,
        "To": town.household.gateway.address,
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": people.new_message_id(),
        "Subject": "Voortgang",
        **more,
    }


def inner(*berichten: dict[str, Json]) -> bytes:
    document = generators.document_json(*berichten)
    return people.entity((("bijsluiter.json", "application/json", document),))


def flat(lines: dict[str, str], body: bytes) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + body


# --- secured mail and who sent it ----------------------------------------------------


def unsigned(town: Town, number: int) -> bytes:
    message = people.gnupg_message(None, town.certificate, inner(report(number)))
    return people.pgp_mime(headers(town), message)


def unencrypted(town: Town, number: int) -> bytes:
    signed = people.nested(town.resident(SAAR).key, inner(report(number)))
    return flat(headers(town) | {"MIME-Version": "1.0"}, signed)


def for_somebody_else(town: Town, number: int) -> bytes:
    saar, casper = town.resident(SAAR).key, town.resident(CASPER).key
    message = people.gnupg_message(saar, casper.cert, inner(report(number)), "--sign")
    return people.pgp_mime(headers(town), message)


def soon_over(town: Town) -> datetime:
    """A key is pinned while it holds, however busy the machine is; when it ends."""
    for seconds in (5, 20):
        end = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
        with suppress(RegisterError):
            town.pin(SAM, people.expiring(town.resident(SAM).key, end))
            return end
    end = (datetime.now(UTC) + timedelta(seconds=60)).replace(microsecond=0)
    town.pin(SAM, people.expiring(town.resident(SAM).key, end))
    return end


def key_expired(town: Town, number: int) -> bytes:
    end = soon_over(town)
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()))
    return town.sealed(SAM, report(number), style="sequoia")


def key_revoked(town: Town, number: int) -> bytes:
    town.change(lambda change: change.contacts.revoke(SAM))
    return town.sealed(SAM, report(number))


def unregistered(town: Town, number: int) -> bytes:
    stranger = people.person("Vreemdeling", "vreemd@elders.example", made_by="sequoia")
    document = generators.document_json(report(number))
    return people.encrypt_mail(stranger, town.certificate, document)


def from_somebody_else(town: Town, number: int) -> bytes:
    return town.sealed(SAAR, report(number), from_=town.resident(SAM).key.user_id)


def from_two(town: Town, number: int) -> bytes:
    both = f"{town.resident(SAAR).account.address}, {town.resident(SAM).account.address}"
    return town.sealed(SAAR, report(number), from_=both)


def changed_on_the_way(town: Town, number: int) -> bytes:
    mail = town.sealed(SAAR, report(number), style="sequoia")
    lines = mail.split(b"\r\n")
    middle = len(lines) // 2
    lines[middle] = lines[middle][::-1]
    return b"\r\n".join(lines)


SECURED = [
    Case("unsigned", unsigned, "reject", {"art-12.5/not-signed"}, {SAAR: 1}),
    Case("unencrypted", unencrypted, "reject", {"art-12.5/not-encrypted"}, {SAAR: 1}),
    Case("wrong-key", for_somebody_else, "reject", {"art-12.5/not-encrypted-to-us"}, {SAAR: 1}),
    Case("key-expired", key_expired, "reject", {"art-12.5/sender-key-expired"}),
    Case("key-revoked", key_revoked, "reject", {"art-12.5/sender-key-revoked"}),
    Case("unregistered", unregistered, "reject", {"art-12.5/unknown-signer"}),
    Case("other-from", from_somebody_else, "reject", {"art-12.5/from-is-not-signer"}, {SAM: 1}),
    Case("two-from", from_two, "reject", {"art-12.5/several-from"}),
    Case("changed", changed_on_the_way, "reject", {"art-12.5/damaged-ciphertext"}, {SAAR: 1}),
]

# --- mail that is hardly one -----------------------------------------------------------


def empty(town: Town, _: int) -> bytes:
    return flat(headers(town), b"\r\n")


def no_ciphertext(town: Town, _: int) -> bytes:
    return people.pgp_mime(headers(town), b"")


def cut_off(town: Town, number: int) -> bytes:
    mail = town.sealed(SAAR, report(number))
    return mail[: len(mail) // 2]


def no_boundary(town: Town, number: int) -> bytes:
    return town.sealed(SAAR, report(number)).replace(b'; boundary="=-=outer=-=";', b";")


def broken_inside(town: Town, _: int) -> bytes:
    content = b'Content-Type: multipart/mixed; boundary="nowhere"\r\n\r\nniets\r\n'
    saar = town.resident(SAAR).key
    message = people.gnupg_message(saar, town.certificate, content, "--sign")
    return people.pgp_mime(headers(town), message)


def out_of_office(town: Town, _: int) -> bytes:
    lines = headers(town, **{"Auto-Submitted": "auto-replied"})
    return flat(lines, b"\r\nIk ben er niet.\r\n")


def sixty_megabytes(town: Town, _: int) -> bytes:
    line = b"x" * 76 + b"\r\n"
    return flat(headers(town), b"\r\n" + line * (60 * MEGABYTE // len(line)))


HARDLY_MAIL = [
    Case("empty", empty, "reject", {"mail/empty"}, {SAAR: 1}),
    Case("no-ciphertext", no_ciphertext, "reject", {"art-12.5/damaged-ciphertext"}, {SAAR: 1}),
    Case("cut-off", cut_off, "reject", {"mail/malformed"}, {SAAR: 1}),
    Case("no-boundary", no_boundary, "reject", {"mail/malformed"}, {SAAR: 1}),
    Case("broken-inside", broken_inside, "reject", {"mail/malformed"}, {SAAR: 1}),
    Case("out-of-office", out_of_office, "ignore", {"mail/automatic"}),
    Case("60-MB", sixty_megabytes, "hold", {"mail/too-large"}, {SAAR: 1, OFFICER: 1}),
]

# --- the document --------------------------------------------------------------------


def with_document(document: bytes) -> Callable[[Town, int], bytes]:
    return lambda town, _: town.sealed(SAAR, document=document)


def two_documents(town: Town, number: int) -> bytes:
    second = ("nog-een.json", "application/json", generators.document_json(report(number)))
    return town.sealed(SAAR, report(number), extra_attachments=(second,))


def no_document(town: Town, _: int) -> bytes:
    saar = town.resident(SAAR).key
    message = people.gnupg_message(saar, town.certificate, people.entity(()), "--sign")
    return people.pgp_mime(headers(town), message)


def unknown_version(town: Town, number: int) -> bytes:
    document = generators.document_json(report(number), bijsluiterVersie="3")
    return town.sealed(SAAR, document=document)


def no_reports(town: Town, _: int) -> bytes:
    return town.sealed(SAAR, document=generators.document_json(berichten=[]))


DOCUMENT = [
    Case("two-json", two_documents, "reject", {"art-12.3/several-documents"}, {SAAR: 1}),
    Case("no-json", no_document, "reject", {"art-12.3/no-document"}, {SAAR: 1}),
    Case("not-json", with_document(b"{]"), "reject", {"art-12.3/not-json"}, {SAAR: 1}),
    Case("deep", with_document(b"[" * 100_000), "reject", {"art-12.3/not-json"}, {SAAR: 1}),
    Case("version", unknown_version, "reject", {"art-12.3/unknown-version"}, {SAAR: 1}),
    Case("no-reports", no_reports, "reject", {"art-12.3/faulty-document"}, {SAAR: 1}),
]

# --- the report and whom it is about ------------------------------------------------


def by_a_colleague(town: Town, number: int) -> bytes:
    return town.sealed(SAM, report(number))


def unknown_dossier(town: Town, number: int) -> bytes:
    person = generators.betrokkene(number) | {"dossierkenmerk": "DEMO-ONBEKEND"}
    return town.sealed(SAAR, report(number, betrokkene=person))


def other_name(town: Town, number: int) -> bytes:
    person = generators.betrokkene(number) | {"geslachtsnaam": "Andersnaam"}
    return town.sealed(SAAR, report(number, betrokkene=person))


def other_birth_date(town: Town, number: int) -> bytes:
    person = generators.betrokkene(number) | {"geboortedatum": "1950-01-01"}
    return town.sealed(SAAR, report(number, betrokkene=person))


def other_regime(town: Town, number: int) -> bytes:
    claim = {"wettelijkRegime": "WI2021", "doelgroep": generators.GEZIN}
    return town.sealed(SAAR, report(number, **claim))


def in_the_future(town: Town, number: int) -> bytes:
    progress = generators.voortgang() | {"periode": {"van": "2025-10-01", "totEnMet": "2099-01-01"}}
    return town.sealed(SAAR, report(number, voortgang=progress))


def unknown_fields(town: Town, number: int) -> bytes:
    return town.sealed(SAAR, report(number, vNummer="1234567890"))


def twenty_five_megabytes(town: Town, number: int) -> bytes:
    plan = ("plan.pdf", "application/pdf", os.urandom(13_600_000))
    return town.sealed(SAAR, report(number), extra_attachments=(plan,), style="gnupg-plain")


REPORT = [
    Case("colleague", by_a_colleague, "reject", {"art-12.5/sender-not-designated"}, {SAM: 1}),
    Case("dossier", unknown_dossier, "hold", {"art-12.5/person-unknown"}, {SAAR: 1, OFFICER: 1}),
    Case("name", other_name, "hold", {"art-12.5/person-differs"}, {SAAR: 1, OFFICER: 1}),
    Case("birth", other_birth_date, "hold", {"art-12.5/person-differs"}, {SAAR: 1, OFFICER: 1}),
    Case("regime", other_regime, "hold", {"art-2.3/regime-differs"}, {SAAR: 1, OFFICER: 1}),
    Case("future", in_the_future, "reject", {"art-12.3/implausible"}, {SAAR: 1}),
    Case("unknown-fields", unknown_fields, "forward", set(), {SAAR: 1, CASPER: 1}),
    Case("25-MB", twenty_five_megabytes, "forward", set(), {SAAR: 1, CASPER: 1}),
]
CASES = [*SECURED, *HARDLY_MAIL, *DOCUMENT, *REPORT]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(town: Town, case: Case) -> None:
    """One outcome, its reason, the mail kept, and nothing to anybody but those concerned."""
    if CASES.index(case) % 4 == 0:
        start_anew(town)
    number = town.inburgeraar(Setting())
    mail = case.make(town, number)
    try:
        town.household.dovecot.deliver(town.household.gateway, mail)
        town.settle(1)
        (record,) = town.records()
        place = 0 if case in REPORT else -1
        assert record.standing == ((place, case.outcome, frozenset(case.reasons)),)
        assert record.state == ("held" if case.outcome == "hold" else "done")
        assert record.size == len(mail)
        assert record.kept > 0
        assert town.got() == case.got
        nothing_told(town, case, number)
    finally:
        town.pin(SAM, town.resident(SAM).key.cert)


def start_anew(town: Town) -> None:
    """A gateway tells one person of a few unproven mails and is silent then; here all are asked."""

    async def forget() -> None:
        async with town.database.transaction() as connection:
            await connection.execute(delete(answers_counted))

    town.run(forget())


def test_of_many_unproven_mails_only_a_few_are_told(town: Town) -> None:
    """Who uses Saar's address cannot fill her mailbox through the gateway; all are on record.

    Nor by waiting for a restart.
    """
    start_anew(town)
    number = town.inburgeraar()
    mails = [unsigned(town, number) for _ in range(NOTICES + 2)]
    town.household.dovecot.deliver(town.household.gateway, *mails)
    town.settle(len(mails))
    town.gateway.stop()
    town.start()
    town.household.dovecot.deliver(town.household.gateway, unsigned(town, number))
    town.settle(len(mails) + 1)
    got = town.got()
    # A gateway that starts looks back, and tells the officer what it noticed of the cases above.
    got.pop(OFFICER, None)
    noticed = {mail.subject for mail in town.all_read(OFFICER)}
    assert got == {SAAR: NOTICES}
    assert noticed <= {"Kijk hiernaar: er is misschien iets misgegaan"}
    assert {outcome for each in town.records() for _, outcome, _ in each.standing} == {"reject"}
    start_anew(town)


def nothing_told(town: Town, case: Case, number: int) -> None:
    """Who is not proven to have sent it learns nothing of its content; the officer neither."""
    person = generators.betrokkene(number)
    unproven = case in SECURED or case in HARDLY_MAIL
    for who in case.got:
        for mail in town.all_read(who):
            if who == OFFICER or (unproven and not mail.is_receipt):
                assert not mail.tells(person["dossierkenmerk"])
            if who != CASPER:
                # Her own form comes back to who is proven to have sent it, and to nobody else.
                hers = who == SAAR and not unproven
                assert not mail.tells(person["geslachtsnaam"], given_back=not hers)
                assert not mail.tells("1234567890", given_back=not hers)


def test_a_mail_too_large_is_set_aside_whole(town: Town) -> None:
    """60 MB: only its header was read; the mail itself lies where the officer finds it."""
    gateway = town.household.gateway
    mail = sixty_megabytes(town, 0)
    before = len(town.household.dovecot.read(gateway, "Te groot"))
    town.household.dovecot.deliver(gateway, mail)
    town.settle(1)
    assert town.household.mails(gateway) == []
    aside = town.household.dovecot.read(gateway, "Te groot")
    assert [len(each) for each in aside[before:]] == [len(mail)]


def test_one_after_another_nothing_is_left_over(town: Town) -> None:
    """After all of it the ordinary goes as ever."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
