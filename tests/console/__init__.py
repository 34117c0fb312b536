"""Tests of what other programs see."""
