"""Mails named by their fault: what arrives at a gateway that nobody should believe.

Each mail is made at test time from a `Scene` and goes the gateway's real way.
``python -m tests.mails FOLDER`` writes all of them into a folder, to be tried by
hand; ``python -m tests.mails --table`` writes their table in
``docs/threat-model.md`` anew.
"""
