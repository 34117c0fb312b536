"""Where in this program an exception came from: module and line, and nothing that it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def place_of(error: BaseException) -> str:
    """The innermost line of ours that it passed, as ``gateway.runner.walking:104``; else empty.

    Names come from the code; frames, their variables and the exception's text are not read.
    """
    place, step = "", error.__traceback__
    while step is not None:
        place = _ours(step) or place
        step = step.tb_next
    return place


def _ours(step: TracebackType) -> str:
    module = str(step.tb_frame.f_globals.get("__name__", ""))
    ours = module == "gateway" or module.startswith("gateway.")
    return f"{module}:{step.tb_lineno}" if ours else ""
