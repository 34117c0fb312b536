"""Programs that are handed to outsiders, and run without the gateway."""
