"""What ``gateway bench`` measures: the gateway against its floor, and against a simple script.

Lives beside the tests because it starts the same real servers; it runs from a
checkout only and does not travel in the wheel.
"""
