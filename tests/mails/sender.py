"""Who it says it is from: the fields that name a sender, and who is named there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Reason
from tests.mails.faults import fault
from tests.mails.scene import Who, address

if TYPE_CHECKING:
    from tests.mails.scene import Scene

ONE_FROM = "opening: the one From is the signer's address"


@fault("several-from", "two From fields", Reason.SEVERAL_FROM, stopped=ONE_FROM)
def several_from(scene: Scene) -> bytes:
    return scene.mail(fields=scene.fields(from_=[address(Who.SENDER), address(Who.COLLEAGUE)]))


@fault(
    "from-colleague",
    "a colleague's address over the sender's signature",
    Reason.FROM_MISMATCH,
    stopped=ONE_FROM,
)
def from_colleague(scene: Scene) -> bytes:
    return scene.mail(fields=scene.fields(from_=address(Who.COLLEAGUE)))


@fault(
    "signed-by-colleague",
    "the sender's address over the signature of another registered contact",
    Reason.FROM_MISMATCH,
    stopped=ONE_FROM,
)
def signed_by_colleague(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.COLLEAGUE))


@fault(
    "signed-by-stranger",
    "a valid signature by a key that nobody registered",
    Reason.UNKNOWN_SIGNER,
    stopped="opening: only pinned certificates count",
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
    stopped="opening: our key",
)
def not_for_us(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.SENDER, to=Who.CASEMANAGER))
