"""A flood of malformed mails with good ones between them, the same for the same seed.

The malformed ones are faults of the registry, each time another mail, and mails of the
sender's that were changed on one of their layers: on the wire, in the signed entity,
in the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.domain.mail import Protection
from tests import generators
from tests.mails.faults import SOON, every, scenes
from tests.mails.scene import Who

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.mails.scene import Scene

LARGEST = 300_000  # bytes, of a fault that is sent again and again
ODD = (
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"--",
    b"=",
    b";",
    b'"',
    b"\xff",
    b": ",
    b"(",
    b"{",
    b"[",
)


@dataclass(frozen=True, slots=True)
class Arriving:
    """A mail, and whether it is a good one."""

    name: str
    content: bytes
    good: bool


def flood(seed: int, count: int, good_every: int) -> Iterator[Arriving]:
    """`count` malformed mails, and before every `good_every` of them a good one."""
    rng, scene = Random(seed), scenes()[Protection.OPENPGP]
    first = scene.mail()
    yield Arriving("good", first, good=True)
    kinds = malformed(scene, first, rng)
    for number in range(count):
        if number and number % good_every == 0:
            yield Arriving("good", scene.mail(), good=True)
        name, make = rng.choice(kinds)
        yield Arriving(name, b"X-Number: %d.%d\r\n" % (seed, number) + make(), good=False)


def malformed(scene: Scene, good: bytes, rng: Random) -> list[tuple[str, Callable[[], bytes]]]:
    """Ways to make one; half of them changed at random, half by name."""

    def on_the_wire() -> bytes:
        return changed(good, rng)

    def inside() -> bytes:
        return scene.mail(scene.sealed(changed(scene.inner(nobodys()), rng), Who.SENDER))

    def document() -> bytes:
        return scene.mail(scene.sealed(scene.inner(changed(nobodys(), rng)), Who.SENDER))

    named = [(name, lambda mail=mail: mail) for name, mail in by_name(scene)]
    at_random = [("wire", on_the_wire), ("entity", inside), ("document", document)]
    return named + at_random * (len(named) // len(at_random))


@cache
def by_name(scene: Scene) -> list[tuple[str, bytes]]:
    """Faults of the registry that stay faults when they come in now and alone."""
    made = [
        (each.name, each.mails(scene))
        for protection, each in every()
        if protection is scene.protection and each.arrives == SOON
    ]
    return [(name, mails[0]) for name, mails in made if len(mails) == 1 and fits(mails[0])]


def fits(mail: bytes) -> bool:
    return len(mail) <= LARGEST


def nobodys() -> bytes:
    """A document about somebody whom nobody knows: whatever is left of it, it is not passed on."""
    person = generators.betrokkene(1) | {"dossierkenmerk": "DEMO-NIEMAND"}
    return generators.document_json(
        generators.bericht(1, berichtId=str(uuid4()), betrokkene=person)
    )


def changed(content: bytes, rng: Random) -> bytes:
    """A few bytes flipped, cut, doubled or put in."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data)) if data else 0
        far = at + rng.randint(1, 200)
        match rng.randrange(6):
            case 0 if data:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at:far]
            case 2:
                data[at:at] = data[at:far]
            case 3:
                data[at:at] = rng.choice(ODD)
            case 4:
                del data[at:]
            case _:
                data[at:at] = rng.randbytes(8)
    return bytes(data)
