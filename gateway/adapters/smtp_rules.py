"""What a mail must be before it goes on an SMTP connection, and what an answer means."""

from __future__ import annotations

import re

from gateway.adapters.channel import unreachable
from gateway.domain.stops import Hold, Reason, Stop

# RFC 5321, 4.1.2: a dot-string of atoms and a domain; no quoted local part, no
# address literal, no list, no display name.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")

# RFC 4954 and RFC 5321, 4.2: these say something about us or about the channel,
# not about this mail: authentication required or refused, TLS required, an
# extension or command not understood, commands out of order.
_NOT_THIS_MAIL = frozenset({500, 502, 503, 504, 521, 530, 534, 535, 538})


def check_envelope(envelope_from: str, recipient: str) -> None:
    """One plain address each; an empty return path is allowed.  Else `Hold(UNDELIVERABLE)`."""
    if not _ADDRESS.fullmatch(recipient):
        raise undeliverable("recipient is not one plain address")
    if envelope_from and not _ADDRESS.fullmatch(envelope_from):
        raise undeliverable("return path is not one plain address")


def check_mail(mail: bytes) -> None:
    """7bit with CRLF line ends and nothing else (RFC 5321, 2.3.8 and 4.5.2).

    A bare CR or LF is read as a line end by some servers and not by others:
    whoever controls one could smuggle a second mail into the conversation.
    Raises `Hold(UNDELIVERABLE)`.
    """
    ends = mail.count(b"\r\n")
    if mail.count(b"\r") != ends or mail.count(b"\n") != ends:
        raise undeliverable("bare CR or LF")
    if not mail.isascii() or b"\0" in mail:
        raise undeliverable("not 7bit")
    if not mail.endswith(b"\r\n"):
        raise undeliverable("last line does not end")


def meaning(command: str, code: int) -> Stop:
    """The stop for an answer that is not the hoped-for one; only its number is kept."""
    if 500 <= code < 600 and code not in _NOT_THIS_MAIL:
        return undeliverable(f"{command} {code}")
    return unreachable(f"{command} {code}")


def undeliverable(what: str) -> Hold:
    """The stop for a mail that this server will never take; `what` is never the server's text."""
    stop = Hold(Reason.UNDELIVERABLE)
    stop.add_note(what)
    return stop
