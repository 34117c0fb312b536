"""The path from a certificate to a configured root (RFC 5280, section 6), by `cryptography`.

The library builds the path and checks signatures, names, validity, path length,
name constraints on rfc822Name, and the strength of the authorities' keys; it
refuses SHA-1 and critical extensions that nobody processes.  What it leaves to
its caller is here: what an authority's key may do, and constraints in a form
that it does not compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.adapters.trust_purposes import UNREADABLE, carried, strong

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography.x509.verification import Policy

Chain = tuple[x509.Certificate, ...]

MOST_EXTRA: Final = 16  # certificates of a mail that are looked at: they are a stranger's
_ANY = verification.Criticality.AGNOSTIC


class Paths:
    """Paths to one set of roots, by way of one set of intermediates."""

    def __init__(
        self, roots: Sequence[x509.Certificate], intermediates: Sequence[x509.Certificate]
    ) -> None:
        """A root is believed because it is configured, signed by itself or not."""
        self._store = verification.Store(list(roots)) if roots else None
        self._intermediates = list(intermediates)

    def path(
        self, certificate: x509.Certificate, extra: Sequence[x509.Certificate], at: datetime
    ) -> Chain | None:
        """From the certificate to a root, both included; None where there is none at `at`.

        `extra` may help the path along and is believed in nothing.  Configured
        intermediates come first: what is known of them decides whether a
        certificate of an authority was revoked.
        """
        found = self._verified(certificate, self._intermediates, at)
        if found is None and extra:
            helpers = [*self._intermediates, *extra[:MOST_EXTRA]]
            found = self._verified(certificate, helpers, at)
        return found

    def _verified(
        self, certificate: x509.Certificate, helpers: list[x509.Certificate], at: datetime
    ) -> Chain | None:
        if self._store is None:
            return None
        verifier = (
            verification.PolicyBuilder()
            .store(self._store)
            .time(at)
            .extension_policies(ca_policy=_AUTHORITIES, ee_policy=_CORRESPONDENTS)
            .build_client_verifier()
        )
        try:
            found = tuple(verifier.verify(certificate, helpers).chain)
            believed = _constraints_seen(found) and all(strong(each) for each in found)
        except (verification.VerificationError, *UNREADABLE):
            return None
        # A correspondent's own certificate among the roots is a path of one step to nobody.
        return found if believed and len(found) > 1 else None


def _constraints_seen(path: Chain) -> bool:
    """A constraint on addresses binds an address in the subject too (RFC 5280 4.2.1.10).

    The library looks at alternative names only.
    """
    leaf, *authorities = path
    names = carried(leaf.extensions, x509.SubjectAlternativeName)
    addresses = names.get_values_for_type(x509.RFC822Name) if names is not None else []
    if addresses or not leaf.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        return True
    return all(carried(each.extensions, x509.NameConstraints) is None for each in authorities)


def _may_issue(_policy: Policy, _authority: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:  # RFC 5280 6.1.4 (n)
        raise ValueError("keyUsage")


def _issues_for_mail(
    _policy: Policy, _authority: x509.Certificate, purposes: x509.ExtendedKeyUsage | None
) -> None:
    """An authority's extended key usage restricts those below it, as every mail program has it."""
    if purposes is not None and ExtendedKeyUsageOID.EMAIL_PROTECTION not in purposes:
        raise ValueError("extendedKeyUsage")


def _constraints_known(
    _policy: Policy, _authority: x509.Certificate, constraints: x509.NameConstraints | None
) -> None:
    if constraints is None:
        return
    bounds = [*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ())]
    for each in bounds:
        if not isinstance(each, x509.RFC822Name | x509.DNSName | x509.IPAddress):
            raise ValueError("nameConstraints")


_CORRESPONDENTS = verification.ExtensionPolicy.permit_all().may_be_present(
    # No policy is asked for, so that any set of them will do (RFC 5280 6.1.1 c).
    x509.CertificatePolicies,
    _ANY,
    None,
)
_AUTHORITIES = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, _ANY, None)
    .may_be_present(x509.KeyUsage, _ANY, _may_issue)
    .may_be_present(x509.ExtendedKeyUsage, _ANY, _issues_for_mail)
    .may_be_present(x509.NameConstraints, _ANY, _constraints_known)
    .may_be_present(x509.CertificatePolicies, _ANY, None)
    .require_not_present(x509.PolicyConstraints)  # critical or not, somebody has to process it
)
