"""Fetching within bounds: what is asked for, from whom, and what ends it."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.revocation_fetch import Fetcher, FetchError, Problem, is_fetchable
from tests.servers.publisher import publishing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.publisher import Answering, Publisher

FETCHER = Fetcher(timeout_seconds=20, private=True, most_bytes=10_000)
FOR_EVER = 180_000  # drops, of which there are fifty in a second
HURRIED = Fetcher(timeout_seconds=0.3, private=True)


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


def problem(fetcher: Fetcher, address: str) -> Problem:
    with pytest.raises(FetchError) as caught:
        fetcher.get(address)
    assert str(caught.value) == caught.value.problem
    return caught.value.problem


def test_what_stands_there_is_fetched(publisher: Publisher) -> None:
    address = publisher.put("/a.crl", b"a list")
    assert FETCHER.get(f"{address}?x=1#y") == b"a list"
    assert publisher.asked[-1] == "/a.crl?x=1"
    assert publisher.headers[-1]["Accept-Encoding"] == "identity"
    assert publisher.headers[-1]["Host"] == address.removeprefix("http://").split("/")[0]


def test_a_responder_is_asked_by_get(publisher: Publisher) -> None:
    responder = publisher.respond("/ocsp", lambda question: b"answer to " + question)
    question = bytes(range(256))[:80]
    assert FETCHER.answer(responder, question) == b"answer to " + question
    assert FETCHER.answer(responder + "/", question) == b"answer to " + question


@pytest.mark.parametrize("status", [204, 304, 403, 404, 500])
def test_any_other_answer_is_none(publisher: Publisher, status: int) -> None:
    address = publisher.put("/status", lambda asking: asking.send(b"", status=status))
    assert problem(FETCHER, address) is Problem.REFUSED


def test_nothing_compressed(publisher: Publisher) -> None:
    address = publisher.put("/gzip", lambda asking: asking.send(b"x", Content_Encoding="gzip"))
    assert problem(FETCHER, address) is Problem.REFUSED


# --- redirections -------------------------------------------------------------


def moved(to: str) -> Callable[[Answering], None]:
    return lambda asking: asking.send(b"", status=302, Location=to)


def test_a_redirection_is_followed(publisher: Publisher) -> None:
    publisher.put("/there", b"a list")
    for to in ("/there", f"{publisher.address}/there", "there"):
        assert FETCHER.get(publisher.put("/here", moved(to))) == b"a list"


@pytest.mark.parametrize(
    "to", ["https://127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/", "ldap:///o=x"]
)
def test_a_redirection_to_something_else(publisher: Publisher, to: str) -> None:
    assert problem(FETCHER, publisher.put("/elsewhere", moved(to))) is Problem.ADDRESS


def test_redirections_without_end(publisher: Publisher) -> None:
    before = len(publisher.asked)
    assert problem(FETCHER, publisher.put("/round", moved("/round"))) is Problem.REFUSED
    assert len(publisher.asked) == before + 4
    nowhere = publisher.put("/nowhere", lambda asking: asking.send(b"", status=302))
    assert problem(FETCHER, nowhere) is Problem.REFUSED


# --- addresses ----------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://crl.example/a.crl",
        "ldap:///cn=Authority?certificateRevocationList",
        "file:///etc/passwd",
        "http:///a.crl",
        "http://[::1",
        "http://crl.example:0/",
        "http://crl.example:99999/",
        "http://user:word@crl.example/a.crl",
        "http://crl.éxample/",
        "http://crl.example/" + "x" * 2000,
        "crl.example/a.crl",
        "",
    ],
)
def test_addresses_that_are_never_asked(address: str) -> None:
    assert not is_fetchable(address)


def test_addresses_that_are_asked() -> None:
    assert is_fetchable("http://crl.example/a.crl")
    assert is_fetchable("http://crl.example:8080/a.crl?x")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f.1",
    ],
)
def test_nobody_near_us_is_asked(publisher: Publisher, host: str) -> None:
    port = publisher.address.rpartition(":")[2]
    before = len(publisher.asked)
    assert problem(Fetcher(), f"http://{host}:{port}/a.crl") is Problem.ADDRESS
    assert len(publisher.asked) == before


def test_nobody_near_us_is_even_connected_to(publisher: Publisher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        assert problem(Fetcher(), address) is Problem.ADDRESS
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_redirection_to_somebody_near_us(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address passes for a public one; the second is judged by itself."""
    import gateway.adapters.revocation_fetch as module

    judged = module._is_public
    monkeypatch.setattr(module, "_is_public", lambda place: place == "127.0.0.1" or judged(place))
    assert problem(Fetcher(), publisher.put("/near", moved("http://127.0.0.2/"))) is Problem.ADDRESS


# --- bounds -------------------------------------------------------------------


def chunked(asking: Answering, chunk: bytes, pause: float = 0) -> None:
    asking.send_response(200)
    asking.send_header("Transfer-Encoding", "chunked")
    asking.end_headers()
    for _ in range(FOR_EVER):
        asking.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        asking.wfile.flush()
        time.sleep(pause)


def test_too_much(publisher: Publisher) -> None:
    assert FETCHER.get(publisher.put("/most", b"x" * 10_000)) == b"x" * 10_000
    assert problem(FETCHER, publisher.put("/more", b"x" * 10_001)) is Problem.TOO_LARGE
    endless = publisher.put("/endless", lambda asking: chunked(asking, b"x" * 1000))
    assert problem(FETCHER, endless) is Problem.TOO_LARGE
    boasting = publisher.put(
        "/boasting", lambda asking: asking.send(b"", Content_Length=str(10**12))
    )
    assert problem(FETCHER, boasting) is Problem.TOO_LARGE


def drop_by_drop(asking: Answering) -> None:
    chunked(asking, b"x", pause=0.02)


def headers_drop_by_drop(asking: Answering) -> None:
    for _ in range(FOR_EVER):
        asking.wfile.write(b"HTTP/1.1 200 OK\r\nX: "[:1])
        asking.wfile.flush()
        time.sleep(0.02)


def silent(asking: Answering) -> None:
    asking.connection.settimeout(3600)
    asking.connection.recv(1)  # until who asked has gone


def until_it_ends(asking: Answering) -> None:
    """Without a length, so that being cut off looks like the end."""
    asking.send_response(200)
    asking.end_headers()
    for _ in range(FOR_EVER):
        asking.wfile.write(b"x")
        asking.wfile.flush()
        time.sleep(0.02)


@pytest.mark.parametrize("slow", [drop_by_drop, headers_drop_by_drop, silent, until_it_ends])
def test_too_slow(publisher: Publisher, slow: Callable[[Answering], None]) -> None:
    began = time.monotonic()
    assert problem(HURRIED, publisher.put("/slow", slow)) is Problem.UNREACHABLE
    assert time.monotonic() - began < 600  # each of them goes on for an hour


def nonsense(asking: Answering) -> None:
    asking.wfile.write(b"SSH-2.0-x\r\n")


def nothing(asking: Answering) -> None:
    asking.wfile.flush()


def cut_short(asking: Answering) -> None:
    asking.send(b"x", Content_Length="100")


@pytest.mark.parametrize("broken", [nonsense, nothing, cut_short])
def test_no_answer(publisher: Publisher, broken: Callable[[Answering], None]) -> None:
    assert problem(FETCHER, publisher.put("/broken", broken)) is Problem.UNREACHABLE


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert problem(FETCHER, f"http://127.0.0.1:{port}/") is Problem.UNREACHABLE
    assert problem(FETCHER, "http://nobody.invalid/") is Problem.UNREACHABLE


# --- a proxy ------------------------------------------------------------------


def test_through_a_proxy(publisher: Publisher) -> None:
    """It is told the whole address, and decides itself where it goes."""
    publisher.put("/a.crl", b"a list")
    proxy = publisher.address.replace("http://", "http://poort:geheim@")
    fetcher = Fetcher(proxy=proxy, timeout_seconds=20)
    assert fetcher.get("http://crl.example/a.crl?x") == b"a list"
    assert publisher.asked[-1] == "http://crl.example/a.crl?x"
    assert publisher.headers[-1]["Host"] == "crl.example"
    assert publisher.headers[-1]["Proxy-Authorization"] == "Basic cG9vcnQ6Z2VoZWlt"
    assert fetcher.reach_proxy() is True
    assert repr(fetcher) == "<Fetcher>"


def test_no_proxy_of_the_environment(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert FETCHER.get(publisher.put("/a.crl", b"a list")) == b"a list"
    assert FETCHER.reach_proxy() is None


def test_a_proxy_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    fetcher = Fetcher(proxy=f"http://127.0.0.1:{port}", timeout_seconds=1)
    assert fetcher.reach_proxy() is False
    assert problem(fetcher, "http://crl.example/a.crl") is Problem.UNREACHABLE
