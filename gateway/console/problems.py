"""Errors as ``application/problem+json`` (RFC 9457), and what every answer bears."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders

from gateway.events import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.events import Events

API_VERSION: Final = "1.0.0"
# NL GOV API Design Rules 2.1: the version on every answer; the others keep answers where they are.
_HEADERS: Final = {
    "API-Version": API_VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class ProblemError(Exception):
    """An answer that is an error; `detail` is ours, never what a caller or a library wrote."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers

    def response(self) -> JSONResponse:
        """As it goes out."""
        return problem(self.status, self.detail, errors=self.errors, headers=self.headers)


def problem(
    status: int,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem of the type that its status says (RFC 9457, 4.2.1)."""
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
    }
    if detail:
        said["detail"] = detail
    if errors:
        said["errors"] = list(errors)
    return JSONResponse(said, status, dict(headers or {}), "application/problem+json")


class Guarded:
    """Around the whole application: headers on every answer, and a problem for every bug."""

    def __init__(self, app: ASGIApp, events: Events, *, secure: bool) -> None:
        self._app = app
        self._events = events
        self._headers = dict(_HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3.0."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - whatever it says may come from the log
            self._events("bug", where="api", kind=type(error).__name__, at=place_of(error))
            if not begun:
                await problem(500)(scope, receive, sending)
