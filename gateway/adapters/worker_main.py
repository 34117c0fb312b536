"""One opener: a process of its own that reads hostile mail within bounds.

Started by `gateway.adapters.workers` with one socket and nothing else; takes
one frame, answers with one frame, until the socket closes.  It holds the
gateway's secret key, so it leaves no core file, opens no further descriptors
than it needs, and dies with its parent.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.form_frames import form_from, read_frame
from gateway.adapters.frames import (
    LENGTHS,
    MalformedFrameError,
    Wire,
    frame,
    lengths,
    letter_from,
    moment,
    number,
    parsed_header,
    stop_header,
    text,
    unsealed_header,
)
from gateway.adapters.key_names import signers_of
from gateway.adapters.pgp_container import UnsupportedKeyError
from gateway.adapters.start_frames import keyring_from, secrets_from, trust_from
from gateway.adapters.unsealing import Engines, unseal
from gateway.domain.stops import Hold, Reason, Stop

if TYPE_CHECKING:
    from gateway.adapters.gateway_secrets import GatewaySecrets, SmimeSecrets
    from gateway.adapters.unsealing import CertificateEngine, Engine

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
PAGE = resource.getpagesize()
READ_AHEAD = 65536  # bytes: an ordinary job in one system call


class Channel:
    """The socket to the parent, in frames."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._incoming = connection.makefile("rb", buffering=READ_AHEAD)

    def receive(self) -> tuple[Wire, list[bytes]] | None:
        """None when the parent has gone."""
        head = self._exactly(LENGTHS.size)
        if head is None:
            return None
        header_length, blobs_length = lengths(head)
        header = self._exactly(header_length)
        if header is None:
            return None
        wire, sizes = parsed_header(header, blobs_length)
        blobs = [self._exactly(size) for size in sizes]
        return (wire, [each for each in blobs if each is not None])

    def _exactly(self, size: int) -> bytes | None:
        if size == 0:
            return b""
        data = self._incoming.read(size)
        return data if len(data) == size else None

    def send(self, pieces: list[bytes]) -> None:
        if len(pieces) == 1 or sum(map(len, pieces)) < 65536:
            self._socket.sendall(b"".join(pieces))
            return
        for piece in pieces:
            self._socket.sendall(piece)


def prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def die_with_parent(parent: int) -> None:
    """SIGKILL when the parent is gone, also when it went before this call.

    The parent says its number itself: in a container it may well be 1.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def bind(open_files: int) -> None:
    """No core, no new privileges, few descriptors."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def bound_memory(extra_bytes: int) -> None:
    """Everything that a job may take above what the idle process has mapped."""
    with open("/proc/self/statm", "rb") as file:
        mapped = int(file.read().split()[0]) * PAGE
    limit = mapped + extra_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def bound_cpu(seconds: int) -> None:
    used = int(time.process_time()) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.RLIM_INFINITY))


def resident() -> int:
    """Bytes."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * PAGE


def engines_from(header: Wire, secrets: GatewaySecrets) -> Engines:
    """Imports only the engines that are asked for, to stay small."""
    return Engines(
        openpgp=_openpgp(header, secrets) if secrets.openpgp or secrets.agent else None,
        smime=_smime(secrets.smime) if secrets.smime else None,
        signers=signers_of(secrets),
        others=secrets.others,
    )


def _openpgp(header: Wire, secrets: GatewaySecrets) -> Engine:
    if text(header, "engine") == "gnupg":
        from gateway.adapters.gnupg import GnuPGEngine  # noqa: PLC0415 - see above

        seconds = number(header, "milliseconds") / 1000
        kept = secrets.agent or secrets.openpgp
        return GnuPGEngine(kept, home=text(header, "home"), seconds=seconds)
    from gateway.adapters.openpgp import SequoiaEngine  # noqa: PLC0415 - see above

    return SequoiaEngine(secrets.openpgp)


def _smime(secrets: SmimeSecrets) -> CertificateEngine:
    from gateway.adapters.smime import SmimeEngine  # noqa: PLC0415 - see above

    return SmimeEngine(secrets.secrets, secrets.certificate)


def tell(engines: Engines, header: Wire, blobs: list[bytes]) -> bool:
    """Take in what is no job; False for a job."""
    name = text(header, "do")
    if name == "keyring":
        engines.set_keyring(keyring_from(header, blobs))
    elif name == "trust":
        material = trust_from(header, blobs)
        if engines.smime is not None:
            engines.smime.set_trust(material)
    return name in {"keyring", "trust"}


def done(engines: Engines, header: Wire, blobs: list[bytes]) -> list[bytes]:
    """The answer to one job."""
    name = text(header, "do")
    if name == "open":
        at = moment(header, "at") or datetime.now(UTC)
        unsealed = unseal(blobs.pop(), engines, at)
        return frame(unsealed_header(unsealed), [each.content for each in unsealed.attachments])
    if name == "seal":
        sealed = engines.sealed(letter_from(header, blobs))
        return frame({"by": sealed.by, "to": sealed.to}, [sealed.mail])
    if name == "form":
        from gateway.adapters.form_readers import read_form  # noqa: PLC0415 - forms are rare

        return read_frame(read_form(*form_from(header, blobs)))
    if name == "plan":
        from gateway.adapters.pdf_clean import cleaned  # noqa: PLC0415 - plans are rare

        return frame({}, [cleaned(blobs.pop())])
    raise MalformedFrameError("do")


def answer(engines: Engines, header: Wire, blobs: list[bytes]) -> tuple[list[bytes], bool]:
    """The frame to send back, and whether this process had better end."""
    reads = header.get("do") in {"open", "form", "plan"}
    failed = Reason.OPENER_LIMIT if reads else Reason.SEALING_FAILED
    try:
        return done(engines, header, blobs), False
    except Stop as stop:
        return frame(stop_header(stop)), False
    except MemoryError:
        return frame({**stop_header(Hold(failed)), "leaving": True}), True
    except Exception:  # noqa: BLE001 - a bug in one mail's reading must not show its content
        failed = Reason.UNEXPECTED if reads else failed
        return frame(stop_header(Hold(failed))), False


def serve(channel: Channel) -> None:
    """Start the engines as the first frame says, then do jobs until the parent closes."""
    first = channel.receive()
    if first is None:
        return
    header, blobs = first
    try:
        engines = engines_from(header, secrets_from(header, blobs))
    except UnsupportedKeyError as error:
        channel.send(frame({"failed": str(error)}))
        return
    except (ValueError, RuntimeError):
        channel.send(frame({"failed": "secret key cannot be read"}))
        return
    try:
        cpu = number(header, "cpu_seconds")
        bound_memory(number(header, "memory_bytes"))
        channel.send(frame({"started": True, "resident": resident()}))
        del blobs, first
        work(channel, engines, cpu)
    finally:
        engines.close()


def work(channel: Channel, engines: Engines, cpu_seconds: int) -> None:
    leaving = False
    while not leaving:
        received = channel.receive()
        if received is None:
            return
        header, blobs = received
        del received
        if tell(engines, header, blobs):
            continue
        bound_cpu(cpu_seconds)
        pieces, leaving = answer(engines, header, blobs)
        blobs.clear()
        channel.send(pieces)


def main() -> None:
    """``python -m gateway.adapters.worker_main DESCRIPTOR OPEN_FILES PARENT``."""
    die_with_parent(int(sys.argv[3]))
    bind(int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the parent's to handle
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(Channel(connection))


if __name__ == "__main__":
    main()
