"""Processor time and memory of a process and everything it started, by kind of process."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

MEGABYTE = 1024 * 1024
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied)


def tree(root: int, *beside: str) -> list[psutil.Process]:
    """The process, its descendants, and gpg-agents whose home is in one of the folders `beside`."""
    try:
        first = psutil.Process(root)
        found = [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    known = {each.pid for each in found}
    return found + [each for each in _agents(beside) if each.pid not in known]


def _agents(folders: Sequence[str]) -> list[psutil.Process]:
    if not folders:
        return []
    return [
        each
        for each in psutil.process_iter(["name", "cmdline"])
        if each.info["name"] == "gpg-agent"
        and any(
            word.startswith(folder) for word in each.info["cmdline"] or () for folder in folders
        )
    ]


def kind(process: psutil.Process, root: int) -> str:
    """What to call it in a table."""
    if process.pid == root:
        return "main"
    words = " ".join(process.cmdline())
    return "openers" if "worker_main" in words else process.name()


def cpu_seconds(root: int, *beside: str) -> Counter[str]:
    """User and system time so far, by kind; what ended children took is called "gpg"."""
    spent: Counter[str] = Counter()
    for process in tree(root, *beside):
        try:
            times = process.cpu_times()
            spent[kind(process, root)] += times.user + times.system  # type: ignore[assignment]  # a Counter of seconds
            spent["gpg"] += times.children_user + times.children_system  # type: ignore[assignment]  # as above
        except _GONE:
            continue
    return spent


def server_seconds(processes: Iterable[psutil.Process]) -> float:
    """User and system time so far of a server, with what its ended children took."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except _GONE:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass(frozen=True, slots=True)
class Memory:
    """At one moment, in MB: shared pages counted once (PSS), and in each process (RSS)."""

    done: int
    pss: float
    rss: float


@dataclass
class Watch:
    """Samples memory of `root` and its descendants every `pause` seconds until it is left.

    `progress` says how many messages are done at that moment.
    """

    root: int
    beside: tuple[str, ...] = ()
    progress: Callable[[], int] = lambda: 0
    pause: float = 0.5
    samples: list[Memory] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.sample()
            self._stop.wait(self.pause)

    def sample(self) -> None:
        """Look once."""
        pss = rss = 0
        for process in tree(self.root, *self.beside):
            try:
                found = process.memory_full_info()
            except _GONE:
                continue
            pss += found.pss
            rss += found.rss
        if rss:
            self.samples.append(Memory(self.progress(), pss / MEGABYTE, rss / MEGABYTE))


def waited(
    condition: Callable[[], bool],
    seconds: float,
    goes_well: Callable[[], bool],
    told: Callable[[], str] = lambda: "",
) -> float:
    """The moment (monotonic seconds) at which it came true; raises TimeoutError with `told`."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until or not goes_well():
            raise TimeoutError(f"the measured process did not finish its work\n{told()}")
        time.sleep(0.01)
    return time.monotonic()
