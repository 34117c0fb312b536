"""The composition root: whole gateways, and what keeps them from starting."""
