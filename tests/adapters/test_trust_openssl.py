"""The same certificates before another judge: ``openssl verify`` and ``openssl ocsp``.

Nothing that OpenSSL refuses is good to us.  Where we refuse what it accepts, the
table says why.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.pki import EMAIL, Authority, Revoked
from tests.trusting import (
    AT,
    GOOD,
    ISSUING,
    LEAF,
    NOOR,
    PAST,
    ROOT,
    ROOT_LIST,
    SOON,
    judged,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.pki import Leaf

UNDER = ROOT.intermediate("Under", key="rsa2048")
HERE = [x509.UniformResourceIdentifier("http://crl.under.example/1.crl")]
SOME = frozenset({x509.ReasonFlags.superseded})
STRANGE_LINE = Revoked(serial=7, extra=[unknown(True)])


def bound(*permitted: str) -> tuple[x509.ExtensionType, bool]:
    return (x509.NameConstraints([x509.RFC822Name(each) for each in permitted], None), True)


def scope(**says: Any) -> tuple[x509.ExtensionType, bool]:
    silent: dict[str, Any] = dict.fromkeys(
        ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl"), False
    )
    silent |= {"full_name": None, "relative_name": None, "only_some_reasons": None}
    return (
        x509.IssuingDistributionPoint(**(silent | {"only_contains_attribute_certs": False} | says)),
        True,
    )


# Who is bent, how, and why we refuse where OpenSSL does not (None: both are of one mind).
BENT: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "expired": ("leaf", {"not_after": PAST}, None),
    "not yet valid": ("leaf", {"not_before": SOON}, None),
    "weak": ("leaf", {"key": "rsa1024"}, None),
    "over SHA-1": ("leaf", {"digest": "sha1"}, None),
    "RSA": ("leaf", {"key": "rsa2048"}, None),
    "Ed25519": ("leaf", {"key": "ed25519"}, None),
    "no purposes": ("leaf", {"eku": None}, "what it is for has to be said"),
    "any purpose": ("leaf", {"eku": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, None),
    "for servers": ("leaf", {"eku": [ExtendedKeyUsageOID.SERVER_AUTH]}, None),
    "no usage": ("leaf", {"usage": ()}, "what its key is for has to be said"),
    "opens only": ("leaf", {"usage": ("key_agreement",)}, None),
    "commits": ("leaf", {"usage": ("content_commitment",)}, None),
    "an authority": ("leaf", {"ca": True}, "nobody writes mail as an authority"),
    "strange and critical": ("leaf", {"extra": [unknown(True)]}, None),
    "strange": ("leaf", {"extra": [unknown(False)]}, None),
    "without address": ("leaf", {"san": ()}, None),
    "authority expired": ("authority", {"not_after": PAST}, None),
    "authority for servers": ("authority", {"eku": [ExtendedKeyUsageOID.SERVER_AUTH]}, None),
    "authority for mail": ("authority", {"eku": [EMAIL]}, None),
    "authority for any purpose": (
        "authority", {"eku": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, None,
    ),
    "no authority": ("authority", {"ca": False}, None),
    "does not issue": ("authority", {"usage": ("crl_sign",)}, None),
    "makes no lists": ("authority", {"usage": ("key_cert_sign",)}, None),
    "authority strange and critical": ("authority", {"extra": [unknown(True)]}, None),
    "weak authority": ("authority", {"key": "rsa1024"}, None),
    "permitted": ("authority", {"extra": [bound("taalschool.example")]}, None),
    "not permitted": ("authority", {"extra": [bound("gemeente.example")]}, None),
    "nothing beneath": ("authority", {"path_length": 0}, None),
    "asks for policies": (
        "authority", {"extra": [(x509.PolicyConstraints(0, None), True)]},
        "OpenSSL looks at policies only when told to",
    ),
    "list too late": ("list", {"next_update": PAST}, None),
    "list too early": ("list", {"this_update": SOON}, None),
    "list over SHA-1": ("list", {"digest": "sha1"}, "SHA-1 is not looked at in lists"),
    "list by another": ("list", {"signer": Authority.make("Signer")}, None),
    "list strange and critical": ("list", {"extra": [unknown(True)]}, None),
    "list of changes": (
        "list", {"extra": [(x509.DeltaCRLIndicator(1), True)]},
        "OpenSSL takes the changes for the whole",
    ),
    "list of people": ("list", {"extra": [scope(only_contains_user_certs=True)]}, None),
    "list of authorities": ("list", {"extra": [scope(only_contains_ca_certs=True)]}, None),
    "list of some reasons": ("list", {"extra": [scope(only_some_reasons=SOME)]}, None),
    "list found there": ("list", {"extra": [scope(full_name=HERE)]}, None),
    "line nobody understands": ("list", {"revoked": [STRANGE_LINE]}, None),
    "root's list too late": ("root list", {"next_update": PAST}, None),
}  # fmt: skip
REVOCATION = st.sampled_from([None, None, None, "leaf", "authority", "hold"])


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(BENT)), max_size=2, unique=True), REVOCATION)
def test_of_one_mind_with_openssl(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[str], revoked: str | None
) -> None:
    assume(apart(chosen))
    compared(tmp_path_factory.mktemp("oracle"), chosen, revoked)


def apart(chosen: list[str]) -> bool:
    """Whether each fault can be had beside the other."""
    bent = [(who, key) for who, how, _ in map(BENT.__getitem__, chosen) for key in how]
    at_odds = ({"list too late", "list too early"}, {"no authority", "nothing beneath"})
    return len(bent) == len(set(bent)) and not any(each <= set(chosen) for each in at_odds)


@pytest.mark.parametrize("fault", sorted(BENT))
def test_each_fault_alone_before_openssl(tmp_path: Path, fault: str) -> None:
    compared(tmp_path, [fault], None)


def compared(folder: Path, chosen: list[str], revoked: str | None) -> None:
    bent: dict[str, dict[str, Any]] = {}
    for who, how, _ in (BENT[each] for each in chosen):
        bent[who] = bent.get(who, {}) | how
    authority = ROOT.intermediate("Under", **({"key": "rsa2048"} | bent.get("authority", {})))
    leaf = authority.issue(NOOR, **({"key": "p256"} | bent.get("leaf", {})))
    crls = lists(authority, leaf, bent, revoked)
    ours = judged(leaf, intermediates=(authority,), crls=crls) is GOOD
    theirs = verified(folder, authority, leaf, crls)
    stricter = [BENT[each][2] for each in chosen if BENT[each][2] is not None]
    assert ours == theirs or (theirs and stricter), (chosen, revoked, ours, theirs)


def lists(
    authority: Authority, leaf: Leaf, bent: Mapping[str, dict[str, Any]], revoked: str | None
) -> tuple[bytes, bytes]:
    how = bent.get("list", {})
    lines = [*how.pop("revoked", [])] if "revoked" in how else []
    if revoked == "leaf":
        lines.append(Revoked(serial=leaf.serial))
    if revoked == "hold":
        hold = x509.ReasonFlags.certificate_hold
        lines.append(Revoked(serial=leaf.serial, reason=hold))
    above = [authority] if revoked == "authority" else []
    return (ROOT.crl(above, **bent.get("root list", {})), authority.crl(lines, **how))


def verified(folder: Path, authority: Leaf, leaf: Leaf, crls: tuple[bytes, ...]) -> bool:
    """At the level of RSA 2048 and SHA-2, as we ask."""
    (folder / "root.pem").write_bytes(ROOT.pem)
    (folder / "under.pem").write_bytes(authority.pem)
    (folder / "leaf.pem").write_bytes(leaf.pem)
    read = (x509.load_der_x509_crl(each).public_bytes(Encoding.PEM) for each in crls)
    (folder / "lists.pem").write_bytes(b"".join(read))
    command = ["openssl", "verify", "-crl_check_all", "-purpose", "smimesign", "-x509_strict"]
    command += ["-auth_level", "2", "-attime", str(int(AT.timestamp())), "-no-CApath"]
    command += ["-no-CAstore", "-CAfile", "root.pem", "-untrusted", "under.pem"]
    command += ["-CRLfile", "lists.pem", "leaf.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


DELEGATE = ISSUING.delegate()
ELSEWHERE = ROOT.intermediate("Elsewhere")
ANSWERS: dict[str, tuple[dict[str, Any], str | None]] = {
    "by the issuer": ({}, None),
    "by the issuer, by name": ({"named_by": "name"}, None),
    "by a delegate": ({"responder": DELEGATE}, None),
    "revoked": ({"status": "revoked"}, None),
    "not known": ({"status": "unknown"}, None),
    "says another made it": ({"named": DELEGATE}, None),
    "without its certificate": ({"responder": DELEGATE, "certificates": ()}, None),
    "of another issuer": ({"issuer": ELSEWHERE}, None),
    "over SHA-1": ({"digest": "sha1"}, "SHA-1 is looked at nowhere"),
    "for mail": ({"responder": ISSUING.delegate(eku=(EMAIL,))}, None),
    "to be asked about": (
        {"responder": ISSUING.delegate(extra=())},
        "OpenSSL asks nobody whether a responder was revoked",
    ),
    "another's delegate": ({"responder": ELSEWHERE.delegate()}, None),
    "expired delegate": ({"responder": ISSUING.delegate(not_after=PAST)}, None),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_before_openssl(tmp_path: Path, name: str) -> None:
    how, stricter = ANSWERS[name]
    answer = ISSUING.ocsp(LEAF, **how)
    ours = judged(LEAF, crls=(ROOT_LIST,), ocsp=(answer,)) is GOOD
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    (tmp_path / "issuing.pem").write_bytes(ISSUING.pem)
    (tmp_path / "leaf.pem").write_bytes(LEAF.pem)
    (tmp_path / "answer").write_bytes(answer)
    command = ["openssl", "ocsp", "-respin", "answer", "-issuer", "issuing.pem", "-sha256"]
    command += ["-cert", "leaf.pem", "-CAfile", "root.pem", "-no-CApath", "-no-CAstore"]
    command += ["-verify_other", "issuing.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    theirs = "Response verify OK" in done.stderr and "leaf.pem: good" in done.stdout
    assert ours == theirs or (theirs and stricter is not None), (done.stdout, done.stderr)
