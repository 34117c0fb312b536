"""From which account of this machine a command comes (BIO2 8.15.01: the origin)."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

_UNSET = 2**32 - 1  # audit(7): nobody logged in, as for a service
_LOGIN = Path("/proc/self/loginuid")


def account() -> str:
    """The account that logged in, also behind ``sudo``; else the one this process runs as.

    The kernel keeps the login's number from being changed by an ordinary user.
    """
    number = _logged_in()
    uid = os.getuid() if number is None else number
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _logged_in() -> int | None:
    try:
        number = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if number == _UNSET else number
