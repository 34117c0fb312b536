"""12.5: secured, and by whom.  A signature is an identity only once it is pinned to one."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from gateway.adapters.memory_sealer import TransparentEngine
from gateway.adapters.unsealing import Engines, unseal
from gateway.domain.mail import Headers, Signature, SignatureState, Unsealed, same_address
from gateway.domain.parties import Interval
from gateway.domain.stops import Hold, Ignore, Reason, Reject, Retry, Stop
from gateway.pipeline.opening import opening
from tests import corridor, generators
from tests.generators import INSTANT, SENDER
from tests.people import person
from tests.pipeline.office import FINGERPRINT, GOOD, OUTER, OWN, Engine, Register, found, gate

OTHER = Headers(from_=("iemand@anders.example",))
BOTH = Headers(from_=(SENDER.address, "iemand@anders.example"))
OVER = Interval(end=INSTANT)
TWIN = dataclasses.replace(SENDER, contact_id="contact-9", address="twee@taalschool.example")


def signed(state: SignatureState) -> Signature:
    """A signature of the school's contact in this state."""
    return Signature(state=state, fingerprint=FINGERPRINT)


def made(*, days: float = 0, minutes: float = 0) -> Signature:
    """A valid signature made so long after the mail was received."""
    return dataclasses.replace(GOOD, created=INSTANT + timedelta(days=days, minutes=minutes))


def to(*addresses: str) -> Headers:
    """Honest headers, but for whom they name as recipients."""
    return dataclasses.replace(OUTER, to=addresses)


def dated(*, days: float = 0) -> Headers:
    """Honest headers with a Date so long after the signature."""
    return dataclasses.replace(OUTER, date=INSTANT + timedelta(days=days))


async def opened(finds: Unsealed | Exception, *people: object) -> object:
    """What opening makes of what the engine found."""
    register = Register(people=people) if people else Register()  # type: ignore[arg-type]  # contacts, or none
    return await opening(corridor.raw(), gate(Engine(finds), register))


async def test_an_honest_mail_is_its_registered_contacts_mail() -> None:
    result = await opening(corridor.raw(), gate())
    assert result.sender == SENDER
    assert result.signed_at == INSTANT
    assert result.message_id == "<mail@taalschool.example>"


REFUSED: dict[str, tuple[Unsealed, tuple[Reason, ...]]] = {
    "not signed": (found(signatures=()), (Reason.NOT_SIGNED,)),
    "bad": (found(signatures=(signed(SignatureState.BAD),)), (Reason.BAD_SIGNATURE,)),
    "weak": (found(signatures=(signed(SignatureState.WEAK),)), (Reason.WEAK_SIGNATURE,)),
    "by an expired key": (
        found(signatures=(signed(SignatureState.KEY_EXPIRED),)),
        (Reason.KEY_EXPIRED,),
    ),
    "by a revoked key": (
        found(signatures=(signed(SignatureState.KEY_REVOKED),)),
        (Reason.KEY_REVOKED,),
    ),
    "by nobody we know": (
        found(signatures=(Signature(state=SignatureState.UNKNOWN_KEY),)),
        (Reason.UNKNOWN_SIGNER,),
    ),
    "by a certificate whose time has yet to come": (
        found(signatures=(signed(SignatureState.NOT_YET_VALID),)),
        (Reason.NOT_YET_VALID,),
    ),
    "by a certificate that leads to nobody": (
        found(signatures=(signed(SignatureState.UNTRUSTED),)),
        (Reason.UNTRUSTED,),
    ),
    "by a certificate for something else": (
        found(signatures=(signed(SignatureState.WRONG_USE),)),
        (Reason.WRONG_USE,),
    ),
    "twice, one perhaps revoked": (
        found(signatures=(GOOD, signed(SignatureState.REVOCATION_UNKNOWN))),
        (Reason.SEVERAL_SIGNATURES,),
    ),
    "twice, both good": (found(signatures=(GOOD, GOOD)), (Reason.SEVERAL_SIGNATURES,)),
    "once good, once bad": (
        found(signatures=(GOOD, signed(SignatureState.BAD))),
        (Reason.SEVERAL_SIGNATURES, Reason.BAD_SIGNATURE),
    ),
    "once bad, once good": (
        found(signatures=(signed(SignatureState.BAD), GOOD)),
        (Reason.SEVERAL_SIGNATURES, Reason.BAD_SIGNATURE),
    ),
    "by a key that is pinned to nobody": (
        found(signatures=(dataclasses.replace(GOOD, fingerprint="F" * 40),)),
        (Reason.UNREGISTERED_SENDER,),
    ),
    "without a date": (
        found(signatures=(dataclasses.replace(GOOD, created=None),)),
        (Reason.SIGNATURE_DATE,),
    ),
    "long ago": (found(signatures=(made(days=-8),)), (Reason.SIGNATURE_DATE,)),
    "tomorrow": (found(signatures=(made(minutes=16),)), (Reason.SIGNATURE_DATE,)),
    "by a key that does not sign": (
        found(signatures=(signed(SignatureState.NOT_A_SIGNING_KEY),)),
        (Reason.NOT_A_SIGNING_KEY,),
    ),
    "for others by its own word": (
        found(signatures=(signed(SignatureState.MEANT_FOR_ANOTHER),)),
        (Reason.NOT_INTENDED,),
    ),
    "until before now": (
        found(signatures=(signed(SignatureState.EXPIRED),)),
        (Reason.SIGNATURE_DATE,),
    ),
    "to somebody else": (found(outer=to("casper@gemeente.example")), (Reason.NOT_INTENDED,)),
    "to nobody": (found(outer=to()), (Reason.NOT_INTENDED,)),
    "to somebody else inside": (
        found(protected=to("casper@gemeente.example")),
        (Reason.NOT_INTENDED,),
    ),
    "in the clear by its author": (
        found(protected=dataclasses.replace(OUTER, in_the_clear=True)),
        (Reason.NOT_ENCRYPTED,),
    ),
    "dated otherwise than signed": (
        found(protected=dated(days=-2), outer=dated(days=-2)),
        (Reason.DATES_DIFFER,),
    ),
    "dated otherwise outside": (
        found(protected=dated(), outer=dated(days=1.1)),
        (Reason.DATES_DIFFER,),
    ),
    "sent by somebody for them": (
        found(outer=dataclasses.replace(OUTER, sender=(SENDER.address, "x@anders.example"))),
        (Reason.FROM_MISMATCH,),
    ),
    "from somebody else": (found(outer=OTHER), (Reason.FROM_MISMATCH,)),
    "from nobody": (found(outer=Headers()), (Reason.FROM_MISMATCH,)),
    "from two": (found(outer=BOTH), (Reason.SEVERAL_FROM,)),
    "from somebody else inside": (found(protected=OTHER), (Reason.FROM_MISMATCH,)),
    "from two inside": (found(protected=BOTH), (Reason.SEVERAL_FROM,)),
    "from the right one inside only": (
        found(outer=OTHER, protected=OUTER),
        (Reason.FROM_MISMATCH,),
    ),
}


@pytest.mark.parametrize("how", sorted(REFUSED))
async def test_signed_or_sent_otherwise_is_refused_for_its_own_reason(how: str) -> None:
    finds, reasons = REFUSED[how]
    with pytest.raises(Reject) as caught:
        await opened(finds)
    assert caught.value.reasons == reasons


async def test_our_address_may_be_one_of_many_and_the_signature_has_the_first_word() -> None:
    many = to("casper@gemeente.example", OWN.upper())
    assert await opened(found(protected=many, outer=to()))
    named = dataclasses.replace(GOOD, meant_for_us=True)
    assert await opened(found(signatures=(named,), outer=to()))


async def test_dates_may_be_a_day_apart_and_an_old_program_protects_none() -> None:
    assert await opened(found(protected=dated(days=-1), outer=dated()))
    assert await opened(found(outer=dated(days=-300)))


async def test_what_was_signed_once_counts_once() -> None:
    once = dataclasses.replace(GOOD, digest="ab" * 32)
    result = await opening(corridor.raw(), gate(Engine(found(signatures=(once,)))))
    assert result.signed == "ab" * 32
    seen = Register(seen=frozenset({once.digest}))
    with pytest.raises(Reject) as caught:
        await opening(corridor.raw(), gate(Engine(found(signatures=(once,))), seen))
    assert caught.value.reasons == (Reason.REPLAYED,)


@pytest.mark.parametrize("other", ["\u017faar", "\u212aaar", "saar ", "\uff53aar", "sa\u0430r"])
def test_an_address_is_the_same_to_the_letter(other: str) -> None:
    """But for the case of ASCII letters; letters that Unicode folds together are others."""
    assert same_address("saar@x.example", "SAAR@X.example")
    assert same_address("sáar@x.example", "sáar@x.example")
    assert not same_address("saar@x.example", f"{other}@x.example")
    assert not same_address("sáar@x.example", "SÁAR@x.example")


async def test_a_signature_may_have_waited_with_the_mail() -> None:
    for signature in (made(days=-7), made(minutes=15)):
        assert await opened(found(signatures=(signature,)))


async def test_the_case_of_an_address_proves_nothing_either_way() -> None:
    assert await opened(found(outer=dataclasses.replace(OUTER, from_=(SENDER.address.upper(),))))


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ((SENDER, TWIN), Reason.UNREGISTERED_SENDER),
        (
            (dataclasses.replace(SENDER, key=generators.key("sender", revoked_at=INSTANT)),),
            Reason.KEY_REVOKED,
        ),
        (
            (
                dataclasses.replace(
                    SENDER, key=generators.key("sender", valid=Interval(end=INSTANT))
                ),
            ),
            Reason.KEY_EXPIRED,
        ),
    ],
    ids=["one key for two people", "revoked in the register", "expired in the register"],
)
async def test_the_register_has_the_last_word(people: tuple[object, ...], reason: Reason) -> None:
    with pytest.raises(Reject) as caught:
        await opened(found(), *people)
    assert caught.value.reasons == (reason,)


async def test_a_mail_that_was_too_large_to_fetch_is_not_opened() -> None:
    raw = dataclasses.replace(corridor.raw(), oversize=True)
    with pytest.raises(Hold) as caught:
        await opening(raw, gate(Engine(AssertionError("opened"))))
    assert caught.value.reasons == (Reason.TOO_LARGE,)


async def test_what_may_be_revoked_waits_and_nobody_has_to_act() -> None:
    """Never taken for good, never the sender's fault: a list that did not come in may come."""
    with pytest.raises(Retry) as waits:
        await opened(found(signatures=(signed(SignatureState.REVOCATION_UNKNOWN),)))
    assert waits.value.reasons == (Reason.REVOCATION_UNKNOWN,)


@pytest.mark.parametrize("state", [each for each in SignatureState if each != "valid"])
async def test_no_state_but_valid_is_ever_believed(state: SignatureState) -> None:
    with pytest.raises(Stop):
        await opened(found(signatures=(signed(state),)))


ENCRYPTED = b"-----BEGIN PGP MESSAGE-----\n\nxx\n-----END PGP MESSAGE-----\n"
HEAD = b"From: saar@taalschool.example\r\nMIME-Version: 1.0\r\n"
UNSECURED = {
    "plain": (HEAD + b"Content-Type: text/plain\r\n\r\nHallo\r\n", Reject, Reason.NOT_ENCRYPTED),
    "inline": (HEAD + b"Content-Type: text/plain\r\n\r\n" + ENCRYPTED, Reject, Reason.INLINE_PGP),
    "partly": (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        + b"Content-Type: text/plain\r\n\r\nHallo\r\n--b\r\n"
        + b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="c"'
        + b"\r\n\r\n--c\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--c\r\n"
        + b"Content-Type: application/octet-stream\r\n\r\n"
        + ENCRYPTED
        + b"\r\n--c--\r\n--b--\r\n",
        Reject,
        Reason.PARTLY_ENCRYPTED,
    ),
    "automatic": (
        HEAD + b"Auto-Submitted: auto-replied\r\nContent-Type: text/plain\r\n\r\nIk ben weg.\r\n",
        Ignore,
        Reason.AUTOMATIC,
    ),
}


@pytest.mark.parametrize("how", sorted(UNSECURED))
def test_what_is_not_wholly_encrypted_is_not_a_report(how: str) -> None:
    content, stop, reason = UNSECURED[how]
    engines = Engines(openpgp=TransparentEngine(person("Uitwisselpunt").cert))
    with pytest.raises(Stop) as caught:
        unseal(content, engines, INSTANT)
    assert isinstance(caught.value, stop)
    assert reason in caught.value.reasons
