"""The tests, as one package: they share people, servers and a world."""
