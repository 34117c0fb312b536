"""Tests of what a controller owes beside passing reports on."""
