"""The decision table: read whole, mutated, and compared with what was reviewed."""
