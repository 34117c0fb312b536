"""Runs the versions over the connection that `gateway.adapters.migrate` hands in.

There is no configuration file and no offline mode: migrations run from
``gateway init``, in one transaction, or not at all.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
