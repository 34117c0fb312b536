"""The operational log: a catalogue of events, each with the fields it may carry.

Whatever is not in the catalogue is dropped before it is written, and counted, so
that no value from a mail can reach a log line by accident.
"""

from gateway.events.catalogue import CATALOGUE, Level
from gateway.events.places import place_of
from gateway.events.quiet import keep_quiet
from gateway.events.writing import Events, Writer, silent, to_stderr

__all__ = [
    "CATALOGUE",
    "Events",
    "Level",
    "Writer",
    "keep_quiet",
    "place_of",
    "silent",
    "to_stderr",
]
