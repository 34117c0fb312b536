"""Who it says it is from: the fields that name a sender, and who is named there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Reason
from tests.mails.faults import fault
from tests.mails.scene import NAMES, Who, address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mails.scene import Scene

ONE_FROM = "opening: the one From is the signer's address"
PINNED = "opening: only pinned certificates count"
SENDER, COLLEAGUE = NAMES[Who.SENDER][1], NAMES[Who.COLLEAGUE][1]
STRANGER = NAMES[Who.STRANGER][1]


def written(
    name: str, what: str, from_: str | Sequence[str], *reasons: Reason, by: Who = Who.SENDER
) -> None:
    """A fault that is one From, over a valid signature."""

    @fault(name, what, *(reasons or (Reason.FROM_MISMATCH,)), stopped=ONE_FROM)
    def made(scene: Scene) -> bytes:
        return scene.mail(scene.sealed(scene.inner(), by), scene.fields(from_=from_))


written(
    "several-from",
    "two From fields",
    [address(Who.SENDER), address(Who.COLLEAGUE)],
    Reason.SEVERAL_FROM,
)
written("same-from-twice", "the same From twice", [address(Who.SENDER)] * 2, Reason.SEVERAL_FROM)
written(
    "from-two-addresses", "two addresses in one From", f"{SENDER}, {COLLEAGUE}", Reason.SEVERAL_FROM
)
written(
    "from-group-of-two",
    "a group of two as From",
    f"Taal: {SENDER}, {COLLEAGUE};",
    Reason.SEVERAL_FROM,
)
written("from-empty-group", "a group of nobody as From", "undisclosed:;")
written("from-none", "no From at all", [])
written("from-empty", "an empty From", "")
written("from-colleague", "a colleague's address over the sender's signature", COLLEAGUE)
written("from-comment", "the sender's address only in a comment", f"{STRANGER} ({SENDER})")
written("from-comment-inside", "a comment within the address", "saar(x)y@taalschool.example")
written(
    "from-nested-comment", "comments that end where one reader thinks", f"({SENDER}(x) {STRANGER}"
)
written("from-display-name", "the sender's address as a display name", f'"{SENDER}" <{STRANGER}>')
written("from-bare-display-name", "the same without quotes", f"{SENDER} <{STRANGER}>")
written("from-two-angles", "two addresses in angle brackets", f"<{SENDER}> <{STRANGER}>")
written("from-angle-inside", "an address within an address", f"<{SENDER}<{STRANGER}>>")
written("from-route", "a source route through the sender's address", f"<@{SENDER}:{STRANGER}>")
written("from-encoded", "the address as an encoded word", "=?utf-8?q?saar=40taalschool.example?=")
written(
    "from-encoded-local",
    "an encoded word in the address",
    "=?utf-8?q?saar?=@taalschool.example",
)
written("from-quoted-local", "a quoted local part", '"saar"@taalschool.example')
written("from-quoted-space", "a space in a quoted local part", '"saar "@taalschool.example')
written("from-quoted-at", "a second @ in a quoted local part", f'"{SENDER}"@elders.example')
written("from-homoglyph", "a Cyrillic letter in the address", "s\u0430ar@taalschool.example")
written("from-long-s", "a letter that folds to another", "\u017faar@taalschool.example")
written("from-fullwidth", "fullwidth letters in the domain", "saar@taalschool.\uff45xample")
written(
    "from-punycode", "the look-alike domain in its ASCII form", "saar@xn--tlschool-2fga.example"
)
written("from-zero-width", "a zero-width space in the address", "saar\u200b@taalschool.example")
written("from-turned", "an address behind a right-to-left mark", f"\u202e{SENDER}")
written("from-dot", "a dot more at the end of the domain", f"{SENDER}.")
written("from-subaddress", "a subaddress of the sender's", "saar+x@taalschool.example")
written("from-nul", "a NUL in the address", "saar\0@taalschool.example", Reason.MALFORMED)
written(
    "from-folded",
    "the second address on a line of its own",
    f"{SENDER},\r\n {STRANGER}",
    Reason.SEVERAL_FROM,
)
written(
    "signed-by-colleague",
    "the sender's address over the signature of another registered contact",
    address(Who.SENDER),
    by=Who.COLLEAGUE,
)
written(
    "signed-by-other-school",
    "the sender's address over the signature of another school's contact",
    address(Who.SENDER),
    by=Who.OTHER_SCHOOL,
)
written(
    "signed-by-casemanager",
    "the sender's address over a signature from the municipality",
    address(Who.SENDER),
    by=Who.CASEMANAGER,
)


@fault(
    "signed-by-stranger",
    "a valid signature by a key that nobody registered",
    Reason.UNKNOWN_SIGNER,
    stopped=PINNED,
)
def signed_by_stranger(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.STRANGER))


@fault("unsigned", "encrypted and not signed", Reason.NOT_SIGNED, stopped="opening: a signature")
def unsigned(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.inner()))


@fault(
    "not-for-us",
    "signed, and encrypted to somebody else",
    Reason.NOT_FOR_US,
    stopped="opening: a session key for our key",
)
def not_for_us(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.SENDER, to=Who.CASEMANAGER))


@fault(
    "signed-by-gateway",
    "the gateway's own signature, as in a mail of ours sent back",
    Reason.UNKNOWN_SIGNER,
    stopped=PINNED,
)
def signed_by_gateway(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.GATEWAY))


@fault(
    "signed-with-revoked-key",
    "a valid signature by a key that the register says is revoked",
    Reason.KEY_REVOKED,
    stopped="opening: the register's word on the key",
)
def signed_with_revoked_key(scene: Scene) -> bytes:
    body = scene.sealed(scene.inner(), Who.REVOKED)
    return scene.mail(body, scene.fields(from_=address(Who.REVOKED)))


@fault("sender-field", "a Sender that is not the From", Reason.FROM_MISMATCH, stopped=ONE_FROM)
def sender_field(scene: Scene) -> bytes:
    return scene.mail(fields=scene.fields(sender=address(Who.COLLEAGUE)))


@fault(
    "sender-field-twice",
    "two Sender fields, of which one is the From",
    Reason.FROM_MISMATCH,
    stopped=ONE_FROM,
)
def sender_field_twice(scene: Scene) -> bytes:
    both = [address(Who.SENDER), address(Who.COLLEAGUE)]
    return scene.mail(fields=scene.fields(sender=both))


@fault(
    "sender-for-from",
    "the signer as Sender, somebody else as From",
    Reason.FROM_MISMATCH,
    stopped=ONE_FROM,
)
def sender_for_from(scene: Scene) -> bytes:
    fields = scene.fields(from_=address(Who.COLLEAGUE), sender=address(Who.SENDER))
    return scene.mail(fields=fields)


@fault(
    "reply-to",
    "answers asked for at another address: nothing is ever sent there",
    Reason.NOT_SIGNED,
    stopped="Reply-To is not read; answers go to registered addresses",
)
def reply_to(scene: Scene) -> bytes:
    fields = scene.fields(reply_to=address(Who.STRANGER), return_path=f"<{STRANGER}>")
    return scene.mail(scene.sealed(scene.inner()), fields)


@fault(
    "inner-from-colleague",
    "protected headers that name another sender than the outer ones",
    Reason.FROM_MISMATCH,
    stopped=ONE_FROM,
)
def inner_from_colleague(scene: Scene) -> bytes:
    inner = scene.protected(scene.fields(from_=address(Who.COLLEAGUE)))
    return scene.mail(scene.sealed(inner, Who.SENDER))


@fault(
    "inner-several-from",
    "two From fields among the protected headers",
    Reason.SEVERAL_FROM,
    stopped=ONE_FROM,
)
def inner_several_from(scene: Scene) -> bytes:
    both = [address(Who.SENDER), address(Who.COLLEAGUE)]
    inner = scene.protected(scene.fields(from_=both))
    return scene.mail(scene.sealed(inner, Who.SENDER))


@fault(
    "inner-without-from",
    "protected headers that name no sender",
    Reason.FROM_MISMATCH,
    stopped=ONE_FROM,
)
def inner_without_from(scene: Scene) -> bytes:
    inner = scene.protected(scene.fields(from_=None))
    return scene.mail(scene.sealed(inner, Who.SENDER))


@fault(
    "inner-sender-field",
    "a Sender among the protected headers that is not the From",
    Reason.FROM_MISMATCH,
    stopped=ONE_FROM,
)
def inner_sender_field(scene: Scene) -> bytes:
    inner = scene.protected(scene.fields(sender=address(Who.COLLEAGUE)))
    return scene.mail(scene.sealed(inner, Who.SENDER))
