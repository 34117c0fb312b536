"""The draft read interface of Logboek Dataverwerkingen: ``POST /v1/processing-activities``.

A question travels in the body, because an address ends up in the logs of others.
Who asks shows a token; what was asked is on record before it is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gateway.console.problems import API_VERSION, Guarded, ProblemError, problem
from gateway.console.questions import MOST_BYTES, Answer, Question, answer, question, sought
from gateway.domain.stops import Retry
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.verdict import BrokenLogError
from gateway.wiring import NotReadyError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from gateway.console.tokens import Caller, Tokens
    from gateway.events import Events
    from gateway.wiring.api import ProcessingReader

READ: Final = "log:read"
_PROBLEM: Final[dict[str, Any]] = {"content": {"application/problem+json": {}}}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": text, **_PROBLEM}
    for status, text in {
        400: "not of the right form, or nothing asked for",
        401: "no token, or nobody's",
        403: "a token that may not do this",
        413: "too long",
        415: "not JSON",
        500: "an entry of the log does not open, or a fault of ours",
        503: "the log cannot be used now",
    }.items()
}
_QUESTION: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Question.model_json_schema()}},
    },
    "security": [{"bearer": [READ]}],
}


def application(
    reader: ProcessingReader, tokens: Tokens, events: Events, *, secure: bool
) -> ASGIApp:
    """The whole API as ASGI; `secure` where it is reached over TLS."""
    app = FastAPI(
        title="taalpoort: logboek dataverwerkingen",
        version=API_VERSION,
        description="Draft read interface of Logboek Dataverwerkingen 1.0.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    api = _Api(reader, tokens, events)
    app.add_api_route(
        "/v1/processing-activities",
        api.processing_activities,
        methods=["POST"],
        summary="Records of processing by trace, activity or data subject",
        response_model=None,
        responses={200: {"model": Answer, "description": "a page"}, **_RESPONSES},
        openapi_extra=_QUESTION,
    )
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _other)
    # What it raised is told by `Guarded`; by itself the framework would answer in plain text.
    app.add_exception_handler(Exception, _bug)
    _with_scheme(app)
    return Guarded(app, events, secure=secure)


class _Api:
    def __init__(self, reader: ProcessingReader, tokens: Tokens, events: Events) -> None:
        self._reader = reader
        self._tokens = tokens
        self._events = events

    async def processing_activities(self, request: Request) -> JSONResponse:
        """Records in the order of the log; what people did in this gateway is not among them."""
        try:
            caller = await self._caller(request)
            asked = await self._question(request, caller)
            return JSONResponse(answer(await self._reader.find(sought(asked), caller.name)))
        except Retry:
            text = "the log cannot be used now"
        except (BrokenLogError, NotReadyError):
            self._events("api.unanswered")
            text = "nothing can be put on record now, so nothing is answered"
        except UnopenedError:
            self._events("api.unanswered")
            raise ProblemError(500, "an entry of the log does not open") from None
        raise ProblemError(503, text, headers={"Retry-After": "30"})

    async def _caller(self, request: Request) -> Caller:
        """Who shows a token that may read; raises `ProblemError` before the body is read."""
        caller = self._tokens.caller(request.headers.get("authorization"))
        if caller is None:
            # Not in the log: anybody could make it grow.
            self._events("api.refused")
            raise ProblemError(401, "show a token", headers={"WWW-Authenticate": "Bearer"})
        if READ not in caller.scopes:
            await self._reader.refused(caller.name, "scope")
            demanded = f'Bearer error="insufficient_scope", scope="{READ}"'
            raise ProblemError(
                403, "this token may not read the log", headers={"WWW-Authenticate": demanded}
            )
        return caller

    async def _question(self, request: Request, caller: Caller) -> Question:
        try:
            return question(await _body(request))
        except ProblemError:
            await self._reader.refused(caller.name, "form")
            raise


async def _body(request: Request) -> bytes:
    """At most `MOST_BYTES` of JSON; raises `ProblemError`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProblemError(415, "send application/json")
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MOST_BYTES:
            raise ProblemError(413, f"at most {MOST_BYTES} bytes", headers={"Connection": "close"})
    return bytes(content)


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return error.response()


async def _other(request: Request, error: Exception) -> JSONResponse:
    """What the framework says by itself: no such place, no such verb."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, headers=error.headers)


async def _bug(request: Request, error: Exception) -> JSONResponse:
    return problem(500)


def _with_scheme(app: FastAPI) -> None:
    """The description says how to show a token."""
    described = app.openapi()
    schemes = described.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    described["servers"] = [{"url": "/"}]
