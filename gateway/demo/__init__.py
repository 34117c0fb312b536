"""The main job on embedded parts, told in Dutch as it happens: ``gateway demo``.

Everything told is read back from mailboxes, database and log, and compared with
what the story promises; the first difference ends it.
"""

from gateway.demo.correspondent import ProgramError
from gateway.demo.performance import Options, perform
from gateway.demo.promises import BrokenPromiseError

FAILURES = (BrokenPromiseError, ProgramError)

__all__ = ["FAILURES", "BrokenPromiseError", "Options", "ProgramError", "perform"]
