"""Projects the event stream into Postgres and answers questions about it."""
