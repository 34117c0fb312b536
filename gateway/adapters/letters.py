"""The letters: reports, receipts and notices, in Dutch first (implements `gate.Letters`)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.corrected_forms import NAME, Manner, given_back
from gateway.adapters.letter_correction import correction_page
from gateway.adapters.letter_proof import proof
from gateway.adapters.letter_reasons import Reasons
from gateway.adapters.letter_receipt import Receipts
from gateway.adapters.letter_reminder import ReminderPages
from gateway.adapters.letter_replacing import replaced_page
from gateway.adapters.letter_report import report_file_name, report_page, report_subject
from gateway.adapters.letter_witness import witness_lines
from gateway.adapters.mime_write import is_message_id
from gateway.adapters.page import Press
from gateway.adapters.theme import PLAIN
from gateway.adapters.typeset import settable, to_print
from gateway.adapters.words import Words
from gateway.domain.bijsluiter import VERSIE, Aanbieder, Document
from gateway.domain.mail import Attachment, Letter, Paper, Protection
from gateway.domain.parties import Side
from gateway.domain.reminding import digest
from gateway.domain.texts import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gateway.adapters.page import Page
    from gateway.adapters.theme import Theme
    from gateway.domain.correcting import Correction
    from gateway.domain.histories import Roster
    from gateway.domain.outcomes import Handled, Later
    from gateway.domain.parties import Contact
    from gateway.domain.reminding import Told
    from gateway.domain.replacing import Replaced
    from gateway.domain.stages import Addressed, Disclosure
    from gateway.domain.texts import Texts
    from gateway.ledger.checkpoints import Opened

# Ten million bytes is what Postfix takes by default, and encryption adds a third.
MAX_RECEIPT = 6_700_000
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSettings:
    """In whose name letters are written.

    `address` is also the envelope sender of reports, so that a bounce comes back
    to the gateway.  `contact` says whom people can call or write.  With `printing`
    a report has a PDF with it.
    """

    address: str
    name: str
    municipality: str
    contact: str
    language: Language = Language.NL
    zone: str = "Europe/Amsterdam"
    theme: Theme = PLAIN
    printing: bool = True

    @property
    def domain(self) -> str:
        """The right side of every Message-ID."""
        return self.address.rpartition("@")[2]


class LetterWriter:
    """Pure rendering: the same stage and checkpoint give the same letter, byte for byte.

    `report_name` gives what the Message-ID of a report begins with, by trace and number.
    `newest` gives the log's newest checkpoint; every letter carries it, so that
    everybody who gets one holds evidence of what the log was.
    """

    def __init__(
        self,
        settings: LetterSettings,
        *,
        texts: Texts,
        report_name: Callable[[str, int], str],
        newest: Callable[[], Opened | None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.zone)
        self._words = Words(settings.language)
        self._receipts = Receipts(texts, self._words, self._zone, settings.contact)
        self._reasons = Reasons(texts, self._words)
        self._said = lambda kind: texts.fault(kind).said(settings.language)
        self._reminders = ReminderPages(self._words, self._zone, settings.contact)
        self._press = Press(settings.theme)
        self._report_name = report_name
        self._newest = newest

    def report(self, addressed: Addressed) -> Letter:
        """The report to the designated contact; bears no trace of what was withheld."""
        disclosure = addressed.disclosure
        page, printed = self._pages(addressed)
        return self._letter(
            page,
            local=self._name(disclosure),
            date=disclosure.instant,
            to=addressed.recipient,
            subject=report_subject(disclosure, self._words),
            attachments=(_bijsluiter(addressed), *_plan(addressed)),
            envelope_from=self._settings.address,
            paper=printed,
        )

    def _pages(self, addressed: Addressed) -> tuple[Page, Paper | None]:
        if self._settings.printing:
            page = self._report_page(addressed, printed=True)
            printed = to_print(
                page,
                name=report_file_name(addressed.disclosure),
                author=addressed.disclosure.sender.party.name,
                at=addressed.disclosure.instant,
                theme=self._settings.theme,
            )
            if settable(printed):
                return page, printed
        return self._report_page(addressed, printed=False), None

    def _report_page(self, addressed: Addressed, *, printed: bool) -> Page:
        disclosure = addressed.disclosure
        ground = disclosure.ground_text
        return report_page(
            addressed,
            self._words,
            self._zone,
            ground=ground.nl if self._settings.language is Language.NL else ground.en,
            contact=self._settings.contact,
            reference=self._name(disclosure)[:8],
            printed=printed,
        )

    def _name(self, disclosure: Disclosure) -> str:
        return self._report_name(disclosure.trace, disclosure.number)

    def receipt(
        self,
        handled: Handled,
        recipient: Contact,
        in_reply_to: str,
        correction: Correction | None = None,
    ) -> Letter:
        """What became of each report; without content when the sender was not proven.

        Values stand in the form that is given back, and nowhere else.
        """
        if handled.sender is None:
            return self._unproven(handled, recipient)
        back = self._given_back(correction, handled) if correction else ()
        letter = self._proven(handled, recipient, in_reply_to, correction, back)
        if back and _weight(letter) > MAX_RECEIPT:
            return self._proven(handled, recipient, in_reply_to, None, ())
        return letter

    def _unproven(self, handled: Handled, recipient: Contact) -> Letter:
        page = self._receipts.unproven(handled)
        return self._letter(
            page,
            local=_receipt_name(handled),
            date=handled.raw.instant,
            to=recipient,
            subject=page.title,
        )

    def _proven(
        self,
        handled: Handled,
        recipient: Contact,
        in_reply_to: str,
        correction: Correction | None,
        back: tuple[Attachment, ...],
    ) -> Letter:
        file = back[0].name if back else ""
        page = self._receipts.receipt(handled, file)
        return self._letter(
            page,
            local=_receipt_name(handled),
            date=handled.raw.instant,
            to=recipient,
            subject=page.title,
            attachments=(_proof(handled, correction, file), *back),
            # What cannot be repeated is left out: an odd Message-ID costs nobody a receipt.
            in_reply_to=in_reply_to if is_message_id(in_reply_to) else "",
        )

    def _manner(self, at: datetime) -> Manner:
        settings = self._settings
        return Manner(
            said=self._said, language=settings.language, author=settings.municipality, at=at
        )

    def _given_back(self, correction: Correction, handled: Handled) -> tuple[Attachment, ...]:
        try:
            form = given_back(correction, self._manner(handled.raw.instant))
        except Exception:  # noqa: BLE001 - better a receipt without the form than none
            return ()
        if form is None:
            return ()
        page = correction_page(
            correction,
            self._words,
            self._reasons,
            reference=handled.raw.trace,
            file=form.name,
            came=handled.places,
        )
        text = self._press.text(page).encode()
        return (form, Attachment(name=f"{NAME}.txt", media_type="text/plain", content=text))

    def replaced(self, replaced: Replaced, recipient: Contact, instant: datetime) -> Letter:
        """That a report counts no more, for who got it; nothing of it or of what came instead."""
        name = self._report_name(replaced.trace, replaced.number)
        page = replaced_page(
            replaced.bericht_id,
            self._words,
            contact=self._settings.contact,
            reference=name[:8],
        )
        return self._letter(
            page,
            local=f"{name}.vervangen-{_seconds(instant)}-{_who(recipient)}",
            date=instant,
            to=recipient,
            subject=page.title,
        )

    def notice(self, handled: Handled, officer: Contact) -> Letter:
        """What waits for the officer: references and reason codes, no content."""
        page = self._receipts.notice(handled)
        return self._letter(
            page,
            local=f"{handled.raw.trace}.melding-{_seconds(handled.raw.instant)}-{_who(officer)}",
            date=handled.raw.instant,
            to=officer,
            subject=page.title,
        )

    def afterwards(self, later: Later, to: Contact) -> Letter:
        """What happened to reports after their receipt was written; without content."""
        page = self._receipts.afterwards(later, to)
        return self._letter(
            page,
            local=f"{later.trace}.nabericht-{_seconds(later.instant)}-{_whom_what(to, later)}",
            date=later.instant,
            to=to,
            subject=page.title,
        )

    def reminder(
        self, told: Told, to: Contact, roster: Roster, dossiers: Sequence[str], now: datetime
    ) -> Letter:
        """What is about to happen, when, and what to do; nothing about an inburgeraar."""
        page = self._reminders.page(told, to, roster, dossiers, now)
        rests_on = digest(roster, told, now)[:32]
        return self._letter(
            page,
            local=f"{rests_on}.herinnering-{_seconds(now)}-{_who(to)}",
            date=now,
            to=to,
            subject=page.title,
        )

    def duty(
        self,
        page: Page,
        to: Contact,
        reference: str,
        now: datetime,
        attachments: tuple[Attachment, ...] = (),
    ) -> Letter:
        """A letter that a duty asks for; `reference` is its own, and nobody can guess it."""
        return self._letter(
            page,
            local=f"{reference}.plicht-{_seconds(now)}-{_who(to)}",
            date=now,
            to=to,
            subject=page.title,
            attachments=attachments,
            envelope_from=self._settings.address,
        )

    def _letter(
        self,
        page: Page,
        *,
        local: str,
        date: datetime,
        to: Contact,
        subject: str,
        attachments: tuple[Attachment, ...] = (),
        envelope_from: str = "",
        in_reply_to: str = "",
        paper: Paper | None = None,
    ) -> Letter:
        newest = self._newest()
        foot = witness_lines(newest, self._words) if newest is not None else ()
        return Letter(
            message_id=f"<{local}@{self._settings.domain}>",
            date=date,
            sender=self._settings.address,
            sender_name=f"{self._settings.name} {self._settings.municipality}",
            recipient=to.address,
            certificate=to.key.certificate if to.key is not None else b"",
            protection=to.key.protection if to.key is not None else Protection.OPENPGP,
            subject=subject,
            outer_subject=self._words.say("Beveiligd bericht van het uitwisselpunt inburgering"),
            text=self._press.text(page, foot),
            html=self._press.html(page, foot),
            attachments=attachments,
            envelope_from=envelope_from,
            in_reply_to=in_reply_to,
            checkpoint=bytes(newest.note) if newest is not None else b"",
            paper=paper,
        )


def _receipt_name(handled: Handled) -> str:
    return f"{handled.raw.trace}.ontvangst-{_seconds(handled.raw.instant)}"


def _weight(letter: Letter) -> int:
    # Base64 adds a third and its line ends (RFC 2045, 6.8).
    attached = sum(len(each.content) for each in letter.attachments)
    return len(letter.text) + len(letter.html) + attached * 7 // 5


def _seconds(instant: datetime) -> int:
    # A mail that walks again gets a second receipt; mail programs drop a known Message-ID.
    return int(instant.timestamp())


def _who(contact: Contact) -> str:
    # Each copy is a mail of its own; an id of the register stays inside.
    return hashlib.sha256(contact.contact_id.encode()).hexdigest()[:8]


def _whom_what(contact: Contact, later: Later) -> str:
    # Of one mail several things may be told in one second.
    numbers = ",".join(map(str, later.numbers))
    told = f"{contact.contact_id} {later.reason} {numbers}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _bijsluiter(addressed: Addressed) -> Attachment:
    disclosure = addressed.disclosure
    document = Document(
        bijsluiter_versie=VERSIE,
        document_id=disclosure.document_id,
        verzonden=disclosure.signed_at,
        aanbieder=Aanbieder(instellingsnummer=_provider_number(disclosure, addressed.recipient)),
        berichten=(disclosure.content,),
    )
    kenmerk = _NOT_IN_A_NAME.sub("-", disclosure.content.betrokkene.dossierkenmerk)
    content = document.model_dump_json(by_alias=True, exclude_none=True, indent=2)
    return Attachment(
        name=f"bijsluiter-{kenmerk}.json", media_type="application/json", content=content.encode()
    )


def _plan(addressed: Addressed) -> tuple[Attachment, ...]:
    plan = addressed.disclosure.plan
    if plan is None:
        return ()
    return (Attachment(name=plan.name, media_type="application/pdf", content=plan.content),)


def _provider_number(disclosure: Disclosure, recipient: Contact) -> str:
    parties = (disclosure.sender.party, recipient.party)
    return next(party.instellingsnummer for party in parties if party.side is Side.PROVIDER)


def _proof(handled: Handled, correction: Correction | None, file: str) -> Attachment:
    content = json.dumps(proof(handled, correction, file), ensure_ascii=False, indent=2)
    return Attachment(
        name="ontvangstbewijs.json", media_type="application/json", content=content.encode()
    )
