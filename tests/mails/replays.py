"""What came before, again: in the same words, in other words, in another wrapping."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests import generators
from tests.mails import packets
from tests.mails.faults import fault
from tests.mails.openpgp import OpenPGP, person, pgp_mime
from tests.mails.packets import keys_of, signature
from tests.mails.scene import Who

if TYPE_CHECKING:
    from tests.mails.scene import Scene

pgp = partial(fault, only=Protection.OPENPGP)
ONCE = "opening: an act of signing counts once, whatever is put around it"


@fault(
    "replayed", "a whole mail again, with one more Received field", Reason.REPLAYED, stopped=ONCE
)
def replayed(scene: Scene) -> tuple[bytes, ...]:
    mail = scene.mail()
    return mail, b"Received: from elders.example by mx.example\r\n" + mail


@fault(
    "replayed-other-headers",
    "the same sealed content in a mail with new header fields",
    Reason.REPLAYED,
    stopped=ONCE,
)
def replayed_other_headers(scene: Scene) -> tuple[bytes, ...]:
    body = scene.sealed(scene.inner(), Who.SENDER)
    return scene.mail(body), scene.mail(body)


@pgp(
    "replayed-encrypted-anew",
    "a signed message taken out and encrypted anew",
    Reason.REPLAYED,
    stopped=ONCE,
)
def replayed_encrypted_anew(scene: OpenPGP) -> tuple[bytes, ...]:
    inner = scene.inner()
    signed = packets.signed(inner, signature(keys_of(person(Who.SENDER))[1], inner))
    return scene.crafted(signed), scene.crafted(packets.compressed(signed))


@pgp(
    "replayed-other-file-name",
    "the same with another file name, which is not signed",
    Reason.REPLAYED,
    stopped=ONCE,
)
def replayed_other_file_name(scene: OpenPGP) -> tuple[bytes, ...]:
    inner = scene.inner()
    made = signature(keys_of(person(Who.SENDER))[1], inner)
    again = packets.literal(inner, name=b"_CONSOLE")
    announced = packets.one_pass(made)
    return scene.crafted(packets.signed(inner, made)), scene.crafted(announced + again + made)


@pgp(
    "replayed-as-parts",
    "the same with the signature in a part of its own",
    Reason.REPLAYED,
    stopped=ONCE,
)
def replayed_as_parts(scene: OpenPGP) -> tuple[bytes, ...]:
    part = scene.signed_part(scene.inner())
    return scene.mail(scene.sealed(part)), scene.mail(pgp_mime(scene.message(part)))


@fault(
    "payload-again",
    "the same document, signed anew",
    Reason.DUPLICATE_REPORT,
    stopped="permitting and ledger: a report's number passes once",
)
def payload_again(scene: Scene) -> tuple[bytes, ...]:
    document = scene.document()
    first, second = (scene.mail(scene.sealed(scene.inner(document), Who.SENDER)) for _ in "12")
    return first, second


@fault(
    "report-again",
    "the same report in another document",
    Reason.DUPLICATE_REPORT,
    stopped="permitting and ledger: a report's number passes once",
)
def report_again(scene: Scene) -> tuple[bytes, ...]:
    bericht = generators.bericht(1, berichtId="6f1c2a52-7a3c-4a0e-9a1c-0d2f6f1b7e55")
    documents = (generators.document_json(bericht), generators.document_json(bericht | {}))
    mails = [scene.mail(scene.sealed(scene.inner(each), Who.SENDER)) for each in documents]
    return tuple(mails)
