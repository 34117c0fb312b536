"""An OTLP collector on loopback: HTTPS, protobuf, and on purpose not always willing."""

from __future__ import annotations

import gzip
import threading
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.servers.process import wait_until

if TYPE_CHECKING:
    import ssl
    from types import TracebackType


class Manner(StrEnum):
    """What it answers to a delivery."""

    GOOD = "good"
    BUSY = "busy"  # 503
    PARTLY = "partly"  # took it, but for one span
    MOVED = "moved"  # points elsewhere
    PORTAL = "portal"  # 200, and a page for people
    FORGETFUL = "forgetful"  # takes it, and the connection ends before it says so


class Collector:
    """Listens at once; `spans` is what was taken, `requests` the headers of every delivery."""

    def __init__(self, context: ssl.SSLContext, port: int = 0) -> None:
        self.manner = Manner.GOOD
        self.spans: list[Any] = []
        self.resources: list[dict[str, str]] = []
        self.requests: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", port), _handler(self), bind_and_activate=False
        )
        self._server.allow_reuse_address = True
        self._server.daemon_threads = True
        self._server.server_bind()
        self._server.server_activate()
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def endpoint(self) -> str:
        """Where traces go."""
        return f"https://localhost:{self.port}/v1/traces"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(300)
        assert not self._thread.is_alive()

    def ids(self) -> list[str]:
        """The span ids that were taken, in hex."""
        return [each.span_id.hex() for each in self.spans]

    def wait_for(self, count: int, seconds: float = 300) -> None:
        """Until so many different spans were taken."""
        wait_until(lambda: len(set(self.ids())) >= count, seconds=seconds, what="spans")

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Keep what came."""
        for block in request.resource_spans:
            said = {each.key: each.value.string_value for each in block.resource.attributes}
            for scope in block.scope_spans:
                for each in scope.spans:
                    self.resources.append(said)
                    self.spans.append(each)


def _handler(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            request = ExportTraceServiceRequest.FromString(content)
            collector.requests.append({"path": self.path, **dict(self.headers)})
            manner = collector.manner
            if manner in {Manner.GOOD, Manner.FORGETFUL}:
                collector.take(request)
            if manner is Manner.FORGETFUL:
                self.close_connection = True
                self.connection.close()
                return
            self._answer(manner)

        def _answer(self, manner: Manner) -> None:
            said = ExportTraceServiceResponse()
            if manner is Manner.PARTLY:
                said.partial_success.rejected_spans = 1
            body = said.SerializeToString()
            if manner is Manner.PORTAL:
                body = b"<!doctype html><title>Aanmelden</title>"
            status = {Manner.BUSY: 503, Manner.MOVED: 302}.get(manner, 200)
            self.send_response(status)
            if manner is Manner.MOVED:
                self.send_header("Location", "https://localhost:1/elders")
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            return

    return Handler
