"""Jobs that keep tables, schema and stored objects in order: sweeper, clean-up, rebuild, and migration."""
