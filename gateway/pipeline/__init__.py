"""The walk of one message, one file a step; `forward.py` is the walk itself."""
