"""One suite a port: every adapter and its in-memory twin answer alike."""
