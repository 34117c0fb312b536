"""How this process holds memory: what a large mail took goes back when it is done."""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3  # mallopt(3)
_LARGE = 1024 * 1024  # bytes


def give_back_large_blocks() -> None:
    """Have glibc map each large block by itself, and so return it as soon as it is free.

    By default it stops doing so for blocks as large as one that was freed before,
    and a gateway that carried one mail of 25 MB stays 100 MB larger for good.
    Where the C library is another one, nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
