"""The log: what an entry is, and that no change to the past goes unnoticed."""
