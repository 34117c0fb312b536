"""What a controller owes beside passing reports on: pure code over the ports."""
