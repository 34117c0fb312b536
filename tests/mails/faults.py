"""The registry of mails, each named by its fault.

A module of faults registers functions that make a mail's bytes::

    @fault("several-from", "two From fields, one of them the sender's",
           Reason.SEVERAL_FROM, stopped="opening: the one From")
    def several_from(scene: Scene) -> bytes:
        return scene.mail(fields=scene.fields(from_=[...]))

and is named in `MODULES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, cast

from gateway.domain.mail import Protection
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.stops import Reason
    from tests.mails.scene import Scene

    Mails = bytes | tuple[bytes, ...]
    Maker = Callable[[Scene], Mails]

MODULES = tuple(
    f"tests.mails.{name}"
    for name in (
        "broken_json",
        "broken_mime",
        "broken_packets",
        "broken_programs",
        "encryption",
        "headers",
        "no_reports",
        "replays",
        "sender",
        "signatures",
        "smime_certificates",
        "smime_encryption",
        "smime_signatures",
        "structure",
    )
)

SOON = timedelta(seconds=1)

S = TypeVar("S", bound="Scene")
M = TypeVar("M", bound="Mails")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of faulty mail and what becomes of it, whichever engine reads it.

    `reasons` are all reasons and no other; `stopped` says where, in a few words.
    `arrives` is how long after its making it comes in.  Where `make` gives several
    mails, the last is the faulty one, and those before it are passed on.
    """

    name: str
    what: str
    outcome: Outcome
    reasons: frozenset[Reason]
    stopped: str
    protections: tuple[Protection, ...]
    make: Maker
    arrives: timedelta = SOON

    def mails(self, scene: Scene) -> tuple[bytes, ...]:
        """Those that come before it and pass, and the faulty one as the last."""
        made = self.make(scene)
        return (made,) if isinstance(made, bytes) else made


FAULTS: dict[str, Fault] = {}


def fault(
    name: str,
    what: str,
    *reasons: Reason,
    stopped: str,
    outcome: Outcome = Outcome.REJECT,
    only: Protection | None = None,
    arrives: timedelta = SOON,
) -> Callable[[Callable[[S], M]], Callable[[S], M]]:
    """Register what makes a mail with this fault; `only` for one protection, else for all."""

    def register(make: Callable[[S], M]) -> Callable[[S], M]:
        if name in FAULTS:
            raise ValueError(f"two faults named {name}")
        FAULTS[name] = Fault(
            name=name,
            what=what,
            outcome=outcome,
            reasons=frozenset(reasons),
            stopped=stopped,
            protections=(only,) if only else tuple(Protection),
            make=cast("Maker", make),
            arrives=arrives,
        )
        return make

    return register


@cache
def faults() -> tuple[Fault, ...]:
    """All of them, by name."""
    for module in MODULES:
        import_module(module)
    return tuple(FAULTS[name] for name in sorted(FAULTS))


@cache
def scenes() -> dict[Protection, Scene]:
    """The scene of each protection that there are mails for."""
    from tests.mails.openpgp import OpenPGP
    from tests.mails.smime import Smime

    return {Protection.OPENPGP: OpenPGP(), Protection.SMIME: Smime()}


@cache
def every() -> tuple[tuple[Protection, Fault], ...]:
    """Each fault with each protection that it exists for, and that there is a scene of."""
    return tuple(
        (protection, each)
        for each in faults()
        for protection in each.protections
        if protection in scenes()
    )
