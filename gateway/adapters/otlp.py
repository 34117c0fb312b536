"""Records of the processing log as OpenTelemetry spans, handed to a collector over TLS (OTLP).

LDV 1.0 recommends this form: a record is a span, under its own trace and span id.
Every record becomes one; nothing is sampled, and no provider of the process is
asked, so that nobody else's spans come along and no setting of the environment
can leave any out.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests
from google.protobuf.message import (  # type: ignore[import-untyped]  # ships no type information
    DecodeError,
)
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from gateway.adapters.channel import client_context
from gateway.adapters.otlp_trouble import Trouble
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_NANOSECONDS: Final = 1_000_000  # in a millisecond
_SCOPE: Final = InstrumentationScope("taalpoort.logboek-dataverwerkingen", "1.0")
_STATUS: Final = {
    "Unset": StatusCode.UNSET,
    "Ok": StatusCode.OK,
    "Error": StatusCode.ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OtlpSettings(Silent):
    """Where to (`https`, with the path of the traces), whom to trust, and what to say who we are.

    `ca_file` None is the machine's authorities; `headers` may hold a secret.
    """

    endpoint: str
    ca_file: Path | None = None
    headers: Mapping[str, str] | None = None
    timeout_seconds: float = 10.0


def span(record: Mapping[str, Any]) -> ReadableSpan:
    """One record of LDV 1.0 as a span; times become nanoseconds, as OTLP counts."""
    trace = int(record["trace_id"], 16)
    parent = record.get("parent_span_id")
    made_by = record["resource"]
    return ReadableSpan(
        name=record["name"],
        context=_context(trace, record["span_id"]),
        parent=_context(trace, parent) if parent is not None else None,
        # Not `Resource.create`: that adds what the environment says.
        resource=Resource({"service.name": made_by["name"], "service.version": made_by["version"]}),
        attributes=record["attributes"],
        kind=SpanKind.INTERNAL,
        status=Status(_STATUS[record["status"]]),
        start_time=record["start_time"] * _NANOSECONDS,
        end_time=record["end_time"] * _NANOSECONDS,
        instrumentation_scope=_SCOPE,
    )


class OtlpCollector:
    """The municipality's collector; a delivery counts only when it said that it took everything."""

    def __init__(self, settings: OtlpSettings) -> None:
        """Raises OSError when the authorities cannot be read."""
        client_context(settings.ca_file)  # says so now, not at the first delivery
        self._session = _Session()
        self._exporter = OTLPSpanExporter(
            endpoint=settings.endpoint,
            certificate_file=str(settings.ca_file or _authorities()),
            headers=settings.headers or {},
            timeout=settings.timeout_seconds,
            compression=Compression.Gzip,
            session=self._session,
            max_request_size=0,  # a batch that is too large would be dropped without a word
            meter_provider=NoOpMeterProvider(),
        )

    async def send(self, records: Sequence[Mapping[str, Any]]) -> Trouble | None:
        """Hand over these records; None when every one was accepted."""
        return await asyncio.to_thread(self._send, [span(record) for record in records])

    def close(self) -> None:
        """Give up what is being tried, and every connection."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # returns nothing

    def _send(self, spans: Sequence[ReadableSpan]) -> Trouble | None:
        self._session.forget()
        # Its own result takes a redirect, and a part that was refused, for success.
        self._exporter.export(spans)
        return self._session.trouble()


class _Session(requests.Session):
    """Keeps what the collector answered last; takes no proxy, password or trust from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.forget()

    def forget(self) -> None:
        self._answer: requests.Response | None = None
        self._failed = Trouble.UNREACHABLE

    def request(self, *arguments: Any, **named: Any) -> requests.Response:
        self.forget()
        try:
            self._answer = super().request(*arguments, **named)
        except requests.exceptions.SSLError:
            self._failed = Trouble.CERTIFICATE
            raise
        return self._answer

    def trouble(self) -> Trouble | None:
        """Of the last request: None when the collector accepted all (OTLP, "Full Success")."""
        if self._answer is None:
            return self._failed
        if self._answer.status_code != requests.codes.ok:
            return Trouble.REFUSED
        try:
            said = ExportTraceServiceResponse.FromString(self._answer.content)
        except DecodeError:
            return Trouble.REFUSED
        return Trouble.REFUSED if said.partial_success.rejected_spans else None


def _authorities() -> str:
    """The machine's own, which `requests` would pass over for those that it brings along."""
    paths = ssl.get_default_verify_paths()
    found = paths.cafile or paths.capath
    if found is None:
        raise FileNotFoundError("this machine knows no authorities")
    return found


def _context(trace: int, span_id: str) -> SpanContext:
    return SpanContext(
        trace_id=trace,
        span_id=int(span_id, 16),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
