"""Listening: one socket, until told to stop, then what is in hand is answered."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from gateway.events import Events

_MOST_CONNECTIONS = 100
_SECONDS_TO_END = 10


async def listen(
    app: ASGIApp,
    place: tuple[str, int],
    context: ssl.SSLContext | None,
    told: asyncio.Event,
    events: Events,
) -> None:
    """Serve `app` at an address and port until `told`; raises OSError when it cannot listen."""
    host, port = place
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=128) as listening:
        server = _Server(_settings(app, context), events, listening.getsockname()[1])
        stopping = asyncio.create_task(_stop(server, told))
        try:
            await server.serve(sockets=[listening])
        finally:
            stopping.cancel()
    events("api.stopped")


def _settings(app: ASGIApp, context: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody is believed about where a call came from
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=_SECONDS_TO_END,
        h11_max_incomplete_event_size=16_384,
        ssl_context_factory=None if context is None else lambda *_: context,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, events: Events, port: int) -> None:
        super().__init__(config)
        self._events = events
        self._port = port

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The command hears them, and its exit code is its own."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when it can be called."""
        await super().startup(sockets)
        self._events("api.started", port=self._port)


async def _stop(server: uvicorn.Server, told: asyncio.Event) -> None:
    await told.wait()
    server.should_exit = True
