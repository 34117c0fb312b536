"""The gateway at work: receive, walk, dispatch, until told to stop.

Three kinds of loop work on mail, each of which may fail at any `await` without losing or
doubling anything, because each works only on what is committed:

- receiving stores mail before it touches the mailbox;
- walking records outcome, log and outbox in one transaction, under a claim;
- dispatching sends only what is on record and still stands.

Two more look after what time and other people change: walking again puts held mail
back in the inbox, reminding posts letters, each in one transaction of its own.
And two look after the log: sequencing covers it with checkpoints, exporting hands its
records to the municipality's collector, where there is one.

What a turn that failed had in hand is settled before the next one: what has left
is noted, the rest is given back.  So no mail rests until its claim runs out.
"""

from gateway.runner.running import Runner

__all__ = ["Runner"]
