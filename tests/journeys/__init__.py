"""Whole walks on real servers: one file for each article, and what goes wrong on the way."""
