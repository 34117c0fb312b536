"""Every parser of ours under bytes that nobody foresaw.

A target (`targets`) takes any bytes and ends by itself, or says what is wrong by
raising.  ``make fuzz`` lets atheris search for bytes that do (``python -m
tests.fuzzing``); what it found is kept in ``found/`` and tried in every run of the
tests, and Hypothesis makes input with the right structure (`structures`).
"""
