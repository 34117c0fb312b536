"""Real servers, started on loopback from the configuration in ``docker/``."""
