"""What every connection of ours has in common."""

from __future__ import annotations

import ssl

from gateway.adapters.channel import client_context


def test_an_end_without_a_goodbye_is_no_end() -> None:
    """Whatever the Python (Debian's would take it for one): it may have been cut off.

    What comes of it is shown where an end counts as an answer, in ``test_siem_delivery.py``.
    """
    assert not client_context(None).options & ssl.OP_IGNORE_UNEXPECTED_EOF


def test_the_other_side_is_checked() -> None:
    context = client_context(None)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
