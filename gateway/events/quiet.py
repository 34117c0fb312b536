"""Libraries and the interpreter say that something happened, and never what.

A log message, a warning, a traceback or the text of an exception is written by
code that knows nothing of this house: it may quote a piece of mail, a parameter
of a statement or a password.  Here all of it is reduced to where it comes from,
how grave it is, and the class of the exception.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TextIO

from gateway.events.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from gateway.events.writing import Events

# What a library calls grave enough; below it, libraries tell how they are doing.
_FROM: Final = logging.WARNING
# A name that no library gives to what it adds to a record.
_KIND: Final = "taalpoort_kind"


@contextmanager
def keep_quiet(events: Events) -> Iterator[None]:
    """As long as this lasts, libraries, warnings and unhandled exceptions write events only.

    Afterwards everything is as it was before; a command that ends needs no afterwards.
    """
    with ExitStack() as undo:
        _replace_loggers(events, undo)
        _replace_hooks(events, undo)
        yield


class _Handler(logging.Handler):
    """The one handler there is: where, how grave, and which exception."""

    def __init__(self, events: Events) -> None:
        super().__init__(_FROM)
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        """Write the event; what a record of another make holds is not looked at."""
        kind = getattr(record, _KIND, "")
        named = {"kind": kind} if kind else {}
        with suppress(OSError):  # standard error is gone; a library must not fail of that
            self._events("library", logger=record.name, severity=_severity(record.levelno), **named)


class _Empty(logging.LogRecord):
    """A record without message, arguments, exception or stack, whoever formats it."""

    def __init__(  # noqa: PLR0917 - the signature that the logging module calls
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        msg: object,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        sinfo: str | None = None,
        **_more: object,
    ) -> None:
        super().__init__(name, level, pathname, lineno, "", (), None, func, None)
        error = exc_info[1] if isinstance(exc_info, tuple) else None
        setattr(self, _KIND, "" if error is None else type(error).__name__)


def _replace_loggers(events: Events, undo: ExitStack) -> None:
    root, before = logging.getLogger(), logging.getLogRecordFactory()
    raising, last = logging.raiseExceptions, logging.lastResort
    undo.callback(setattr, logging, "raiseExceptions", raising)
    undo.callback(setattr, logging, "lastResort", last)
    undo.callback(logging.setLogRecordFactory, before)
    logging.setLogRecordFactory(_Empty)
    logging.raiseExceptions = False  # a handler's own failure would print the record
    logging.lastResort = None
    for logger in [root, *_loggers()]:
        undo.callback(_restore, logger, logger.handlers[:], logger.propagate)
        logger.handlers[:] = []
        logger.propagate = True
    root.addHandler(_Handler(events))


def _loggers() -> list[logging.Logger]:
    known = logging.Logger.manager.loggerDict.values()
    return [each for each in known if isinstance(each, logging.Logger)]


def _restore(logger: logging.Logger, handlers: list[logging.Handler], propagate: bool) -> None:  # noqa: FBT001 - put back as it was
    logger.handlers[:] = handlers
    logger.propagate = propagate


def _replace_hooks(events: Events, undo: ExitStack) -> None:
    undo.callback(setattr, sys, "excepthook", sys.excepthook)
    undo.callback(setattr, sys, "unraisablehook", sys.unraisablehook)
    undo.callback(setattr, threading, "excepthook", threading.excepthook)
    undo.callback(setattr, warnings, "showwarning", warnings.showwarning)

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _tell(events, "interpreter", kind, error)

    def unraisable(found: sys.UnraisableHookArgs) -> None:
        _tell(events, "interpreter", found.exc_type, found.exc_value)

    def in_a_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_type is not SystemExit:
            _tell(events, "thread", found.exc_type, found.exc_value)

    def warned(  # noqa: PLR0917 - the signature that the warnings module calls
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        events("library", logger="warnings", severity="warning", kind=category.__name__)

    sys.excepthook = uncaught
    sys.unraisablehook = unraisable
    threading.excepthook = in_a_thread
    warnings.showwarning = warned


def _tell(
    events: Events, where: str, kind: type[BaseException], error: BaseException | None
) -> None:
    at = place_of(error) if error is not None else ""
    events("bug", where=where, kind=kind.__name__, **({"at": at} if at else {}))


def _severity(number: int) -> str:
    for name in ("critical", "error", "warning", "info"):
        if number >= getattr(logging, name.upper()):
            return name
    return "debug"
