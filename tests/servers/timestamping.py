"""A timestamp authority of our own (RFC 3161): OpenSSL's, behind a small server with TLS."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from tests.servers.tls import issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = own
[own]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
"""


@dataclass
class Authority:
    """Where it is, what its tokens and its server are believed by, and what it does wrong.

    `answer` takes the place of what it would have said.
    """

    url: str
    roots: Path
    tls: Path
    asked: int = 0
    answer: bytes | None = None
    kind: str = "application/timestamp-reply"


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """At work until the end of the block."""
    _make(folder)
    certificates = issue(folder / "tls")
    found = Authority(url="", roots=folder / "root.pem", tls=certificates.ca)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            found.asked += 1
            body = found.answer if found.answer is not None else reply(folder, query)
            self.send_response(200)
            self.send_header("Content-Type", found.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = certificates.server_context().wrap_socket(server.socket, server_side=True)
    found.url = f"https://localhost:{server.server_port}/tsa"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(folder: Path, query: bytes) -> bytes:
    """What the authority in this folder says to a query."""
    (folder / "query.tsq").write_bytes(query)
    _openssl(
        folder,
        *("ts", "-reply", "-queryfile", "query.tsq", "-out", "reply.tsr"),
        *("-config", "tsa.cnf", "-section", "own"),
    )
    return (folder / "reply.tsr").read_bytes()


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder), encoding="ascii")
    (folder / "serial").write_text("01\n", encoding="ascii")
    (folder / "tsa.ext").write_text(
        "extendedKeyUsage = critical, timeStamping\nkeyUsage = critical, digitalSignature\n"
        "basicConstraints = CA:FALSE\n",
        encoding="ascii",
    )
    new = ("-newkey", "rsa:2048", "-nodes")
    _openssl(
        folder,
        *("req", "-x509", *new, "-keyout", "root.key", "-out", "root.pem", "-days", "2"),
        *("-subj", "/CN=Root of a test authority"),
    )
    _openssl(
        folder,
        *("req", *new, "-keyout", "tsa.key", "-out", "tsa.csr"),
        *("-subj", "/CN=Timestamps of a test authority"),
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key"),
        *("-CAcreateserial", "-days", "2", "-extfile", "tsa.ext", "-out", "tsa.pem"),
    )


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
