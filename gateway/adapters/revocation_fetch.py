"""Fetching what an authority publishes: over HTTP, within bounds, and from nowhere near us.

Addresses come out of certificates: those of contacts whom people put into the
register, and of the authorities above them that were configured; never those of
a certificate that only came along with a mail.  Even so a certificate says what
its authority likes, so that the gateway

* speaks ``http`` only: lists and answers are signed, and the certificate of an
  ``https`` server would itself have to be asked about (RFC 5280, section 8);
* connects to public addresses only, those that it looked up itself, unless
  private ones are allowed; behind a proxy the proxy decides;
* follows a redirection only to another such address, and sends nothing but ``GET``;
* takes no setting from the environment, and bounds the bytes and the time of the whole.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urljoin, urlsplit

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from urllib.parse import SplitResult

MOST_BYTES: Final = 10 * 1024 * 1024
_MOST_REDIRECTIONS: Final = 3
_LONGEST_ADDRESS: Final = 2_000  # characters
_HTTP_PORT: Final = 80
_PROXY_PORT: Final = 8080
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


class Problem(StrEnum):
    """Why there is nothing."""

    ADDRESS = "address"  # not one that the gateway connects to
    UNREACHABLE = "unreachable"  # or not in time
    REFUSED = "refused"  # answered, and not with what was asked for
    TOO_LARGE = "too-large"
    NOT_BELIEVED = "not-believed"  # not signed by whom it should be, or not for now
    OLDER = "older"  # than what is there already
    NOT_KEPT = "not-kept"  # the file could not be written


class FetchError(Exception):
    """Nothing was fetched; repeats nothing of what came."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fetcher(Silent):
    """Asks one address at a time; waits for the network, so for a thread of its own.

    `proxy` is ``http://[user:password@]host[:port]``.  `timeout_seconds` are for
    all of one request, name look-up excepted.  `private` allows addresses that are
    not public, where an authority of one's own publishes there.
    """

    proxy: str | None = None
    timeout_seconds: float = 10.0
    private: bool = False
    most_bytes: int = MOST_BYTES

    def get(self, address: str) -> bytes:
        """What stands there; raises `FetchError`."""
        deadline = time.monotonic() + self.timeout_seconds
        for _ in range(1 + _MOST_REDIRECTIONS):
            answer, body = self._ask(_split(address), deadline)
            if answer.status == http.client.OK:
                return body
            location = answer.headers.get("Location")
            if answer.status not in _MOVED or location is None:
                raise FetchError(Problem.REFUSED)
            address = urljoin(address, location)
        raise FetchError(Problem.REFUSED)

    def answer(self, responder: str, request: bytes) -> bytes:
        """What a responder says (RFC 6960 A.1, by GET, which RFC 5019 lets anybody keep)."""
        asked = quote(base64.b64encode(request), safe="")
        return self.get(f"{responder.rstrip('/')}/{asked}")

    def reach_proxy(self) -> bool | None:
        """Whether anybody listens where the proxy should; None where none is configured."""
        if self.proxy is None:
            return None
        try:
            self._connected(_split(self.proxy), time.monotonic() + self.timeout_seconds).close()
        except (FetchError, OSError):
            return False
        return True

    def _ask(self, address: SplitResult, deadline: float) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        late = threading.Event()
        try:
            connection.sock = opened = self._connected(address, deadline)
            timer = threading.Timer(max(deadline - time.monotonic(), 0), _cut, (opened, late))
            timer.daemon = True
            timer.start()
            try:
                connection.request("GET", self._target(address), headers=self._headers())
                answer = connection.getresponse()
                body = self._body(answer)
            finally:
                timer.cancel()
        except (OSError, http.client.HTTPException, ValueError):
            raise FetchError(Problem.UNREACHABLE) from None
        finally:
            connection.close()
        if late.is_set():
            raise FetchError(Problem.UNREACHABLE)
        return answer, body

    def _body(self, answer: http.client.HTTPResponse) -> bytes:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise FetchError(Problem.REFUSED)  # nothing compressed was asked for
        if (answer.length or 0) > self.most_bytes:
            raise FetchError(Problem.TOO_LARGE)
        body = answer.read(self.most_bytes + 1)
        if len(body) > self.most_bytes:
            raise FetchError(Problem.TOO_LARGE)
        if answer.length:
            raise FetchError(Problem.UNREACHABLE)  # it went away before the end
        return body

    def _connected(self, address: SplitResult, deadline: float) -> socket.socket:
        place, port, near = address, _HTTP_PORT, self.private
        if self.proxy is not None:
            place, port, near = _split(self.proxy), _PROXY_PORT, True
        found = socket.getaddrinfo(place.hostname, place.port or port, type=socket.SOCK_STREAM)
        reachable = [each for each in found if near or _is_public(str(each[4][0]))]
        if not reachable:
            raise FetchError(Problem.ADDRESS)
        for family, kind, protocol, _, where in reachable:
            opened = socket.socket(family, kind, protocol)
            opened.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                opened.connect(where)
            except OSError:
                opened.close()
                continue
            return opened
        raise FetchError(Problem.UNREACHABLE)

    def _target(self, address: SplitResult) -> str:
        if self.proxy is not None:
            return address.geturl()
        return (address.path or "/") + (f"?{address.query}" if address.query else "")

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "taalpoort", "Connection": "close"}
        proxy = urlsplit(self.proxy or "")
        if proxy.username is not None:
            word = f"{proxy.username}:{proxy.password or ''}".encode()
            headers["Proxy-Authorization"] = f"Basic {base64.b64encode(word).decode()}"
        return headers


def is_fetchable(address: str) -> bool:
    """Whether this is an address of a kind that is ever asked."""
    try:
        return _split(address).username is None
    except FetchError:
        return False


def _split(address: str) -> SplitResult:
    """Raises `FetchError`."""
    if len(address) > _LONGEST_ADDRESS or not address.isascii():
        raise FetchError(Problem.ADDRESS)
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise FetchError(Problem.ADDRESS) from None
    if parts.scheme != "http" or not parts.hostname or port == 0:
        raise FetchError(Problem.ADDRESS)
    return parts._replace(fragment="")


def _is_public(address: str) -> bool:
    """Of the Internet at large, also by whatever IPv6 wraps around an IPv4 address."""
    place = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(place, ipaddress.IPv6Address):
        inner = place.ipv4_mapped or place.sixtofour or _translated(place)
        if inner is not None:
            return _is_public(str(inner))
    return place.is_global and not place.is_multicast


def _translated(place: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Under the well-known prefix of NAT64 (RFC 6052)."""
    if place in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(place) & 0xFFFFFFFF)
    return None


def _cut(connection: socket.socket, late: threading.Event) -> None:
    """End a conversation that takes too long, however it is drawn out."""
    late.set()
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
