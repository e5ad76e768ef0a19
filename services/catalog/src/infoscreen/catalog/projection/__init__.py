"""Applies the event stream to the tables: rules, storage, the leading process, and waiting for its progress."""
