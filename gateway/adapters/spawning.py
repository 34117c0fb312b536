"""Starting an opener: a process group of its own, and nothing inherited that it does not need."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import gateway


def spawn(open_files: int) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """A process group of its own, an empty environment but for what Python needs."""
    ours, theirs = socket.socketpair()
    with theirs:
        descriptor = theirs.fileno()
        command = [sys.executable, "-P", "-s", "-m", "gateway.adapters.worker_main"]
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, str(descriptor), str(open_files), str(os.getpid())],
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a traceback could show what a mail says
            env=environment(),
            process_group=0,
        )
    ours.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return ours, process


def environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(Path(gateway.__file__).parent.parent),
        "LC_ALL": "C.UTF-8",
        "RUST_BACKTRACE": "0",  # Sequoia's errors are frequent here, their traces are slow
        "MALLOC_MMAP_THRESHOLD_": "1048576",  # so that a large mail's memory goes back
        "MALLOC_ARENA_MAX": "1",
    }
