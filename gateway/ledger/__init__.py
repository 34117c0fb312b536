"""The processing log as a pure data structure: records, canonical bytes, hash chain."""
