"""Where the tests keep their files: in memory, on a machine that has room for them.

Databases, mailboxes and queues are written with their real settings, and every commit
waits for the disk: thousands of times, by several processes at once.  In memory the same
calls return at once; what happens when a process is killed is the same there.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes; a whole run on four processes takes less than half of it


def keep_in_memory() -> None:
    """For this process and those that it starts; nothing where somebody chose a place already."""
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = str(MEMORY)


def _has_room(place: Path) -> bool:
    """Not in a container's small one, nor where no program may be started."""
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    room = found.f_bavail * found.f_frsize
    return room >= ROOM and not found.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
