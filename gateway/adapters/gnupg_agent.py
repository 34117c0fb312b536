"""What the agent of a GnuPG home says of its keys, and of the card that one may be on.

The agent speaks Assuan over its socket: a line each way, ``S`` for what it tells,
``OK`` or ``ERR`` at the end; ``INQUIRE`` asks back, here only for the PIN.
"""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

if TYPE_CHECKING:
    from types import TracebackType

LINE_LIMIT = 1002  # bytes, of an Assuan line with its end
ON_CARD = "T"
CODE_MASK = 0xFFFF  # the error itself; the bits above say who reports it
BAD_PIN = {11, 87}  # Bad passphrase, Bad PIN (gpg-error's numbers)
UNKNOWN_KEY = 27
TOOL_SECONDS = 20


class AgentError(Exception):
    """The agent refused, or does not answer; `code` is gpg-error's number, 0 for no answer."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(f"gpg-agent: {code}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where the agent has a secret key: on the card of this number, or (empty) on its disk."""

    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """`left` is how often the user PIN may still be guessed before the card blocks it."""

    serial: str
    left: int


class Agent:
    """A conversation over the socket at `address`; every answer within `seconds` in all.

    Raises `AgentError`, from every method.
    """

    def __init__(self, address: str, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._buffer = b""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(seconds)
            self._socket.connect(address)
            self._answer(None)
        except OSError:
            self._socket.close()
            raise AgentError from None
        except AgentError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def held(self, keygrip: str) -> Held | None:
        """None where the agent does not have this key."""
        try:
            told = self.ask(f"KEYINFO {keygrip}")
        except AgentError as error:
            if error.code == UNKNOWN_KEY:
                return None
            raise
        words = told.get("KEYINFO", "").split(" ")
        if len(words) < 3 or words[0] != keygrip:
            raise AgentError
        return Held(card=words[2] if words[1] == ON_CARD else "")

    def card(self) -> CardState:
        """The OpenPGP card in the reader, as it is at this moment."""
        serial = self.ask("SCD SERIALNO openpgp").get("SERIALNO", "").partition(" ")[0]
        status = self.ask("SCD GETATTR CHV-STATUS").get("CHV-STATUS", "")
        # +reuse+lengths of three PINs+tries left of three PINs; see section 4.4.2 of the card
        numbers = [int(each) for each in status.replace("+", " ").split() if each.isdecimal()]
        if not serial or len(numbers) != 7:
            raise AgentError
        return CardState(serial=serial, left=numbers[4])

    def unlock(self, serial: str, pin: bytes) -> None:
        """Show the card the user PIN, once; nothing where it was shown already."""
        self.ask("OPTION pinentry-mode=loopback")
        self.ask(f"SCD CHECKPIN {serial}", pin)

    def ask(self, command: str, pin: bytes | None = None) -> dict[str, str]:
        """The last status line of each keyword."""
        self._send(command.encode("ascii"))
        return self._answer(pin)

    def _answer(self, pin: bytes | None) -> dict[str, str]:
        told: dict[str, str] = {}
        while True:
            keyword, _, rest = self._line().decode("latin-1").partition(" ")
            if keyword == "OK":
                return told
            if keyword == "ERR":
                raise AgentError(_code(rest))
            if keyword == "INQUIRE":
                self._reply(rest, pin)
                pin = None  # asked again, it was wrong; it is not shown a second time
            elif keyword == "S":
                name, _, value = rest.partition(" ")
                told[name] = value

    def _reply(self, asked: str, pin: bytes | None) -> None:
        if pin is None or asked.split(" ", maxsplit=1)[0] != "PASSPHRASE":
            self._send(b"CAN")
            return
        self._send(b"D " + b"".join(b"%%%02X" % each for each in pin))
        self._send(b"END")

    def _send(self, line: bytes) -> None:
        try:
            self._socket.sendall(line + b"\n")
        except OSError:
            raise AgentError from None

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(0.001, self._until - time.monotonic()))
            try:
                piece = self._socket.recv(4096)
            except OSError:
                piece = b""
            self._buffer += piece
            if not piece or len(self._buffer) > 64 * LINE_LIMIT:
                raise AgentError
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line


def _code(text: str) -> int:
    number = text.partition(" ")[0]
    return int(number) & CODE_MASK if number.isdecimal() else 0


def socket_of(home: Path) -> Path:
    """Where the agent of a home listens: in it, or below /run/user where there is one."""
    command = ["gpgconf", "--homedir", str(home), "--list-dirs", "agent-socket"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=TOOL_SECONDS)  # noqa: S603 - fixed words
    return Path(unquote(done.stdout.decode().strip()))


def launch(home: Path) -> None:
    """Start the agent of a home where it does not run; it stays.  Raises nothing.

    Started by the gateway itself: a child of an opener would have an opener's limits.
    """
    command = ["gpgconf", "--homedir", str(home), "--launch", "gpg-agent"]
    try:
        subprocess.run(  # noqa: S603 - fixed words
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the agent would keep a pipe open
            stderr=subprocess.DEVNULL,
            timeout=TOOL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return  # what needs the agent says that it is not there
