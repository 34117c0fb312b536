"""Postfix's ``smtp-sink``: accepts every mail and throws it away, as fast as it can.

smtp-sink speaks no TLS and no AUTH (Postfix 3.7), and our relay refuses a
channel without both.  So a `Postfix` stands in front: its smtpd ends TLS, asks
Dovecot for the password and hands the conversation through to the sink, without
a queue file (``smtpd_proxy_filter``)::

    with SmtpSink() as sink, Postfix(certificates, dovecot, extra=sink.behind_postfix) as postfix:
        ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.process import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Sequence


class SmtpSink(Server):
    """Port: `port`, plain SMTP.  With `keep`, each mail becomes a file; see `kept`."""

    name = "smtp-sink"

    def __init__(self, *, keep: bool = False) -> None:
        super().__init__()
        self.port = free_port()
        self._kept = self.folder / "kept"
        self._kept.mkdir()
        self._kept.chmod(0o777)
        self._keep = keep

    def user(self) -> str:
        """Nobody in particular: it refuses to run as root."""
        return "nobody"

    def command(self) -> Sequence[str]:
        """The sink; 100 is the listen queue."""
        dump = ("-d", f"{self._kept}/mail.") if self._keep else ()
        return ("/usr/sbin/smtp-sink", *dump, f"127.0.0.1:{self.port}", "100")

    def ports(self) -> Sequence[int]:
        """The one."""
        return (self.port,)

    @property
    def behind_postfix(self) -> dict[str, str]:
        """The `extra` parameters of a `Postfix` that passes everything on to this sink."""
        return {"smtpd_proxy_filter": f"127.0.0.1:{self.port}"}

    def kept(self) -> list[bytes]:
        """What was kept, each with smtp-sink's own X- lines about the envelope in front."""
        return [file.read_bytes() for file in sorted(self._kept.iterdir())]
