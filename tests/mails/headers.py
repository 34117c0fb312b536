"""Protected headers (RFC 9788): whom a mail was meant for, and when it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests.mails import packets
from tests.mails.faults import fault
from tests.mails.openpgp import OpenPGP, person
from tests.mails.packets import keys_of, signature
from tests.mails.scene import GATEWAY, Who, address

if TYPE_CHECKING:
    from tests.mails.scene import Scene

INTENDED = "opening: intended recipient, then protected To, then outer To"
DATES = "opening: protected Date, outer Date and signature within a day"


def day(days: float) -> str:
    """A Date so many days from now."""
    return format_datetime(datetime.now(UTC) + timedelta(days=days))


@fault(
    "forwarded",
    "signed for a colleague and encrypted on to us by who received it: protected To",
    Reason.NOT_INTENDED,
    stopped=INTENDED,
)
def forwarded(scene: Scene) -> bytes:
    inner = scene.protected(scene.fields(to=address(Who.COLLEAGUE)))
    return scene.mail(scene.sealed(inner, Who.SENDER))


@fault(
    "forwarded-version-1",
    "the same with the older protected-headers v1",
    Reason.NOT_INTENDED,
    stopped=INTENDED,
)
def forwarded_version_1(scene: Scene) -> bytes:
    fields = scene.fields(to=address(Who.CASEMANAGER))
    inner = scene.protected(fields, how='protected-headers="v1"')
    return scene.mail(scene.sealed(inner, Who.SENDER))


@fault(
    "forwarded-look-alike",
    "our address only as a display name among the protected headers",
    Reason.NOT_INTENDED,
    stopped=INTENDED,
)
def forwarded_look_alike(scene: Scene) -> bytes:
    to = f'"{GATEWAY}" <sam@taalschool.example>'
    return scene.mail(scene.sealed(scene.protected(scene.fields(to=to)), Who.SENDER))


@fault(
    "forwarded-without-protection",
    "no protected headers, and our address not on the outside either",
    Reason.NOT_INTENDED,
    stopped=INTENDED,
)
def forwarded_without_protection(scene: Scene) -> bytes:
    return scene.mail(fields=scene.fields(to=address(Who.CASEMANAGER)))


@fault(
    "forwarded-cleartext",
    "signed and not encrypted by its author, who says so; encrypted by somebody else",
    Reason.NOT_ENCRYPTED,
    stopped='opening: protected headers with hp="clear" are refused',
)
def forwarded_cleartext(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.protected(how='hp="clear"'), Who.SENDER))


@fault(
    "intended-for-another",
    "the signature names another recipient's key",
    Reason.NOT_INTENDED,
    stopped=INTENDED,
    only=Protection.OPENPGP,
)
def intended_for_another(scene: OpenPGP) -> bytes:
    named = b"\x04" + bytes.fromhex(person(Who.CASEMANAGER).fingerprint)
    return intended(scene, scene.protected(), named)


@fault(
    "intended-for-another-critical",
    "the same, marked as critical, in a mail whose headers say that it is for us",
    Reason.NOT_INTENDED,
    stopped=INTENDED,
    only=Protection.OPENPGP,
)
def intended_for_another_critical(scene: OpenPGP) -> bytes:
    named = b"\x04" + bytes.fromhex(person(Who.COLLEAGUE).fingerprint)
    return intended(scene, scene.inner(), named, critical=True)


def intended(scene: OpenPGP, inner: bytes, named: bytes, *, critical: bool = False) -> bytes:
    """A mail whose signature names this recipient."""
    key = keys_of(person(Who.SENDER))[1]
    made = signature(key, inner, (packets.RECIPIENT, named, critical))
    return scene.crafted(packets.signed(inner, made))


@fault("inner-date-old", "a protected Date of last year", Reason.DATES_DIFFER, stopped=DATES)
def inner_date_old(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.protected(scene.fields(date=day(-365))), Who.SENDER))


@fault("inner-date-to-come", "a protected Date of next week", Reason.DATES_DIFFER, stopped=DATES)
def inner_date_to_come(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.protected(scene.fields(date=day(7))), Who.SENDER))


@fault(
    "outer-date-differs",
    "an outer Date two days from the protected one",
    Reason.DATES_DIFFER,
    stopped=DATES,
)
def outer_date_differs(scene: Scene) -> bytes:
    body = scene.sealed(scene.protected(), Who.SENDER)
    return scene.mail(body, scene.fields(date=day(-2)))


NEAR = "opening: the signature's time is near"


@fault(
    "arrives-late",
    "eight days on the way",
    Reason.SIGNATURE_DATE,
    stopped=NEAR,
    arrives=timedelta(days=8),
)
@fault(
    "arrives-before",
    "signed an hour after it arrived",
    Reason.SIGNATURE_DATE,
    stopped=NEAR,
    arrives=timedelta(hours=-1),
)
def another_time(scene: Scene) -> bytes:
    return scene.mail()


@fault(
    "key-has-ended",
    "signed by a key that ended while it was on the way",
    Reason.KEY_EXPIRED,
    stopped="opening: the key as of signing and arrival",
    arrives=timedelta(days=6),
)
def key_has_ended(scene: Scene) -> bytes:
    body = scene.sealed(scene.inner(), Who.ENDING)
    return scene.mail(body, scene.fields(from_=address(Who.ENDING)))
